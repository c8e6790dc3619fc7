//! What an authority says when it says no (RFC 8555 section 6.7), and what an operator can do about it.

use super::Refusal;
use instant_acme::Problem;
use std::time::Duration;

/// What the types of problems begin with.
const FAMILY: &str = "urn:ietf:params:acme:error:";

/// What the authority has asked for at the host was not what it found.
const NOT_FOUND: &str = "let the name lead here: the authority must get its answer from this gateway at port 80 of it, \
                         which is where listen.http must be reached, on every node";

/// The refusal that a problem stands for; `wait` is how long the authority wants to be left alone.
pub(super) fn of(problem: &Problem, wait: Duration) -> Refusal {
    let kind = problem.r#type.as_deref().unwrap_or_default();
    let kind = kind.strip_prefix(FAMILY).unwrap_or(kind);
    let hint = match kind {
        "connection" | "dns" | "incorrectResponse" | "unauthorized" | "tls" => NOT_FOUND,
        "rateLimited" => "nothing: too much was asked of it for now, and it is asked again later",
        "caa" => "let the CAA record of the domain allow this authority, or choose another",
        "rejectedIdentifier" | "unsupportedIdentifier" => {
            "it issues nothing for such a name: leave it out of listen.acme.names, or give the host a certificate in files"
        }
        "externalAccountRequired" => {
            "it wants accounts that were registered elsewhere before; choose another authority"
        }
        "invalidContact" | "unsupportedContact" => "put an address into listen.acme.contact that it can write to",
        "userActionRequired" => "agree to its new terms, where it says",
        _ => "read what it says; it is asked again later",
    };
    let mut why = problem.detail.clone().unwrap_or_default();
    for further in problem
        .subproblems
        .iter()
        .filter_map(|further| further.detail.as_deref())
    {
        why = format!("{why}; {further}");
    }
    Refusal {
        why: format!("{kind}: {}", plain(&why)),
        hint,
        wait,
    }
}

/// It would prove the name by other means only.
pub(super) fn without_http01() -> Refusal {
    Refusal {
        why: "it does not offer HTTP-01 for this name".to_owned(),
        hint: "choose another authority, or give the host a certificate in files",
        wait: Duration::ZERO,
    }
}

/// It says nothing.
pub(super) fn without_reason() -> Refusal {
    Refusal {
        why: "it gave no reason".to_owned(),
        hint: "look at its own records; it is asked again later",
        wait: Duration::ZERO,
    }
}

/// One line, whatever is in it: part of it may be what an unknown server answered the authority.
fn plain(text: &str) -> String {
    let short = text.chars().take(500);
    short
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_problem_says_what_to_do() {
        for (text, why, hint) in [
            (
                r#"{"type":"urn:ietf:params:acme:error:connection","detail":"refused"}"#,
                "connection: refused",
                "port 80",
            ),
            (
                r#"{"type":"urn:ietf:params:acme:error:compound","detail":"two","subproblems":[{"type":"x","detail":"one\n"}]}"#,
                "compound: two; one ",
                "read what",
            ),
            (
                r#"{"type":"urn:ietf:params:acme:error:rateLimited"}"#,
                "rateLimited: ",
                "asked again later",
            ),
            (r#"{"detail":"odd"}"#, ": odd", "read what"),
        ] {
            let problem: Problem = serde_json::from_str(text).expect("a problem");
            let refusal = of(&problem, Duration::from_secs(1));
            assert_eq!(refusal.why, why);
            assert!(refusal.hint.contains(hint), "{}", refusal.hint);
            assert_eq!(refusal.wait, Duration::from_secs(1));
        }
    }
}
