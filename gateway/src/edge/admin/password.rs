//! Reading a new password: from the terminal, twice and without echo, or from one line of stdin. Never from an
//! argument, which every process on the machine can read.

use crate::domain::secret::Secret;
use std::io::{BufRead, IsTerminal};
use zeroize::Zeroizing;

/// Where a password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A person types it.
    Terminal,
    /// The first line of stdin is it.
    Stdin,
}

/// No password could be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Both typings differ.
    #[error("the passwords differ; nothing was changed")]
    Different,
    /// There is nothing on stdin.
    #[error("stdin has no password; write it there in one line")]
    Empty,
    /// It is no text, or very long.
    #[error("stdin is not a line of text")]
    NotALine,
    /// There is no terminal, or reading failed.
    #[error("no password could be read: {0}; without a terminal, pass --password-stdin and write it there")]
    Input(#[from] std::io::Error),
}

/// No password is longer, in bytes; what is hashed is shorter still.
const LONGEST: usize = 8 * 1024;

impl Source {
    /// The terminal, unless stdin is something else.
    pub fn whichever() -> Self {
        if std::io::stdin().is_terminal() {
            Self::Terminal
        } else {
            Self::Stdin
        }
    }

    /// Reads a new password.
    ///
    /// # Errors
    /// When there is none.
    pub fn read(self) -> Result<Secret<String>, Unreadable> {
        match self {
            Self::Terminal => twice(),
            Self::Stdin => first_line(std::io::stdin().lock()),
        }
    }
}

fn twice() -> Result<Secret<String>, Unreadable> {
    let first = Secret::new(rpassword::prompt_password("New password: ")?);
    let second = Secret::new(rpassword::prompt_password("The same again: ")?);
    if first.expose() == second.expose() {
        Ok(first)
    } else {
        Err(Unreadable::Different)
    }
}

/// The first line without its end; room for the longest is made at once, so that growing leaves no copy behind.
fn first_line(input: impl BufRead) -> Result<Secret<String>, Unreadable> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    let length = input.take(most).read_until(b'\n', &mut line)?;
    let text = std::str::from_utf8(&line).map_err(|_| Unreadable::NotALine)?;
    let bare = text.strip_suffix('\n').unwrap_or(text);
    let bare = bare.strip_suffix('\r').unwrap_or(bare);
    match length {
        LONGEST => Err(Unreadable::NotALine),
        _ if bare.is_empty() => Err(Unreadable::Empty),
        _ => Ok(Secret::new(bare.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_the_password_without_its_end() {
        for (input, expected) in [
            ("correct horse", "correct horse"),
            ("correct horse\n", "correct horse"),
            (" spaces count \r\nsecond line", " spaces count "),
            ("пароль\n", "пароль"),
        ] {
            let read = first_line(input.as_bytes());
            assert_eq!(
                read.ok().map(|secret| secret.expose().clone()).as_deref(),
                Some(expected)
            );
        }
    }

    #[test]
    fn nothing_and_nonsense_are_no_password() {
        assert!(matches!(first_line(&b""[..]), Err(Unreadable::Empty)));
        assert!(matches!(first_line(&b"\r\n"[..]), Err(Unreadable::Empty)));
        assert!(matches!(first_line(&[0xff, b'\n'][..]), Err(Unreadable::NotALine)));
        assert!(matches!(
            first_line(vec![b'x'; 100_000].as_slice()),
            Err(Unreadable::NotALine)
        ));
    }
}
