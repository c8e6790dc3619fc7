//! Whatever head the screen lets through, no two servers disagree on where it ends, whose it is, or what it is.
#![no_main]

use http::{HeaderName, HeaderValue, Request, Version};
use libfuzzer_sys::fuzz_target;
use vestibule::edge::proxy::fuzzing::admits;

fuzz_target!(|bytes: &[u8]| {
    // A file of the corpus ends where its last line does.
    let mut head = bytes.strip_suffix(b"\r\n").unwrap_or(bytes).to_vec();
    head.extend_from_slice(b"\r\n\r\n");
    let mut fields = [httparse::EMPTY_HEADER; 256];
    let mut parsed = httparse::Request::new(&mut fields);
    match parsed.parse(&head) {
        // What comes after the head is another matter.
        Ok(httparse::Status::Complete(length)) if length == head.len() => {}
        Ok(_) | Err(_) => return,
    }
    let (Some(method), Some(target)) = (parsed.method, parsed.path) else {
        return;
    };
    let version = if parsed.version == Some(0) {
        Version::HTTP_10
    } else {
        Version::HTTP_11
    };
    let Ok(mut request) = Request::builder().method(method).uri(target).version(version).body(()) else {
        return;
    };
    for field in parsed.headers.iter() {
        let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(field.name.as_bytes()),
            HeaderValue::from_bytes(field.value),
        ) else {
            return;
        };
        request.headers_mut().append(name, value);
    }
    let (parts, ()) = request.into_parts();
    if admits(&head, (&parts, target.as_bytes())) {
        is_read_alike(&head, method, target);
    }
});

/// The head once more, by a reader that shares nothing with the screen.
fn is_read_alike(head: &[u8], method: &str, target: &str) {
    assert!(head.len() <= 40 * 1024, "too large");
    assert!(method != "TRACE" && method != "CONNECT", "{method}");
    let lower = target.to_ascii_lowercase();
    assert!(
        target.starts_with('/') || lower.starts_with("http://") || lower.starts_with("https://"),
        "{target}"
    );
    assert!(
        !target.contains('#') && target.bytes().all(|byte| byte > b' ' && byte != 0x7f),
        "{target}"
    );
    let body = head.strip_suffix(b"\r\n\r\n").unwrap_or(head);
    // Those who end lines at LF, at CR or at both find the same ones.
    let at_lf = body.split(|byte| *byte == b'\n').count();
    let at_cr = body.split(|byte| *byte == b'\r').count();
    let pairs = body.windows(2).filter(|pair| pair == b"\r\n").count();
    assert!(at_lf == at_cr && at_lf == pairs + 1, "line ends");
    assert!(!body.contains(&0), "NUL");
    let (mut hosts, mut lengths, mut codings) = (0, 0, 0);
    for line in body.split(|byte| *byte == b'\n').skip(1) {
        assert!(!line.starts_with(b" ") && !line.starts_with(b"\t"), "folded");
        assert!(line.len() <= 8 * 1024 + 1, "a long line");
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            panic!("no colon")
        };
        let (name, value) = line.split_at(colon);
        // Spelled as the least careful server reads it.
        let name = String::from_utf8_lossy(name)
            .trim()
            .to_ascii_lowercase()
            .replace('_', "-");
        let value = String::from_utf8_lossy(&value[1..]).trim().to_ascii_lowercase();
        match name.as_str() {
            "host" => hosts += 1,
            // An alias with `_` is dropped before it is forwarded, whatever is in it.
            "content-length" if !line[..colon].contains(&b'_') => {
                lengths += 1;
                assert!(
                    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()),
                    "length {value:?}"
                );
            }
            "transfer-encoding" if !line[..colon].contains(&b'_') => {
                codings += 1;
                assert_eq!(value, "chunked");
            }
            "connection" => {
                for named in value.split(',').map(str::trim) {
                    for ours in [
                        "cookie",
                        "authorization",
                        "host",
                        "remote-user",
                        "remote_user",
                        "x-forwarded-for",
                    ] {
                        assert_ne!(named, ours, "named away");
                    }
                }
            }
            "upgrade" => assert_eq!(value, "websocket"),
            _ => {}
        }
    }
    assert_eq!(hosts, 1, "hosts");
    assert!(lengths + codings <= 1, "framed twice");
}
