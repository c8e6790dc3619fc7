//! A clock that tests move: the gateway runs under libfaketime, which reads from a file how far its clock is ahead.

use std::path::PathBuf;
use tempfile::TempDir;

pub(crate) struct MovedClock {
    folder: TempDir,
}

impl MovedClock {
    /// A clock that is right so far.
    pub(crate) fn right() -> MovedClock {
        let clock = MovedClock {
            folder: tempfile::tempdir().expect("a folder for a clock"),
        };
        clock.put_forward("+0");
        clock
    }

    /// What the environment of a program must have to go by it. What only measures time goes by the real one.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
        let file = self.file().to_string_lossy().into_owned();
        [
            ("LD_PRELOAD", library),
            ("FAKETIME_TIMESTAMP_FILE", &file),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Moves it: `+6m`.
    pub(crate) fn put_forward(&self, how_far: &str) {
        std::fs::write(self.file(), how_far).expect("a writable folder");
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }
}
