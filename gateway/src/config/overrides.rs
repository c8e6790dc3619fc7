//! `VESTIBULE__SECTION__KEY=value`: keys of the file that the environment replaces, before anything is judged.
//!
//! A value that is a quoted string, a list or a table in TOML is taken as such; anything else is text. A number
//! between the underscores names one of a list that the file has: `VESTIBULE__COURIER__EMAIL__0__URL`.

use super::problem::{Problem, flaw};
use toml::{Table, Value};

/// What every name begins with.
pub(super) const PREFIX: &str = "VESTIBULE__";

/// Puts the overrides into the table. What comes back is, for each, the variable's name and the path it has set, or
/// what is wrong with its name.
pub(super) fn apply(table: &mut Table, overrides: &[(String, String)]) -> Vec<Result<(String, String), Problem>> {
    overrides
        .iter()
        .map(|(name, value)| set(table, name, value).map(|path| (name.clone(), path)))
        .collect()
}

fn set(table: &mut Table, name: &str, value: &str) -> Result<String, Problem> {
    let odd = || {
        flaw(
            "not the name of a key",
            "VESTIBULE__SECTION__KEY, as in VESTIBULE__PORTAL__URL",
        )
        .at(name)
    };
    let lower = name.strip_prefix(PREFIX).ok_or_else(odd)?.to_ascii_lowercase();
    let mut parts = lower.split("__");
    let first = parts.next().filter(|part| !part.is_empty()).ok_or_else(odd)?;
    let mut path = first.to_owned();
    let mut place = table.entry(first).or_insert_with(|| Value::Table(Table::new()));
    for part in parts {
        if part.is_empty() {
            return Err(odd());
        }
        (place, path) = match place {
            Value::Table(inner) => (
                inner.entry(part).or_insert_with(|| Value::Table(Table::new())),
                format!("{path}.{part}"),
            ),
            Value::Array(items) => {
                let nth = part.parse().ok().and_then(|at: usize| items.get_mut(at));
                let missing = || flaw(format!("{path} has no {part} in the file"), "count from 0").at(name);
                (nth.ok_or_else(missing)?, format!("{path}[{part}]"))
            }
            Value::String(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
                return Err(flaw(format!("{path} is a key, not a section"), "leave out what follows it").at(name));
            }
        };
    }
    *place = read(value);
    Ok(path)
}

fn read(value: &str) -> Value {
    let text = || Value::String(value.to_owned());
    match value.parse() {
        Ok(read @ (Value::String(_) | Value::Array(_) | Value::Table(_))) => read,
        Ok(Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_)) | Err(_) => text(),
    }
}
