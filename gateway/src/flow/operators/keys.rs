//! Keys as operators look after them.

use super::shown::moment;
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::flow::{Fault, Outside};
pub use crate::io::credentials::Resealed;
pub use crate::io::keys::Kind as KeyKind;
use crate::io::keys::Use;
use serde::Serialize;

/// A key that is there.
#[derive(Clone, Debug, Serialize)]
pub struct Key {
    /// What for.
    pub kind: KeyKind,
    /// Which.
    pub number: u32,
    /// Since when.
    pub made_at: String,
    /// How it is used.
    pub used: KeyUse,
}

/// What a key is used for.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUse {
    /// It makes what is new.
    InUse,
    /// It reads what is old.
    Accepted,
    /// It is accepted, and used from this moment on.
    From(String),
}

/// The keys on this machine.
///
/// # Errors
/// When their directory cannot be read.
pub fn keys(outside: &Outside) -> Result<Vec<Key>, Fault> {
    let all = outside.keys.list(outside.clock.now())?.into_iter();
    all.map(|made| {
        Ok(Key {
            kind: made.kind,
            number: made.number,
            made_at: moment(made.made_at)?,
            used: match made.used {
                Use::InUse => KeyUse::InUse,
                Use::Accepted => KeyUse::Accepted,
                Use::From(at) => KeyUse::From(moment(at)?),
            },
        })
    })
    .collect()
}

/// Makes the next key of each of these kinds; what was made. It is recorded first: no key comes unseen.
///
/// # Errors
/// When it cannot be recorded or written.
pub async fn rotate_keys(outside: &Outside, kinds: &[KeyKind]) -> Result<Vec<(KeyKind, u32)>, Fault> {
    let mut made = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let all = keys(outside)?.into_iter().filter(|key| key.kind == *kind);
        let number = all.map(|key| key.number).max().unwrap_or(0).saturating_add(1);
        let name = kind.word().to_owned();
        let record = AuditRecord {
            id: outside.entropy.id(),
            at: outside.clock.now(),
            user: None,
            origin: Origin::Command,
            event: AuditEvent::KeyMade { name, number },
        };
        outside.credentials.record(record).await?;
        made.push((*kind, outside.keys.rotate(*kind)?));
    }
    Ok(made)
}

/// Seals anew, by the key in use, what older ones have sealed.
///
/// # Errors
/// When SQL fails; what was done stays done.
pub async fn reseal(outside: &Outside) -> Result<Resealed, Fault> {
    outside.credentials.reseal().await
}
