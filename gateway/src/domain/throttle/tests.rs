//! Runs of attempts, and how many are let through.

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

#[test]
fn the_last_attempt_is_known_as_such_and_its_owner_is_told_once_a_day() -> Result<(), (Tally, Wait)> {
    let mut tally = Tally::default();
    for number in 0..10 {
        let one = attempt(number, i64::from(number), From::KnownDevice);
        tally = tally.charge(SECOND_FACTOR, one)?;
        let expected = if number == 9 { Room::Gone } else { Room::Left };
        assert_eq!(tally.room(SECOND_FACTOR, one), expected, "{number}");
    }
    for (second, news) in [(10, true), (20, false), (86_409, false), (86_410, true)] {
        let (told, alarm) = tally.raise_alarm(SECOND_FACTOR, Timestamp::from_millis(second * 1000));
        tally = told;
        assert_eq!((alarm.news, alarm.compromised), (news, None), "{second}");
    }
    Ok(())
}

#[test]
fn twenty_failures_elsewhere_in_a_day_tell_that_the_password_is_known() {
    for (failures, from, expected) in [
        (19, From::UnknownDevice, None),
        (20, From::UnknownDevice, Some(Timestamp::from_millis(0))),
        (30, From::KnownDevice, None),
    ] {
        let mut tally = Tally::default();
        let passed = fail(&mut tally, SECOND_FACTOR, (0, 1_000, failures), from);
        assert_eq!(passed, u32::from(failures));
        let (_, alarm) = tally
            .clone()
            .raise_alarm(SECOND_FACTOR, Timestamp::from_millis(40_000_000));
        assert_eq!(alarm.compromised, expected, "{failures} {from:?}");
        let (_, alarm) = tally.raise_alarm(SECOND_FACTOR, Timestamp::from_millis(86_400_000 + 30_000_000));
        assert_eq!(alarm.compromised, None, "a day later they are forgotten");
    }
}

#[test]
fn the_alarm_tells_since_when_strangers_have_failed_too_often() {
    let mut tally = Tally::default();
    fail(&mut tally, SECOND_FACTOR, (1, 1_000, 19), From::UnknownDevice);
    fail(&mut tally, SECOND_FACTOR, (40_000, 1, 1), From::KnownDevice);
    fail(&mut tally, SECOND_FACTOR, (50_000, 1, 1), From::UnknownDevice);
    let (_, alarm) = tally.raise_alarm(SECOND_FACTOR, Timestamp::from_millis(50_000_000));
    assert_eq!(alarm.compromised, Some(Timestamp::from_millis(1_000)));
}

#[test]
fn a_clock_that_was_a_year_ahead_locks_nobody_for_a_year() {
    const YEAR: i64 = 365 * 86_400;
    let mut tally = Tally::default();
    assert_eq!(
        fail(&mut tally, SECOND_FACTOR, (YEAR, 3_700, 30), From::KnownDevice),
        30
    );
    assert_eq!(fail(&mut tally, SECOND_FACTOR, (0, 1, 1), From::KnownDevice), 0);
    assert_eq!(fail(&mut tally, SECOND_FACTOR, (86_400, 1, 1), From::KnownDevice), 1);
    let mut tally = Tally::default();
    assert_eq!(
        fail(&mut tally, PASSWORD_UNKNOWN_DEVICES, (YEAR, 1, 5), From::UnknownDevice),
        5
    );
    assert_eq!(
        fail(&mut tally, PASSWORD_UNKNOWN_DEVICES, (0, 1, 1), From::UnknownDevice),
        0
    );
    assert_eq!(
        fail(&mut tally, PASSWORD_UNKNOWN_DEVICES, (30, 1, 1), From::UnknownDevice),
        1
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
