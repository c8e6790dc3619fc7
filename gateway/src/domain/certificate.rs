//! Certificates that are ordered: when the next one is due, and how long an order that failed waits. Pure arithmetic.
//!
//! ```text
//! issued ------------- two thirds of its life -------------> due --- order ---> issued
//!                                                             ^        | failed
//!                                                             +- pause + (three times as long each time)
//! ```
//! An authority counts what is asked of it, by name and hour (Let's Encrypt: five failures), so an order is charged before
//! it is placed: a program that dies in the middle of each has waited as long as if it had been refused.

use super::time::Timestamp;
use std::time::Duration;

/// How long an order may go without a word of whoever placed it, before somebody else may place one.
pub const LEASE: Duration = Duration::from_secs(30);
/// The longest pause after a refusal.
const LONGEST: Duration = Duration::from_secs(12 * 3600);
/// The longest pause after an authority could not be reached, which costs it nothing.
const LONGEST_UNREACHED: Duration = Duration::from_secs(15 * 60);
/// The longest rest after a certificate was issued.
const LONGEST_REST: Duration = Duration::from_secs(3600);

/// From when to when a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Not before.
    pub from: Timestamp,
    /// Not after.
    pub until: Timestamp,
}

impl Validity {
    /// When the next certificate should be ordered: at two thirds of the life of this one.
    pub fn renewal(&self) -> Timestamp {
        self.from + self.until.since(self.from) * 2 / 3
    }

    /// Whether it is good at this moment.
    pub fn covers(&self, now: Timestamp) -> bool {
        self.from <= now && now <= self.until
    }
}

/// Why there is no certificate at the end of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The authority said no.
    Refused,
    /// The authority could not be reached, or broke off.
    Unreached,
}

/// Whether a certificate should be ordered: there is none or it is old, and nothing has to be waited for.
pub fn is_due(has: Option<Validity>, wait_until: Timestamp, now: Timestamp) -> bool {
    wait_until <= now && has.is_none_or(|validity| validity.renewal() <= now)
}

/// How long to wait after so many failures in a row: three times as long after each, from `first` on.
pub fn pause(first: Duration, failures: u32, failure: Failure) -> Duration {
    let longest = match failure {
        Failure::Refused => LONGEST,
        Failure::Unreached => LONGEST_UNREACHED,
    };
    let factor = 3_u32.saturating_pow(failures.saturating_sub(1));
    first.saturating_mul(factor).min(longest)
}

/// How long nothing is ordered for a host that has just been issued a certificate, however old that looks: a clock that is
/// wrong, or a node that cannot read what another has ordered, must not order without end.
pub fn rest(first: Duration, issued: Validity) -> Duration {
    let third = issued.until.since(issued.from) / 3;
    third.min(LONGEST_REST).max(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_certificate_the_next_order_rests() {
        let (first, life) = (Duration::from_secs(60), |from, until| Validity { from, until });
        assert_eq!(rest(first, life(at(0), at(90))), Duration::from_secs(3600));
        let short = life(at(0), at(0) + Duration::from_secs(600));
        assert_eq!(rest(first, short), Duration::from_secs(200));
        let shortest = life(at(0), at(0) + Duration::from_secs(6));
        assert_eq!(rest(first, shortest), first);
    }

    const DAY: i64 = 24 * 3600 * 1000;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_millis(days * DAY)
    }

    #[test]
    fn a_certificate_is_due_at_two_thirds_of_its_life() {
        let ninety = Validity {
            from: at(100),
            until: at(190),
        };
        assert_eq!(ninety.renewal(), at(160));
        let none = at(0);
        for (has, wait_until, now, due) in [
            (None, none, at(1), true),
            (None, at(2), at(1), false),
            (None, at(2), at(2), true),
            (Some(ninety), none, at(159), false),
            (Some(ninety), none, at(160), true),
            (Some(ninety), at(161), at(160), false),
            (Some(ninety), none, at(500), true),
        ] {
            assert_eq!(is_due(has, wait_until, now), due, "{has:?} {wait_until:?} {now:?}");
        }
        for (now, good) in [(99, false), (100, true), (190, true), (191, false)] {
            assert_eq!(ninety.covers(at(now)), good, "{now}");
        }
    }

    #[test]
    fn pauses_grow_and_no_more_than_five_orders_fail_in_an_hour() {
        let minute = Duration::from_secs(60);
        let of = |failures, failure| pause(minute, failures, failure).as_secs() / 60;
        let all: Vec<u64> = (0..9).map(|failures| of(failures, Failure::Refused)).collect();
        assert_eq!(all, [1, 1, 3, 9, 27, 81, 243, 720, 720]);
        assert_eq!(of(1000, Failure::Refused), 720);
        let all: Vec<u64> = (1..6).map(|failures| of(failures, Failure::Unreached)).collect();
        assert_eq!(all, [1, 3, 9, 15, 15]);
        let mut moment = 0;
        let orders = (1..10).map(|failures| {
            let now = moment;
            moment += of(failures, Failure::Refused);
            now
        });
        assert_eq!(orders.filter(|minutes| *minutes < 60).count(), 5);
    }
}
