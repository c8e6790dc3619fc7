//! The languages we write in, and which of them a browser wants. The texts themselves are in `texts.rs`.

/// A language that every page and message exists in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
}

impl Language {
    /// Every language.
    pub(crate) const ALL: [Self; 1] = [Self::English];

    /// The language for whoever wants none of ours, and of any text that a language lacks.
    pub(crate) const FALLBACK: Self = Self::English;

    /// The language a browser prefers among ours: the one with the highest weight in its `Accept-Language` header
    /// (RFC 9110, section 12.5.4), compared by primary subtag; English if it wants none of ours.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (0.0, Self::FALLBACK);
        for (language, weight) in header.split(',').filter_map(parse_wish) {
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The language with the region whose voice speaks it (BCP 47).
    pub(crate) fn voice(self) -> &'static str {
        match self {
            Self::English => "en-US",
        }
    }

    /// The language tag (BCP 47), as in `<html lang>`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
        }
    }
}

/// `de-CH;q=0.8` -> German at 0.8, if we write German. Unreadable weights count as 0, so as "not wanted".
fn parse_wish(wish: &str) -> Option<(Language, f32)> {
    let (range, parameters) = wish.split_once(';').unwrap_or((wish, "q=1"));
    let primary = range.trim().split('-').next()?;
    let language = Language::ALL
        .into_iter()
        .find(|language| language.tag().eq_ignore_ascii_case(primary))?;
    let weight = parameters
        .trim()
        .strip_prefix("q=")
        .and_then(|weight| weight.trim().parse().ok());
    Some((language, weight.unwrap_or(0.0)))
}

#[cfg(test)]
mod tests {
    use super::{Language, parse_wish};

    #[test]
    fn any_header_gives_a_language() {
        for header in [
            "",
            "en",
            "EN-gb",
            "de",
            "*",
            "fr;q=0.9, en;q=0.1",
            "en;q=0",
            ",;=,q",
            "\u{fffd}",
        ] {
            assert_eq!(Language::from_accept_language(header), Language::English, "{header}");
        }
    }

    #[test]
    fn wishes_are_read_with_their_weights() {
        assert_eq!(parse_wish(" en-GB"), Some((Language::English, 1.0)));
        assert_eq!(parse_wish("EN ; q=0.5"), Some((Language::English, 0.5)));
        assert_eq!(parse_wish("en;q=x"), Some((Language::English, 0.0)));
        assert_eq!(parse_wish("eng"), None);
        assert_eq!(parse_wish("*"), None);
    }
}
