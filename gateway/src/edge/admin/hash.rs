//! `hash`: what the directory would keep of a password.

use super::answer::{Answer, Exit};
use super::password::Source;
use crate::domain::password::Password;
use crate::flow::Fault;

/// Reads a password from the terminal, or else from stdin, and prints what `hash` makes of it: its PHC string, which
/// only a gateway with the same pepper can check.
///
/// # Errors
/// When the hashing fails.
pub async fn run(hash: impl AsyncFnOnce(Password) -> Result<String, Fault>) -> Result<Exit, Fault> {
    let typed = match Source::whichever().read() {
        Ok(typed) => typed,
        Err(unreadable) => return Ok(Answer::failed(unreadable.to_string()).give()),
    };
    Ok(match Password::typed(typed) {
        Ok(password) => Answer::done(hash(password).await?, "").give(),
        Err(unfit) => Answer::failed(unfit.to_string()).give(),
    })
}
