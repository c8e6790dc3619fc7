//! Failures in, waits out: how often somebody may try (SP 800-63B section 3.2.2). Arithmetic only.
//!
//! ```text
//!   attempt --> charge(tally) --> refused: wait this long        (nothing is compared)
//!                    |
//!                    v  written down before the answer is looked at
//!               compare the answer
//!                 |          |
//!               wrong      right --> refund(tally): this charge is taken back, the run of failures ends
//!                 |
//!               the charge stays until it is a day old
//! ```
//!
//! A charge that is never refunded is a failure, so a process that dies between charging and comparing errs on the
//! safe side. Nothing here knows where tallies are kept.

use super::id::ChargeId;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The attempts that still count against one budget, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    charges: Vec<Charge>,
    /// Failures since the last right answer, however long ago.
    in_a_row: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Charge {
    id: ChargeId,
    at: Timestamp,
    from: From,
}

/// What kind of browser an attempt came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// One that completed a login of this user before.
    KnownDevice,
    /// Any other.
    UnknownDevice,
}

/// One attempt about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// A fresh name for it.
    pub id: ChargeId,
    /// When.
    pub at: Timestamp,
    /// Where from.
    pub from: From,
}

/// How many failures a budget bears.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// At most so many within this span.
    pub burst: (u32, Duration),
    /// At most so many as long as failures are remembered.
    pub most: u32,
    /// How long failures are remembered.
    pub memory: Duration,
    /// Of `most`, so many are kept for known devices.
    pub kept_for_known: u32,
    /// At most so many without a right answer between them; then an operator must help.
    pub in_a_row: u32,
    /// After this many remembered ones each further one must wait, twice as long each time.
    pub free: u32,
}

const TEN_MINUTES: Duration = Duration::from_secs(600);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const FIRST_WAIT: Duration = Duration::from_secs(30);
const UNLIMITED: u32 = u32::MAX;

/// All second-factor answers of one account, whatever the method, tab, node or door (Law 3).
pub const SECOND_FACTOR: Budget = Budget {
    burst: (10, HOUR),
    most: 30,
    memory: DAY,
    kept_for_known: 10,
    in_a_row: 100,
    free: UNLIMITED,
};
/// Passwords of one account from one known device.
pub const PASSWORD_KNOWN_DEVICE: Budget = Budget {
    burst: (UNLIMITED, HOUR),
    most: UNLIMITED,
    memory: DAY,
    kept_for_known: 0,
    in_a_row: UNLIMITED,
    free: 10,
};
/// Passwords of one account from all unknown devices.
pub const PASSWORD_UNKNOWN_DEVICES: Budget = Budget {
    free: 5,
    ..PASSWORD_KNOWN_DEVICE
};
/// Passwords from one network, whatever the account: fifty within ten minutes.
pub const PASSWORD_SOURCE: Budget = Budget {
    burst: (50, TEN_MINUTES),
    memory: TEN_MINUTES,
    free: UNLIMITED,
    ..PASSWORD_KNOWN_DEVICE
};

/// Recoveries from one network, whoever they are for. No right answer takes one back.
pub const RECOVERY_SOURCE: Budget = Budget {
    burst: (20, TEN_MINUTES),
    most: 100,
    free: UNLIMITED,
    ..PASSWORD_KNOWN_DEVICE
};
/// Codes sent for forgotten passwords of one account: fifty guesses a day at a million.
pub const RECOVERY_ACCOUNT: Budget = Budget {
    burst: (3, HOUR),
    most: 10,
    free: UNLIMITED,
    ..PASSWORD_KNOWN_DEVICE
};

/// Changes that somebody makes to their own account: each is told to all their addresses. No right answer takes one back.
pub const OWN_CHANGES: Budget = Budget {
    burst: (20, HOUR),
    most: 60,
    free: UNLIMITED,
    ..PASSWORD_KNOWN_DEVICE
};
/// Lists of emergency codes made for one account.
pub const EMERGENCY_LISTS: Budget = Budget {
    burst: (5, HOUR),
    most: 10,
    ..OWN_CHANGES
};

