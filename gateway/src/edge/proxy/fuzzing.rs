//! The screen and what stands before it, as `tests/fuzz` calls them; in no other build.

pub use super::entrance::fuzzing::{balancer, frames, is_flood};
use super::screen;
use http::request::Parts;

/// Whether a request head goes further than the screen: as it came off the wire, and as it was parsed, with its target.
pub fn admits(raw: &[u8], (head, target): (&Parts, &[u8])) -> bool {
    screen::raw(raw).is_ok() && screen::screen(head, target).is_ok()
}
