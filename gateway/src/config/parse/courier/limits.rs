//! `[courier.limits]`: how many codes may go out to phones.

use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::domain::sending::{Cap, Caps, Share};

/// The limits; the default where one is left out.
pub(super) fn read(section: &Section<'_>) -> Caps {
    let cap = |key, (hour, day)| {
        let section = section.section(key);
        Cap {
            hour: section.number("hour", some).unwrap_or(hour),
            day: section.number("day", some).unwrap_or(day),
        }
    };
    let proven = section.section("typed");
    Caps {
        number: cap("number", (10, 20)),
        account: cap("account", (10, 20)),
        network: cap("network", (300, 1000)),
        block: cap("block", (200, 1000)),
        country: cap("country", (2000, 20_000)),
        all: cap("all", (3000, 30_000)),
        proven: Share {
            after: proven.number("after", some).unwrap_or(50),
            percent: proven.number("percent", percent).unwrap_or(25),
        },
    }
}

/// More than nothing.
fn some(number: i64) -> Result<u32, Flaw> {
    let positive = u32::try_from(number).ok().filter(|number| *number > 0);
    positive.ok_or_else(|| flaw(format!("{number} is out of range"), "1 or more"))
}

/// A part of a hundred.
fn percent(number: i64) -> Result<u32, Flaw> {
    let part = u32::try_from(number).ok().filter(|number| *number <= 100);
    part.ok_or_else(|| flaw(format!("{number} is out of range"), "0 (never looked at) to 100"))
}
