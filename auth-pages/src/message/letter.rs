//! An e-mail put together from its parts: the same words as plain text and as a self-contained HTML document.

use askama::Template;

use super::{EmailText, on_one_line};
use crate::{Language, RenderFault};

/// An e-mail in the making.
pub(super) struct Letter<'a> {
    /// The language it is in.
    pub(super) language: Language,
    /// Who it is from, at its end.
    pub(super) brand: &'a str,
    /// What it is about.
    pub(super) subject: String,
    /// What it says, from top to bottom.
    pub(super) parts: Vec<Part>,
}

/// A part of an e-mail; always one line, whatever it was made of.
pub(super) enum Part {
    /// A paragraph.
    Text(String),
    /// A one-time code.
    Code(String),
    /// A link, by the words it is read as.
    Link {
        /// What it is called.
        name: String,
        /// Where it leads.
        url: String,
    },
}

impl Letter<'_> {
    pub(super) fn write(self) -> Result<EmailText, RenderFault> {
        let letter = Letter {
            subject: on_one_line(&self.subject),
            parts: self.parts.into_iter().map(Part::on_one_line).collect(),
            ..self
        };
        let brand = on_one_line(letter.brand);
        let mut text: Vec<String> = letter.parts.iter().map(Part::text).collect();
        text.push(format!("{brand}\n"));
        let html = LetterHtml {
            letter: &letter,
            brand: &brand,
        };
        Ok(EmailText {
            html: html.render()?,
            text: text.join("\n\n"),
            subject: letter.subject,
        })
    }
}

impl Part {
    fn on_one_line(self) -> Self {
        match self {
            Self::Text(text) => Self::Text(on_one_line(&text)),
            Self::Code(code) => Self::Code(on_one_line(&code)),
            Self::Link { name, url } => Self::Link {
                name: on_one_line(&name),
                url: on_one_line(&url),
            },
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Code(text) => text.clone(),
            Self::Link { name, url } => format!("{name}:\n{url}"),
        }
    }
}

#[derive(Template)]
#[template(path = "message/letter.html")]
struct LetterHtml<'a> {
    letter: &'a Letter<'a>,
    brand: &'a str,
}
