//! How many requests each source and each session makes, in a second and at a time. The memory is fixed, however many they
//! are: counts are sketches, which may be too high where very many ask at once, and are never too low.

use crate::domain::limits::{Limits, Requests, Source};
use crate::domain::secret::TokenHash;
use pingora_limits::inflight::{Guard, Inflight};
use pingora_limits::rate::Rate;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// Rows and columns of the sketch of a second.
const SKETCH: (usize, usize) = (4, 16 * 1024);

/// Everybody's share.
pub struct Shares {
    in_a_second: Rate,
    at_a_time: Inflight,
}

/// Requests that are not answered yet; counted until dropped.
#[derive(Default)]
pub(super) struct Held {
    /// Never read: to be dropped is what they are for.
    _guards: Vec<Guard>,
}

/// Somebody has had their share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

/// Whose requests are counted together.
#[derive(Hash)]
enum Sender<'a> {
    Source(Source),
    Session(&'a TokenHash),
}

impl Shares {
    /// Nobody has asked yet.
    pub fn new() -> Self {
        Self {
            in_a_second: Rate::new_with_estimator_config(SECOND, SKETCH.0, SKETCH.1),
            at_a_time: Inflight::new(),
        }
    }

    /// Counts a request of this source, if it is one, and of the session it comes with, if any.
    ///
    /// # Errors
    /// When either has had its share.
    pub(super) fn take(
        &self,
        limits: &Limits,
        (source, session): (Option<Source>, Option<&TokenHash>),
    ) -> Result<Held, TooMany> {
        let source = source.map(|source| (Sender::Source(source), &limits.source));
        let session = session.map(|session| (Sender::Session(session), &limits.session));
        let both = source.into_iter().chain(session);
        let guards: Result<Vec<Guard>, TooMany> = both.map(|(sender, most)| self.count(&sender, most)).collect();
        Ok(Held { _guards: guards? })
    }

    fn count(&self, sender: &Sender<'_>, most: &Requests) -> Result<Guard, TooMany> {
        let (guard, waiting) = self.at_a_time.incr(sender, 1);
        let in_a_second = self.in_a_second.observe(sender, 1);
        let within = |count: isize, most: u32| u64::try_from(count).is_ok_and(|count| count <= u64::from(most));
        if within(waiting, most.at_a_time) && within(in_a_second, most.per_second) {
            Ok(guard)
        } else {
            Err(TooMany)
        }
    }
}

impl Default for Shares {
    fn default() -> Self {
        Self::new()
    }
}
