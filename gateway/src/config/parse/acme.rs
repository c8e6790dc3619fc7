//! `[listen.acme]`: certificates that are ordered instead of named.

use super::words::{self, one_of};
use crate::config::Acme;
use crate::config::duration::{Bounds, within};
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::domain::application::{Origin, Scheme};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::host::Authority;
use std::net::IpAddr;
use std::time::Duration;
use url::Url;

/// What the section says before the hosts of the installation are known.
pub(super) struct Ordering {
    acme: Acme,
    /// Nothing where the key is left out: every host.
    named: Option<Vec<String>>,
}

const RETRY: Bounds = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_secs(3600),
    words: "1s to 1h",
};

/// The section; nothing when something is wrong.
pub(super) fn read(listen: &Section<'_>) -> Option<Ordering> {
    let there = listen.has("acme");
    let section = listen.section("acme");
    let directory = section.optional("directory", directory);
    let contact = section.optional("contact", contact);
    let agreed = section.optional("terms", one_of(&[("agreed", ())]));
    let authority = section.optional("authority", words::path);
    let retry = section.optional("retry", within(&RETRY));
    let named = section.filled("names", name);
    if !there {
        return None;
    }
    section.must(
        "terms",
        r#"read the authority's terms, and where you agree write terms = "agreed""#,
    );
    if !listen.has("https") {
        let hint = r#"where browsers connect: https = { address = "0.0.0.0:443" }"#;
        listen.report("https", flaw("missing, but certificates are ordered for it", hint));
    }
    if !listen.has("http") {
        let hint = r#"the authority asks there, at port 80 of each name: http = "0.0.0.0:80""#;
        listen.report("http", flaw("missing, but certificates are ordered", hint));
    }
    agreed?;
    let acme = Acme {
        directory: directory.unwrap_or("https://acme-v02.api.letsencrypt.org/directory".to_owned()),
        contact,
        authority,
        names: Vec::new(),
        retry: retry.unwrap_or(Duration::from_secs(60)),
    };
    Some(Ordering { acme, named })
}

/// The same for the hosts there are.
pub(super) fn among(listen: &Section<'_>, ordering: Option<Ordering>, origins: &[&Origin]) -> Option<Acme> {
    let Ordering { acme, named } = ordering?;
    let problem = |message: String, hint: &str| {
        listen.report("acme.names", flaw(message, hint));
    };
    let secure = origins.iter().filter(|origin| origin.scheme() == Scheme::Https);
    let mut hosts: Vec<String> = Vec::new();
    for origin in secure {
        let host = origin.authority().host().to_owned();
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    if hosts.is_empty() {
        problem(
            "nothing to order: no host has https".to_owned(),
            "write the urls of portal and applications with https",
        );
    }
    let names = match named {
        Some(named) => {
            for stranger in named.iter().filter(|name| !hosts.contains(name)) {
                let all = hosts.join(", ");
                problem(
                    format!("{stranger} is no host of the portal or an application"),
                    &format!("with https there are: {all}"),
                );
            }
            for (at, name) in named.iter().enumerate() {
                if named.iter().take(at).any(|other| other == name) {
                    problem(format!("{name} is listed twice"), "list each name once");
                }
            }
            named
        }
        None => hosts,
    };
    for address in names.iter().filter(|name| is_address(name)) {
        problem(
            format!("{address} is an address, and certificates are ordered for names"),
            "list the names alone, and give the address a certificate in files",
        );
    }
    Some(Acme { names, ..acme })
}

fn is_address(name: &str) -> bool {
    name.trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>()
        .is_ok()
}

fn directory(text: &str) -> Result<String, Flaw> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| url.scheme() == "https" && url.has_host());
    url.map(|url| url.as_str().to_owned()).ok_or_else(|| {
        flaw(
            "not the directory of an authority",
            r#"its URL with https: "https://acme-v02.api.letsencrypt.org/directory""#,
        )
    })
}

fn contact(text: &str) -> Result<String, Flaw> {
    match Mailbox::parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(flaw(
            "not an address",
            r#"where the authority writes to: "admin@example.com""#,
        )),
    }
}

fn name(text: &str) -> Result<String, Flaw> {
    let host = Authority::parse(text).ok().filter(|host| host.port().is_none());
    host.map(|host| host.host().to_owned())
        .ok_or_else(|| flaw(format!("{text:?} is not the name of a host"), r#""login.example.com""#))
}
