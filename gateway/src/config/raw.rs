//! TOML as written: sections that note which keys they were asked for.
//!
//! The parser asks for keys by name; a key in the file that nobody asked for is unknown, and the names asked for are
//! the list of all keys there are ([`super::known_keys`]). So the parser is the only place that names a key. Wrong
//! types are noted here, meanings are judged by the reader that the parser hands in; both are collected, never
//! thrown, so that one run reports everything.

use super::ReadSecret;
use super::problem::{Flaw, Problem, flaw};
use crate::domain::secret::Secret;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use toml::{Table, Value};

/// What is collected while a configuration is read.
pub(super) struct Reading<'a> {
    problems: RefCell<Vec<Problem>>,
    keys: RefCell<BTreeSet<String>>,
    read_secret: &'a ReadSecret<'a>,
}

impl<'a> Reading<'a> {
    /// Nothing read yet; files named by `*_file` keys are read like this.
    pub(super) fn new(read_secret: &'a ReadSecret<'a>) -> Self {
        Self {
            problems: RefCell::default(),
            keys: RefCell::default(),
            read_secret,
        }
    }

    /// What was wrong, and the path of every key that was asked for.
    pub(super) fn finish(self) -> (Vec<Problem>, BTreeSet<String>) {
        (self.problems.into_inner(), self.keys.into_inner())
    }
}

