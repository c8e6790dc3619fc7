//! A form that is read at all is read alike by everybody: each name once, and nothing lost.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use vestibule::edge::pages::fuzzing::read;

fuzz_target!(|body: &[u8]| {
    let Some(pairs) = read(body) else { return };
    let names: BTreeMap<&str, &str> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(names.len(), pairs.len(), "a name twice");
    assert!(names.keys().all(|name| !name.contains(['[', ']'])), "a list");
    let pieces = body.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty());
    assert_eq!(pieces.count(), pairs.len(), "a pair that nobody sent, or lost");
    let written = serde_urlencoded::to_string(&pairs).expect("text is written as text");
    assert!(written.bytes().all(|byte| byte.is_ascii_graphic()), "{written:?}");
    assert_eq!(
        read(written.as_bytes()).as_ref(),
        Some(&pairs),
        "read, written and read again"
    );
});
