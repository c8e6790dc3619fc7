//! Frames of HTTP/2 are told apart the same way wherever they are cut, and so is a flood of them from what is none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestibule::edge::proxy::fuzzing::{frames, is_flood};

fuzz_target!(|bytes: &[u8]| {
    let expected = whole(bytes);
    let flood = is_flood(bytes, bytes.len().max(1));
    for size in [1, 2, 9, 10, 1000] {
        assert_eq!(frames(bytes, size), expected, "in pieces of {size}");
        assert_eq!(is_flood(bytes, size), flood, "in pieces of {size}");
    }
});

/// The stream and length of each whole frame, by a reader that shares nothing with the gateway's.
fn whole(mut bytes: &[u8]) -> Vec<(u32, u32)> {
    let mut all = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(9) {
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
        let Some((_, after)) = rest.split_at_checked(length) else { break };
        all.push((stream, length as u32));
        bytes = after;
    }
    all
}
