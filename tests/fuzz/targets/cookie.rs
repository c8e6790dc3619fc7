//! Applications get every cookie but ours, in order and unchanged; one of ours is read back, and two are none.
#![no_main]

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use vestibule::domain::application::Origin;
use vestibule::domain::secret::Token;
use vestibule::edge::cookie::{Jar, sets_ours, without_ours};

const NAMES: [(Jar, &str); 3] = [
    (Jar::Session, "__Host-vestibule"),
    (Jar::Login, "__Host-vestibule-login"),
    (Jar::Device, "__Host-vestibule-device"),
];

fuzz_target!(|bytes: &[u8]| {
    let site = Origin::parse("https://app.example.com").expect("an origin");
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let Ok(line) = HeaderValue::from_bytes(line) else {
            return;
        };
        headers.append(COOKIE, line);
    }
    let sent = pieces(&headers);
    let kept = without_ours(&headers);
    let mut forwarded = HeaderMap::new();
    forwarded.extend(kept.map(|line| (COOKIE, line)));
    assert_eq!(
        without_ours(&forwarded).as_ref(),
        forwarded.get(COOKIE),
        "a second time takes nothing away"
    );
    let expected: Vec<&[u8]> = sent.iter().map(Vec::as_slice).filter(|piece| !is_ours(piece)).collect();
    assert_eq!(pieces(&forwarded), expected);
    let token = Token::from_bytes([9; 32]);
    for (jar, name) in NAMES {
        let there = sent.iter().filter(|piece| value_of(piece, name).is_some()).count();
        assert!(there == 1 || jar.read(&site, &headers).is_none(), "{there} of {name}");
        let mut more = headers.clone();
        let pair = format!("{name}={}", token.to_text());
        more.append(COOKIE, HeaderValue::from_str(&pair).expect("a cookie"));
        let read = jar.read(&site, &more);
        assert_eq!(
            read.map(|read| *read.expose()),
            (there == 0).then_some([9; 32]),
            "{name}"
        );
    }
    // A line that passes sets nothing that a browser would send as ours.
    let line: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_control()).collect();
    if !sets_ours(&line) {
        let pair = line.split(|byte| *byte == b';').next().unwrap_or_default();
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (&b""[..], pair),
        };
        let named = if name.trim_ascii().is_empty() { value } else { name };
        assert!(!is_ours(named.trim_ascii()), "{:?}", String::from_utf8_lossy(&line));
    }
    for (jar, _) in NAMES {
        assert!(jar.set(&site, &token).is_some_and(|line| sets_ours(line.as_bytes())));
        assert!(jar.expire(&site).is_some_and(|line| sets_ours(line.as_bytes())));
    }
});

fn pieces(headers: &HeaderMap) -> Vec<Vec<u8>> {
    let lines = headers.get_all(COOKIE).iter();
    let pieces = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    pieces
        .map(|piece| piece.trim_ascii().to_vec())
        .filter(|piece| !piece.is_empty())
        .collect()
}

/// However the bytes that are no text are mended.
fn is_ours(piece: &[u8]) -> bool {
    let lower = String::from_utf8_lossy(piece).trim().to_ascii_lowercase();
    lower.starts_with("__host-vestibule") || lower.starts_with("vestibule-")
}

fn value_of<'a>(piece: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let at = piece.iter().position(|byte| *byte == b'=')?;
    (piece[..at].trim_ascii() == name.as_bytes()).then(|| &piece[at + 1..])
}
