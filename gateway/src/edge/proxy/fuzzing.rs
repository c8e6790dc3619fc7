//! The screen, as `tests/fuzz` calls it; in no other build.

use super::screen;
use http::request::Parts;

/// Whether a request head goes further than the screen: as it came off the wire, and as it was parsed, with its target.
pub fn admits(raw: &[u8], (head, target): (&Parts, &[u8])) -> bool {
    screen::raw(raw).is_ok() && screen::screen(head, target).is_ok()
}
