//! Typed records over the store's bytes: every record is JSON, sealed to its key, so that what is edited in the
//! store is refused (ASVS 5.0 V11.3.3).

use super::{Inserted, Key, Replaced, Store, StoreFault, Ttl, Version};
use crate::domain::authenticator::challenge::Asked;
use crate::domain::id::{FormId, SessionId, UserId};
use crate::domain::login::Login;
use crate::domain::parcel::Parcel;
use crate::domain::recovery::Recovery;
use crate::domain::registration::Registration;
use crate::domain::saved_form::SavedForm;
use crate::domain::secret::TokenHash;
use crate::domain::session::Session;
use crate::io::keys::{KeyRing, Purpose, Unopened};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// A kind of record: its family of keys and what it holds.
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// The first part of the key.
    const FAMILY: &'static str;
}

impl Record for Session {
    const FAMILY: &'static str = "session";
}

impl Record for Login {
    const FAMILY: &'static str = "login";
}

impl Record for Parcel {
    const FAMILY: &'static str = "parcel";
}

impl Record for Recovery {
    const FAMILY: &'static str = "recovery";
}

impl Record for Registration {
    const FAMILY: &'static str = "registration";
}

/// What a session cookie on one host stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct SessionToken {
    /// The session.
    pub session: SessionId,
    /// The host it was given to, and is good for.
    pub host: String,
    /// How many of the session's authentications it stands for: those given later make other tokens stronger, not this.
    pub proofs: usize,
    /// Whose session it is; what the token still says for a while after the session has ended. Tokens of earlier
    /// versions do not say it.
    #[serde(default)]
    pub user: Option<UserId>,
}

impl Record for SessionToken {
    const FAMILY: &'static str = "token";
}

/// A one-use ticket that carries a session from the portal to an application's host.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct Ticket {
    /// The session.
    pub session: SessionId,
    /// The host it is for.
    pub host: String,
    /// How many of the session's authentications it stands for.
    pub proofs: usize,
    /// The hash of the nonce in the browser that asked.
    pub nonce: TokenHash,
    /// Where the person wanted to go.
    pub return_to: String,
    /// The form that is offered on the way.
    #[serde(default)]
    pub form: Option<FormId>,
}

impl Record for Ticket {
    const FAMILY: &'static str = "ticket";
}

/// The question put to something that its owner sets up on the account pages.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct Waiting {
    /// Whose it is.
    pub user: UserId,
    /// In which session it was begun.
    pub session: SessionId,
    /// The question.
    pub asked: Asked,
}

impl Record for Waiting {
    const FAMILY: &'static str = "waiting";
}

impl Record for SavedForm {
    const FAMILY: &'static str = "form";
}

/// The form that a browser is about to send.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct Sending {
    /// The form.
    pub form: FormId,
    /// Path and query it is sent to.
    pub target: String,
}

impl Record for Sending {
    const FAMILY: &'static str = "sending";
}

/// An address that its owner has not proven yet.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct NewAddress {
    /// Whose it will be.
    pub user: UserId,
    /// The address.
    pub to: String,
    /// The question put to it.
    pub asked: Asked,
}

impl Record for NewAddress {
    const FAMILY: &'static str = "address";
}

/// What was typed into a form whose sender had to prove themselves anew first, encoded as it came.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct Draft(pub String);

impl Record for Draft {
    const FAMILY: &'static str = "draft";
}

/// The store, with sealed records.
#[derive(Clone)]
pub struct Records {
    store: Arc<dyn Store>,
    keys: Arc<KeyRing>,
}

impl Records {
    /// Records in this store, sealed by this key ring.
    pub fn new(store: Arc<dyn Store>, keys: Arc<KeyRing>) -> Self {
        Self { store, keys }
    }

    /// Writes a new record.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn insert<R: Record>(&self, name: &str, record: &R, ttl: Duration) -> Result<Inserted, StoreFault> {
        let key = Key::new(R::FAMILY, name);
        let value = self.seal(&key, record)?;
        self.store.insert(&key, value, Ttl(ttl)).await
    }

    /// Reads a record. One whose seal is broken counts as absent: somebody edited it.
    ///
    /// # Errors
    /// When the store fails, or this node does not have the key that sealed the record.
    pub async fn get<R: Record>(&self, name: &str) -> Result<Option<(R, Version)>, StoreFault> {
        let key = Key::new(R::FAMILY, name);
        let Some(entry) = self.store.get(&key).await? else {
            return Ok(None);
        };
        let record = self.open(&key, &entry.value)?;
        Ok(record.map(|record| (record, entry.version)))
    }

    /// Overwrites a record if it is still the one that was read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn replace<R: Record>(
        &self,
        name: &str,
        seen: Version,
        record: &R,
        ttl: Duration,
    ) -> Result<Replaced, StoreFault> {
        let key = Key::new(R::FAMILY, name);
        let value = self.seal(&key, record)?;
        self.store.replace(&key, seen, value, Ttl(ttl)).await
    }

    /// Removes a record and returns it to one taker.
    ///
    /// # Errors
    /// When the store fails, or this node does not have the key that sealed the record.
    pub async fn take<R: Record>(&self, name: &str) -> Result<Option<R>, StoreFault> {
        let key = Key::new(R::FAMILY, name);
        let value = self.store.take(&key).await?;
        value.map_or(Ok(None), |value| self.open(&key, &value))
    }

    /// Counts one more under this name, within a window.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn count(&self, family: &str, name: &str, window: Duration) -> Result<u32, StoreFault> {
        self.store.count(&Key::new(family, name), Ttl(window)).await
    }

    /// Whether the store answers at all.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreFault> {
        self.store.ping().await
    }

    fn seal<R: Record>(&self, key: &Key, record: &R) -> Result<Bytes, StoreFault> {
        let text = serde_json::to_vec(record).map_err(|error| StoreFault(error.to_string()))?;
        let sealed = self.keys.seal(Purpose::Record, key.as_str().as_bytes(), &text);
        sealed.map(Bytes::from).map_err(|fault| StoreFault(fault.to_string()))
    }

    fn open<R: Record>(&self, key: &Key, value: &[u8]) -> Result<Option<R>, StoreFault> {
        match self.keys.open(Purpose::Record, key.as_str().as_bytes(), value) {
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(Unopened::Broken) => Ok(None),
            Err(unknown @ Unopened::UnknownKey(_)) => Err(StoreFault(format!("a record is {unknown}"))),
        }
    }
}
