//! Good files, bad files, the files in `config/`, and the one that the design prints.

mod bad;
mod design;
mod examples;
mod factors;
mod files;
mod many;

use super::*;
use crate::domain::application::{Scheme, Upstream};
use crate::domain::assurance::{Level, MaxAge, Method, Need};
use crate::domain::host::Authority;
use crate::domain::policy::{Among, Require, Whom};

/// The smallest file there is.
const SMALL: &str = r#"
portal.url = "https://login.example.com"
second_factor.methods = ["totp"]
[[application]]
name = "Wiki"
url = "https://wiki.example.com"
upstream = ["http://[::1]:3000", "https://wiki.internal"]
[[application.rule]]
path = "/"
require = "two_factor"
"#;

/// Parses with secret files that hold their own path.
fn read(text: &str) -> Result<Config, Problems> {
    parse(text, &[], &|path| Ok(Secret::new(path.display().to_string())))
}

fn set(text: &str, variables: &[(&str, &str)]) -> Result<Config, Problems> {
    let owned: Vec<_> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    parse(text, &owned, &|path| Ok(Secret::new(path.display().to_string())))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn what_is_left_out_has_its_default() -> Result<(), Problems> {
    let config = read(SMALL)?;
    assert_eq!(config.listen.http.to_string(), "127.0.0.1:8080");
    assert_eq!(config.listen.admin.to_string(), "127.0.0.1:9090");
    assert_eq!(config.max_revocation_lag, seconds(10));
    assert_eq!(config.keys, Path::new("/var/lib/vestibule/keys"));
    assert_eq!(config.log, LogFormat::Json);
    assert!(matches!(config.store, StoreUrl::Embedded(path) if path == Path::new("/var/lib/vestibule/store.db")));
    assert!(
        matches!(config.directory, DirectoryUrl::Sqlite(path) if path == Path::new("/var/lib/vestibule/directory.db"))
    );
    let settings = config.settings;
    assert_eq!(
        (settings.session.idle, settings.session.absolute),
        (seconds(3600), seconds(12 * 3600))
    );
    assert_eq!((settings.brand.as_str(), settings.support.as_str()), ("Vestibule", ""));
    assert!(settings.trusted_proxies.is_empty() && config.couriers.all.is_empty());
    Ok(())
}

#[test]
fn an_application_has_its_defaults_too() -> Result<(), Problems> {
    let settings = read(SMALL)?.settings;
    let wiki = Authority::parse("wiki.example.com")
        .ok()
        .and_then(|host| settings.applications.at(&host).cloned());
    let wiki = wiki.expect("configured");
    let upstream = |scheme, host: &str, port| Upstream {
        scheme,
        host: host.into(),
        port,
    };
    assert_eq!(
        wiki.upstreams,
        [
            upstream(Scheme::Http, "::1", 3000),
            upstream(Scheme::Https, "wiki.internal", 443)
        ]
    );
    assert_eq!((wiki.patience.connect, wiki.patience.answer), (seconds(3), seconds(60)));
    assert_eq!(wiki.http_methods.len(), 7);
    assert_eq!(wiki.policy.duty.whom, Whom::Everyone);
    let rule = wiki.policy.rules.first().expect("configured");
    let need = Need {
        level: Level::TwoFactor,
        methods: vec![Method::Totp],
        max_age: MaxAge::Session,
    };
    assert_eq!((&rule.require, &rule.groups), (&Require::Proof(need), &Among::All));
    Ok(())
}

#[test]
fn the_demo_may_share_one_loopback_host() -> Result<(), Problems> {
    let text = SMALL.replace("https://wiki.example.com", "http://localhost:8080");
    let text = text.replace("https://login.example.com", "http://localhost:8080");
    read(&format!("portal.shared_origin = \"accepted\"\n{text}"))?;
    Ok(())
}

#[test]
fn an_outbox_is_for_this_machine_only() -> Result<(), Problems> {
    let outbox = format!(
        "{}\n[[courier.sms]]\nprovider = 'outbox'\n[[courier.email]]\nurl = 'outbox:'\n",
        SMALL.replace("[\"totp\"]", "[\"totp\", \"sms\", \"email\"]")
    );
    let couriers = read(&outbox)?.couriers.all;
    let names: Vec<&str> = couriers.iter().map(|courier| courier.name.as_str()).collect();
    assert_eq!(names, ["sms-1", "email-1"]);
    assert!(
        couriers
            .iter()
            .all(|courier| matches!(courier.provider, Provider::Outbox))
    );
    for key in ["http", "admin"] {
        let problems = read(&format!("listen.{key} = '0.0.0.0:1'\n{outbox}"))
            .expect_err(key)
            .to_string();
        assert!(
            problems.contains("courier.sms[0].provider: an outbox") && problems.contains("courier.email[0].url: "),
            "{problems}"
        );
    }
    let problems = read(&outbox.replace("'outbox:'", "'outbox:'\nfrom = 'a@b.c'"))
        .expect_err("no sender")
        .to_string();
    assert!(problems.starts_with("courier.email[0].from: unknown key"), "{problems}");
    Ok(())
}

#[test]
fn the_environment_replaces_keys() -> Result<(), Problems> {
    let config = set(
        SMALL,
        &[
            ("VESTIBULE__PORTAL__URL", "https://door.example.com"),
            ("VESTIBULE__PORTAL__BRAND", "2024"),
            ("VESTIBULE__SESSION__MAX_REVOCATION_LAG", "\"5s\""),
            ("VESTIBULE__LISTEN__TRUSTED_PROXIES", r#"["10.0.0.1"]"#),
            ("VESTIBULE__SECOND_FACTOR__REQUIRED", r#"{ groups = ["staff"] }"#),
            ("VESTIBULE__APPLICATION__0__RULE__0__MAX_AGE", "8h"),
            ("VESTIBULE__STORE__URL", "redis://:p%40ss@redis:6379"),
        ],
    )?;
    assert_eq!(config.settings.portal.origin.as_str(), "https://door.example.com");
    assert_eq!(config.settings.brand, "2024");
    assert_eq!(config.max_revocation_lag, seconds(5));
    assert_eq!(config.settings.trusted_proxies.len(), 1);
    assert!(matches!(&config.store, StoreUrl::Redis(url) if url.expose() == "redis://:p%40ss@redis:6379"));
    let application = config.settings.applications.iter().next().expect("configured");
    assert_eq!(application.policy.duty.whom, Whom::Groups(vec!["staff".into()]));
    assert!(format!("{:?}", application.policy.rules).contains("Within(28800s)"));
    assert!(!format!("{config:?}").contains("ss@redis"));
    Ok(())
}

#[test]
fn a_problem_set_by_the_environment_names_the_variable() {
    let table = [
        (
            "VESTIBULE__SESSION__IDEL",
            "1m",
            "session.idel",
            "unknown key, set by VESTIBULE__SESSION__IDEL",
        ),
        (
            "VESTIBULE__PORTAL__URL",
            "x",
            "portal.url",
            "not the address of a site, set by VESTIBULE__PORTAL__URL",
        ),
        (
            "VESTIBULE__PORTAL__URL__X",
            "x",
            "VESTIBULE__PORTAL__URL__X",
            "portal.url is a key, not a section",
        ),
        (
            "VESTIBULE__APPLICATION__7__URL",
            "x",
            "VESTIBULE__APPLICATION__7__URL",
            "application has no 7 in the file",
        ),
        ("VESTIBULE____URL", "x", "VESTIBULE____URL", "not the name of a key"),
    ];
    for (name, value, path, message) in table {
        let problems = set(SMALL, &[(name, value)]).expect_err(name);
        assert!(
            problems
                .iter()
                .any(|problem| problem.path == path && problem.message == message),
            "{problems}"
        );
    }
}

#[test]
fn passwords_from_files_go_into_urls_and_are_never_shown() -> Result<(), Problems> {
    let text = format!(
        "[store]\nurl = 'rediss://app@redis/1'\npassword_file = 'p@s/s'\n[directory]\nurl = 'postgres://app@db/x'\npassword_file = 'b'\n{}",
        SMALL
            .replace("portal.url", "[portal]\nurl")
            .replace("second_factor.methods", "[second_factor]\nmethods")
    );
    let config = read(&text)?;
    assert!(matches!(&config.store, StoreUrl::Redis(url) if url.expose() == "rediss://app:p%40s%2Fs@redis/1"));
    assert!(matches!(&config.directory, DirectoryUrl::Postgres(url) if url.expose() == "postgres://app:b@db/x"));
    assert!(!format!("{config:?}").contains("@redis"), "{config:?}");
    Ok(())
}

#[test]
fn an_application_without_servers_needs_a_front_that_asks() -> Result<(), Problems> {
    let none = SMALL.replace(
        r#"upstream = ["http://[::1]:3000", "https://wiki.internal"]"#,
        r#"upstream = "none""#,
    );
    let problems = read(&none).expect_err("nobody may ask").to_string();
    assert!(
        problems.starts_with("application[0].upstream: nobody could reach it"),
        "{problems}"
    );
    for front in [
        "listen.trusted_proxies = ['10.0.0.1']",
        "forward_auth.secret_file = 'a secret of a certain length'",
    ] {
        let front = front.replace("a secret of a certain length", "a-secret-of-a-certain-length");
        let config = read(&format!("{front}\n{none}"))?;
        assert!(
            config
                .settings
                .applications
                .iter()
                .all(|application| application.upstreams.is_empty())
        );
        assert!(!format!("{config:?}").contains("certain-length"));
    }
    Ok(())
}
