//! Every way an upstream may read a path (RFC 3986 section 6.2.2.3), and the prefixes that rules match against them.
//!
//! Servers differ in what they make of `%2e%2e`, `//`, `;x`, `\` and letter case. A request is admitted only if each
//! reading is, so no spelling of a protected path finds a laxer rule. The bytes forwarded are the bytes sent: nothing
//! here rewrites a request.

use std::collections::BTreeSet;

/// The target cannot be read as a path at all, by anybody: answered with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request target is not a path")]
pub struct NotAPath;

/// All readings of one path; at least one.
#[derive(Clone, Debug)]
pub struct Path {
    sent: Box<str>,
    others: Vec<String>,
}

/// More readings than this can only be an attack.
const MOST_READINGS: usize = 256;

impl Path {
    /// Reads the path of a request target, without its query.
    ///
    /// # Errors
    /// When it does not start with `/`, or holds (plainly or percent-encoded) NUL, another control character, `#`
    /// in the plain, or bytes that are no UTF-8.
    pub fn parse(sent: &str) -> Result<Self, NotAPath> {
        if !sent.starts_with('/') || sent.contains(['#', '?']) || sent.contains(char::is_control) {
            return Err(NotAPath);
        }
        let others = if is_plain(sent) {
            Vec::new()
        } else {
            other_readings(sent)?
        };
        Ok(Self {
            sent: sent.into(),
            others,
        })
    }

    /// The path as sent.
    pub fn as_sent(&self) -> &str {
        &self.sent
    }

    /// Every reading, the one as sent first.
    pub fn readings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.sent).chain(self.others.iter().map(String::as_str))
    }
}

/// A path prefix of a rule; matches whole segments: `/public/` covers `/public` and `/public/x`, not `/publicity`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    bare: Box<str>,
    folded: Box<str>,
}

impl Prefix {
    /// A prefix as written in a rule.
    ///
    /// # Errors
    /// When it does not start with `/` or is not written plainly (decoded, no dots, no empty segment), since no
    /// reading of a request would then ever equal it.
    pub fn parse(text: &str) -> Result<Self, NotAPath> {
        let bare = text.strip_suffix('/').unwrap_or(text);
        let well_written =
            text.starts_with('/') && !text.contains(['%', ';', '\\', '#', '?']) && !text.contains(char::is_control);
        let odd = |segment: &str| segment.is_empty() || segment == "." || segment == "..";
        if !well_written || (!bare.is_empty() && bare.split('/').skip(1).any(odd)) {
            return Err(NotAPath);
        }
        Ok(Self {
            bare: bare.into(),
            folded: bare.to_lowercase().into(),
        })
    }

    /// Whether the prefix covers this reading, letter by letter.
    pub fn covers(&self, reading: &str) -> bool {
        covers(&self.bare, reading)
    }

    /// Whether it covers the reading on a server that ignores letter case.
    pub fn covers_folded(&self, reading: &str) -> bool {
        if reading.contains(|letter: char| !letter.is_ascii() || letter.is_ascii_uppercase()) {
            covers(&self.folded, &reading.to_lowercase())
        } else {
            covers(&self.folded, reading)
        }
    }

    /// The prefix without a slash at its end.
    pub fn as_str(&self) -> &str {
        if self.bare.is_empty() { "/" } else { &self.bare }
    }
}

fn covers(prefix: &str, reading: &str) -> bool {
    reading
        .strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_plain(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~');
    path.bytes().all(plain) && !path.contains("//") && !path.contains("/.")
}

/// The closure of the sent path under everything servers are known to do to one.
fn other_readings(sent: &str) -> Result<Vec<String>, NotAPath> {
    let mut found = BTreeSet::from([sent.to_owned()]);
    let mut open = vec![sent.to_owned()];
    while let Some(reading) = open.pop() {
        for next in [
            decode(&reading)?,
            slashes_for_backslashes(&reading),
            without_parameters(&reading),
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

fn decode(path: &str) -> Result<String, NotAPath> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reads_as(sent: &str, reading: &str) -> bool {
        Path::parse(sent).is_ok_and(|path| path.readings().any(|other| other == reading))
    }

    #[test]
    fn every_known_spelling_of_a_protected_path_is_read_as_it() {
        for sent in [
            "/public/../secret",
            "/public/%2e%2e/secret",
            "/public/%2E./secret",
            "/public/..%2fsecret",
            "/public/%252e%252e/secret",
            "/public\\..\\secret",
            "/public/%5c../%2e%2e/secret",
            "//secret",
            "/./secret",
            "/public/..;/secret",
            "/public/..;x=1/secret",
            "/secret;a=b",
            "/%73ecret",
            "/%2573ecret",
            "/x//../../secret",
            "/secret/.",
            "/public/.;/../secret",
        ] {
            assert!(
                ["/secret", "/secret/"].iter().any(|reading| reads_as(sent, reading)),
                "{sent}"
            );
        }
    }

    #[test]
    fn what_nobody_can_read_is_refused() {
        for sent in [
            "",
            "secret",
            "*",
            "/a%00",
            "/a%0d%0a",
            "/a#b",
            "/%c0%ae",
            "/%ff",
            "/%2500",
            "http://x/",
        ] {
            assert_eq!(Path::parse(sent).err(), Some(NotAPath), "{sent}");
        }
    }

    #[test]
    fn a_plain_path_has_one_reading() -> Result<(), NotAPath> {
        assert_eq!(Path::parse("/a/b-c_d.html")?.readings().count(), 1);
        Ok(())
    }

    #[test]
    fn prefixes_match_whole_segments() -> Result<(), NotAPath> {
        let table = [
            ("/public/", "/public", true),
            ("/public/", "/public/x", true),
            ("/public", "/publicity", false),
            ("/", "/x", true),
            ("/a/b", "/a", false),
        ];
        for (prefix, reading, expected) in table {
            assert_eq!(Prefix::parse(prefix)?.covers(reading), expected, "{prefix} {reading}");
        }
        assert!(Prefix::parse("/Admin")?.covers_folded("/aDMIN/x"));
        Ok(())
    }

    #[test]
    fn prefixes_that_could_never_match_are_refused() {
        for text in ["", "admin", "/a//b", "/a/../b", "/a%20b", "//"] {
            assert!(Prefix::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_the_first_reading_is_the_text(sent in "/[a-z./;%25\\\\A-Z0-9]{0,24}") {
            if let Ok(path) = Path::parse(&sent) {
                prop_assert_eq!(path.readings().next(), Some(sent.as_str()));
            }
        }
    }
}
