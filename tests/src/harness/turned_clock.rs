//! A clock that can be turned, for the programs that are started in its environment; the real one where it is not.
//! What counts elapsed time goes on as ever.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

pub(crate) struct TurnedClock {
    file: PathBuf,
    _folder: TempDir,
}

impl TurnedClock {
    pub(crate) fn new() -> TurnedClock {
        let folder = tempfile::tempdir().expect("a folder for the clock");
        let clock = TurnedClock {
            file: folder.path().join("offset"),
            _folder: folder,
        };
        clock.turn_ahead(Duration::ZERO);
        clock
    }

    /// So far ahead of the real one from now on.
    pub(crate) fn turn_ahead(&self, by: Duration) {
        self.set(&format!("+{}s", by.as_secs()));
    }

    fn set(&self, offset: &str) {
        // Whole or not at all: it is read at any moment.
        let scratch = self.file.with_extension("new");
        std::fs::write(&scratch, format!("{offset}\n")).expect("a writable folder");
        std::fs::rename(scratch, &self.file).expect("a writable folder");
    }

    /// What a program must be started with.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let file = self.file.to_string_lossy().into_owned();
        let pairs = [
            ("LD_PRELOAD", LIBRARY.to_owned()),
            ("FAKETIME_TIMESTAMP_FILE", file),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }
}
