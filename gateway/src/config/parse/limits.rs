//! `[limits]`: what a sender may ask of the gateway.

use crate::config::duration::{Bounds, within};
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::domain::limits::{Limits, Requests};
use std::time::Duration;

const HEADER: Bounds = Bounds {
    least: Duration::from_millis(100),
    most: Duration::from_secs(10),
    words: "100ms to 10s: who needs longer for a head is no browser",
};

/// The limits; the default where one is left out.
pub(super) fn read(section: &Section<'_>) -> Limits {
    Limits {
        header_timeout: section
            .optional("header_timeout", within(&HEADER))
            .unwrap_or(Duration::from_secs(10)),
        connections: section.number("connections", some).unwrap_or(10_000),
        connections_per_source: section.number("connections_per_source", some).unwrap_or(500),
        source: Requests {
            per_second: section.number("requests_per_second", some).unwrap_or(1000),
            at_a_time: section.number("requests_at_a_time", some).unwrap_or(1000),
        },
        session: Requests {
            per_second: section.number("session_requests_per_second", some).unwrap_or(500),
            at_a_time: section.number("session_requests_at_a_time", some).unwrap_or(200),
        },
    }
}

/// More than nothing.
fn some(number: i64) -> Result<u32, Flaw> {
    let positive = u32::try_from(number).ok().filter(|number| *number > 0);
    positive.ok_or_else(|| flaw(format!("{number} is out of range"), "1 or more"))
}
