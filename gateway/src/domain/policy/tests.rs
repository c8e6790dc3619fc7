//! The rules as a table: request, subject, and what comes of it.

use super::*;
use crate::domain::access::Audience;
use crate::domain::application::{Application, GetBodies, Origin, Patience, Scheme, Upstream};
use crate::domain::assurance::{Authentication, Method, Prover};
use crate::domain::id::{SessionId, UserId};
use crate::domain::identity::{Binding, Identity, Telling};
use crate::domain::path::{NotAPath, Path};
use crate::domain::saved_form::UnsentForms;
use crate::domain::session::Session;
use crate::domain::user::{Known, PasswordFrom, Secrecy, Standing, User, UserName};
use http::Method as Http;
use proptest::prelude::*;
use std::time::Duration;

fn rule(prefix: &str, require: Require) -> Rule {
    let prefix = Prefix::parse(prefix)
        .or_else(|_| Prefix::parse("/broken-test"))
        .unwrap_or_else(|_| unreachable!());
    Rule {
        prefix,
        http_methods: Among::All,
        networks: Among::All,
        groups: Among::All,
        require,
    }
}

fn proof(level: Level) -> Require {
    Require::Proof(Need {
        level,
        methods: vec![Method::Totp, Method::Sms],
        max_age: MaxAge::Session,
    })
}

fn application(rules: Vec<Rule>, duty: Duty) -> Arc<Application> {
    let origin = Origin::parse("https://pay.example.com").unwrap_or_else(|_| unreachable!());
    Arc::new(Application {
        name: "Payroll".into(),
        origin,
        upstreams: vec![Upstream {
            scheme: Scheme::Http,
            host: "10.0.0.5".into(),
            port: 80,
        }],
        upstream_tls: None,
        patience: Patience {
            connect: Duration::from_secs(1),
            answer: Duration::from_secs(1),
        },
        policy: Policy { rules, duty },
        identity: Identity::new(Telling::usual().to_vec(), None),
        websocket_origins: Vec::new(),
        appearance: Default::default(),
        leaving: Default::default(),
        http_methods: vec![Http::GET],
        get_bodies: GetBodies::Refused,
        binding: Binding::Session,
        unsent_forms: UnsentForms::Saved,
    })
}

fn request(method: Http, path: &str, source: &str) -> Result<AccessRequest, NotAPath> {
    let source = source.parse().map_err(|_| NotAPath)?;
    Ok(AccessRequest {
        method,
        path: Path::parse(path)?,
        source,
        audience: Audience::Page,
    })
}

