//! `[[application]]`.

use super::second_factor::SecondFactor;
use super::words::{http_method, line, one_of, path};
use super::{appearance, headers, leaving, origin, rule};
use crate::config::duration::duration;
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::domain::application::{Application, GetBodies, Origin, Patience, Scheme, Upstream, UpstreamTls};
use crate::domain::front::Fronts;
use crate::domain::identity::{Binding, Identity};
use crate::domain::policy::Policy;
use crate::domain::saved_form::UnsentForms;
use crate::domain::settings::{Portal, Sharing};
use http::Method;
use ipnet::IpNet;
use std::time::Duration;
use toml::Value;
use url::{Host, Url};

/// What applications depend on.
pub(super) struct Around<'a> {
    /// The second factors there are.
    pub(super) offer: &'a SecondFactor,
    /// Where people log in; nothing when that is wrong.
    pub(super) portal: Option<&'a Portal>,
    /// Whether a front may ask about their requests.
    pub(super) asked: Asked,
}

/// Whether a front may ask about requests, so that an application can do without servers of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    BySomebody,
    ByNobody,
}

impl Asked {
    /// Whether these fronts are any.
    pub(super) fn by(fronts: &Fronts, trusted: &[IpNet]) -> Self {
        match fronts {
            Fronts::TrustedPeers if trusted.is_empty() => Self::ByNobody,
            Fronts::TrustedPeers | Fronts::Proving(..) => Self::BySomebody,
        }
    }
}

/// All applications, each on a host of its own.
pub(super) fn all(root: &Section<'_>, around: &Around<'_>) -> Vec<Application> {
    let sections = root.sections("application");
    if sections.is_empty() {
        let hint = "add [[application]] with name, url, upstream and a rule";
        root.report("application", flaw("no application: there is nothing to protect", hint));
    }
    let mut sites: Vec<(usize, Origin)> = Vec::new();
    let mut applications = Vec::new();
    for (at, section) in sections.iter().enumerate() {
        let origin = section.required(
            "url",
            r#"where browsers find it: url = "https://app.example.com""#,
            origin,
        );
        if let Some(origin) = &origin {
            alone(section, origin, &sites);
            apart(section, origin, around.portal);
            sites.push((at, origin.clone()));
        }
        applications.extend(read(section, origin, around));
    }
    applications
}

fn read(section: &Section<'_>, origin: Option<Origin>, around: &Around<'_>) -> Option<Application> {
    let offer = around.offer;
    let name = section.required("name", r#"what people call it: name = "Payroll""#, |text| {
        line(text, 80)
    });
    let upstreams = upstreams(section, around.asked);
    let upstream_tls = upstream_tls(section, upstreams.as_deref());
    let patience = Patience {
        connect: section
            .optional("connect_timeout", duration)
            .unwrap_or(Duration::from_secs(3)),
        answer: section.optional("timeout", duration).unwrap_or(Duration::from_secs(60)),
    };
    let http_methods = section
        .filled("http_methods", http_method)
        .unwrap_or(DEFAULT_METHODS.to_vec());
    let words = [("refused", GetBodies::Refused), ("accepted", GetBodies::Accepted)];
    let get_bodies = section
        .optional("get_bodies", one_of(&words))
        .unwrap_or(GetBodies::Refused);
    let words = [("saved", UnsentForms::Saved), ("lost", UnsentForms::Lost)];
    let unsent_forms = section
        .optional("unsent_forms", one_of(&words))
        .unwrap_or(UnsentForms::Saved);
    let basic = headers::basic(section, upstreams.as_deref());
    let identity = Identity::new(headers::tellings(&section.section("headers")), basic);
    let words = [("session", Binding::Session), ("request", Binding::Request)];
    let binding = section
        .section("assertion")
        .optional("bind", one_of(&words))
        .unwrap_or(Binding::Session);
    let websocket_origins = section.list("websocket_origins", super::origin).unwrap_or_default();
    let appearance = appearance::of(&section.section("answers"), origin.as_ref());
    let leaving = leaving::of(section);
    let rules = rule::all(section, offer, &http_methods);
    let policy = Policy {
        rules,
        duty: offer.duty.clone(),
    };
    Some(Application {
        name: name?,
        origin: origin?,
        upstreams: upstreams?,
        upstream_tls,
        patience,
        policy,
        identity,
        binding,
        websocket_origins,
        appearance,
        leaving,
        http_methods,
        get_bodies,
        unsent_forms,
    })
}

