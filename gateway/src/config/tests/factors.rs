//! Which second factors are offered and asked for, whether or not anybody can enrol them yet.

use super::*;

const METHODS: &str = "second_factor.methods = [\"totp\"]\n";
const SMS: &str = "[[courier.sms]]\nprovider = 'outbox'\n";
const VOICE: &str = "[[courier.voice]]\nprovider = 'outbox'\n";
const EMAIL: &str = "[[courier.email]]\nurl = 'outbox:'\n";

fn offered(config: &Config) -> &[Method] {
    &config.settings.methods
}

fn asked(config: &Config) -> Need {
    let application = config.settings.applications.iter().next().expect("configured");
    match &application.policy.rules.first().expect("configured").require {
        Require::Proof(need) => need.clone(),
        Require::Nothing | Require::Deny => panic!("the rule asks for a proof"),
    }
}

#[test]
fn unless_named_everything_is_offered_that_is_carried() -> Result<(), Problems> {
    use Method::{Email, Sms, Totp, Voice, Webauthn};
    let unnamed = SMALL.replace(METHODS, "");
    for (couriers, expected) in [
        (String::new(), vec![Webauthn, Totp]),
        (SMS.to_owned(), vec![Webauthn, Totp, Sms]),
        (EMAIL.to_owned(), vec![Webauthn, Totp, Email]),
        (format!("{SMS}{EMAIL}"), vec![Webauthn, Totp, Sms, Email]),
        (format!("{SMS}{VOICE}"), vec![Webauthn, Totp, Sms, Voice]),
    ] {
        let config = read(&format!("{unnamed}{couriers}"))?;
        assert_eq!(offered(&config), expected);
        assert_eq!(asked(&config).methods, expected);
    }
    let config = set(&format!("{unnamed}{SMS}{EMAIL}"), &[("VESTIBULE__COURIER__SMS", "[]")])?;
    assert_eq!(offered(&config), [Webauthn, Totp, Email]);
    Ok(())
}

#[test]
fn what_is_named_must_be_carried() {
    for (word, courier) in [("sms", SMS), ("email", EMAIL)] {
        let named = SMALL.replace("[\"totp\"]", &format!("[\"totp\", \"{word}\"]"));
        assert!(read(&format!("{named}{courier}")).is_ok(), "{word}");
        for text in [named.clone(), format!("courier.{word} = []\n{named}")] {
            let problems = read(&text).expect_err(word).to_string();
            let expected = format!("second_factor.methods: {word} is offered, but there is no courier");
            assert!(
                problems.starts_with(&expected) && problems.lines().count() == 1,
                "{problems}"
            );
        }
    }
}

#[test]
fn passkeys_and_calls_need_no_courier() -> Result<(), Problems> {
    let named = SMALL.replace("[\"totp\"]", "[\"webauthn\", \"voice\"]");
    let config = read(&format!("{named}methods = ['voice']\n"))?;
    assert_eq!(offered(&config), [Method::Webauthn, Method::Voice]);
    assert_eq!(asked(&config).methods, [Method::Voice]);
    Ok(())
}

#[test]
fn a_rule_may_ask_for_what_cannot_be_phished() -> Result<(), Problems> {
    let rule = SMALL.replace("two_factor\"\n", "phishing_resistant\"\n");
    let unnamed = read(&rule.replace(METHODS, ""))?;
    assert_eq!(asked(&unnamed).level, Level::PhishingResistant);
    let named = rule.replace(METHODS, "") + "methods = ['webauthn']\nmax_age = '5m'\n";
    let need = Need {
        level: Level::PhishingResistant,
        methods: vec![Method::Webauthn],
        max_age: MaxAge::Within(seconds(300)),
    };
    assert_eq!(asked(&read(&named)?), need);
    Ok(())
}

#[test]
fn a_list_that_is_wrong_is_told_once() {
    let rule = SMALL.replace("two_factor\"\n", "phishing_resistant\"\n");
    for (methods, path) in [
        ("['webautn']", "second_factor.methods[0]"),
        ("[]", "second_factor.methods"),
    ] {
        let problems = read(&rule.replace("[\"totp\"]", methods)).expect_err(methods);
        let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, [path], "{problems}");
    }
}

#[test]
fn what_is_said_already_may_be_spelled_out() -> Result<(), Problems> {
    let spelled =
        format!("second_factor.enrol = 'any'\nsecond_factor.grace_days = 0\nregistration.mode = 'closed'\n{SMALL}");
    read(&spelled)?;
    set(
        SMALL,
        &[
            ("VESTIBULE__SECOND_FACTOR__ENROL", "any"),
            ("VESTIBULE__SECOND_FACTOR__GRACE_DAYS", "0"),
            ("VESTIBULE__REGISTRATION__MODE", "closed"),
        ],
    )?;
    Ok(())
}

#[test]
fn whoever_may_register_is_sent_a_code_by_mail() -> Result<(), Problems> {
    use crate::domain::registration::{Domains, Mode};
    for (word, mode) in [("invite", Mode::Invite), ("open", Mode::Open)] {
        let text = format!("registration = {{ mode = '{word}', domains = ['Example.COM'] }}\n{SMALL}");
        let problems = read(&text).expect_err(word).to_string();
        assert!(
            problems.starts_with("registration.mode: a code by e-mail"),
            "{problems}"
        );
        let rules = read(&format!("{text}{EMAIL}"))?.settings.registration;
        let domains = Domains::Only(vec!["example.com".to_owned()]);
        assert_eq!((rules.mode, rules.domains), (mode, domains));
    }
    let unsaid = read(SMALL)?.settings.registration;
    assert_eq!((unsaid.mode, unsaid.domains), (Mode::Closed, Domains::All));
    Ok(())
}
