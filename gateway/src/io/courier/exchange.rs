//! One request to a company, and what it answered.
//!
//! Whatever comes back, at most 64 KiB of it are read; redirects are answers like any other. What operators are told of
//! an answer has no digit in it, because companies like to repeat the number and the code, and nothing at all of an
//! answer that repeats a secret.

use super::template::Escape;
use super::{CourierFault, Fate};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

/// What a company said.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: String,
    /// Whether the body ended where it should.
    whole: bool,
}

/// Why a message was not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) why: String,
    pub(super) fate: Fate,
}

impl Trouble {
    /// The company would not carry it.
    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            fate: Fate::Refused,
        }
    }

    /// As the fault of a courier.
    pub(super) fn of(self, courier: &str) -> CourierFault {
        CourierFault {
            courier: courier.to_owned(),
            why: self.why,
            fate: self.fate,
        }
    }
}

/// A courier that cannot be made of what was configured.
pub(super) fn unusable(courier: &str, why: impl Into<String>) -> CourierFault {
    Trouble::refused(why).of(courier)
}

/// Asks once.
pub(super) async fn ask(request: RequestBuilder) -> Result<Answer, Trouble> {
    let response = request.send().await.map_err(|error| {
        let fate = if error.is_connect() || error.is_builder() {
            Fate::Unreachable
        } else {
            Fate::Unclear
        };
        Trouble { why: told(error), fate }
    })?;
    let status = response.status();
    // Read in any case, so that the connection can be used again.
    let (body, whole) = beginning(response).await;
    Ok(Answer { status, body, whole })
}

impl Answer {
    /// The answer, if its status says that the message was taken.
    pub(super) fn taken(self, secrets: &[&str]) -> Result<Self, Trouble> {
        if self.status.is_success() {
            return Ok(self);
        }
        let fate = if self.status.is_server_error() {
            Fate::Unclear
        } else {
            Fate::Refused
        };
        let why = format!("answered {}: {}", self.status, without_secrets(&self.body, secrets));
        Err(Trouble { why, fate })
    }

    /// What it says in JSON. An answer that cannot be read leaves open whether the message was taken.
    pub(super) fn json<T: DeserializeOwned>(&self, secrets: &[&str]) -> Result<T, Trouble> {
        serde_json::from_str(&self.body).map_err(|_| self.unreadable(secrets))
    }

    /// Half an answer, or something else than the company's documentation says.
    pub(super) fn unreadable(&self, secrets: &[&str]) -> Trouble {
        let kind = if self.whole { "cannot be read" } else { "was cut off" };
        Trouble {
            why: format!(
                "answered {}, but the answer {kind}: {}",
                self.status,
                without_secrets(&self.body, secrets)
            ),
            fate: Fate::Unclear,
        }
    }
}

/// What became of the connection, without the URL, which may hold the number.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let cause = std::iter::successors(std::error::Error::source(&error), |error| error.source()).last();
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// At most 64 KiB of the answer, and whether that is all of it.
async fn beginning(mut answer: Response) -> (String, bool) {
    let mut said = Vec::new();
    let mut whole = false;
    while said.len() < MOST_READ {
        match answer.chunk().await {
            Ok(Some(chunk)) => said.extend_from_slice(&chunk),
            Ok(None) => {
                whole = true;
                break;
            }
            Err(_) => break,
        }
    }
    said.truncate(MOST_READ);
    (String::from_utf8_lossy(&said).into_owned(), whole)
}

/// The first words of an answer, which may repeat what it was sent: without its digits, for they may be the number or
/// the code, and without anything if a secret is in it.
pub(super) fn without_secrets(said: &str, secrets: &[&str]) -> String {
    let spellings = [Escape::Plain, Escape::Json, Escape::Form, Escape::Url, Escape::Xml];
    let repeats = |secret: &&str| {
        spellings
            .iter()
            .any(|escape| escape.write(secret).is_ok_and(|spelt| said.contains(&spelt)))
    };
    if secrets.iter().filter(|secret| !secret.is_empty()).any(repeats) {
        return "…".to_owned();
    }
    let shown = |letter: char| match letter {
        digit if digit.is_numeric() => '#',
        control if control.is_control() => ' ',
        other => other,
    };
    said.chars().take(MOST_SHOWN).map(shown).collect()
}

const MOST_READ: usize = 64 * 1024;
const MOST_SHOWN: usize = 200;
