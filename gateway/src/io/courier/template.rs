//! Texts with the places `{to}`, `{text}` and `{secret}` in them, and how a value is written at its place.
//!
//! A value is put in once and never read again, so that a text with `{secret}` in it stays a text. Every other brace
//! is left as it is, because JSON is full of them. Nothing here knows of HTTP beyond the names of content types.

use url::form_urlencoded;

/// A text with places for values.
#[derive(Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Place(Place),
}

/// A place in a [`Template`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `{to}`: the number.
    To,
    /// `{text}`: the message.
    Text,
    /// `{secret}`: what the company knows us by.
    Secret,
}

/// What comes into the places.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// The number.
    pub to: &'a str,
    /// The message.
    pub text: &'a str,
    /// What the company knows us by; empty where the template has no place for it.
    pub secret: &'a str,
}

/// How a value is written, so that it stays a value where it is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// Inside a JSON string (RFC 8259 section 7).
    Json,
    /// In `application/x-www-form-urlencoded` (WHATWG URL section 5.2).
    Form,
    /// In XML text or an attribute.
    Xml,
    /// In the path or query of a URL (RFC 3986 section 2.1).
    Url,
    /// As it is, as long as it holds no control character but the line break.
    Plain,
    /// As it is, as long as it can stand in a header: visible ASCII and spaces.
    Header,
}

/// The value cannot be written there. Which value it was is not said, because it may be the secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value has characters that may not stand there")]
pub struct Unwritable;

impl Template {
    /// Reads a text; whatever is not one of the three places stands for itself.
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, place, after)) = next_place(rest) {
            pieces.push(Piece::Literal(before.to_owned()));
            pieces.push(Piece::Place(place));
            rest = after;
        }
        pieces.push(Piece::Literal(rest.to_owned()));
        Self(pieces)
    }

    /// Whether there is such a place.
    pub fn has(&self, place: Place) -> bool {
        self.0.contains(&Piece::Place(place))
    }

    /// The text with the values in it.
    ///
    /// # Errors
    /// When a value cannot be written in this way.
    pub fn expand(&self, values: Values<'_>, escape: Escape) -> Result<String, Unwritable> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Place(Place::To) => text.push_str(&escape.write(values.to)?),
                Piece::Place(Place::Text) => text.push_str(&escape.write(values.text)?),
                Piece::Place(Place::Secret) => text.push_str(&escape.write(values.secret)?),
            }
        }
        Ok(text)
    }
}

impl Escape {
    /// How values are written in a body of this content type.
    pub fn of_content_type(content_type: &str) -> Self {
        let essence = content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match essence.as_str() {
            "application/json" | "text/json" => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            "application/xml" | "text/xml" => Self::Xml,
            other if other.ends_with("+json") => Self::Json,
            other if other.ends_with("+xml") => Self::Xml,
            _ => Self::Plain,
        }
    }

    /// The value, written in this way.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn write(self, value: &str) -> Result<String, Unwritable> {
        let unless = |forbidden: bool| {
            if forbidden {
                Err(Unwritable)
            } else {
                Ok(value.to_owned())
            }
        };
        match self {
            Self::Json => Ok(json(value)),
            Self::Form => Ok(form_urlencoded::byte_serialize(value.as_bytes()).collect()),
            Self::Xml => xml(value),
            Self::Url => Ok(percent_encoding::utf8_percent_encode(value, UNRESERVED).to_string()),
            Self::Plain => unless(value.contains(|letter: char| letter.is_control() && letter != '\n')),
            Self::Header => unless(!value.bytes().all(|byte| matches!(byte, b' '..=b'~'))),
        }
    }
}

fn next_place(text: &str) -> Option<(&str, Place, &str)> {
    let split = |(mark, place)| text.split_once(mark).map(|(before, after)| (before, place, after));
    PLACES
        .into_iter()
        .filter_map(split)
        .min_by_key(|(before, _, _)| before.len())
}

/// What a JSON string holds between its quotation marks.
fn json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or_default()
        .to_owned()
}

/// Entities for what has a meaning, references for white space that an attribute would lose (XML 1.0 sections 2.2, 3.3.3).
fn xml(value: &str) -> Result<String, Unwritable> {
    let mut text = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&apos;"),
            '\n' => text.push_str("&#10;"),
            control if control.is_control() => return Err(Unwritable),
            other => text.push(other),
        }
    }
    Ok(text)
}

