//! Everything we say to an application of who came, each name exactly once. Demands a [`Passage`], which only an
//! admitted request has.

use super::Passage;
use crate::domain::identity::Told;
use crate::domain::user::Subject;
use crate::flow::Fault;
use crate::flow::assertion::Assertions;
use std::sync::Arc;

/// The identity headers and the assertion; each is there, empty where there is nothing to say.
///
/// # Errors
/// When the assertion cannot be signed or a value is none for a header; the request must not pass then.
pub fn of(passage: &Passage, assertions: &Assertions) -> Result<Arc<Told>, Fault> {
    let permit = &passage.permit;
    match permit.subject() {
        Subject::Anonymous => Assertions::about_nobody(permit.application()),
        Subject::User(known) => assertions.about(
            (known, &passage.request),
            permit.application(),
            passage.arrival.settings.portal.origin.as_str(),
        ),
    }
}
