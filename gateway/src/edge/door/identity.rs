//! Everything we say to an application of who came, each name exactly once. Demands a [`Passage`], which only an
//! admitted request has.

use super::Passage;
use crate::domain::identity::ASSERTION;
use crate::domain::user::Subject;
use crate::flow::Fault;
use crate::flow::assertion::Assertions;
use bytes::Bytes;
use http::{HeaderName, HeaderValue};

/// The identity headers and the assertion; each is there, empty where there is nothing to say.
///
/// # Errors
/// When the assertion cannot be signed or a value is none for a header; the request must not pass then.
pub fn of(passage: &Passage, assertions: &Assertions) -> Result<Vec<(HeaderName, HeaderValue)>, Fault> {
    let permit = &passage.permit;
    let assertion = match permit.subject() {
        Subject::Anonymous => None,
        Subject::User(known) => Some(assertions.about(
            known,
            permit.application(),
            passage.arrival.settings.portal.origin.as_str(),
        )?),
    };
    let names = permit.application().identity.headers(permit.subject());
    let mut lines = names
        .map(|(name, text)| Ok((name.clone(), value(Bytes::from(text))?)))
        .collect::<Result<Vec<_>, Fault>>()?;
    let assertion = Bytes::copy_from_slice(assertion.as_deref().unwrap_or_default().as_bytes());
    lines.push((ASSERTION, value(assertion)?));
    Ok(lines)
}

fn value(text: Bytes) -> Result<HeaderValue, Fault> {
    HeaderValue::from_maybe_shared(text).map_err(|error| Fault::new("identity headers", error))
}
