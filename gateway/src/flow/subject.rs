//! From a session cookie to who sent the request: a read cache over the store, checked against the revocation log.
//!
//! A cached session is used without asking anybody, so every use asks three things of memory: is the log fresh, does
//! it name the session, does it say that the user changed. What looks expired is read again first, because another
//! node may have seen the person since.

use super::login::enrolled;
use super::revocation::Revocations;
use super::{Fault, Outside};
use crate::domain::host::Authority;
use crate::domain::secret::TokenHash;
use crate::domain::session::{Limits, Session};
use crate::domain::time::Timestamp;
use crate::domain::user::{Known, Subject};
use crate::io::store::Replaced;
use crate::io::store::records::SessionToken;
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How exactly `last_seen_at` is written to the store.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
/// How long a token still says whose it was, once its session is over in any case.
const RECENT: Duration = Duration::from_secs(3600);
/// How many sessions are remembered at most.
const REMEMBERED: usize = 200_000;

/// Finds out who a request is from.
pub struct Subjects {
    outside: Outside,
    revocations: Arc<Revocations>,
    cache: Cache<TokenHash, Arc<Remembered>>,
}

/// A session as this node last read it.
struct Remembered {
    /// The host the token is good for.
    host: Authority,
    known: Arc<Known>,
    /// When the reading began.
    read_at: Timestamp,
    last_seen: AtomicI64,
    last_written: AtomicI64,
}

/// A session cookie as it came: the hash of its token and the host it came to.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The hash of the token in the cookie.
    pub token: TokenHash,
    /// The host it was sent to.
    pub host: Authority,
}

/// Whether memory is enough, or the store must be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// What is remembered will do.
    Remembered,
    /// Read again.
    Fresh,
}

/// How often a session is read that is changed while it is read.
const READINGS: usize = 8;
/// How long to wait before: moments are told apart by milliseconds.
const A_MOMENT: Duration = Duration::from_millis(2);

impl Subjects {
    /// An empty cache over these.
    pub fn new(outside: Outside, revocations: Arc<Revocations>) -> Self {
        Self {
            outside,
            revocations,
            cache: Cache::new(REMEMBERED),
        }
    }

    /// Who presented this cookie; anonymous when it stands for no session that still stands here.
    ///
    /// # Errors
    /// When that cannot be found out: the log is stale, or the store or SQL was needed and failed.
    pub async fn of(&self, presented: &Presented, limits: Limits, reading: Reading) -> Result<Subject, Fault> {
        let now = self.outside.clock.now();
        Ok(match self.find(presented.token, limits, (reading, now)).await? {
            Some(remembered) => self.admit(remembered, &presented.host, limits, now),
            None => Subject::Anonymous,
        })
    }

    /// The same without taking it for a visit: a stream that is looked after keeps no session from becoming idle.
    ///
    /// # Errors
    /// As for [`Subjects::of`].
    pub async fn glance(&self, presented: &Presented, limits: Limits) -> Result<Subject, Fault> {
        let now = self.outside.clock.now();
        let found = self.find(presented.token, limits, (Reading::Remembered, now)).await?;
        Ok(match found.filter(|remembered| remembered.host == presented.host) {
            Some(remembered) => Subject::User(Arc::clone(&remembered.known)),
            None => Subject::Anonymous,
        })
    }

