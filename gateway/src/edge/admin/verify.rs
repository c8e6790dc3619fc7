//! `verify`: whether an assertion is ours, for whom, until when; for whoever wonders why an application does not believe
//! it. Reads it from stdin, so that it is in no shell's history.

use super::answer::{Answer, Exit, Format, tame};
use super::cli::Verify;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use serde_json::{Value, json};
use std::io::Read;

/// More than any assertion has.
const LONGEST: u64 = 64 * 1024;

/// How an assertion's signature is judged: its claims, or in words why it is not ours.
type ReadAssertion<'a> = dyn Fn(&str) -> Result<Value, String> + 'a;

/// Says what is to be said of the assertion on stdin, now.
pub fn run(settings: &Settings, asked: &Verify, (now, read): (Timestamp, &ReadAssertion<'_>)) -> Exit {
    let mut text = String::new();
    if let Err(error) = std::io::stdin().lock().take(LONGEST).read_to_string(&mut text) {
        return Answer::misused(format!("stdin: {error}")).give();
    }
    let text = text.trim();
    let text = text.split_once(':').map_or(text, |(_, value)| value.trim());
    if text.is_empty() {
        return Answer::misused("nothing on stdin; put the value of Vestibule-Assertion there").give();
    }
    let applications: Vec<&str> = match &asked.audience {
        Some(audience) => vec![audience.trim_end_matches('/')],
        None => settings.applications.iter().map(|one| one.origin.as_str()).collect(),
    };
    let issuer = settings.portal.origin.as_str();
    answer(read(text), (issuer, &applications, now), asked.output.format()).give()
}

fn answer(read: Result<Value, String>, expected: (&str, &[&str], Timestamp), format: Format) -> Answer {
    let (claims, problems) = match read {
        Ok(claims) => {
            let problems = wrong(&claims, expected);
            (Some(claims), problems)
        }
        Err(why) => (None, vec![why]),
    };
    let result = match format {
        Format::Json => json!({ "valid": problems.is_empty(), "claims": claims, "problems": problems }).to_string(),
        Format::Text => claims.as_ref().map(lines).unwrap_or_default(),
    };
    let (exit, remark) = match problems.as_slice() {
        [] => (Exit::Done, "valid".to_owned()),
        some => (Exit::Failed, format!("not valid: {}", tame(&some.join("; ")))),
    };
    Answer { exit, result, remark }
}

/// What is wrong with the claims of an assertion that we signed.
fn wrong(claims: &Value, (issuer, applications, now): (&str, &[&str], Timestamp)) -> Vec<String> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| claims.get(name).and_then(Value::as_u64).unwrap_or_default();
    let now = now.as_seconds();
    let mut all = Vec::new();
    if text("iss") != issuer {
        all.push(format!("iss: said by {}, and portal.url is {issuer}", text("iss")));
    }
    if !applications.contains(&text("aud")) {
        all.push(format!(
            "aud: said to {}, and not to {}",
            text("aud"),
            applications.join(" or ")
        ));
    }
    if number("exp") <= now {
        all.push(format!("exp: over since {} s", now - number("exp")));
    }
    if number("nbf") > now {
        all.push(format!(
            "nbf: not before {} s; see to this machine's clock",
            number("nbf") - now
        ));
    }
    all
}

fn lines(claims: &Value) -> String {
    let line = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), tame);
        format!("{}: {value}", tame(name))
    };
    let all: Vec<String> = claims.as_object().into_iter().flatten().map(line).collect();
    all.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_claim_that_does_not_fit_is_named() {
        let claims = |aud: &str, exp: u64| json!({ "iss": "https://login", "aud": aud, "nbf": 1_000, "exp": exp });
        let judged = |claims: Value, now: i64| {
            wrong(
                &claims,
                ("https://login", &["https://app"], Timestamp::from_millis(now * 1000)),
            )
        };
        assert!(judged(claims("https://app", 1_060), 1_000).is_empty());
        for (claims, now, name) in [
            (claims("https://other", 1_060), 1_000, "aud"),
            (claims("https://app", 1_060), 1_060, "exp: over since 0 s"),
            (claims("https://app", 1_060), 990, "nbf: not before 10 s"),
            (
                json!({ "aud": "https://app", "nbf": 1_000, "exp": 1_060 }),
                1_000,
                "iss",
            ),
        ] {
            let problems = judged(claims, now);
            assert!(
                problems.len() == 1 && problems.iter().all(|one| one.starts_with(name)),
                "{problems:?}"
            );
        }
        assert!(!judged(json!({}), 1_000).is_empty());
    }
}
