//! How long setting up what is demanded may be put off.
//!
//! A grace period spares nobody a rule: it postpones the wizard of the login, and applications that ask for two factors
//! stay closed all the same. It is counted in whole days (UTC) from the making of an account, or from the day on which
//! the operator began to demand something, whichever is later; nothing is remembered of anybody, so that a dormant
//! account has none left once those days are over.

use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the operator grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How many days; 0 for none.
    pub days: u32,
    /// From when accounts count that are older.
    pub since: Timestamp,
}

/// What is left of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grace {
    /// Nothing: what is demanded is set up now.
    #[default]
    Over,
    /// It may wait until this moment.
    Until(Timestamp),
}

const DAY: i64 = 24 * 3600 * 1000;

impl Terms {
    /// Nobody may wait.
    pub const NONE: Self = Self {
        days: 0,
        since: Timestamp::from_millis(0),
    };

    /// What is left for an account that was made then.
    pub fn left(self, created_at: Timestamp, now: Timestamp) -> Grace {
        if self.days == 0 {
            return Grace::Over;
        }
        let first_day = created_at.max(self.since).as_millis().div_euclid(DAY);
        let midnight = Timestamp::from_millis((first_day + 1).saturating_mul(DAY));
        let end = midnight + Duration::from_secs(u64::from(self.days) * 24 * 3600);
        if now < end { Grace::Until(end) } else { Grace::Over }
    }
}

impl Grace {
    /// Whether what is demanded may wait.
    pub fn lasts(self) -> bool {
        self != Self::Over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_are_counted_from_the_account_or_the_demand() {
        let at = |days: i64, millis: i64| Timestamp::from_millis(days * DAY + millis);
        let week = |since| Terms { days: 7, since };
        let (noon, last) = (DAY / 2, DAY - 1);
        let ends = |day| Grace::Until(at(day, 0));
        for (terms, created_at, now, left) in [
            (Terms::NONE, at(100, noon), at(100, noon), Grace::Over),
            (week(at(0, 0)), at(100, noon), at(100, noon), ends(108)),
            (week(at(0, 0)), at(100, last), at(107, last), ends(108)),
            (week(at(0, 0)), at(100, 0), at(108, 0), Grace::Over),
            // An old account counts from the demand, a new one from itself.
            (week(at(200, 0)), at(100, noon), at(207, last), ends(208)),
            (week(at(200, 0)), at(100, noon), at(208, 0), Grace::Over),
            (week(at(200, 0)), at(300, noon), at(300, noon), ends(308)),
            // What is demanded from next month on may wait until then, and so long again.
            (week(at(200, 0)), at(100, noon), at(150, 0), ends(208)),
        ] {
            assert_eq!(terms.left(created_at, now), left, "{terms:?} {created_at:?} {now:?}");
        }
    }
}
