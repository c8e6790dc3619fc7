//! TOML itself: every mistake in it, by line and column.

use super::problem::{Problem, flaw};
use toml::Table;
use toml::de::{DeTable, Error};

/// Reads the text as TOML.
///
/// # Errors
/// Every mistake the TOML parser can tell apart.
pub(super) fn table(text: &str) -> Result<Table, Vec<Problem>> {
    let (_, mistakes) = DeTable::parse_recoverable(text);
    if !mistakes.is_empty() {
        return Err(mistakes.iter().map(|mistake| problem(text, mistake)).collect());
    }
    text.parse().map_err(|mistake| vec![problem(text, &mistake)])
}

/// Only the parser's words and the place: the line itself may hold a secret.
fn problem(text: &str, mistake: &Error) -> Problem {
    let before = mistake
        .span()
        .and_then(|span| text.get(..span.start))
        .unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let message = format!("not TOML: {}", mistake.message().replace('\n', ", "));
    flaw(message, "").at(format!("line {line}, column {column}"))
}