    /// Whether a token stands for a session that somebody has ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn was_ended(&self, token: &TokenHash) -> Result<bool, Fault> {
        let token = self.outside.records.get::<SessionToken>(&token.to_string()).await?;
        Ok(token.is_some_and(|(token, _)| self.revocations.names(token.session)))
    }

    /// Forgets a token that this node has just replaced by another, or whose owner it has just changed.
    pub fn forget(&self, token: &TokenHash) {
        self.cache.remove(token);
    }

    /// The session that a token stands for, if it stands itself.
    async fn find(
        &self,
        token: TokenHash,
        limits: Limits,
        (reading, now): (Reading, Timestamp),
    ) -> Result<Option<Arc<Remembered>>, Fault> {
        if !self.revocations.is_fresh(now) {
            return Err(Fault::new("revocation log", "not read for too long"));
        }
        if reading == Reading::Remembered
            && let Some(remembered) = self.cache.get(&token)
            && self.is_good(&remembered, limits, now)
        {
            return Ok(Some(remembered));
        }
        self.cache.remove(&token);
        for _ in 0..READINGS {
            let began = self.outside.clock.now();
            let Some(loaded) = self.load(token, began).await? else {
                return Ok(None);
            };
            if self.revocations.outdates(loaded.known.session.user, began) {
                // It was changed while it was read: nobody is taken for a stranger by that.
                tokio::time::sleep(A_MOMENT).await;
                continue;
            }
            let good = self.is_good(&loaded, limits, self.outside.clock.now());
            if good {
                self.cache.insert(token, Arc::clone(&loaded));
            }
            return Ok(good.then_some(loaded));
        }
        Err(Fault::new("sessions", "a user is changed all the time"))
    }

    /// Whether a remembered session may be used as it is.
    fn is_good(&self, remembered: &Remembered, limits: Limits, now: Timestamp) -> bool {
        let session = &remembered.known.session;
        let seen = Timestamp::from_millis(remembered.last_seen.load(Ordering::Relaxed));
        session.stands(seen, limits, now)
            && !self.revocations.names(session.id)
            && !self.revocations.outdates(session.user, remembered.read_at)
    }

    /// The subject of a good session on its own host; notes that it was seen.
    fn admit(&self, remembered: Arc<Remembered>, host: &Authority, limits: Limits, now: Timestamp) -> Subject {
        if remembered.host != *host {
            return Subject::Anonymous;
        }
        remembered.last_seen.fetch_max(now.as_millis(), Ordering::Relaxed);
        let known = Arc::clone(&remembered.known);
        let written = remembered.last_written.load(Ordering::Relaxed);
        let due = now.since(Timestamp::from_millis(written)) >= TOUCH_EVERY;
        let mine = due
            && remembered
                .last_written
                .compare_exchange(written, now.as_millis(), Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if mine {
            tokio::spawn(touch(self.outside.clone(), known.session.clone(), limits, now));
        }
        Subject::User(known)
    }

    async fn load(&self, token: TokenHash, now: Timestamp) -> Result<Option<Arc<Remembered>>, Fault> {
        let Some((token, _)) = self.outside.records.get::<SessionToken>(&token.to_string()).await? else {
            return Ok(None);
        };
        let Some((mut session, _)) = self.outside.records.get::<Session>(&token.session.to_string()).await? else {
            return Ok(None);
        };
        session.authentications.truncate(token.proofs);
        let Some(user) = self.outside.directory.user(session.user).await? else {
            return Ok(None);
        };
        if !user.stands_by(&session.authentications, Some(session.id)) {
            return Ok(None);
        }
        let enrolled = enrolled(&self.outside.credentials.authenticators(session.user).await?);
        let Ok(host) = Authority::parse(&token.host) else {
            return Ok(None);
        };
        let last_seen = session.last_seen_at.as_millis();
        let known = Arc::new(Known {
            session,
            user: Arc::new(user),
            enrolled,
        });
        Ok(Some(Arc::new(Remembered {
            host,
            known,
            read_at: now,
            last_seen: AtomicI64::new(last_seen),
            last_written: AtomicI64::new(last_seen),
        })))
    }
}

/// Writes that a session was seen. A store that fails now only makes the session look idle for a minute longer.
async fn touch(outside: Outside, session: Session, limits: Limits, now: Timestamp) {
    let name = session.id.to_string();
    let written = async {
        let Some((stored, version)) = outside.records.get::<Session>(&name).await? else {
            return Ok(Replaced::Stale);
        };
        if period(stored.last_seen_at) < period(now)
            && let Err(fault) = outside.credentials.note_seen(session.id, now).await
        {
            tracing::warn!(%fault, "it could not be noted when a session was seen");
        }
        let seen = Session {
            last_seen_at: stored.last_seen_at.max(now),
            ..stored
        };
        outside
            .records
            .replace(&name, version, &seen, keep(&seen, limits, now))
            .await
    };
    if let Err(fault) = written.await {
        tracing::warn!(%fault, "a session could not be touched");
    }
}

/// Which stretch of ten minutes a moment is in: once in each is written down, for people to read, when they were seen.
fn period(at: Timestamp) -> i64 {
    at.as_millis() / 600_000
}

/// How long the store keeps a token of a session.
pub fn keep_token(session: &Session, limits: Limits, now: Timestamp) -> Duration {
    session.ends_at(limits).since(now) + RECENT
}

/// How long the store keeps a session: until it is idle (with a minute for late touches) or over.
pub fn keep(session: &Session, limits: Limits, now: Timestamp) -> Duration {
    let left = session.ends_at(limits).since(now);
    (limits.idle + 2 * TOUCH_EVERY).min(left).max(Duration::from_millis(1))
}
