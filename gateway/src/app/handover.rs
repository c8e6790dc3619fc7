//! From one program to its successor: where they meet, and that the old one is leaving.
//!
//! The successor waits at a socket in the key directory, which nobody else can enter; on SIGQUIT the old one hands its
//! listening sockets over, answers both new and old clients for five seconds more, and tells the old ones to connect anew.

use crate::io::Fault;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// The longest path a socket can have on Linux, its end included.
const LONGEST: usize = 108;

/// Where a program meets its successor.
///
/// # Errors
/// When the path of the key directory is too long, or no text.
pub(super) fn socket(keys: &Path) -> Result<String, Fault> {
    let path = std::path::absolute(keys.join("upgrade.sock")).map_err(|error| Fault::new("keys.directory", error))?;
    let text = path.into_os_string().into_string();
    let text = text.ok().filter(|text| text.len() < LONGEST);
    text.ok_or_else(|| Fault::new("keys.directory", "its path must be UTF-8 and shorter than 95 bytes"))
}

/// Waits until the successor takes over, and says so from then on.
pub(super) async fn asked(leaving: &AtomicBool) {
    match signal(SignalKind::quit()) {
        Ok(mut quit) => {
            quit.recv().await;
            leaving.store(true, Ordering::Relaxed);
        }
        Err(error) => {
            tracing::error!(%error, "SIGQUIT cannot be waited for");
            std::future::pending::<()>().await;
        }
    }
}
