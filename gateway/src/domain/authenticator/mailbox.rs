//! A mailbox that receives codes.

use std::fmt;

/// An e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub struct Mailbox(Box<str>);

/// The text is not an e-mail address.
#[derive(Debug, thiserror::Error)]
#[error("not an e-mail address")]
pub struct NotAMailbox;

impl Mailbox {
    /// Reads an address: something, `@`, a domain with a dot or `localhost`; nothing that could end a header line.
    ///
    /// # Errors
    /// When it is not of that form or over 254 characters (RFC 5321 section 4.5.3).
    pub fn parse(text: &str) -> Result<Self, NotAMailbox> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(NotAMailbox)?;
        let clean = |part: &str| {
            !part.is_empty()
                && !part.contains(|c: char| {
                    c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | ',' | ';' | '@')
                })
        };
        let host =
            domain == "localhost" || (domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.'));
        if text.len() <= 254 && clean(local) && clean(domain) && host {
            Ok(Self(format!("{local}@{}", domain.to_lowercase()).into()))
        } else {
            Err(NotAMailbox)
        }
    }

    /// The address, for couriers.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first letter and the domain: `a•••@example.com`.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        format!("{}•••@{domain}", local.chars().next().unwrap_or('•'))
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_recognised_and_masked() -> Result<(), NotAMailbox> {
        assert_eq!(Mailbox::parse(" ann@Example.com")?.as_str(), "ann@example.com");
        assert_eq!(Mailbox::parse("ann@example.com")?.masked(), "a•••@example.com");
        for text in [
            "",
            "ann",
            "@x.y",
            "ann@",
            "ann@x",
            "a b@x.y",
            "a@x.y\r\nBcc: z@x.y",
            "a@b@x.y",
            "a@x.y,c@x.y",
        ] {
            assert!(Mailbox::parse(text).is_err(), "{text:?}");
        }
        Ok(())
    }
}