/// Registrations from one network, finished or not, so that nobody fills the directory. No right answer takes one back.
pub const REGISTRATION_SOURCE: Budget = Budget {
    burst: (20, TEN_MINUTES),
    most: 60,
    free: UNLIMITED,
    ..PASSWORD_KNOWN_DEVICE
};
/// What is sent to one address that somebody registers, whoever that is.
pub const REGISTRATION_ADDRESS: Budget = Budget {
    burst: (3, HOUR),
    ..RECOVERY_ACCOUNT
};
/// Codes sent to one number that somebody registers.
pub const REGISTRATION_NUMBER: Budget = Budget {
    burst: (4, TEN_MINUTES),
    ..RECOVERY_ACCOUNT
};
/// Codes sent to the thousand numbers around one, which whoever sells calls to them owns together (SECURITY DO5).
pub const REGISTRATION_BLOCK: Budget = Budget {
    burst: (10, HOUR),
    most: 20,
    ..RECOVERY_ACCOUNT
};

/// No attempt may be made for this long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub Duration);

impl Tally {
    /// Counts an attempt, or says how long to wait until one may be made.
    ///
    /// # Errors
    /// [`Wait`], with the tally as it was.
    pub fn charge(mut self, budget: Budget, attempt: Attempt) -> Result<Self, (Self, Wait)> {
        self.charges
            .retain(|charge| attempt.at.since(charge.at) < budget.memory);
        if let Some(wait) = self.wait(budget, attempt) {
            return Err((self, wait));
        }
        self.charges.push(Charge {
            id: attempt.id,
            at: attempt.at,
            from: attempt.from,
        });
        self.in_a_row = self.in_a_row.saturating_add(1);
        Ok(self)
    }

    /// Takes the charge of a right answer back, and ends the run of failures.
    #[must_use]
    pub fn refund(mut self, id: ChargeId) -> Self {
        self.charges.retain(|charge| charge.id != id);
        self.in_a_row = 0;
        self
    }

    fn wait(&self, budget: Budget, attempt: Attempt) -> Option<Wait> {
        if self.in_a_row >= budget.in_a_row {
            return Some(Wait(DAY));
        }
        let all = |window: (u32, Duration)| self.until_fewer(window, attempt.at, |_| true);
        let strangers = match attempt.from {
            From::KnownDevice => None,
            From::UnknownDevice => {
                let left = (budget.most.saturating_sub(budget.kept_for_known), budget.memory);
                self.until_fewer(left, attempt.at, |charge| charge.from == From::UnknownDevice)
            }
        };
        let waits = [
            all((budget.most, budget.memory)),
            all(budget.burst),
            strangers,
            self.growing(budget.free, attempt.at),
        ];
        waits.into_iter().flatten().max().map(Wait)
    }

    /// How long until fewer than `most` such charges are younger than `window`.
    fn until_fewer(
        &self,
        (most, window): (u32, Duration),
        now: Timestamp,
        which: impl Fn(&Charge) -> bool,
    ) -> Option<Duration> {
        let young: Vec<Timestamp> = self
            .charges
            .iter()
            .filter(|charge| which(charge) && now.since(charge.at) < window)
            .map(|charge| charge.at)
            .collect();
        let excess = young.len().checked_sub(usize::try_from(most).unwrap_or(usize::MAX))?;
        young.get(excess).map(|leaves| (*leaves + window).since(now))
    }