const PLACES: [(&str, Place); 3] = [
    ("{to}", Place::To),
    ("{text}", Place::Text),
    ("{secret}", Place::Secret),
];

/// What a URL may hold unescaped wherever it is (RFC 3986 section 2.3).
const UNRESERVED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOSTILE: Values<'_> = Values {
        to: "+33612345612",
        text: "a \"b\" & {secret}\n@host #123456",
        secret: "k}e&y=\\",
    };

    fn expand(template: &str, escape: Escape) -> String {
        Template::parse(template).expand(HOSTILE, escape).unwrap()
    }

    #[test]
    fn only_the_three_places_are_filled_and_each_once() {
        let values = Values {
            to: "{text}",
            text: "{secret}{to}",
            secret: "s",
        };
        let template = Template::parse(r#"{{"to":"{to}","x":{"text":"{text}"},"{TO}":"{ to }{secret"}}{secret}{"#);
        let expected = r#"{{"to":"{text}","x":{"text":"{secret}{to}"},"{TO}":"{ to }{secret"}}s{"#;
        assert_eq!(template.expand(values, Escape::Plain).as_deref(), Ok(expected));
        assert!(template.has(Place::To) && template.has(Place::Text) && template.has(Place::Secret));
        assert!(!Template::parse("{to} {text}").has(Place::Secret));
    }

    #[test]
    fn each_content_type_has_its_way_to_write_a_value() {
        let table = [
            (
                "application/json",
                r#"+33612345612|a \"b\" & {secret}\n@host #123456|k}e&y=\\"#,
            ),
            (
                "application/vnd.api+json",
                r#"+33612345612|a \"b\" & {secret}\n@host #123456|k}e&y=\\"#,
            ),
            (
                "Application/X-WWW-Form-URLencoded",
                "%2B33612345612|a+%22b%22+%26+%7Bsecret%7D%0A%40host+%23123456|k%7De%26y%3D%5C",
            ),
            (
                "text/xml; charset=utf-8",
                "+33612345612|a &quot;b&quot; &amp; {secret}&#10;@host #123456|k}e&amp;y=\\",
            ),
            ("text/plain", "+33612345612|a \"b\" & {secret}\n@host #123456|k}e&y=\\"),
        ];
        for (content_type, expected) in table {
            assert_eq!(
                expand("{to}|{text}|{secret}", Escape::of_content_type(content_type)),
                expected,
                "{content_type}"
            );
        }
        assert_eq!(
            expand("?to={to}&k={secret}", Escape::Url),
            "?to=%2B33612345612&k=k%7De%26y%3D%5C"
        );
    }

    #[test]
    fn what_cannot_stand_there_is_refused() {
        let table = [
            (Escape::Plain, "a\rb"),
            (Escape::Plain, "\u{85}"),
            (Escape::Plain, "\0"),
            (Escape::Xml, "\u{8}"),
            (Escape::Header, "a\nb"),
            (Escape::Header, "é"),
        ];
        for (escape, text) in table {
            let values = Values {
                to: "",
                text,
                secret: "",
            };
            assert_eq!(
                Template::parse("{text}").expand(values, escape),
                Err(Unwritable),
                "{escape:?} {text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_json_body_and_a_form_give_back_what_was_put_in(to in ".*", text in ".*", secret in ".*") {
            let values = Values { to: &to, text: &text, secret: &secret };
            let body = Template::parse(r#"{"a":"{to}","b":["{text}"],"c":"{secret}"}"#).expand(values, Escape::Json).unwrap();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap(), serde_json::json!({"a": to, "b": [text], "c": secret}));
            let form = Template::parse("a={to}&b={text}&c={secret}").expand(values, Escape::Form).unwrap();
            let read: Vec<(String, String)> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
            let put = [("a", &to), ("b", &text), ("c", &secret)].map(|(name, value)| (name.to_owned(), value.clone()));
            prop_assert_eq!(read, put);
        }

        #[test]
        fn a_url_keeps_its_shape_whatever_is_put_in(to in ".*", text in ".*") {
            let values = Values { to: &to, text: &text, secret: "" };
            let url = Template::parse("https://sms.example/send?to={to}&text={text}").expand(values, Escape::Url).unwrap();
            let url = url::Url::parse(&url).unwrap();
            prop_assert_eq!((url.host_str(), url.path(), url.fragment()), (Some("sms.example"), "/send", None));
            let read: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(read, [("to".to_owned(), to), ("text".to_owned(), text)]);
        }
    }
}
