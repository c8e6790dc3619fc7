//! What is wrong with a configuration, all of it at once.

use serde::Serialize;
use std::fmt;

/// One thing that is wrong. Names keys and says what to write; never shows a value that may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where: `application[1].rule[0].require`, `line 3, column 5`, or the file itself.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead; empty where nobody can know.
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, message, hint } = self;
        if hint.is_empty() {
            write!(out, "{path}: {message}")
        } else {
            write!(out, "{path}: {message} ({hint})")
        }
    }
}

/// Everything that is wrong, sorted by path; one line each when printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// These problems, in the order of their paths.
    pub(super) fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_cached_key(|problem| (in_order(&problem.path), problem.message.clone()));
        problems.dedup();
        Self(problems)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Problem::to_string).collect();
        out.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Problems {}

/// Numbers padded, so that `application[10]` comes after `application[9]`.
fn in_order(path: &str) -> String {
    let mut ordered = String::new();
    for part in path.split_inclusive(|letter: char| !letter.is_ascii_digit()) {
        let digits = part.trim_end_matches(|letter: char| !letter.is_ascii_digit());
        let after = part.get(digits.len()..).unwrap_or_default();
        ordered.push_str(&if digits.is_empty() {
            String::new()
        } else {
            format!("{digits:0>12}")
        });
        ordered.push_str(after);
    }
    ordered
}

/// What is wrong with a value, before it is said where the value stands.
#[derive(Debug)]
pub(super) struct Flaw {
    message: String,
    hint: String,
}

/// A value is wrong in this way; write that instead.
pub(super) fn flaw(message: impl Into<String>, hint: impl Into<String>) -> Flaw {
    Flaw {
        message: message.into(),
        hint: hint.into(),
    }
}

impl Flaw {
    /// The same, of this key.
    pub(super) fn at(self, path: impl Into<String>) -> Problem {
        Problem {
            path: path.into(),
            message: self.message,
            hint: self.hint,
        }
    }
}