/// One table of the file, or the place where one could stand. When it goes out of scope, what was not asked for is
/// reported; so open each section once, and ask for every key before giving up on one.
pub(super) struct Section<'a> {
    reading: &'a Reading<'a>,
    path: String,
    table: Option<&'a Table>,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Section<'a> {
    /// The whole file.
    pub(super) fn root(reading: &'a Reading<'a>, table: &'a Table) -> Self {
        Self::new(reading, String::new(), Some(table))
    }

    fn new(reading: &'a Reading<'a>, path: String, table: Option<&'a Table>) -> Self {
        Self {
            reading,
            path,
            table,
            asked: RefCell::default(),
        }
    }

    /// The path of a key of this section.
    pub(super) fn at(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Notes what is wrong with a key.
    pub(super) fn report(&self, key: &str, flaw: Flaw) {
        self.reading.problems.borrow_mut().push(flaw.at(self.at(key)));
    }

    /// Whether the key is there at all.
    pub(super) fn has(&self, key: &'static str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// Whether the key is there with something in it.
    pub(super) fn lists(&self, key: &'static str) -> bool {
        let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
        self.table
            .and_then(|table| table.get(key))
            .is_some_and(|value| !empty(value))
    }

    /// The value of a key, of whatever type.
    pub(super) fn value(&self, key: &'static str) -> Option<&'a Value> {
        self.reading.keys.borrow_mut().insert(self.at(key));
        self.child(key)
    }

    /// A key that may be left out; nothing also when it is wrong, which is then reported.
    pub(super) fn optional<T>(&self, key: &'static str, read: impl FnOnce(&'a str) -> Result<T, Flaw>) -> Option<T> {
        let value = self.value(key)?;
        self.keep(key, text_of(value).and_then(read))
    }

    /// Reports a key that is not there.
    pub(super) fn must(&self, key: &'static str, hint: &str) {
        if !self.has(key) {
            self.report(key, flaw("missing", hint));
        }
    }

    /// A key that must be there.
    pub(super) fn required<T>(
        &self,
        key: &'static str,
        hint: &str,
        read: impl FnOnce(&'a str) -> Result<T, Flaw>,
    ) -> Option<T> {
        self.must(key, hint);
        self.optional(key, read)
    }

    /// A list that may be left out or empty; what is wrong in it is reported and left out.
    pub(super) fn list<T>(&self, key: &'static str, read: impl Fn(&'a str) -> Result<T, Flaw>) -> Option<Vec<T>> {
        let Value::Array(items) = self.value(key)? else {
            self.report(key, flaw("expected a list", r#"write it in brackets: ["…", "…"]"#));
            return None;
        };
        let item = |(at, value)| self.keep(&format!("{key}[{at}]"), text_of(value).and_then(&read));
        Some(items.iter().enumerate().filter_map(item).collect())
    }

    /// A list that may be left out, but not be empty.
    pub(super) fn filled<T>(&self, key: &'static str, read: impl Fn(&'a str) -> Result<T, Flaw>) -> Option<Vec<T>> {
        if self.child(key).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            self.report(
                key,
                flaw(
                    "the list is empty",
                    "name at least one; an optional key may be left out",
                ),
            );
        }
        self.list(key, read)
    }

    /// A whole number that may be left out.
    pub(super) fn number<T>(&self, key: &'static str, read: impl FnOnce(i64) -> Result<T, Flaw>) -> Option<T> {
        let value = self.value(key)?;
        // The environment has no numbers, only text.
        let number = value.as_integer().or_else(|| value.as_str()?.parse().ok());
        let number = number.ok_or_else(|| flaw("expected a whole number", "write it without quotes: 100"));
        self.keep(key, number.and_then(read))
    }

    /// The secret in the file that a key names.
    pub(super) fn secret(&self, key: &'static str) -> Option<Secret<String>> {
        self.optional(key, |path| {
            let secret = if path.is_empty() || path.contains(char::is_control) {
                Err("no file is named".to_owned())
            } else {
                self.read(Path::new(path))
            };
            secret.map_err(|message| {
                flaw(
                    message,
                    "name a file that holds the secret alone, readable by its owner alone",
                )
            })
        })
    }

    fn read(&self, path: &Path) -> Result<Secret<String>, String> {
        (self.reading.read_secret)(path)
    }

    /// A table with names of the operator's choice; what is wrong in it is reported and left out.
    pub(super) fn entries<T>(&self, key: &'static str, read: impl Fn(&'a str, &'a str) -> Result<T, Flaw>) -> Vec<T> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Value::Table(table) = value else {
            self.report(
                key,
                flaw("expected a table", r#"write it in braces: { "Name" = "value" }"#),
            );
            return Vec::new();
        };
        let entry = |(name, value): (&'a String, &'a Value)| {
            self.keep(
                &format!("{key}.{}", shown(name)),
                text_of(value).and_then(|text| read(name, text)),
            )
        };
        table.iter().filter_map(entry).collect()
    }

    /// A table with names of the operator's choice and a list under each.
    pub(super) fn entries_of_lists<T>(
        &self,
        key: &'static str,
        read: impl Fn(&'a str, Vec<&'a str>) -> Result<T, Flaw>,
    ) -> Vec<T> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Value::Table(table) = value else {
            self.report(
                key,
                flaw("expected a table", r#"write it in braces: { "Name" = ["…"] }"#),
            );
            return Vec::new();
        };
        let texts = |value: &'a Value| {
            let items = value.as_array().filter(|items| !items.is_empty());
            let items = items.ok_or_else(|| flaw("expected a list", r#"write it in brackets: ["…", "…"]"#))?;
            items.iter().map(text_of).collect::<Result<Vec<&str>, Flaw>>()
        };
        let entry = |(name, value): (&'a String, &'a Value)| {
            self.keep(
                &format!("{key}.{}", shown(name)),
                texts(value).and_then(|list| read(name, list)),
            )
        };
        table.iter().filter_map(entry).collect()
    }

    /// A table within this one; empty where there is none.
    pub(super) fn section(&self, key: &'static str) -> Section<'a> {
        let value = self.child(key);
        let table = value.and_then(Value::as_table);
        if value.is_some() && table.is_none() {
            self.report(
                key,
                flaw(
                    "expected a section",
                    format!("write [{}] and its keys below", self.at(key)),
                ),
            );
        }
        Section::new(self.reading, self.at(key), table)
    }

    /// The tables of a list of tables, in order.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let tables: Option<Vec<&'a Table>> = match self.child(key) {
            None => Some(Vec::new()),
            Some(Value::Array(items)) => items.iter().map(Value::as_table).collect(),
            Some(_) => None,
        };
        let Some(tables) = tables else {
            let name: String = self.at(key).split(['[', ']']).step_by(2).collect();
            self.report(
                key,
                flaw(
                    "expected a list of sections",
                    format!("write [[{name}]], with two brackets"),
                ),
            );
            return Vec::new();
        };
        let nth = |(at, table)| Section::new(self.reading, format!("{}[{at}]", self.at(key)), Some(table));
        tables.into_iter().enumerate().map(nth).collect()
    }

    fn child(&self, key: &'static str) -> Option<&'a Value> {
        self.asked.borrow_mut().insert(key);
        self.table?.get(key)
    }

    fn keep<T>(&self, key: &str, read: Result<T, Flaw>) -> Option<T> {
        read.map_err(|flaw| self.report(key, flaw)).ok()
    }
}

impl Drop for Section<'_> {
    fn drop(&mut self) {
        let asked = self.asked.borrow();
        for key in self
            .table
            .into_iter()
            .flat_map(Table::keys)
            .filter(|key| !asked.contains(key.as_str()))
        {
            self.report(&shown(key), flaw("unknown key", suggestion(key, &asked)));
        }
    }
}

fn text_of(value: &Value) -> Result<&str, Flaw> {
    value.as_str().ok_or_else(|| {
        flaw(
            format!("expected text, found {}", value.type_str()),
            r#"write it in quotes: "…""#,
        )
    })
}

/// A key as TOML writes it; whatever is odd in it cannot break the line.
fn shown(key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if bare { key.to_owned() } else { format!("{key:?}") }
}

fn suggestion(key: &str, known: &BTreeSet<&str>) -> String {
    let related = |other: &&&str| other.starts_with(key) || key.starts_with(**other);
    let nearest = known
        .iter()
        .min_by_key(|other| distance(key, other))
        .filter(|other| distance(key, other) <= 2);
    match nearest.or(known.iter().find(related)) {
        Some(other) => format!("did you mean {other}?"),
        None => format!("known here: {}", known.iter().copied().collect::<Vec<_>>().join(", ")),
    }
}

/// How many letters must be changed, added or removed (Levenshtein).
fn distance(one: &str, two: &str) -> usize {
    let mut row: Vec<usize> = (0..=two.chars().count()).collect();
    for (at, letter) in one.chars().enumerate() {
        let (mut diagonal, mut left) = (at, at + 1);
        for (above, other) in row.iter_mut().skip(1).zip(two.chars()) {
            let changed = diagonal + usize::from(letter != other);
            diagonal = *above;
            left = changed.min(*above + 1).min(left + 1);
            *above = left;
        }
    }
    row.last().copied().unwrap_or_default()
}
