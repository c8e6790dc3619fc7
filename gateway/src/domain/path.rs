//! Every way an upstream may read a path (RFC 3986 section 6.2.2.3), and the prefixes that rules match against them.
//!
//! Servers differ in what they make of `%2e%2e`, `//`, `;x`, `\`, `%3f`, a dot at the end and letter case. A request is admitted only if each
//! reading is, so no spelling of a protected path finds a laxer rule. The bytes forwarded are the bytes sent: nothing
//! here rewrites a request.

mod readings;

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
        let others = if readings::is_plain(sent) {
            Vec::new()
        } else {
            readings::others(sent)?
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

#[cfg(test)]
mod tests;