    /// 30 s after the first failure beyond the free ones, doubling up to an hour.
    fn growing(&self, free: u32, now: Timestamp) -> Option<Duration> {
        let beyond = u32::try_from(self.charges.len())
            .unwrap_or(u32::MAX)
            .checked_sub(free)?;
        let wait = FIRST_WAIT
            .saturating_mul(1_u32.checked_shl(beyond).unwrap_or(u32::MAX))
            .min(HOUR);
        let passed = now.since(self.charges.last()?.at);
        wait.checked_sub(passed).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn attempt(number: u8, second: i64, from: From) -> Attempt {
        Attempt {
            id: ChargeId::from_bytes([number; 16]),
            at: Timestamp::from_millis(second * 1000),
            from,
        }
    }

    /// Makes `count` failing attempts, one each `step` seconds from `start` on; how many were let through.
    fn fail(tally: &mut Tally, budget: Budget, (start, step, count): (i64, i64, u8), from: From) -> u32 {
        let mut passed = 0;
        for number in 0..count {
            *tally = match tally
                .clone()
                .charge(budget, attempt(number, start + step * i64::from(number), from))
            {
                Ok(next) => {
                    passed += 1;
                    next
                }
                Err((same, _)) => same,
            };
        }
        passed
    }

    #[test]
    fn ten_an_hour_and_thirty_a_day() {
        let mut tally = Tally::default();
        assert_eq!(fail(&mut tally, SECOND_FACTOR, (0, 1, 50), From::KnownDevice), 10);
        assert_eq!(fail(&mut tally, SECOND_FACTOR, (3_700, 1, 50), From::KnownDevice), 10);
        assert_eq!(fail(&mut tally, SECOND_FACTOR, (7_400, 1, 50), From::KnownDevice), 10);
        assert_eq!(fail(&mut tally, SECOND_FACTOR, (11_100, 1, 50), From::KnownDevice), 0);
        assert_eq!(
            fail(&mut tally, SECOND_FACTOR, (86_500, 1, 50), From::KnownDevice),
            10,
            "a day later the first ten are forgotten"
        );
    }

    #[test]
    fn a_thief_elsewhere_leaves_ten_for_the_owner() {
        let mut tally = Tally::default();
        for hour in 0..6 {
            fail(&mut tally, SECOND_FACTOR, (hour * 3_700, 1, 50), From::UnknownDevice);
        }
        let strangers = tally.charges.iter().filter(|charge| charge.from == From::UnknownDevice);
        assert_eq!(strangers.count(), 20);
        assert_eq!(
            fail(&mut tally, SECOND_FACTOR, (6 * 3_700, 1, 50), From::KnownDevice),
            10
        );
    }

    #[test]
    fn a_hundred_in_a_row_stop_until_an_operator_helps() {
        let mut tally = Tally::default();
        let mut passed = 0;
        for hour in 0..400 {
            passed += fail(&mut tally, SECOND_FACTOR, (hour * 3_700, 1, 10), From::KnownDevice);
        }
        assert_eq!(passed, 100);
    }

    #[test]
    fn a_right_answer_costs_nothing_and_ends_only_the_run() -> Result<(), (Tally, Wait)> {
        let mut tally = Tally::default();
        fail(&mut tally, SECOND_FACTOR, (0, 1, 9), From::KnownDevice);
        let right = attempt(200, 20, From::KnownDevice);
        tally = tally.charge(SECOND_FACTOR, right)?.refund(right.id);
        assert_eq!(tally.in_a_row, 0);
        assert_eq!(
            fail(&mut tally, SECOND_FACTOR, (30, 1, 5), From::KnownDevice),
            1,
            "the nine failures of this hour still count"
        );
        Ok(())
    }

    #[test]
    fn wrong_passwords_wait_longer_each_time_but_never_more_than_an_hour() {
        let mut tally = Tally::default();
        assert_eq!(
            fail(&mut tally, PASSWORD_UNKNOWN_DEVICES, (0, 0, 20), From::UnknownDevice),
            5
        );
        for (second, expected) in [(29, Some(1)), (30, None)] {
            let wait = tally
                .clone()
                .charge(PASSWORD_UNKNOWN_DEVICES, attempt(100, second, From::UnknownDevice))
                .err();
            assert_eq!(wait.map(|(_, wait)| wait.0.as_secs()), expected);
        }
        for _ in 0..20 {
            fail(
                &mut tally,
                PASSWORD_UNKNOWN_DEVICES,
                (30, 3_600, 20),
                From::UnknownDevice,
            );
        }
        let last = tally.charges.last().map_or(0, |charge| charge.at.as_millis() / 1000);
        assert!(
            tally
                .charge(
                    PASSWORD_UNKNOWN_DEVICES,
                    attempt(101, last + 3_600, From::UnknownDevice)
                )
                .is_ok()
        );
    }

    proptest! {
        #[test]
        fn no_run_of_attempts_gets_more_than_thirty_judged_in_a_day(gaps in prop::collection::vec(0_i64..7_200, 1..200), known in any::<bool>()) {
            let from = if known { From::KnownDevice } else { From::UnknownDevice };
            let (mut tally, mut second, mut judged) = (Tally::default(), 0, Vec::new());
            for (number, gap) in gaps.into_iter().enumerate() {
                second += gap;
                match tally.clone().charge(SECOND_FACTOR, attempt(u8::try_from(number % 256).unwrap_or(0), second, from)) {
                    Ok(next) => { tally = next; judged.push(second); }
                    Err((same, wait)) => { tally = same; prop_assert!(!wait.0.is_zero()); }
                }
            }
            for end in &judged {
                let day = judged.iter().filter(|at| **at <= *end && **at > *end - 86_400).count();
                let hour = judged.iter().filter(|at| **at <= *end && **at > *end - 3_600).count();
                prop_assert!(day <= 30 && hour <= 10);
            }
        }
    }
}