fn user(methods: &[Method], groups: &[&str], enrolled: Enrolled) -> Subject {
    let authentications = methods
        .iter()
        .map(|method| Authentication::proven(*method, Prover::Password, Timestamp::from_millis(0)))
        .collect();
    let id = UserId::from_bytes([1; 16]);
    let at = Timestamp::from_millis(0);
    let session = Session {
        id: SessionId::from_bytes([1; 16]),
        user: id,
        authentications,
        opened_at: at,
        last_seen_at: at,
    };
    let user = User {
        id,
        name: UserName::parse("ann").unwrap_or_else(|_| unreachable!()),
        display_name: "Ann".into(),
        email: String::new(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        standing: Standing::Active,
        proofs_since: at,
        outlasting: None,
        created_at: at,
        password_from: PasswordFrom::Elsewhere,
        secrecy: Secrecy::Kept,
    };
    Subject::User(Arc::new(Known {
        session,
        user: Arc::new(user),
        enrolled,
    }))
}

fn duty(whom: Whom) -> Duty {
    Duty {
        whom,
        plan: Plan::Any,
        grace: Terms::NONE,
    }
}

/// The decision in a word.
fn decided(application: &Arc<Application>, request: &AccessRequest, subject: &Subject) -> String {
    match decide(application, request, subject, Timestamp::from_millis(1000)) {
        Decision::Admit(_) => "admit".into(),
        Decision::Authenticate(need) => format!("{:?}", need.level),
        Decision::Refuse(refusal) => format!("{refusal:?}"),
    }
}

#[test]
fn the_first_rule_that_matches_decides_and_none_means_deny() -> Result<(), NotAPath> {
    let staff = Rule {
        groups: Among::OneOf(vec!["staff".into()]),
        ..rule("/staff", proof(Level::OneFactor))
    };
    let reads = Rule {
        http_methods: Among::OneOf(vec![Http::GET]),
        ..rule("/api", Require::Nothing)
    };
    let inside = Rule {
        networks: Among::OneOf(vec!["10.0.0.0/8".parse().map_err(|_| NotAPath)?]),
        ..rule("/inside", Require::Nothing)
    };
    let rules = vec![
        rule("/public/", Require::Nothing),
        staff,
        reads,
        inside,
        rule("/closed", Require::Deny),
        rule("/app", proof(Level::TwoFactor)),
    ];
    let application = application(rules, duty(Whom::Nobody));
    let (nobody, half) = (
        Subject::Anonymous,
        user(&[Method::Password], &[], Enrolled::new(vec![Method::Totp])),
    );
    let full = user(
        &[Method::Password, Method::Totp],
        &["staff"],
        Enrolled::new(vec![Method::Totp]),
    );
    for (method, path, source, subject, expected) in [
        (Http::GET, "/public", "1.2.3.4", &nobody, "admit"),
        (Http::GET, "/public/x", "1.2.3.4", &nobody, "admit"),
        (Http::GET, "/publicity", "1.2.3.4", &full, "NoRule"),
        (Http::GET, "/staff", "1.2.3.4", &nobody, "OneFactor"),
        (Http::GET, "/staff", "1.2.3.4", &half, "NotAMember"),
        (Http::GET, "/staff", "1.2.3.4", &full, "admit"),
        (Http::GET, "/api", "1.2.3.4", &nobody, "admit"),
        (Http::POST, "/api", "1.2.3.4", &nobody, "NoRule"),
        (Http::GET, "/inside", "10.1.1.1", &nobody, "admit"),
        (Http::GET, "/inside", "1.2.3.4", &full, "NoRule"),
        (Http::GET, "/closed", "1.2.3.4", &full, "Denied"),
        (Http::GET, "/app", "1.2.3.4", &nobody, "TwoFactor"),
        (Http::GET, "/app", "1.2.3.4", &half, "TwoFactor"),
        (Http::GET, "/app", "1.2.3.4", &full, "admit"),
    ] {
        assert_eq!(
            decided(&application, &request(method.clone(), path, source)?, subject),
            expected,
            "{method} {path} {source}"
        );
    }
    Ok(())
}

#[test]
fn no_spelling_of_a_protected_path_finds_a_laxer_rule() -> Result<(), NotAPath> {
    let application = application(
        vec![
            rule("/public", Require::Nothing),
            rule("/Secret", Require::Deny),
            rule("/", proof(Level::TwoFactor)),
        ],
        duty(Whom::Nobody),
    );
    for (path, expected) in [
        ("/public/page", "admit"),
        ("/public/../x", "TwoFactor"),
        ("/public/%2e%2e/x", "TwoFactor"),
        ("/public/..;/x", "TwoFactor"),
        ("/public/..%5cx", "TwoFactor"),
        ("//public", "TwoFactor"),
        ("/public/%252e%252e/Secret", "Denied"),
        ("/secret", "Denied"),
        ("/SECRET", "Denied"),
        ("/PUBLIC", "TwoFactor"),
        ("/public/..;/secret", "Denied"),
    ] {
        assert_eq!(
            decided(&application, &request(Http::GET, path, "1.2.3.4")?, &Subject::Anonymous),
            expected,
            "{path}"
        );
    }
    Ok(())
}

#[test]
fn whoever_owes_a_second_factor_passes_nowhere_without_one() -> Result<(), NotAPath> {
    let owes = application(
        vec![rule("/", proof(Level::OneFactor))],
        duty(Whom::Groups(vec!["staff".into()])),
    );
    let page = request(Http::GET, "/", "1.2.3.4")?;
    for (groups, enrolled, expected) in [
        (vec!["staff"], vec![], "TwoFactor"),
        (vec!["staff"], vec![Method::EmergencyCode], "TwoFactor"),
        (vec!["staff"], vec![Method::Totp], "admit"),
        (vec!["guests"], vec![], "admit"),
    ] {
        let subject = user(&[Method::Password], &groups, Enrolled::new(enrolled.clone()));
        assert_eq!(decided(&owes, &page, &subject), expected, "{groups:?} {enrolled:?}");
    }
    Ok(())
}

#[test]
fn grace_opens_what_one_factor_opens_and_never_what_takes_two() -> Result<(), NotAPath> {
    let application = |days| {
        let grace = Terms {
            days,
            since: Timestamp::from_millis(0),
        };
        let duty = Duty {
            grace,
            ..duty(Whom::Everyone)
        };
        let rules = vec![
            rule("/one", proof(Level::OneFactor)),
            rule("/", proof(Level::TwoFactor)),
        ];
        self::application(rules, duty)
    };
    for (days, path, enrolled, expected) in [
        (7, "/one", vec![], "admit"),
        (7, "/one", vec![Method::EmergencyCode], "admit"),
        (7, "/", vec![], "TwoFactor"),
        (7, "/", vec![Method::Totp], "TwoFactor"),
        (0, "/one", vec![], "TwoFactor"),
        (0, "/one", vec![Method::Totp], "admit"),
    ] {
        let subject = user(&[Method::Password], &[], Enrolled::new(enrolled.clone()));
        let page = request(Http::GET, path, "1.2.3.4")?;
        assert_eq!(
            decided(&application(days), &page, &subject),
            expected,
            "{days} {path} {enrolled:?}"
        );
    }
    Ok(())
}

#[test]
fn several_readings_must_all_be_proven_for() -> Result<(), NotAPath> {
    let sms_only = Require::Proof(Need {
        level: Level::TwoFactor,
        methods: vec![Method::Sms],
        max_age: MaxAge::Session,
    });
    let application = application(
        vec![rule("/a", proof(Level::OneFactor)), rule("/b", sms_only)],
        duty(Whom::Nobody),
    );
    let odd = request(Http::GET, "/a/../b", "1.2.3.4")?;
    let Decision::Authenticate(need) = decide(&application, &odd, &Subject::Anonymous, Timestamp::from_millis(0))
    else {
        return Err(NotAPath);
    };
    assert_eq!((need.level, need.methods), (Level::TwoFactor, vec![Method::Sms]));
    Ok(())
}

#[test]
fn a_password_that_others_know_leads_nowhere_whatever_was_proven_by_it() -> Result<(), NotAPath> {
    let rules = vec![rule("/public/", Require::Nothing), rule("/", proof(Level::OneFactor))];
    let application = application(rules, duty(Whom::Nobody));
    let Subject::User(known) = user(
        &[Method::Password, Method::Totp],
        &[],
        Enrolled::new(vec![Method::Totp]),
    ) else {
        return Err(NotAPath);
    };
    for (secrecy, path, expected) in [
        (Secrecy::Kept, "/", "admit"),
        (Secrecy::Compromised, "/", "TwoFactor"),
        (Secrecy::Compromised, "/public/x", "admit"),
    ] {
        let user = Arc::new(User {
            secrecy,
            ..(*known.user).clone()
        });
        let subject = Subject::User(Arc::new(Known {
            user,
            ..(*known).clone()
        }));
        let page = request(Http::GET, path, "1.2.3.4")?;
        assert_eq!(decided(&application, &page, &subject), expected, "{secrecy:?} {path}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_rules_admit_more_than_the_strictest_reading_of_the_path_allows(
        rules in prop::collection::vec((0_usize..5, 0_usize..4), 0..6),
        path in "(/|/a|/b|/A|/%61|/a/\\.\\./b|//b|/b;x|/a/%2e%2e/b){1,3}",
        methods in prop::sample::subsequence(vec![Method::Password, Method::Totp, Method::Sms, Method::Email], 0..=4),
        compromised in any::<bool>(),
    ) {
        let requires = [Require::Nothing, proof(Level::OneFactor), proof(Level::TwoFactor), Require::Deny];
        let prefixes = ["/", "/a", "/b", "/a/b", "/c"];
        let rules: Vec<Rule> = rules.iter().map(|(prefix, require)| rule(prefixes.get(*prefix).unwrap_or(&"/"), requires.get(*require).cloned().unwrap_or(Require::Deny))).collect();
        let application = application(rules, duty(Whom::Nobody));
        let Ok(page) = request(Http::GET, &path, "1.2.3.4") else { return Ok(()) };
        let enrolled = Enrolled::new(vec![Method::Totp]);
        let subject = match user(&methods, &[], enrolled) {
            Subject::User(_) if methods.is_empty() => Subject::Anonymous,
            Subject::User(known) => {
                let secrecy = if compromised { Secrecy::Compromised } else { Secrecy::Kept };
                let user = Arc::new(User { secrecy, ..(*known.user).clone() });
                Subject::User(Arc::new(Known { user, ..(*known).clone() }))
            }
            Subject::Anonymous => Subject::Anonymous,
        };
        let second = methods.contains(&Method::Totp) || methods.contains(&Method::Sms);
        let may = |require: &Require| match require {
            Require::Nothing => true,
            Require::Deny => false,
            Require::Proof(_) if compromised || methods.is_empty() => false,
            Require::Proof(need) => match need.level {
                Level::OneFactor => true,
                Level::TwoFactor => second && methods.contains(&Method::Password),
                Level::PhishingResistant => false,
            },
        };
        let strictest = application.policy.matching(&page).all(|found| found.rule.is_some_and(|(_, rule)| may(&rule.require)));
        let admitted = decided(&application, &page, &subject) == "admit";
        prop_assert_eq!(admitted, strictest, "{} {:?}", path, methods);
    }
}
