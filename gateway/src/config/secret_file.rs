//! Secrets that stand in files of their own, named by the `*_file` keys.

use crate::domain::secret::Secret;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path};
use zeroize::Zeroize;

/// Where container runtimes put secrets. They choose the modes (Docker: 0444) and show the files to one container
/// only, so the modes say nothing there.
const MOUNTED: &str = "/run/secrets";
/// No secret is larger, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Reads the one line of a secret file, without the end of the line.
///
/// # Errors
/// What is wrong, in words, when it cannot be read, is no plain file, may be read by others than its owner (outside
/// `/run/secrets`), or holds anything but one line of text.
pub(super) fn read(path: &Path) -> Result<Secret<String>, String> {
    let shown = path.display();
    let told = |error: std::io::Error| format!("{shown} cannot be read: {error}");
    let metadata = fs::metadata(path).map_err(told)?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(format!("{shown} is not a file with one secret"));
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 && !is_mounted(path) {
        return Err(format!(
            "{shown} may be read by others (mode {mode:04o}): chmod 600 {shown}"
        ));
    }
    one_line(fs::read_to_string(path).map_err(told)?).map_err(|why| format!("{shown} {why}"))
}

fn is_mounted(path: &Path) -> bool {
    path.starts_with(MOUNTED) && !path.components().any(|part| part == Component::ParentDir)
}

fn one_line(mut text: String) -> Result<Secret<String>, &'static str> {
    if text.ends_with('\n') {
        text.pop();
    }
    if text.ends_with('\r') {
        text.pop();
    }
    let why = if text.is_empty() {
        "is empty"
    } else if text.contains(char::is_control) {
        "holds more than one line of text"
    } else {
        return Ok(Secret::new(text));
    };
    text.zeroize();
    Err(why)
}
