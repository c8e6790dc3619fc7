//! The readings of a path hold what real servers make of it, and nothing can be made of them that is not among them.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use vestibule::domain::path::Path;

fuzz_target!(|sent: &str| {
    let Ok(path) = Path::parse(sent) else { return };
    let readings: BTreeSet<&str> = path.readings().collect();
    assert_eq!(path.readings().next(), Some(sent));
    assert_eq!(path.as_sent(), sent);
    for reading in &readings {
        assert!(reading.starts_with('/'), "{reading:?}");
        assert!(!reading.contains(char::is_control), "{reading:?}");
        match Path::parse(reading) {
            Ok(again) => {
                for further in again.readings() {
                    assert!(
                        readings.contains(further),
                        "{sent:?}: {further:?} by way of {reading:?}"
                    );
                }
            }
            Err(_) => assert!(reading.contains(['?', '#']), "{sent:?}: {reading:?} is no path"),
        }
    }
    for (server, reading) in [
        (
            "one that decodes, merges and resolves",
            resolved(&merged(&decoded(sent))),
        ),
        ("one that resolves, then decodes", decoded(&resolved(sent))),
        ("one that takes parameters away first", resolved(&decoded(&bare(sent)))),
        ("one that reads twice", resolved(&decoded(&decoded(sent)))),
        ("one with backslashes", resolved(&decoded(sent).replace('\\', "/"))),
    ] {
        assert!(
            readings.contains(reading.as_str()),
            "{sent:?}: {server} reads {reading:?}"
        );
    }
});

/// `%` and two digits as a byte; anything else as it is.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut at = 0;
    let all = path.as_bytes();
    while at < all.len() {
        let digit = |at: usize| all.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (all[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).expect("two digits"));
                at += 3;
            }
            (byte, _, _) => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(bytes).expect("what is no text is no path")
}

fn merged(path: &str) -> String {
    let mut merged = path.to_owned();
    while merged.contains("//") {
        merged = merged.replace("//", "/");
    }
    merged
}

fn bare(path: &str) -> String {
    let segments: Vec<&str> = path
        .split('/')
        .map(|segment| segment.split_once(';').map_or(segment, |cut| cut.0))
        .collect();
    segments.join("/")
}

/// RFC 3986 section 5.2.4, as it is written there: from the front, by buffers.
fn resolved(path: &str) -> String {
    let (mut input, mut output) = (path.to_owned(), String::new());
    while !input.is_empty() {
        if input.starts_with("/./") {
            input.replace_range(..2, "");
        } else if input == "/." {
            input = "/".to_owned();
        } else if input.starts_with("/../") || input == "/.." {
            input = if input == "/.." {
                "/".to_owned()
            } else {
                input[3..].to_owned()
            };
            output.truncate(output.rfind('/').unwrap_or(0));
        } else {
            let end = input[1..].find('/').map_or(input.len(), |end| end + 1);
            output.push_str(&input[..end]);
            input.replace_range(..end, "");
        }
    }
    output
}
