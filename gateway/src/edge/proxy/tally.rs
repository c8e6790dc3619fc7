//! What is counted of every request: its own name, and the class of its answer. Both cost no more than an addition.

use crate::domain::id::{Id, marker};
use metrics::{Counter, counter};
use std::sync::atomic::{AtomicU64, Ordering};

/// Names requests: eight random bytes drawn at the start, eight that count. A request id is no secret.
pub struct RequestIds {
    start: [u8; 8],
    next: AtomicU64,
}

impl RequestIds {
    /// Names that begin with these random bytes.
    pub fn new(start: [u8; 8]) -> Self {
        Self {
            start,
            next: AtomicU64::new(0),
        }
    }

    /// The next name.
    pub fn next(&self) -> String {
        let mut bytes = [0_u8; 16];
        let (front, back) = bytes.split_at_mut(8);
        front.copy_from_slice(&self.start);
        back.copy_from_slice(&self.next.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        Id::<marker::Row>::from_bytes(bytes).to_string()
    }
}

/// Answers by the first digit of their status; 0 for none.
pub struct Answers([Counter; 6]);

impl Answers {
    /// Counters of `vestibule_requests_total`, by class.
    pub fn new() -> Self {
        let classes = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];
        Self(classes.map(|class| counter!("vestibule_requests_total", "class" => class)))
    }

    /// Counts one.
    pub fn count(&self, status: u16) {
        if let Some(counter) = self.0.get(usize::from(status / 100)) {
            counter.increment(1);
        }
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_requests_have_one_name() {
        let ids = RequestIds::new([7; 8]);
        assert_ne!(ids.next(), ids.next());
        assert_eq!(ids.next().len(), 26);
    }
}
