//! What a finished login leaves.

use super::assurance::Authentication;
use super::id::{SessionId, UserId};
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An open session, as kept (sealed) in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its name; proves nothing.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// What its owner has proven, oldest first; grows by step-up.
    pub authentications: Vec<Authentication>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The last request seen, to within a minute.
    pub last_seen_at: Timestamp,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Without a request.
    pub idle: Duration,
    /// In all.
    pub absolute: Duration,
}

impl Session {
    /// Whether the session, last seen then, still stands at this moment (SP 800-63B section 2.2.3).
    pub fn stands(&self, last_seen: Timestamp, limits: Limits, now: Timestamp) -> bool {
        now.since(self.opened_at) < limits.absolute && now.since(last_seen) < limits.idle
    }

    /// When it ends even if it is used all the time.
    pub fn ends_at(&self, limits: Limits) -> Timestamp {
        self.opened_at + limits.absolute
    }

    /// When the newest proof in it was given (`auth_time`).
    pub fn authenticated_at(&self) -> Timestamp {
        self.authentications
            .iter()
            .map(Authentication::at)
            .max()
            .unwrap_or(self.opened_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_idle_or_old() {
        let limits = Limits {
            idle: Duration::from_secs(60),
            absolute: Duration::from_secs(600),
        };
        let at = |second: i64| Timestamp::from_millis(second * 1000);
        let seen = |last: i64| Session {
            id: SessionId::from_bytes([0; 16]),
            user: UserId::from_bytes([0; 16]),
            authentications: vec![],
            opened_at: at(0),
            last_seen_at: at(last),
        };
        for (last, now, expected) in [
            (0, 0, true),
            (0, 59, true),
            (0, 60, false),
            (580, 599, true),
            (599, 600, false),
        ] {
            assert_eq!(
                seen(last).stands(at(last), limits, at(now)),
                expected,
                "seen {last}, now {now}"
            );
        }
    }
}
