//! What can go wrong while text is made: only our own mistakes, never something a visitor did.

use std::error::Error;
use std::fmt;

use crate::Language;

/// A page or message could not be rendered: a text or a template of this crate is broken.
///
/// Its text is for the log, never for a visitor.
#[derive(Debug)]
pub struct RenderFault(Kind);

#[derive(Debug)]
enum Kind {
    UnreadableTexts(Language),
    MissingText(String),
    BrokenText(String),
    Template(askama::Error),
}

impl RenderFault {
    pub(crate) fn unreadable_texts(language: Language) -> Self {
        Self(Kind::UnreadableTexts(language))
    }

    pub(crate) fn missing_text(key: &str) -> Self {
        Self(Kind::MissingText(key.to_owned()))
    }

    pub(crate) fn broken_text(key: &str) -> Self {
        Self(Kind::BrokenText(key.to_owned()))
    }
}

impl From<askama::Error> for RenderFault {
    fn from(fault: askama::Error) -> Self {
        Self(Kind::Template(fault))
    }
}

impl fmt::Display for RenderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::UnreadableTexts(language) => write!(f, "the texts of language {} cannot be read", language.tag()),
            Kind::MissingText(key) => write!(f, "no text named {key}"),
            Kind::BrokenText(key) => write!(f, "the text {key} cannot be formatted"),
            Kind::Template(fault) => write!(f, "template: {fault}"),
        }
    }
}

impl Error for RenderFault {}
