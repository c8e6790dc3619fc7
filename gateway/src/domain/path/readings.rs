//! The closure of a path under everything servers are known to do to one. Adding a way to read can only close doors,
//! never open one.

use super::NotAPath;
use std::collections::BTreeSet;

/// More readings than this can only be an attack.
const MOST_READINGS: usize = 256;

/// Whether all servers read the path alike, letter case apart.
pub(super) fn is_plain(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~');
    path.bytes().all(plain)
        && !path.contains("//")
        && !path.contains("/.")
        && !path.contains("./")
        && !path.ends_with('.')
}

/// The closure of the sent path under everything servers are known to do to one.
pub(super) fn others(sent: &str) -> Result<Vec<String>, NotAPath> {
    let mut found = BTreeSet::from([sent.to_owned()]);
    let mut open = vec![sent.to_owned()];
    while let Some(reading) = open.pop() {
        for next in [
            decode(&reading)?,
            decode_wide(&reading),
            slashes_for_backslashes(&reading),
            without_parameters(&reading),
            without_query(&reading),
            without_host(&reading),
            without_ends(&reading),
            merge_slashes(&reading),
            resolve_dots(&reading),
        ] {
            if found.len() > MOST_READINGS {
                return Err(NotAPath);
            }
            if !found.contains(&next) {
                found.insert(next.clone());
                open.push(next);
            }
        }
    }
    found.remove(sent);
    Ok(found.into_iter().collect())
}

pub(super) fn decode(path: &str) -> Result<String, NotAPath> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%').then(|| after.split_at_checked(2)).flatten();
        match escaped.and_then(|(digits, after)| Some((byte_of(digits)?, after))) {
            Some((byte, after)) => {
                bytes.push(byte);
                rest = after;
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| NotAPath)?;
    if text.contains(char::is_control) {
        Err(NotAPath)
    } else {
        Ok(text)
    }
}

fn byte_of(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    text.bytes()
        .all(|digit| digit.is_ascii_hexdigit())
        .then(|| u8::from_str_radix(text, 16).ok())?
}

/// `%u0061`, as IIS has it.
fn decode_wide(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once("%u") {
        text.push_str(before);
        let digits = after
            .get(..4)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let letter = digits.and_then(|digits| char::from_u32(u32::from_str_radix(digits, 16).ok()?));
        match letter.filter(|letter| !letter.is_control()) {
            Some(letter) => {
                text.push(letter);
                rest = after.get(4..).unwrap_or_default();
            }
            None => {
                text.push_str("%u");
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

fn slashes_for_backslashes(path: &str) -> String {
    path.replace('\\', "/")
}

fn without_parameters(path: &str) -> String {
    let bare: Vec<&str> = path
        .split('/')
        .map(|segment| segment.split(';').next().unwrap_or_default())
        .collect();
    bare.join("/")
}

/// A server that decodes first and then looks for the query, or for a fragment, finds one in `%3f` and `%23`.
fn without_query(path: &str) -> String {
    path.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// `//host/path` is a path at another host for whoever resolves it as a reference (RFC 3986 section 4.2, and the URL
/// of WHATWG, which takes any number of slashes).
fn without_host(path: &str) -> String {
    match path.strip_prefix("//") {
        Some(rest) => {
            let rest = rest.trim_start_matches('/');
            rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/").to_owned()
        }
        None => path.to_owned(),
    }
}

/// Windows knows no dots and spaces at the end of a name, and the stream of a file only after `::`.
fn without_ends(path: &str) -> String {
    let bare = |segment: &str| -> String {
        let name = segment.split("::").next().unwrap_or_default();
        match name.trim_end_matches(['.', ' ']) {
            "" => segment.to_owned(),
            trimmed => trimmed.to_owned(),
        }
    };
    path.split('/').map(bare).collect::<Vec<String>>().join("/")
}

fn merge_slashes(path: &str) -> String {
    let mut merged = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter != '/' || !merged.ends_with('/') {
            merged.push(letter);
        }
    }
    merged
}

/// RFC 3986 section 5.2.4, keeping empty segments.
fn resolve_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut ends_open = false;
    for segment in path.split('/').skip(1) {
        ends_open = segment == "." || segment == "..";
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    if ends_open {
        kept.push("");
    }
    format!("/{}", kept.join("/"))
}
