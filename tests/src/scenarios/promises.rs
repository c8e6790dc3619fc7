//! The three promises, on two gateways with one Redis and one PostgreSQL: **never guessable**, **what is revoked is gone**,
//! and **never open, never lockable**. `tests/promises` runs these alone and shows the figures they report.

mod faults;
mod guesses;
mod probe;
mod revocation;
mod winners;

use std::time::Duration;

use crate::harness::clock::MovedClock;
use crate::harness::settings::Plan;

/// A figure of a promise, for whoever reads the output.
fn report(promise: &str, figure: &str) {
    eprintln!("promise: {promise}: {figure}");
}

/// A little more than the hour in which ten answers are judged.
const AN_HOUR: Duration = Duration::from_secs(3700);

/// A gateway that goes by this clock.
fn by(clock: &MovedClock) -> Plan {
    let variables = clock.environment().into_iter();
    variables.fold(Plan::new(), |plan, (name, value)| plan.environment(&name, &value))
}