/// In place of servers: a front that asks us forwards the requests.
const NO_UPSTREAM: &str = "none";
/// The same where the proxy does that we are a part of.
const EMBEDDING: &str = "embedding";

const DEFAULT_METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

/// The servers; none where the word for it stands in their place.
fn upstreams(section: &Section<'_>, asked: Asked) -> Option<Vec<Upstream>> {
    section.must(
        "upstream",
        r#"the servers it runs on: upstream = ["http://10.0.0.5:8080"]"#,
    );
    let word = section.value("upstream").and_then(Value::as_str);
    if word != Some(NO_UPSTREAM) && word != Some(EMBEDDING) {
        return section.filled("upstream", upstream);
    }
    if word == Some(NO_UPSTREAM) && asked == Asked::ByNobody {
        let message = "nobody could reach it: no front may ask about its requests";
        let hint =
            "add forward_auth.secret_file, forward_auth.authority or listen.trusted_proxies, or name its servers";
        section.report("upstream", flaw(message, hint));
    }
    Some(Vec::new())
}

fn upstream(text: &str) -> Result<Upstream, Flaw> {
    let bad = |message: &str| flaw(message, r#"scheme, host and port only: "http://10.0.0.5:8080""#);
    let url = Url::parse(text).map_err(|_| bad("not the URL of a server"))?;
    let scheme = match url.scheme() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return Err(bad("neither http nor https")),
    };
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return Err(bad("more than a server: paths are forwarded as they are"));
    }
    let host = match url.host().ok_or_else(|| bad("names no host"))? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    let port = url
        .port_or_known_default()
        .filter(|port| *port > 0)
        .ok_or_else(|| bad("names no port"))?;
    Ok(Upstream { scheme, host, port })
}

fn upstream_tls(application: &Section<'_>, upstreams: Option<&[Upstream]>) -> Option<UpstreamTls> {
    let section = application.section("upstream_tls");
    if section.has("certificate") || section.has("key") {
        section.must(
            "certificate",
            "the chain in PEM that the servers are shown, our own first",
        );
        section.must("key", "its key in PEM");
    }
    let (certificate, key) = (section.optional("certificate", path), section.optional("key", path));
    let said = UpstreamTls {
        at: application.at("upstream_tls"),
        authority: section.optional("authority", path),
        shown: certificate.zip(key),
        name: section.optional("server_name", server_name),
    };
    let plain = |all: &[Upstream]| all.iter().all(|server| server.scheme == Scheme::Http);
    if application.has("upstream_tls") && upstreams.is_some_and(plain) {
        let hint = "write its servers with https://, or leave this out";
        application.report("upstream_tls", flaw("no server of it speaks TLS", hint));
    }
    application.has("upstream_tls").then_some(said)
}

/// The name in a certificate. Pingora would not verify an empty one, and verify another one for one with `_`.
fn server_name(text: &str) -> Result<String, Flaw> {
    match Host::parse(text) {
        Ok(Host::Domain(name)) if name == text && !text.contains('_') => Ok(name),
        _ => Err(flaw(
            format!("{text:?} is not the name of a server"),
            r#"as its certificate has it: "app.internal""#,
        )),
    }
}

/// No two applications on one host.
fn alone(section: &Section<'_>, origin: &Origin, earlier: &[(usize, Origin)]) {
    if let Some((at, _)) = earlier.iter().find(|(_, other)| share_cookies(other, origin)) {
        let message = format!("the host of application[{at}]; browsers keep cookies by host, whatever the port");
        section.report("url", flaw(message, "give each application a host of its own"));
    }
}

/// No application on the portal's host, unless the operator knows.
fn apart(section: &Section<'_>, origin: &Origin, portal: Option<&Portal>) {
    let Some(portal) = portal else { return };
    if portal.sharing == Sharing::Refused && share_cookies(&portal.origin, origin) {
        let message = "the portal's host: the application's scripts could read and replace the login pages";
        let hint = r#"give the portal a host of its own, or set portal.shared_origin = "accepted""#;
        section.report("url", flaw(message, hint));
    }
}

/// Whether a browser would send the cookies of one to the other. On plain http our cookies carry the port in their
/// names, so that there the port counts.
fn share_cookies(one: &Origin, other: &Origin) -> bool {
    if one.scheme() == Scheme::Https && other.scheme() == Scheme::Https {
        return one.authority().host() == other.authority().host();
    }
    let bare = |origin: &Origin| {
        origin
            .authority()
            .without_default_port()
            .unwrap_or(origin.authority().clone())
    };
    bare(one) == bare(other)
}
