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
    /// When the owner was told last that nothing is left.
    #[serde(default)]
    told_at: Option<Timestamp>,
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

impl Budget {
    /// What unknown devices can have of it.
    fn for_unknown(self) -> u32 {
        self.most.saturating_sub(self.kept_for_known)
    }
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

/// Whether a budget bears another attempt of the same kind at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// It does.
    Left,
    /// The one just counted was the last for a while.
    Gone,
}

impl Room {
    /// The room that is left on two budgets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Left, Self::Left) => Self::Left,
            (Self::Gone, Self::Left | Self::Gone) | (Self::Left, Self::Gone) => Self::Gone,
        }
    }
}

/// What a budget without room says of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Whether its owner has not been told yet, this time.
    pub news: bool,
    /// Since when somebody elsewhere has failed so often that they must be thought to know the password; nothing where
    /// they have not. It says nothing of a password that is younger.
    pub compromised: Option<Timestamp>,
}

/// No attempt may be made for this long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub Duration);

impl Tally {
    /// Counts an attempt, or says how long to wait until one may be made.
    ///
    /// # Errors
    /// [`Wait`], with the tally as it was.
    pub fn charge(mut self, budget: Budget, attempt: Attempt) -> Result<Self, (Self, Wait)> {
        for charge in &mut self.charges {
            // A clock that was ahead and is right again must not make a failure last longer than one of now.
            charge.at = charge.at.min(attempt.at);
        }
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

    /// Whether another attempt like this one, already counted, could be made right after it.
    pub fn room(&self, budget: Budget, attempt: Attempt) -> Room {
        match self.wait(budget, attempt) {
            None => Room::Left,
            Some(_) => Room::Gone,
        }
    }

    /// What is to be said now that no room is left. It is news once within the budget's memory.
    #[must_use]
    pub fn raise_alarm(mut self, budget: Budget, now: Timestamp) -> (Self, Alarm) {
        let remembered = |at: Timestamp| now.since(at.min(now)) < budget.memory;
        let elsewhere = |charge: &&Charge| charge.from == From::UnknownDevice && remembered(charge.at);
        let strangers = self.charges.iter().rev().filter(elsewhere);
        let enough = usize::try_from(budget.for_unknown().saturating_sub(1)).unwrap_or(usize::MAX);
        let alarm = Alarm {
            news: !self.told_at.is_some_and(remembered),
            compromised: strangers.map(|charge| charge.at.min(now)).nth(enough),
        };
        if alarm.news {
            self.told_at = Some(now);
        }
        (self, alarm)
    }

    fn wait(&self, budget: Budget, attempt: Attempt) -> Option<Wait> {
        if self.in_a_row >= budget.in_a_row {
            return Some(Wait(DAY));
        }
        let all = |window: (u32, Duration)| self.until_fewer(window, attempt.at, |_| true);
        let strangers = match attempt.from {
            From::KnownDevice => None,
            From::UnknownDevice => {
                let theirs = (budget.for_unknown(), budget.memory);
                self.until_fewer(theirs, attempt.at, |charge| charge.from == From::UnknownDevice)
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
mod tests;
