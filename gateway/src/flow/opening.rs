//! Life of a login, last step: the session is opened, or raised, and its token handed out.
//!
//! Everything here may be done twice: ids and tokens follow from the login's, so that a repeated answer gets the same
//! session and the same token, and of many parallel ones only one session comes.

use super::logout;
use super::revocation::Revocations;
use super::subject::{keep, keep_token};
use super::{Circumstances, Fault, Outside};
use crate::domain::assurance::{Authentication, is_full};
use crate::domain::audit::{AuditEvent, SessionEnd};
use crate::domain::host::Authority;
use crate::domain::id::{SessionId, UserId};
use crate::domain::login::{Aim, Login};
use crate::domain::secret::{Token, TokenHash};
use crate::domain::session::{Limits, Session};
use crate::domain::user::Known;
use crate::io::credentials::Opening;
use crate::io::store::records::SessionToken;
use crate::io::store::{Inserted, Replaced};
use std::sync::Arc;

/// What the browser gets for a finished login.
#[derive(Debug)]
pub struct Opened {
    /// The session.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// Its token for the portal's host.
    pub token: Token,
    /// What makes this browser known from now on; nothing when it was known before, or a factor is missing.
    pub device: Option<Token>,
    /// The sealed return target the login began with.
    pub return_to: String,
}

/// Where a session is opened.
pub(super) struct Place<'a> {
    /// The portal's host.
    pub(super) host: &'a Authority,
    /// How long sessions last.
    pub(super) limits: Limits,
    /// The request.
    pub(super) circumstances: &'a Circumstances,
    /// The session that this browser had so far on this host.
    pub(super) before: Option<(TokenHash, Arc<Known>)>,
    /// The device cookie it came with.
    pub(super) device: Option<TokenHash>,
}

/// Opens or raises the session of a finished login; nothing when the user may not have one any more.
pub(super) async fn open(
    outside: &Outside,
    revocations: &Revocations,
    (login, token): (&Login, &Token),
    place: &Place<'_>,
) -> Result<Option<Opened>, Fault> {
    let Some(user) = outside.directory.user(login.user).await? else {
        return Ok(None);
    };
    if !user.stands_by(&login.authentications, login.aim.raised()) {
        return Ok(None);
    }
    let session = match login.aim {
        Aim::Open => Some(begin(outside, login, place).await?),
        Aim::Raise(session) => raise(outside, session, login, place).await?,
    };
    let Some(session) = session else { return Ok(None) };
    let opened = Opened {
        session: session.id,
        user: session.user,
        token: outside.keys.next_token(token, &[b"session"])?,
        device: know_device(outside, (&session, token), place).await?,
        return_to: login.return_to.clone(),
    };
    let record = SessionToken {
        session: session.id,
        host: place.host.to_string(),
        proofs: session.authentications.len(),
        user: Some(session.user),
    };
    let left = keep_token(&session, place.limits, outside.clock.now());
    // The same answer may be on its way twice; the record is the same then.
    let (Inserted::New | Inserted::Exists) = outside
        .records
        .insert(&opened.token.hash().to_string(), &record, left)
        .await?;
    retire(outside, revocations, (&session, &opened.token), place).await?;
    Ok(Some(opened))
}

/// Makes the browser a known device, once both factors were given; nothing when it is one, or must not become one. A
/// token that somebody else may have put into this browser never becomes known.
async fn know_device(
    outside: &Outside,
    (session, token): (&Session, &Token),
    place: &Place<'_>,
) -> Result<Option<Token>, Fault> {
    if !is_full(&session.authentications) {
        return Ok(None);
    }
    let seen = (outside.clock.now(), place.circumstances.source);
    if let Some(device) = place.device
        && outside.credentials.knows_device(session.user, device).await?
    {
        outside.credentials.know_device(session.user, device, seen).await?;
        return Ok(None);
    }
    let device = outside.keys.next_token(token, &[b"device"])?;
    outside
        .credentials
        .know_device(session.user, device.hash(), seen)
        .await?;
    Ok(Some(device))
}

/// The session this browser had before ends with its token: the old id dies at once (ASVS 5.0 V7.2.4).
async fn retire(
    outside: &Outside,
    revocations: &Revocations,
    (session, token): (&Session, &Token),
    place: &Place<'_>,
) -> Result<(), Fault> {
    let Some((old_token, old)) = &place.before else {
        return Ok(());
    };
    if *old_token == token.hash() {
        return Ok(());
    }
    outside.records.take::<SessionToken>(&old_token.to_string()).await?;
    if old.session.id == session.id {
        return Ok(());
    }
    logout::end(outside, revocations, (old, SessionEnd::Replaced), place.circumstances).await
}

async fn begin(outside: &Outside, login: &Login, place: &Place<'_>) -> Result<Session, Fault> {
    let now = outside.clock.now();
    let session = Session {
        id: login.session(),
        user: login.user,
        authentications: login.authentications.clone(),
        opened_at: now,
        last_seen_at: now,
    };
    let event = AuditEvent::SessionOpened {
        session: session.id,
        methods: session.authentications.iter().map(Authentication::method).collect(),
    };
    let record = outside.record(event, Some(login.user), place.circumstances);
    let opening = Opening {
        session: &session,
        ends_at: session.ends_at(place.limits),
        source: place.circumstances.source,
    };
    outside.credentials.open_session(opening, record).await?;
    let (Inserted::New | Inserted::Exists) = outside
        .records
        .insert(&session.id.to_string(), &session, keep(&session, place.limits, now))
        .await?;
    Ok(session)
}

async fn raise(outside: &Outside, id: SessionId, login: &Login, place: &Place<'_>) -> Result<Option<Session>, Fault> {
    let name = id.to_string();
    loop {
        let Some((mut session, version)) = outside.records.get::<Session>(&name).await? else {
            return Ok(None);
        };
        let before = session.authentications.len();
        for proof in &login.authentications {
            if !session.authentications.contains(proof) {
                session.authentications.push(proof.clone());
            }
        }
        if session.authentications.len() == before {
            return Ok(Some(session));
        }
        session.last_seen_at = outside.clock.now();
        let event = AuditEvent::SessionRaised {
            session: id,
            methods: session.authentications.iter().map(Authentication::method).collect(),
        };
        let record = outside.record(event, Some(login.user), place.circumstances);
        outside.credentials.raise_session(&session, record).await?;
        match outside
            .records
            .replace(
                &name,
                version,
                &session,
                keep(&session, place.limits, session.last_seen_at),
            )
            .await?
        {
            Replaced::Done => return Ok(Some(session)),
            Replaced::Stale => {}
        }
    }
}
