//! A clock that tests move: the gateway runs under libfaketime, which reads from a file how far its clock is ahead. What
//! only measures time goes by the real one.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

pub(crate) struct MovedClock {
    folder: TempDir,
}

impl MovedClock {
    /// A clock that is right so far.
    pub(crate) fn right() -> MovedClock {
        let clock = MovedClock {
            folder: tempfile::tempdir().expect("a folder for a clock"),
        };
        clock.put_forward(Duration::ZERO);
        clock
    }

    /// What the environment of a program must have to go by it.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let file = self.file().to_string_lossy().into_owned();
        [
            ("LD_PRELOAD", LIBRARY),
            ("FAKETIME_TIMESTAMP_FILE", &file),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// So far ahead of the real one from now on.
    pub(crate) fn put_forward(&self, by: Duration) {
        // Whole or not at all: it is read at any moment.
        let fresh = self.folder.path().join("fresh");
        std::fs::write(&fresh, format!("+{}s\n", by.as_secs())).expect("a writable folder");
        std::fs::rename(fresh, self.file()).expect("a writable folder");
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }
}
