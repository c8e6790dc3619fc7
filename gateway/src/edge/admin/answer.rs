//! What a command says and how it ends.
//!
//! Results go to stdout, for people or as one line of JSON; everything else goes to stderr, so that output can be
//! piped. A reader that has left is no reason to stop.

use serde::Serialize;
use std::io::Write;
use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; of `explain`: the request is admitted.
    Done,
    /// Refused or failed.
    Failed,
    /// The command line or the configuration is wrong.
    Misused,
    /// Of `explain`: somebody must log in first.
    Authenticate,
    /// Of `explain`: the request is refused.
    Refuse,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Misused => 2,
            Self::Authenticate => 3,
            Self::Refuse => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Who reads the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A person.
    Text,
    /// A program: one line of JSON.
    Json,
}

/// What a command says.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// How it ends.
    pub(super) exit: Exit,
    /// The result.
    pub(super) result: String,
    /// What the person at the terminal should know beside it.
    pub(super) remark: String,
}

impl Answer {
    /// The command did what it was told.
    pub(super) fn done(result: impl Into<String>, remark: impl Into<String>) -> Self {
        Self {
            exit: Exit::Done,
            result: result.into(),
            remark: remark.into(),
        }
    }

    /// It changed nothing; the remark says why, and what to do.
    pub(super) fn failed(remark: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            result: String::new(),
            remark: remark.into(),
        }
    }

    /// What was typed cannot be meant.
    pub(super) fn misused(remark: impl Into<String>) -> Self {
        Self {
            exit: Exit::Misused,
            ..Self::failed(remark)
        }
    }

    /// Says it.
    pub(super) fn give(&self) -> Exit {
        say(std::io::stdout(), &self.result);
        say(std::io::stderr(), &self.remark);
        self.exit
    }
}

/// The same value for a person or for a program.
pub(super) fn shown<T: Serialize>(value: &T, format: Format, text: impl FnOnce(&T) -> String) -> String {
    match format {
        Format::Text => text(value),
        Format::Json => serde_json::to_string(value).unwrap_or_default(),
    }
}

/// Text from elsewhere (a name, a URL), such that it cannot move the cursor or forge a line of its own.
pub(super) fn tame(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { '\u{fffd}' } else { letter })
        .collect()
}

fn say(mut to: impl Write, text: &str) {
    if !text.is_empty() {
        let _ = writeln!(to, "{}", text.trim_end()).and_then(|()| to.flush());
    }
}
