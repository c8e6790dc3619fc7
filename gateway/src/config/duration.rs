//! Spans of time as operators write them: `90s`, `60m`, `12h`, `1d`.

use super::problem::{Flaw, flaw};
use std::time::Duration;

/// The longest span that makes sense anywhere.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// Reads a span: a whole number above zero and one unit, `ms`, `s`, `m`, `h` or `d`.
pub(super) fn duration(text: &str) -> Result<Duration, Flaw> {
    let bad = || {
        flaw(
            format!("{text:?} is not a span of time"),
            r#"a number and ms, s, m, h or d: "90s", "60m", "12h""#,
        )
    };
    let (digits, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(bad)?);
    let number: u64 = digits.parse().map_err(|_| bad())?;
    let unit = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(bad()),
    };
    let span = Duration::from_millis(number.saturating_mul(unit));
    if span.is_zero() || span > LONGEST {
        return Err(flaw(
            format!("{text:?} is out of range"),
            "more than nothing, and at most 365d",
        ));
    }
    Ok(span)
}

/// What a span may be.
pub(super) struct Bounds {
    /// At least this.
    pub(super) least: Duration,
    /// At most this.
    pub(super) most: Duration,
    /// Both in words, with their source.
    pub(super) words: &'static str,
}

/// Reads a span within bounds.
pub(super) fn within(bounds: &Bounds) -> impl Fn(&str) -> Result<Duration, Flaw> {
    |text| {
        let span = duration(text)?;
        let fits = bounds.least <= span && span <= bounds.most;
        if fits {
            Ok(span)
        } else {
            Err(flaw(format!("{text:?} is out of bounds"), bounds.words))
        }
    }
}
