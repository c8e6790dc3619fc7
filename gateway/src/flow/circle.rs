//! Going in circles: a browser that is sent on to an application and is back at once, again and again. Something between
//! the two does not hold (a cookie that is refused, a rule that sees another address on another host), and no redirect
//! will mend it. Counted with the session, so that it ends whatever the browser keeps.

use super::{Fault, Outside};
use crate::domain::return_to::ReturnTo;
use crate::domain::session::Session;
use crate::io::keys::Purpose;
use std::time::Duration;

/// How often within [`WINDOW`] one session may be sent on to one address; browsers give up after about six rounds.
const MOST: u32 = 5;
const WINDOW: Duration = Duration::from_secs(30);

/// Whether a browser is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// It gets there, as far as we know.
    Onward,
    /// It has been sent there too often.
    Circle,
}

/// Counts that a session is sent on to an address.
///
/// # Errors
/// When the store fails.
pub async fn count(outside: &Outside, session: &Session, to: &ReturnTo) -> Result<Round, Fault> {
    let parts: [&[u8]; 3] = [b"circle", session.id.as_bytes(), to.as_str().as_bytes()];
    let name = outside.keys.pseudonym(Purpose::Scope, &parts)?;
    let rounds = outside.records.count("circle", &name, WINDOW).await?;
    Ok(if rounds > MOST { Round::Circle } else { Round::Onward })
}
