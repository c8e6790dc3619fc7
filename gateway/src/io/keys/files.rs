//! Key files: made whole or not at all, readable by their owner only.

use super::{Fault, RIPENING};
use crate::domain::time::Timestamp;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use zeroize::Zeroizing;

/// What is done about keys, or a directory of them, that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// The first are made.
    Make,
    /// It is a fault.
    Refuse,
}

/// Makes the directory where it is missing and may be made, and refuses one that others can read.
pub(super) fn prepare(directory: &Path, missing: Missing) -> Result<(), Fault> {
    match missing {
        Missing::Make => fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|error| fault(directory, error))?,
        Missing::Refuse => {}
    }
    refuse_open(directory)
}

/// A secret and its number.
pub(super) type Numbered = (u32, Zeroizing<[u8; 32]>);

/// Which of these numbers, in their order, is that of the key that is used: the highest that is ripe, or else the lowest.
pub(super) fn ripe(
    directory: &Path,
    (name, ending): (&str, &str),
    (numbers, now): (&[u32], Timestamp),
) -> Result<u32, Fault> {
    let first = numbers.first().copied();
    let mut chosen = first.ok_or_else(|| fault(directory, format!("no {name} key")))?;
    for &number in numbers {
        if now.since(made_at(&directory.join(format!("{name}-{number}.{ending}")))?) >= RIPENING {
            chosen = number;
        }
    }
    Ok(chosen)
}

/// When a key file was made, or came here.
pub(super) fn made_at(path: &Path) -> Result<Timestamp, Fault> {
    let modified = fs::metadata(path)
        .and_then(|known| known.modified())
        .map_err(|error| fault(path, error))?;
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp::from_millis(
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
    ))
}

/// The secrets `NAME-N.key` with their numbers; where there is none, `NAME-1.key` is made or missed.
pub(super) fn secrets(directory: &Path, name: &str, missing: Missing) -> Result<Vec<Numbered>, Fault> {
    let parse = |path: &Path, text: &str| {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| fault(path, "not base64"))?);
        let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| fault(path, "not 32 bytes"))?;
        if key == [0; 32] {
            Err(fault(path, "a key of zeros"))
        } else {
            Ok(Zeroizing::new(key))
        }
    };
    all(directory, (name, "key"), (missing, fresh_secret))?
        .iter()
        .map(|(number, path, text)| Ok((*number, parse(path, text)?)))
        .collect()
}

/// The text of a new secret.
pub(super) fn fresh_secret() -> Result<Zeroizing<String>, Fault> {
    let mut key = Zeroizing::new([0_u8; 32]);
    random(&mut *key)?;
    Ok(Zeroizing::new(STANDARD.encode(*key)))
}

/// A numbered key file as read.
pub(super) type KeyFile = (u32, PathBuf, Zeroizing<String>);

/// All files `NAME-N.ENDING`; where there is none, number 1 is made with `fresh`, or missed.
pub(super) fn all(
    directory: &Path,
    (name, ending): (&str, &str),
    (missing, fresh): (Missing, impl FnOnce() -> Result<Zeroizing<String>, Fault>),
) -> Result<Vec<KeyFile>, Fault> {
    if numbers(directory, name, ending)?.is_empty() {
        match missing {
            Missing::Make => create(&directory.join(format!("{name}-1.{ending}")), &fresh()?)?,
            Missing::Refuse => return Err(fault(directory, format!("there is no {name} key"))),
        }
    }
    let read = |number: u32| {
        let path = directory.join(format!("{name}-{number}.{ending}"));
        refuse_open(&path)?;
        let text = Zeroizing::new(fs::read_to_string(&path).map_err(|error| fault(&path, error))?);
        Ok((number, path, text))
    };
    numbers(directory, name, ending)?.into_iter().map(read).collect()
}

/// Fills the slice with random bytes, for a key that is being made.
#[expect(
    clippy::disallowed_methods,
    reason = "keys are made before there is anything else to draw from"
)]
fn random(bytes: &mut [u8]) -> Result<(), Fault> {
    SystemRandom::new()
        .fill(bytes)
        .map_err(|_| Fault::new("keys", "the system gives no randomness"))
}

pub(super) fn numbers(directory: &Path, name: &str, ending: &str) -> Result<Vec<u32>, Fault> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(|error| fault(directory, error))? {
        let file = entry.map_err(|error| fault(directory, error))?.file_name();
        let number: Option<u32> = file.to_str().and_then(|file| {
            file.strip_prefix(name)?
                .strip_prefix('-')?
                .strip_suffix(ending)?
                .strip_suffix('.')?
                .parse()
                .ok()
        });
        found.extend(number);
    }
    found.sort_unstable();
    Ok(found)
}

/// Writes a key file whole under another name first; of two processes that start at once, one wins and both read it.
pub(super) fn create(path: &Path, text: &str) -> Result<(), Fault> {
    let scratch = path.with_extension(format!("new-{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&scratch)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| fault(&scratch, error))?;
    let linked = fs::hard_link(&scratch, path);
    fs::remove_file(&scratch).map_err(|error| fault(&scratch, error))?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(fault(path, error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn refuse_open(path: &Path) -> Result<(), Fault> {
    let mode = fs::metadata(path)
        .map_err(|error| fault(path, error))?
        .permissions()
        .mode();
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(fault(
            path,
            format!(
                "others can read it (mode {:o}); take their rights away with chmod go=",
                mode & 0o777
            ),
        ))
    }
}

/// A fault that names the file.
pub(super) fn fault(path: &Path, why: impl std::fmt::Display) -> Fault {
    Fault::new("keys", format!("{}: {why}", path.display()))
}
