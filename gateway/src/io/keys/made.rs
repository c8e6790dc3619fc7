//! Which keys there are, and making new ones. Nothing here takes a key away: what an old one sealed, hashed or signed is
//! good for as long as its file stays.

use super::files::{create, fresh_secret, made_at, numbers, ripe};
use super::{Fault, RIPENING, signing};
use crate::domain::time::Timestamp;
use serde::Serialize;
use std::path::Path;

/// What keys are for. The naming key is none of these: it never rotates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Records, authenticators, cookies, forms and codes.
    Sealing,
    /// Password hashes.
    Pepper,
    /// Assertions.
    Signing,
}

/// What a key is used for at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It makes what is new.
    InUse,
    /// It reads what is old.
    Accepted,
    /// It is accepted, and used from this moment on.
    From(Timestamp),
}

/// A key that is there.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// What for.
    pub kind: Kind,
    /// Which.
    pub number: u32,
    /// Since when.
    pub made_at: Timestamp,
    /// How it is used.
    pub used: Use,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sealing, Self::Pepper, Self::Signing];

    /// Its name and the ending of its files.
    fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Sealing => ("sealing", "key"),
            Self::Pepper => ("pepper", "key"),
            Self::Signing => ("signing", "pem"),
        }
    }

    /// Its name.
    pub fn word(self) -> &'static str {
        self.file().0
    }
}

/// The keys in a directory.
///
/// # Errors
/// When it cannot be read.
pub(super) fn list(directory: &Path, now: Timestamp) -> Result<Vec<Made>, Fault> {
    let mut all = Vec::new();
    for kind in Kind::ALL {
        let (name, ending) = kind.file();
        let numbers = numbers(directory, name, ending)?;
        let in_use = ripe(directory, (name, ending), (&numbers, now))?;
        for number in numbers {
            let made_at = made_at(&directory.join(format!("{name}-{number}.{ending}")))?;
            let used = if number == in_use {
                Use::InUse
            } else if number > in_use {
                Use::From(made_at + RIPENING)
            } else {
                Use::Accepted
            };
            all.push(Made {
                kind,
                number,
                made_at,
                used,
            });
        }
    }
    Ok(all)
}

/// Makes the next key of a kind; its number.
///
/// # Errors
/// When it cannot be written.
pub(super) fn rotate(directory: &Path, kind: Kind) -> Result<u32, Fault> {
    let (name, ending) = kind.file();
    let last = numbers(directory, name, ending)?.last().copied().unwrap_or(0);
    let number = last.saturating_add(1);
    let text = match kind {
        Kind::Sealing | Kind::Pepper => fresh_secret()?,
        Kind::Signing => signing::fresh()?,
    };
    create(&directory.join(format!("{name}-{number}.{ending}")), &text)?;
    Ok(number)
}
