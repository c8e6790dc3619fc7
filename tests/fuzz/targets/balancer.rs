//! What a balancer says first ends where it says, whatever follows, and is never long.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestibule::edge::proxy::fuzzing::balancer;

fuzz_target!(|bytes: &[u8]| {
    let Some((client, left)) = balancer(bytes) else { return };
    let said = &bytes[..bytes.len() - left];
    assert!(said.len() <= 16 + 4096, "{}", said.len());
    assert!(said.starts_with(b"PROXY ") && said.ends_with(b"\r\n") || said.starts_with(b"\r\n\r\n\0\r\nQUIT\n"));
    for after in [b"".as_slice(), b"GET / HTTP/1.1\r\n", b"\r\n", b"PROXY UNKNOWN\r\n"] {
        let more = [said, after].concat();
        assert_eq!(balancer(&more), Some((client, after.len())));
    }
    for end in 0..said.len() {
        assert_eq!(balancer(&said[..end]), None, "half of it");
    }
});
