//! From the portal's host to an application's: a one-use ticket, bound to the host and to the browser that asked.

use super::return_target::ReturnTarget;
use super::{Fault, Outside};
use crate::domain::host::Authority;
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
        return_to: target.to.as_str().to_owned(),
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
    /// The session cookie that the new one will replace.
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
    if let Some(old) = brought.replaces {
        outside.records.take::<SessionToken>(&old.to_string()).await?;
    }
    let token = outside.entropy.token();
    let left = session.ends_at(limits).since(outside.clock.now());
    let record = SessionToken {
        session: ticket.session,
        host: ticket.host,
        proofs: ticket.proofs,
    };
    match outside
        .records
        .insert(&token.hash().to_string(), &record, left.max(LIFE))
        .await?
    {
        Inserted::New => Ok(Some(Redeemed {
            token,
            return_to: ticket.return_to,
        })),
        Inserted::Exists => Err(Fault::new("store", "a new token exists already")),
    }
}
