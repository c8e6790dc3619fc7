//! What a form's body is read as, as `tests/fuzz` calls it; in no other build.

use super::csrf;

/// Names and values of a form that is read at all.
pub fn read(body: &[u8]) -> Option<Vec<(String, String)>> {
    if csrf::has_each_name_once(body) {
        serde_urlencoded::from_bytes(body).ok()
    } else {
        None
    }
}
