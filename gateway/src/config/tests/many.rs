//! What is wrong only with the whole, many mistakes at once, and how they are told.

use super::bad::WHOLE;
use super::*;

#[test]
fn what_only_shows_in_the_whole() {
    let couriers = WHOLE.find("[[courier.sms]]").zip(WHOLE.find("[[application]]"));
    let (before, rest) = couriers
        .and_then(|(from, to)| Some((WHOLE.get(..from)?, WHOLE.get(to..)?)))
        .expect("both");
    let problems = read(&format!("{before}{rest}"))
        .expect_err("nobody carries codes")
        .to_string();
    assert!(problems.contains("second_factor.methods: sms is offered"), "{problems}");
    assert!(
        problems.contains("second_factor.methods: email is offered"),
        "{problems}"
    );
    let problems = read(before).expect_err("nothing to protect").to_string();
    assert!(problems.contains("application: no application"), "{problems}");
    let unruled = rest
        .rsplit_once("[[application.rule]]")
        .map(|(whole, _)| whole)
        .unwrap_or_default();
    let problems = read(&format!("{before}{unruled}"))
        .expect_err("every request is refused")
        .to_string();
    assert!(problems.contains("application[1].rule: no rule"), "{problems}");
    let weaker = WHOLE
        .replace(r#"["totp", "sms", "email"]"#, r#"["totp"]"#)
        .replace("[\"staff\"]", "['a']\nmethods = ['sms']");
    let problems = read(&weaker).expect_err("sms is not offered").to_string();
    assert!(
        problems.contains("application[0].rule[1].methods: sms is not among"),
        "{problems}"
    );
}

#[test]
fn mistakes_in_toml_have_lines_and_show_no_secrets() {
    for (text, path) in [
        ("[portal]\nurl = hunter2", "line 2, column 7"),
        ("[portal]\nurl = \"hunter2", "line 2, column "),
        ("a = 1\na = 'hunter2'", "line 2, column 1"),
        ("[portal\n", "line 1, column "),
    ] {
        let problems = read(text).expect_err(text).to_string();
        assert!(
            problems.starts_with(path) && !problems.contains("hunter2"),
            "{problems}"
        );
    }
}

#[test]
fn ten_mistakes_are_told_at_once() {
    let text = r#"
        colour = "red"
        listen.http = 8080
        session.idle = "2h"
        second_factor.methods = ["totp", "fax"]
        store.url = "redis+socket://:hunter2@h"
        [[application]]
        url = "http://pay.example.com"
        upstream = []
        [[application.rule]]
        path = "admin"
        require = "two_factors"
    "#;
    let problems = read(text).expect_err("ten mistakes and one omission");
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    let expected = [
        "application[0].name",
        "application[0].rule[0].path",
        "application[0].rule[0].require",
        "application[0].upstream",
        "application[0].url",
        "colour",
        "listen.http",
        "portal.url",
        "second_factor.methods[1]",
        "session.idle",
        "store.url",
    ];
    assert_eq!(paths, expected, "{problems}");
    assert!(problems.iter().all(|problem| !problem.hint.is_empty()), "{problems}");
    assert!(!problems.to_string().contains("hunter2"));
    let json = serde_json::to_value(&problems).expect("plain data");
    assert_eq!(json[5]["message"], "unknown key");
}

#[test]
fn problems_are_in_the_order_of_the_file() {
    let at = |path: &str| flaw("x", "").at(path);
    let problems = Problems::new(vec![
        at("a[10].b"),
        at("a[9].c"),
        at("a[9].b"),
        at("line 12, column 1"),
        at("line 2, column 30"),
    ]);
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(
        paths,
        ["a[9].b", "a[9].c", "a[10].b", "line 2, column 30", "line 12, column 1"]
    );
}
