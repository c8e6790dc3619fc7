//! Sections of the file -> values. Each function asks for all its keys before it gives up on one.

mod application;
mod courier;
mod headers;
mod limits;
mod place;
mod rule;
mod second_factor;
mod words;

use super::duration::{Bounds, within};
use super::problem::{Flaw, flaw};
use super::raw::Section;
use super::{Config, Listen, LogFormat};
use crate::domain::application::{Applications, Origin};
use crate::domain::session::Limits;
use crate::domain::settings::{Portal, Settings, Sharing};
use ipnet::IpNet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use words::{line, network, one_of};

/// The configuration; nothing when something is wrong, which is then reported.
pub(super) fn config(root: &Section<'_>) -> Option<Config> {
    let (listen, trusted_proxies) = listen(&root.section("listen"));
    let portal = portal(&root.section("portal"));
    let session = session(&root.section("session"));
    let (second_factor, couriers) = second_factor::with_couriers(root, listen.as_ref());
    let applications = application::all(root, &second_factor, portal.as_ref().map(|(portal, _)| portal));
    let (store, directory) = place::both(root);
    let limits = limits::read(&root.section("limits"));
    let keys = root.section("keys").optional("directory", words::path);
    let log = root.section("log").optional(
        "format",
        one_of(&[("json", LogFormat::Json), ("text", LogFormat::Text)]),
    );
    let (portal, Notices { brand, support }) = portal?;
    let settings = Settings {
        brand,
        support,
        portal,
        applications: Applications::new(applications),
        session: session.limits,
        methods: second_factor.methods,
        duty: second_factor.duty,
        trusted_proxies,
        limits,
    };
    Some(Config {
        listen: listen?,
        settings,
        max_revocation_lag: session.max_revocation_lag,
        store: store?,
        directory: directory?,
        keys: keys.unwrap_or(PathBuf::from("/var/lib/vestibule/keys")),
        couriers,
        log: log.unwrap_or(LogFormat::Json),
    })
}

fn listen(section: &Section<'_>) -> (Option<Listen>, Vec<IpNet>) {
    let address = |text: &str| {
        text.parse().map_err(|_| {
            flaw(
                format!("{text:?} is not an address and port"),
                r#""127.0.0.1:8080" or "[::1]:8080""#,
            )
        })
    };
    let http = section
        .optional("http", address)
        .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
    let admin = section
        .optional("admin", address)
        .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 9090)));
    let clash = http.port() != 0
        && http.port() == admin.port()
        && (http.ip() == admin.ip() || http.ip().is_unspecified() || admin.ip().is_unspecified());
    if clash {
        section.report(
            "admin",
            flaw("the same address as listen.http", "give operators a port of their own"),
        );
    }
    let trusted = section.list("trusted_proxies", |text| match network(text)? {
        all if all.prefix_len() == 0 => Err(flaw(
            format!("{text:?} would trust everybody"),
            "name the proxies in front",
        )),
        some => Ok(some),
    });
    ((!clash).then_some(Listen { http, admin }), trusted.unwrap_or_default())
}

/// What people read in pages and messages.
struct Notices {
    brand: String,
    support: String,
}

fn portal(section: &Section<'_>) -> Option<(Portal, Notices)> {
    let origin = section.required(
        "url",
        r#"where people log in: url = "https://login.example.com""#,
        origin,
    );
    let words = [("refused", Sharing::Refused), ("accepted", Sharing::Accepted)];
    let sharing = section
        .optional("shared_origin", one_of(&words))
        .unwrap_or(Sharing::Refused);
    let brand = section
        .optional("brand", |text| line(text, 60))
        .unwrap_or("Vestibule".to_owned());
    let nothing = |text: &str| {
        if text.is_empty() {
            Ok(String::new())
        } else {
            line(text, 300)
        }
    };
    let support = section.optional("support", nothing).unwrap_or_default();
    Some((
        Portal {
            origin: origin?,
            sharing,
        },
        Notices { brand, support },
    ))
}

/// The public address of a site.
fn origin(text: &str) -> Result<Origin, Flaw> {
    Origin::parse(text).map_err(|error| flaw("not the address of a site", error.to_string()))
}

struct SessionLimits {
    limits: Limits,
    max_revocation_lag: Duration,
}

const IDLE: Bounds = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_secs(3600),
    words: "1s to 60m: NIST SP 800-63B section 2.2.3 allows AAL2 no longer",
};
const ABSOLUTE: Bounds = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_secs(24 * 3600),
    words: "1s to 24h: NIST SP 800-63B section 2.2.3 allows AAL2 no longer",
};
/// The log is read four times a second; less than a second would close the door now and then for nothing.
const LAG: Bounds = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_secs(60),
    words: "1s to 60s: so long an ended session may pass on a node cut off from SQL",
};

fn session(section: &Section<'_>) -> SessionLimits {
    let idle = section
        .optional("idle", within(&IDLE))
        .unwrap_or(Duration::from_secs(3600));
    let absolute = section
        .optional("absolute", within(&ABSOLUTE))
        .unwrap_or(Duration::from_secs(12 * 3600));
    let max_revocation_lag = section
        .optional("max_revocation_lag", within(&LAG))
        .unwrap_or(Duration::from_secs(10));
    SessionLimits {
        limits: Limits { idle, absolute },
        max_revocation_lag,
    }
}
