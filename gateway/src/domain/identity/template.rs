//! What a header says of a user: a text with places in it, `{username}` say, that are filled in from the directory.
//!
//! A directory is filled by many hands. So nothing in it can end a header's line, and no value is ever mended into
//! another one: what cannot be written as it is asked for is not written at all, since `ädmin` without its `ä` would
//! be somebody else.

use crate::domain::user::User;
use std::fmt::Write;

/// A text with places for what is known of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    Value(Place),
}

/// What is known of every user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The login name.
    Username,
    /// What people call them.
    Name,
    /// Where mail reaches them.
    Email,
    /// What stays the same when the name changes.
    Id,
    /// Their groups, separated by commas.
    Groups,
    /// The same, each in quotation marks.
    QuotedGroups,
}

const PLACES: [(&str, Place); 6] = [
    ("username", Place::Username),
    ("name", Place::Name),
    ("email", Place::Email),
    ("id", Place::Id),
    ("groups", Place::Groups),
    ("quoted_groups", Place::QuotedGroups),
];

/// How a header says what is not plain ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Percent-encoded as UTF-8, and so are `%` and control characters (ASVS 5.0 V4.2.5).
    Percent,
    /// As it is, in UTF-8; nothing is said where there are control characters in it.
    Raw,
    /// Not at all: nothing is said.
    Drop,
}

/// The text is no template.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATemplate {
    /// It names something that is not known of users.
    #[error("{{{0}}} is not known of users")]
    UnknownPlace(String),
    /// A brace that belongs to no other.
    #[error("a brace that names nothing")]
    Brace,
    /// Empty, or something that no header may hold, or whose end no server keeps.
    #[error("not the text of a header")]
    Text,
}

/// The value cannot be written as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwritable;

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When it is empty, names what is not known of users, or holds anything but printable ASCII.
    pub fn parse(text: &str) -> Result<Self, NotATemplate> {
        if text.is_empty() || text.trim() != text || !text.chars().all(is_printable) {
            return Err(NotATemplate::Text);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or(NotATemplate::Brace)?;
            let known = PLACES.iter().find(|(known, _)| *known == name);
            let (_, place) = known.ok_or_else(|| NotATemplate::UnknownPlace(name.to_owned()))?;
            pieces.extend(literal(before)?);
            pieces.push(Piece::Value(*place));
            rest = after;
        }
        pieces.extend(literal(rest)?);
        Ok(Self(pieces))
    }

    /// What stands in one place, alone.
    pub fn of(place: Place) -> Self {
        Self(vec![Piece::Value(place)])
    }

    /// Fills in what is known of a user.
    ///
    /// # Errors
    /// When something in it cannot be written in this encoding, or it is longer than [`LONGEST_VALUE`].
    pub fn write(&self, user: &User, encoding: Encoding) -> Result<String, Unwritable> {
        let mut whole = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => whole.push_str(text),
                Piece::Value(Place::Username) => encoding.write(user.name.as_str(), &[], &mut whole)?,
                Piece::Value(Place::Name) => encoding.write(&user.display_name, &[], &mut whole)?,
                Piece::Value(Place::Email) => encoding.write(&user.email, &[], &mut whole)?,
                Piece::Value(Place::Id) => encoding.write(&user.id.to_string(), &[], &mut whole)?,
                Piece::Value(Place::Groups) => list(&user.groups, encoding, (&[','], ""), &mut whole),
                Piece::Value(Place::QuotedGroups) => list(&user.groups, encoding, (&['"', '\\'], "\""), &mut whole),
            }
        }
        if whole.len() <= LONGEST_VALUE {
            Ok(whole)
        } else {
            Err(Unwritable)
        }
    }
}

fn literal(text: &str) -> Result<Option<Piece>, NotATemplate> {
    if text.contains(['{', '}']) {
        return Err(NotATemplate::Brace);
    }
    Ok((!text.is_empty()).then(|| Piece::Text(text.into())))
}

/// The groups, as many as there is room for, each whole: half a group's name may be another group's. Names have `quote`
/// around them; what is in `apart` tells one from the next, so that it stands in none.
fn list(groups: &[String], encoding: Encoding, (apart, quote): (&[char], &str), whole: &mut String) {
    let mut between = "";
    for group in groups {
        let mut written = String::new();
        if encoding.write_apart(group, apart, &mut written).is_err() {
            continue;
        }
        if whole.len() + between.len() + 2 * quote.len() + written.len() > MOST_GROUPS {
            break;
        }
        for part in [between, quote, &written, quote] {
            whole.push_str(part);
        }
        between = ",";
    }
}

impl Encoding {
    fn write(self, value: &str, also: &[char], whole: &mut String) -> Result<(), Unwritable> {
        match self {
            Self::Percent => {
                percent(value, also, whole);
                return Ok(());
            }
            Self::Raw if value.contains(char::is_control) => return Err(Unwritable),
            Self::Drop if !value.chars().all(is_printable) => return Err(Unwritable),
            Self::Raw | Self::Drop => {}
        }
        if value.contains(also) {
            return Err(Unwritable);
        }
        whole.push_str(value);
        Ok(())
    }

