//! Sections of the file -> values. Each function asks for all its keys before it gives up on one.

mod acme;
mod appearance;
mod application;
mod courier;
mod forward_auth;
mod headers;
mod leaving;
mod limits;
mod listen;
mod place;
mod recovery;
mod registration;
mod rule;
mod saved_forms;
mod second_factor;
mod words;

use super::duration::{Bounds, within};
use super::problem::{Flaw, flaw};
use super::raw::Section;
use super::{Config, Https, LogFormat};
use crate::domain::application::{Applications, Origin};
use crate::domain::session::Limits;
use crate::domain::settings::{Plain, Portal, Settings, Sharing};
pub(super) use courier::PROVIDERS;
use std::path::PathBuf;
use std::time::Duration;
use words::{line, one_of};

/// The configuration; nothing when something is wrong, which is then reported.
pub(super) fn config(root: &Section<'_>) -> Option<Config> {
    let listen = root.section("listen");
    let listening = listen::read(&listen);
    let portal = portal(&root.section("portal"));
    let session = session(&root.section("session"));
    let (second_factor, couriers) = second_factor::with_couriers(root, listening.addresses.as_ref());
    let (fronts, certified) = forward_auth::read(&root.section("forward_auth"), listening.https.as_ref());
    let around = application::Around {
        offer: &second_factor,
        portal: portal.as_ref().map(|(portal, _)| portal),
        asked: application::Asked::by(&fronts, &listening.trusted_proxies),
    };
    let applications = application::all(root, &around);
    let (store, directory) = place::both(root);
    let limits = limits::read(&root.section("limits"));
    let saved_forms = saved_forms::read(&root.section("saved_forms"));
    let keys = root.section("keys").optional("directory", words::path);
    let log = root.section("log").optional(
        "format",
        one_of(&[("json", LogFormat::Json), ("text", LogFormat::Text)]),
    );
    let recovery = recovery::read(&root.section("recovery"), &couriers);
    let registration = registration::read(&root.section("registration"), &couriers);
    let origins = portal.iter().map(|(portal, _)| &portal.origin);
    let origins: Vec<&Origin> = origins.chain(applications.iter().map(|one| &one.origin)).collect();
    let ordered = acme::among(&listen, listening.ordering, &origins);
    let https = listening.https.map(|https| Https {
        acme: ordered,
        fronts: certified,
        ..https
    });
    let (portal, Notices { brand, support }) = portal?;
    let settings = Settings {
        brand,
        support,
        portal,
        applications: Applications::new(applications),
        session: session.limits,
        methods: second_factor.methods,
        enrolable: second_factor.enrolable,
        countries: second_factor.countries,
        sending: couriers.limits,
        totp_digits: second_factor.totp_digits,
        accounts_per_number: second_factor.accounts_per_number,
        duty: second_factor.duty,
        recovery,
        registration,
        trusted_proxies: listening.trusted_proxies,
        sender_header: listening.sender_header,
        fronts,
        proxy_protocol: listening.proxy_protocol,
        plain: if https.is_some() {
            Plain::Redirected
        } else {
            Plain::Answered
        },
        limits,
        saved_forms,
    };
    Some(Config {
        listen: listening.addresses?,
        https,
        settings,
        max_revocation_lag: session.max_revocation_lag,
        store: store?,
        directory: directory?,
        keys: keys.unwrap_or(PathBuf::from("/var/lib/vestibule/keys")),
        couriers,
        log: log.unwrap_or(LogFormat::Json),
    })
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
