//! Who is logged in where, and how an operator ends that.

use super::shown::{ShownSession, shown_sessions};
use super::{Outcome, Refusal, record};
use crate::domain::audit::{AuditEvent, SessionEnd};
use crate::domain::id::SessionId;
use crate::domain::user::{User, UserName};
use crate::flow::{Fault, Outside, logout};
use serde::Serialize;

/// An open session, and whose it is.
#[derive(Debug, Serialize)]
pub struct OpenSession {
    /// What its owner types to log in.
    pub user: UserName,
    /// The session.
    #[serde(flatten)]
    pub session: ShownSession,
}

/// Whose sessions are meant.
#[derive(Debug)]
pub enum Whose {
    /// Everybody's.
    Everybodys,
    /// One person's.
    Only(UserName),
}

/// Which sessions end.
#[derive(Debug)]
pub enum Ended {
    /// This one.
    One(SessionId),
    /// All of a person.
    AllOf(UserName),
}

/// The open sessions, by name and then newest first.
///
/// # Errors
/// When SQL fails.
pub async fn sessions(outside: &Outside, whose: &Whose) -> Result<Outcome<Vec<OpenSession>>, Fault> {
    let users = match whose {
        Whose::Everybodys => outside.directory.all().await?,
        Whose::Only(name) => match outside.directory.find(name).await? {
            Some(user) => vec![user],
            None => return Ok(Outcome::Refused(Refusal::NoSuchUser)),
        },
    };
    let mut open = Vec::new();
    for user in users {
        let sessions = shown_sessions(outside, user.id).await?.into_iter();
        open.extend(sessions.map(|session| OpenSession {
            user: user.name.clone(),
            session,
        }));
    }
    Ok(Outcome::Done(open))
}

/// Ends sessions, on every node within a second; what comes of it is how many.
///
/// # Errors
/// When SQL fails; what was not ended by then still stands.
pub async fn end_sessions(outside: &Outside, ended: &Ended) -> Result<Outcome<usize>, Fault> {
    let (users, only) = match ended {
        Ended::One(id) => (outside.directory.all().await?, Some(*id)),
        Ended::AllOf(name) => match outside.directory.find(name).await? {
            Some(user) => (vec![user], None),
            None => return Ok(Outcome::Refused(Refusal::NoSuchUser)),
        },
    };
    let mut count = 0;
    for user in users {
        for session in outside.credentials.sessions(user.id, outside.clock.now()).await? {
            if only.is_none_or(|only| only == session.id) {
                end(outside, &user, session.id).await?;
                count += 1;
            }
        }
    }
    match (count, only) {
        (0, Some(_)) => Ok(Outcome::Refused(Refusal::NoSuchSession)),
        (count, _) => Ok(Outcome::Done(count)),
    }
}

async fn end(outside: &Outside, user: &User, session: SessionId) -> Result<(), Fault> {
    let event = AuditEvent::SessionEnded {
        session,
        why: SessionEnd::Operator,
    };
    let record = record(outside, event, user.id);
    logout::end_recorded(outside, session, record).await
}
