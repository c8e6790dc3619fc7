//! What has been revoked, as this node knows it: the log in SQL, read each 250 ms.
//!
//! A node that could not read the log for too long knows nothing any more, and admits nobody by a session until it can
//! read again. Lines may commit out of order, so each reading overlaps the last.

use super::{Fault, Outside};
use crate::domain::id::{SessionId, UserId};
use crate::domain::time::Timestamp;
use crate::io::credentials::{Revocation, Revoked};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// How often the log is read.
pub const PERIOD: Duration = Duration::from_millis(250);
/// Clocks of nodes differ by at most 5 s, transactions last less than one; three times that is read again.
const OVERLAP: Duration = Duration::from_secs(18);

/// The revocation log as far as this node has read it.
pub struct Revocations {
    known: RwLock<Lines>,
    read_at: AtomicI64,
    max_lag: Duration,
}

#[derive(Default)]
struct Lines {
    sessions: HashMap<SessionId, Timestamp>,
    /// The newest line about each user, and when this node first saw it.
    users: HashMap<UserId, Seen>,
}

#[derive(Clone, Copy)]
struct Seen {
    line: Timestamp,
    here: Timestamp,
}

const NEVER: i64 = i64::MIN;

impl Revocations {
    /// Nothing read yet; `max_lag` is how old the last reading may be.
    pub fn new(max_lag: Duration) -> Self {
        Self {
            known: RwLock::default(),
            read_at: AtomicI64::new(NEVER),
            max_lag,
        }
    }

    /// Reads what is new; called once before serving with `since` far enough back, then each [`PERIOD`].
    ///
    /// # Errors
    /// When SQL cannot be read.
    pub async fn read(&self, outside: &Outside, memory: Duration) -> Result<(), Fault> {
        let began = outside.clock.now();
        let last = self.read_at.load(Ordering::Acquire);
        let since = if last == NEVER {
            began - memory
        } else {
            Timestamp::from_millis(last) - OVERLAP
        };
        let lines = outside.credentials.revocations(since).await?;
        self.learn(&lines, outside.clock.now());
        self.read_at.store(began.as_millis(), Ordering::Release);
        Ok(())
    }

    /// Whether the log was read recently enough to trust sessions.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let read_at = self.read_at.load(Ordering::Acquire);
        read_at != NEVER && now.since(Timestamp::from_millis(read_at)) < self.max_lag
    }

    /// Whether this session was ended.
    pub fn names(&self, session: SessionId) -> bool {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .sessions
            .contains_key(&session)
    }

    /// Whether what was read of this user at that moment may be out of date.
    pub fn outdates(&self, user: UserId, read_at: Timestamp) -> bool {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .users
            .get(&user)
            .is_some_and(|seen| seen.here >= read_at)
    }

    /// Takes note of a session that this node itself has just ended.
    pub fn add(&self, session: SessionId, at: Timestamp) {
        self.known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .sessions
            .insert(session, at);
    }

    /// Forgets lines about sessions that are over by now.
    pub fn forget(&self, before: Timestamp) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.sessions.retain(|_, at| *at >= before);
        known.users.retain(|_, seen| seen.line >= before);
    }

    fn learn(&self, lines: &[Revocation], now: Timestamp) {
        let news = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            lines.iter().any(|line| known.lacks(line))
        };
        if !news {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for line in lines {
            if !known.lacks(line) {
                continue;
            }
            match line.what {
                Revoked::Session(session) => {
                    known.sessions.insert(session, line.at);
                }
                Revoked::Facts(user) => {
                    known.users.insert(
                        user,
                        Seen {
                            line: line.at,
                            here: now,
                        },
                    );
                }
            }
        }
    }
}

impl Lines {
    fn lacks(&self, line: &Revocation) -> bool {
        match line.what {
            Revoked::Session(session) => !self.sessions.contains_key(&session),
            Revoked::Facts(user) => self.users.get(&user).is_none_or(|seen| seen.line < line.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    #[test]
    fn a_line_read_twice_is_news_once() {
        let (log, user) = (Revocations::new(Duration::from_secs(10)), UserId::from_bytes([1; 16]));
        let line = Revocation {
            at: at(100),
            what: Revoked::Facts(user),
        };
        log.learn(std::slice::from_ref(&line), at(101));
        log.learn(&[line], at(105));
        assert!(log.outdates(user, at(101)) && !log.outdates(user, at(102)));
    }

    #[test]
    fn an_unread_log_is_not_trusted() {
        let log = Revocations::new(Duration::from_secs(10));
        assert!(!log.is_fresh(at(0)));
        log.read_at.store(at(100).as_millis(), Ordering::Release);
        assert!(log.is_fresh(at(109)) && !log.is_fresh(at(110)));
    }
}
