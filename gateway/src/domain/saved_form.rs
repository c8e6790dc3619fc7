//! A form that somebody sent when their session had ended: kept for its sender, offered again once they have logged in,
//! and sent at most once.
//!
//! ```text
//! Waiting --claimed--> Sent --the application answered--> Answered
//!    ^                  |
//!    +--never left us---+
//! ```
//! Who claims it sends it, and nobody else ever does: what is in it goes with the claim. A form that stays `Sent` may
//! have arrived or not; nobody here knows.

use super::id::{ClaimId, UserId};
use super::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What of forms is kept, of all applications together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The most bytes one may have.
    pub largest: usize,
    /// How long one is kept.
    pub keep: Duration,
    /// How many of one person are kept within that time.
    pub per_person: u32,
}

/// Whether forms for an application are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsentForms {
    /// They are.
    Saved,
    /// They must be filled in again.
    Lost,
}

/// A form, as kept (sealed) in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedForm {
    /// Whose it is.
    pub user: UserId,
    /// The application it is for, by its origin.
    pub origin: String,
    /// Path and query, as sent.
    pub target: String,
    /// When it came.
    pub at: Timestamp,
    /// What has become of it.
    pub state: State,
}

/// What has become of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for its sender.
    Waiting(Content),
    /// It was sent, or was about to be, by whoever claimed it.
    Sent(ClaimId),
    /// It was sent, and the application answered.
    Answered,
}

/// What is in a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// How it is written.
    pub content_type: String,
    /// The page it was filled in on, where the browser said so.
    pub referer: Option<String>,
    /// The form itself.
    pub body: Body,
}

/// The bytes of a form; never printed, because anything may be in it. All clones of them are one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Body(pub Arc<[u8]>);

impl fmt::Debug for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Body({} bytes)", self.0.len())
    }
}

impl TryFrom<String> for Body {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, base64::DecodeError> {
        STANDARD.decode(text).map(|body| Self(Arc::from(body)))
    }
}

impl From<Body> for String {
    fn from(body: Body) -> Self {
        STANDARD.encode(body.0)
    }
}

impl SavedForm {
    /// Takes out what is in it, for whoever can write down that it is gone from here; the form itself where it is.
    ///
    /// # Errors
    /// The form, where somebody was first.
    pub fn claim(self, by: ClaimId) -> Result<(Self, Content), Box<Self>> {
        match self.state {
            State::Waiting(content) => Ok((
                Self {
                    state: State::Sent(by),
                    ..self
                },
                content,
            )),
            State::Sent(_) | State::Answered => Err(Box::new(self)),
        }
    }

    /// The application has answered.
    #[must_use]
    pub fn answered(self) -> Self {
        Self {
            state: State::Answered,
            ..self
        }
    }

    /// It never left us, and waits again.
    #[must_use]
    pub fn unsent(self, content: Content) -> Self {
        Self {
            state: State::Waiting(content),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting() -> SavedForm {
        SavedForm {
            user: UserId::from_bytes([1; 16]),
            origin: "https://a.example".to_owned(),
            target: "/transfer?x=1".to_owned(),
            at: Timestamp::from_millis(1),
            state: State::Waiting(Content {
                content_type: "application/x-www-form-urlencoded".to_owned(),
                referer: None,
                body: Body(Arc::from(*b"a=\xff\x00")),
            }),
        }
    }

    #[test]
    fn what_is_in_a_form_is_taken_once() -> Result<(), Box<SavedForm>> {
        let [first, second] = [[1; 16], [2; 16]].map(ClaimId::from_bytes);
        let (sent, content) = waiting().claim(first)?;
        assert_eq!(sent.state, State::Sent(first));
        for gone in [sent.clone(), sent.clone().answered()] {
            assert_eq!(gone.clone().claim(second), Err(Box::new(gone)));
        }
        assert_eq!(sent.unsent(content), waiting());
        Ok(())
    }

    #[test]
    fn a_form_is_kept_byte_by_byte() -> Result<(), serde_json::Error> {
        let text = serde_json::to_string(&waiting())?;
        assert_eq!(serde_json::from_str::<SavedForm>(&text)?, waiting());
        Ok(())
    }
}
