//! The explanation of a table of requests, by rules as an operator would write them.

use super::*;
use crate::config;
use crate::domain::assurance::{Authentication, Method, Prover};
use crate::domain::enrolment::Enrolled;
use crate::domain::id::{SessionId, UserId};
use crate::domain::path::Path;
use crate::domain::session::Session;
use crate::domain::user::{Known, PasswordFrom, Secrecy, Standing, User, UserName};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const RULES: &str = r#"
portal.url = "http://login.localhost"
second_factor.methods = ["totp"]
[[application]]
name = "Pay"
url = "http://pay.localhost"
upstream = ["http://127.0.0.1:1"]
[[application.rule]]
path = "/public/"
require = "nothing"
[[application.rule]]
path = "/api"
require = "one_factor"
networks = ["10.0.0.0/8"]
http_methods = ["GET"]
[[application.rule]]
path = "/Admin"
require = "deny"
[[application.rule]]
path = "/staff"
require = "two_factor"
groups = ["staff"]
max_age = "8h"
[[application.rule]]
path = "/p"
require = "one_factor"
"#;

fn settings() -> Result<Settings, config::Problems> {
    Ok(config::parse(RULES, &[], &|_| Err(String::new()))?.settings)
}

fn ann(methods: &[Method]) -> Result<Subject, crate::domain::user::NotAName> {
    let (id, at) = (UserId::from_bytes([1; 16]), Timestamp::from_millis(0));
    let authentications = methods
        .iter()
        .map(|method| Authentication::proven(*method, Prover::Password, at))
        .collect();
    let session = Session {
        id: SessionId::from_bytes([1; 16]),
        user: id,
        authentications,
        opened_at: at,
        last_seen_at: at,
    };
    let (name, groups) = (UserName::parse("ann")?, vec!["staff".to_owned()]);
    let user = User {
        id,
        name,
        display_name: String::new(),
        email: String::new(),
        groups,
        standing: Standing::Active,
        proofs_since: at,
        outlasting: None,
        created_at: at,
        password_from: PasswordFrom::Elsewhere,
        secrecy: Secrecy::Kept,
    };
    Ok(Subject::User(Arc::new(Known {
        session,
        user: Arc::new(user),
        enrolled: Enrolled::new(vec![Method::Totp]),
    })))
}

fn ask(method: &str, path: &str, subject: &Subject) -> Result<Explanation, Box<dyn std::error::Error>> {
    let settings = settings()?;
    let application = settings.applications.iter().next().ok_or("one application")?;
    let request = AccessRequest {
        method: method.parse()?,
        path: Path::parse(path)?,
        source: "127.0.0.1".parse()?,
        audience: Audience::Page,
    };
    Ok(explain(application, &request, subject, Timestamp::from_millis(0)))
}

#[test]
fn each_decision_has_its_exit_code() -> Outcome {
    let (password, both) = (ann(&[Method::Password])?, ann(&[Method::Password, Method::Totp])?);
    for (method, path, subject, exit) in [
        ("GET", "/public/x", &Subject::Anonymous, Exit::Done),
        ("GET", "/staff", &Subject::Anonymous, Exit::Authenticate),
        ("GET", "/staff", &password, Exit::Authenticate),
        ("GET", "/staff", &both, Exit::Done),
        ("GET", "/p", &password, Exit::Done),
        ("GET", "/admin", &both, Exit::Refuse),
        ("GET", "/api", &both, Exit::Refuse),
        ("PROPFIND", "/public/x", &both, Exit::Refuse),
    ] {
        assert_eq!(ask(method, path, subject)?.ruling.exit(), exit, "{method} {path}");
    }
    Ok(())
}

#[test]
fn every_rule_before_the_selected_one_says_why_it_does_not_match() -> Outcome {
    let text = words::text(&ask("POST", "/api/x", &Subject::Anonymous)?);
    for line in [
        "POST /api/x of Pay, from 127.0.0.1, by somebody without a session",
        "  rule[0] /public          no: the path is not below it",
        "  rule[1] /api             no: only for GET; only from 10.0.0.0/8",
        "  no rule matches",
        "refuse: no rule matches, and then the answer is no",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n---\n{text}");
    }
    Ok(())
}

#[test]
fn the_selected_rule_says_what_it_asks_for_and_later_ones_nothing() -> Outcome {
    let text = words::text(&ask("GET", "/staff/a", &ann(&[Method::Password])?)?);
    for line in [
        "GET /staff/a of Pay, from 127.0.0.1, by ann (staff), who has proven password",
        "  rule[3] /staff           selected, asks for: two_factor (the password, and totp), within the last 28800 s, of members of staff",
        "  rule[4] /p               not asked",
        "authenticate: it passes once this is proven: two_factor (the password, and totp), within the last 28800 s",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n---\n{text}");
    }
    Ok(())
}

#[test]
fn every_reading_of_the_path_is_shown() -> Outcome {
    let hidden = ask("GET", "/public/..%2fstaff", &Subject::Anonymous)?;
    let selected: Vec<_> = hidden
        .readings
        .iter()
        .map(|reading| (reading.path.as_str(), reading.selected))
        .collect();
    assert!(
        selected.contains(&("/public/..%2fstaff", Some(0))) && selected.contains(&("/staff", Some(3))),
        "{selected:?}"
    );
    assert_eq!(hidden.ruling.exit(), Exit::Authenticate);
    let folded = ask("GET", "/admin", &Subject::Anonymous)?;
    let shapes: Vec<_> = folded
        .readings
        .iter()
        .map(|reading| (reading.letter_case, reading.selected))
        .collect();
    assert_eq!(shapes, [(LetterCase::Exact, None), (LetterCase::Ignored, Some(2))]);
    Ok(())
}

#[test]
fn json_has_the_decision_beside_the_readings() -> Outcome {
    let json = serde_json::to_value(ask("GET", "/staff", &ann(&[Method::Password])?)?)?;
    assert_eq!(
        (&json["decision"], &json["need"]["level"]),
        (&"authenticate".into(), &"two_factor".into())
    );
    assert_eq!((&json["user"], &json["proven"][0]), (&"ann".into(), &"password".into()));
    assert_eq!(
        (
            &json["readings"][0]["selected"],
            &json["readings"][0]["rules"][3]["result"]
        ),
        (&3.into(), &"selected".into())
    );
    Ok(())
}

#[test]
fn what_no_rule_is_about_is_told_apart() -> Outcome {
    let settings = settings()?;
    let read = |url: &str| Target::read(&settings, url);
    assert!(matches!(read("pay.localhost/x"), Err(Unexplained::NotAUrl)));
    assert!(
        matches!(read("http://nowhere.localhost/x"), Err(Unexplained::NoApplication(all)) if all == "http://pay.localhost")
    );
    assert!(matches!(read("http://login.localhost/x"), Err(Unexplained::Ours)));
    assert!(matches!(
        read("http://pay.localhost/.vestibule/login"),
        Err(Unexplained::Ours)
    ));
    assert!(matches!(read("http://pay.localhost/%00"), Err(Unexplained::NotAPath)));
    assert!(read("http://pay.localhost/a/../b").is_ok_and(|target| target.path.as_sent() == "/a/../b"));
    Ok(())
}
