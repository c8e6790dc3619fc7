//! From the portal's host to an application's: a one-use ticket, bound to the host and to the browser that asked.

use super::return_target::ReturnTarget;
use super::subject::keep_token;
use super::{Fault, Outside};
use crate::domain::host::Authority;
use crate::domain::id::FormId;
use crate::domain::secret::{Token, TokenHash};
use crate::domain::session::{Limits, Session};
use crate::io::store::Inserted;
use crate::io::store::records::{SessionToken, Ticket};
use std::time::Duration;

/// How long a ticket is good for.
const LIFE: Duration = Duration::from_secs(30);

/// Makes a ticket for the application a person returns to; nothing where the target names no browser to give it to.
///
/// # Errors
/// When the store fails.
pub async fn issue(outside: &Outside, session: &Session, target: &ReturnTarget) -> Result<Option<Token>, Fault> {
    let Some(nonce) = target.nonce else { return Ok(None) };
    let token = outside.entropy.token();
    let host = target.to.application().origin.authority().to_string();
    let ticket = Ticket {
        session: session.id,
        host,
        proofs: session.authentications.len(),
        nonce,
        return_to: target.to.page().to_owned(),
        form: target.to.form(),
    };
    match outside.records.insert(&token.hash().to_string(), &ticket, LIFE).await? {
        Inserted::New => Ok(Some(token)),
        Inserted::Exists => Err(Fault::new("store", "a new ticket exists already")),
    }
}

/// What a ticket was good for.
#[derive(Debug)]
pub struct Redeemed {
    /// The session's token for this host.
    pub token: Token,
    /// Where the person wanted to go.
    pub return_to: String,
    /// The form that is offered on the way.
    pub form: Option<FormId>,
    /// Who was here before, as far as the old cookie tells.
    pub before: Before,
}

/// Whose the browser was on this host so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// The same person's.
    Theirs,
    /// Somebody else's, or nobody knows.
    Unknown,
}

/// A ticket as it came back.
#[derive(Debug)]
pub struct Brought {
    /// The ticket.
    pub ticket: Token,
    /// The nonce cookie of the browser that brought it.
    pub nonce: TokenHash,
    /// The host it was brought to.
    pub host: Authority,
    /// The session cookie that the new one will replace, whether or not its session still stands.
    pub replaces: Option<TokenHash>,
}

/// Takes a ticket and gives the session's token for this host; nothing for a ticket that was used, is too old, or
/// belongs to another host or browser.
///
/// # Errors
/// When the store fails.
pub async fn redeem(outside: &Outside, brought: Brought, limits: Limits) -> Result<Option<Redeemed>, Fault> {
    let Some(ticket) = outside
        .records
        .take::<Ticket>(&brought.ticket.hash().to_string())
        .await?
    else {
        return Ok(None);
    };
    if ticket.host != brought.host.to_string() || ticket.nonce != brought.nonce {
        return Ok(None);
    }
    let Some((session, _)) = outside.records.get::<Session>(&ticket.session.to_string()).await? else {
        return Ok(None);
    };
    let old = match brought.replaces {
        Some(old) => outside.records.take::<SessionToken>(&old.to_string()).await?,
        None => None,
    };
    let same = old.is_some_and(|old| old.user == Some(session.user) && old.host == ticket.host);
    let token = outside.entropy.token();
    let record = SessionToken {
        session: ticket.session,
        host: ticket.host,
        proofs: ticket.proofs,
        user: Some(session.user),
    };
    let life = keep_token(&session, limits, outside.clock.now());
    match outside.records.insert(&token.hash().to_string(), &record, life).await? {
        Inserted::New => Ok(Some(Redeemed {
            token,
            return_to: ticket.return_to,
            form: ticket.form,
            before: if same { Before::Theirs } else { Before::Unknown },
        })),
        Inserted::Exists => Err(Fault::new("store", "a new token exists already")),
    }
}