    /// A name in a list: neither what tells it from the next nor space at its ends, which readers take away, is written
    /// as it is.
    fn write_apart(self, name: &str, apart: &[char], whole: &mut String) -> Result<(), Unwritable> {
        if name.is_empty() {
            Err(Unwritable)
        } else if name.trim() == name {
            self.write(name, apart, whole)
        } else {
            self.write(name, &[apart, &[' ']].concat(), whole)
        }
    }
}

fn percent(value: &str, also: &[char], whole: &mut String) {
    for letter in value.chars() {
        if is_printable(letter) && letter != '%' && !also.contains(&letter) {
            whole.push(letter);
            continue;
        }
        let mut bytes = [0_u8; 4];
        for byte in letter.encode_utf8(&mut bytes).bytes() {
            // Text takes in all that is written to it.
            let _ = write!(whole, "%{byte:02X}");
        }
    }
}

fn is_printable(letter: char) -> bool {
    matches!(letter, ' '..='~')
}

/// The longest value of a header, in bytes.
pub const LONGEST_VALUE: usize = 6 * 1024;
/// Where a list of groups ends at the latest.
const MOST_GROUPS: usize = 4 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::UserId;
    use crate::domain::time::Timestamp;
    use crate::domain::user::{NotAName, PasswordFrom, Secrecy, Standing, UserName};

    fn user(display_name: &str, groups: &[&str]) -> Result<User, NotAName> {
        Ok(User {
            id: UserId::from_bytes([7; 16]),
            name: UserName::parse("zoë")?,
            display_name: display_name.into(),
            email: "zoe@example.com".into(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            standing: Standing::Active,
            proofs_since: Timestamp::from_millis(0),
            outlasting: None,
            created_at: Timestamp::from_millis(0),
            password_from: PasswordFrom::Elsewhere,
            secrecy: Secrecy::Kept,
        })
    }

    fn written(template: &str, user: &User, encoding: Encoding) -> Option<String> {
        Template::parse(template).ok()?.write(user, encoding).ok()
    }

    #[test]
    fn a_value_says_what_was_asked_or_nothing() -> Result<(), NotAName> {
        for (name, percent, raw, drop) in [
            ("Ann", Some("Ann"), Some("Ann"), Some("Ann")),
            ("Zoë 100%", Some("Zo%C3%AB 100%25"), Some("Zoë 100%"), None),
            ("a\r\nX: 1", Some("a%0D%0AX: 1"), None, None),
            ("a\0b", Some("a%00b"), None, None),
            ("a\u{85}b", Some("a%C2%85b"), None, None),
            ("a\tb", Some("a%09b"), None, None),
            ("", Some(""), Some(""), Some("")),
        ] {
            let user = user(name, &[])?;
            for (encoding, expected) in [
                (Encoding::Percent, percent),
                (Encoding::Raw, raw),
                (Encoding::Drop, drop),
            ] {
                assert_eq!(
                    written("{name}", &user, encoding).as_deref(),
                    expected,
                    "{name:?} {encoding:?}"
                );
            }
        }
        Ok(())
    }

    #[test]
    fn a_group_is_never_read_as_two_or_as_another() -> Result<(), NotAName> {
        let user = user("Zoë", &["staff", "a,admins", " admins", "ä\"b", "c\\"])?;
        for (template, encoding, expected) in [
            (
                "{groups}",
                Encoding::Percent,
                "staff,a%2Cadmins,%20admins,%C3%A4\"b,c\\",
            ),
            ("{groups}", Encoding::Raw, "staff,ä\"b,c\\"),
            ("{groups}", Encoding::Drop, "staff,c\\"),
            (
                "{quoted_groups}",
                Encoding::Percent,
                "\"staff\",\"a,admins\",\"%20admins\",\"%C3%A4%22b\",\"c%5C\"",
            ),
            ("{quoted_groups}", Encoding::Raw, "\"staff\",\"a,admins\""),
        ] {
            assert_eq!(
                written(template, &user, encoding).as_deref(),
                Some(expected),
                "{template} {encoding:?}"
            );
        }
        Ok(())
    }

    #[test]
    fn nothing_is_cut_into_something_else() -> Result<(), NotAName> {
        let long = "é".repeat(LONGEST_VALUE);
        let many: Vec<String> = (0..2000).map(|at| format!("group-{at}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let user = user(&long, &many)?;
        for encoding in [Encoding::Percent, Encoding::Raw] {
            assert_eq!(written("{name}", &user, encoding), None, "{encoding:?}");
            let groups = written("{groups}", &user, encoding).unwrap_or_default();
            assert!(groups.len() <= MOST_GROUPS && groups.split(',').all(|group| many.contains(&group)));
        }
        Ok(())
    }

    #[test]
    fn a_template_holds_what_is_known_of_users() -> Result<(), NotAName> {
        let user = user("Zoë", &["staff"])?;
        let whole = written("uid={username};{email};{id};({groups})", &user, Encoding::Percent);
        let expected = format!("uid=zo%C3%AB;zoe@example.com;{};(staff)", user.id);
        assert_eq!(whole, Some(expected));
        for text in [
            "",
            " a",
            "a ",
            "{",
            "}",
            "a}b",
            "{username",
            "{{username}}",
            "{}",
            "{login}",
            "é",
            "a\nb",
        ] {
            assert!(Template::parse(text).is_err(), "{text:?}");
        }
        Ok(())
    }
}
