//! `[application.headers]` and `application.basic`: how an application is told who came.

use super::words::one_of;
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::domain::application::{Scheme, Upstream};
use crate::domain::identity::basic::Basic;
use crate::domain::identity::template::{Encoding, Place, Template};
use crate::domain::identity::{Telling, fold};
use http::HeaderName;
use std::net::IpAddr;

/// Names that mean something else to every server; an identity under one of them would break requests or be ignored.
const TAKEN: &str = "\
    host connection keep-alive proxy-connection proxy-authorization proxy-authenticate te trailer \
    transfer-encoding upgrade content-length content-type content-encoding content-language content-location \
    content-range content-disposition expect authorization www-authenticate cookie cookie2 set-cookie accept \
    accept-charset accept-encoding accept-language accept-ranges origin referer user-agent range if-match \
    if-none-match if-modified-since if-unmodified-since if-range cache-control pragma date via warning location \
    server vary max-forwards last-event-id x-request-id x-requested-with forwarded x-forwarded-for \
    x-forwarded-host x-forwarded-proto x-forwarded-port x-forwarded-prefix x-real-ip proxy";
/// Families of names, likewise.
const TAKEN_FAMILIES: [&str; 4] = ["sec-", "access-control-", "vestibule-", "x-original-"];

/// The four that can be named anew.
const ROLES: [&str; 4] = ["user", "name", "email", "groups"];

/// The headers of a preset, each under its own name or the operator's, and what is told beside them.
pub(super) fn tellings(section: &Section<'_>) -> Vec<Telling> {
    let words = ["remote", "forwarded", "siteminder", "webseal"].map(|word| (word, word));
    let preset = section.optional("preset", one_of(&words)).unwrap_or("remote");
    let mut all = Vec::new();
    for (role, usual) in ROLES.into_iter().zip(Telling::usual()) {
        let mut telling = named_by(preset, role).unwrap_or(usual);
        if let Some(name) = section.optional(role, name) {
            telling.name = name;
        }
        all.push((role.to_owned(), telling));
    }
    let further = further_of(preset).map(|telling| ("preset".to_owned(), telling));
    let more = section.entries("more", more).into_iter();
    let more = more.map(|telling| (format!("more.{}", telling.name), telling));
    all.extend(further.into_iter().chain(more));
    distinct(section, &all);
    let mut tellings: Vec<Telling> = all.into_iter().map(|(_, telling)| telling).collect();
    for (name, encoding) in section.entries("encodings", encoding) {
        match tellings.iter_mut().find(|telling| telling.name == name) {
            Some(telling) => telling.encoding = encoding,
            None => section.report(
                &format!("encodings.{name}"),
                flaw(
                    "no header of this application",
                    "one that is named here, or by the preset",
                ),
            ),
        }
    }
    tellings
}

/// What each of the four is called, and holds, where it is not as usual. oauth2-proxy documents `X-Forwarded-User`,
/// SiteMinder `SM_USER` and `SM_UNIVERSALID`, WebSEAL `iv-user` and `iv-groups`, whose entries are quoted.
fn named_by(preset: &str, role: &str) -> Option<Telling> {
    let (name, place) = match (preset, role) {
        ("forwarded", "user") => ("x-forwarded-user", Place::Username),
        ("forwarded", "email") => ("x-forwarded-email", Place::Email),
        ("forwarded", "groups") => ("x-forwarded-groups", Place::Groups),
        ("siteminder", "user") => ("sm_user", Place::Username),
        ("webseal", "user") => ("iv-user", Place::Username),
        ("webseal", "groups") => ("iv-groups", Place::QuotedGroups),
        _ => return None,
    };
    Some(Telling::new(HeaderName::from_static(name), Template::of(place)))
}

fn further_of(preset: &str) -> Option<Telling> {
    let (name, place) = match preset {
        "forwarded" => ("x-forwarded-preferred-username", Place::Username),
        "siteminder" => ("sm_universalid", Place::Id),
        _ => return None,
    };
    Some(Telling::new(HeaderName::from_static(name), Template::of(place)))
}

fn distinct(section: &Section<'_>, all: &[(String, Telling)]) {
    for (at, (key, telling)) in all.iter().enumerate() {
        let folded = fold(telling.name.as_str());
        let mut earlier = all.iter().take(at);
        if let Some((earlier, _)) = earlier.find(|(_, earlier)| fold(earlier.name.as_str()) == folded) {
            let message = format!("some servers cannot tell it from the header for {earlier}");
            section.report(key, flaw(message, "give each its own name"));
        }
    }
}

fn more(key: &str, text: &str) -> Result<Telling, Flaw> {
    Ok(Telling::new(name(key)?, template(text)?))
}

fn encoding(key: &str, word: &str) -> Result<(HeaderName, Encoding), Flaw> {
    let words = [
        ("percent", Encoding::Percent),
        ("raw", Encoding::Raw),
        ("drop", Encoding::Drop),
    ];
    Ok((name(key)?, one_of(&words)(word)?))
}

fn template(text: &str) -> Result<Template, Flaw> {
    Template::parse(text).map_err(|error| {
        flaw(
            error.to_string(),
            "plain letters and {username}, {name}, {email}, {id}, {groups} or {quoted_groups}",
        )
    })
}

/// `application.basic`: the user name and password the application is given for its users.
pub(super) fn basic(application: &Section<'_>, upstreams: Option<&[Upstream]>) -> Option<Basic> {
    let there = application.has("basic");
    let section = application.section("basic");
    if there {
        section.must("username", r#"whom it takes for its user: username = "{username}""#);
        section.must("password_file", "a file that holds the secret it shares with us alone");
    }
    let username = section.optional("username", template);
    let password = section.secret("password_file");
    let words = [("refused", Plain::Refused), ("accepted", Plain::Accepted)];
    let plain = section.optional("plain_http", one_of(&words)).unwrap_or(Plain::Refused);
    let seen = |server: &Upstream| server.scheme == Scheme::Http && !is_local(&server.host);
    if there && plain == Plain::Refused && upstreams.is_some_and(|all| all.iter().any(seen)) {
        let hint = r#"use https for every upstream, or say plain_http = "accepted" if only you can read that network"#;
        section.report("password_file", flaw("the secret would travel in the plain", hint));
    }
    if there && upstreams.is_some_and(<[Upstream]>::is_empty) {
        let hint = "name the servers in upstream, or leave this out and have the front prove itself to them";
        application.report("basic", flaw("only our own proxy gives the secret to servers", hint));
    }
    Some(Basic::new(username?, password?))
}

/// Whether the secret may travel over a network in the plain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plain {
    Refused,
    Accepted,
}

/// Whether a server's name or address is this machine's.
fn is_local(host: &str) -> bool {
    let address: Result<IpAddr, _> = host.parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn name(text: &str) -> Result<HeaderName, Flaw> {
    let name = HeaderName::from_bytes(text.as_bytes()).map_err(|_| {
        flaw(
            format!("{text:?} is not a header name"),
            "letters, digits and -, as in Remote-User",
        )
    })?;
    let folded = fold(name.as_str());
    if TAKEN.split(' ').any(|taken| folded == taken) || TAKEN_FAMILIES.iter().any(|family| folded.starts_with(family)) {
        return Err(flaw(
            format!("{text} has another meaning"),
            "a name of its own, as in Remote-User",
        ));
    }
    Ok(name)
}
