//! `[saved_forms]`: what of forms is kept that people send when their session has ended.

use crate::config::duration::{Bounds, within};
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::domain::saved_form::Rules;
use std::time::Duration;

const KEEP: Bounds = Bounds {
    least: Duration::from_secs(60),
    most: Duration::from_secs(12 * 3600),
    words: "1m to 12h: long enough to log in, short enough to remember what was in it",
};
const SMALLEST: usize = 1024;
/// One is read into memory whole.
const LARGEST: usize = 8 * 1024 * 1024;

/// The rules; the default where one is left out.
pub(super) fn read(section: &Section<'_>) -> Rules {
    Rules {
        largest: section.number("largest", bytes).unwrap_or(1024 * 1024),
        keep: section
            .optional("keep", within(&KEEP))
            .unwrap_or(Duration::from_secs(3600)),
        per_person: section.number("per_person", few).unwrap_or(5),
    }
}

fn bytes(number: i64) -> Result<usize, Flaw> {
    let fits = usize::try_from(number)
        .ok()
        .filter(|number| (SMALLEST..=LARGEST).contains(number));
    fits.ok_or_else(|| flaw(format!("{number} is out of range"), "bytes, 1024 to 8388608 (8 MiB)"))
}

fn few(number: i64) -> Result<u32, Flaw> {
    let fits = u32::try_from(number).ok().filter(|number| (1..=100).contains(number));
    fits.ok_or_else(|| flaw(format!("{number} is out of range"), "1 to 100"))
}
