//! Leaving a courier alone that fails, and trying it again after a while.
//!
//! ```text
//!           failure in a row: third                 rest is over
//!  closed ---------------------------> resting ---------------------> one message tries
//!    ^                                    ^                                 |    |
//!    |                                    +------------- failure -----------+    |
//!    +------------------------------- success -----------------------------------+
//! ```
//!
//! Each node keeps its own: it costs nobody a question, and each finds out by itself in three messages.

use crate::domain::time::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often a courier may fail in a row before it is left alone.
const PATIENCE: u32 = 3;
/// For how long it is left alone.
pub(super) const REST: Duration = Duration::from_secs(30);

/// Whether a courier is worth trying.
#[derive(Debug, Default)]
pub(super) struct Circuit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    rests_until: Option<Timestamp>,
}

impl Circuit {
    /// Whether a message may try the courier now. After a rest one may; the others wait for what comes of it.
    pub(super) fn admits(&self, now: Timestamp) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.rests_until {
            None => true,
            Some(end) if now < end => false,
            Some(_) => {
                state.rests_until = Some(now + REST);
                true
            }
        }
    }

    /// It did what it was asked.
    pub(super) fn worked(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// It failed.
    pub(super) fn failed(&self, now: Timestamp) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures >= PATIENCE {
            state.rests_until = Some(now + REST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_in_a_row_bring_a_rest_and_then_one_trial() {
        let at = |second: i64| Timestamp::from_millis(second * 1000);
        let circuit = Circuit::default();
        circuit.failed(at(0));
        circuit.failed(at(0));
        circuit.worked();
        for second in 1..=3 {
            assert!(circuit.admits(at(second)));
            circuit.failed(at(second));
        }
        assert!(!circuit.admits(at(4)) && !circuit.admits(at(32)));
        assert!(circuit.admits(at(33)), "the rest is over");
        assert!(!circuit.admits(at(33)), "one message tries, no more");
        circuit.failed(at(34));
        assert!(!circuit.admits(at(63)));
        assert!(circuit.admits(at(64)));
        circuit.worked();
        assert!(circuit.admits(at(64)) && circuit.admits(at(64)));
    }
}
