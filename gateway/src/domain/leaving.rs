//! Shared browsers: what an application leaves of a person in a browser, and where it lets them leave.

use super::path::{Path, Prefix};

/// How one person's visit to an application ends, so that the next one at the same browser does not find it.
#[derive(Clone, Debug, Default)]
pub struct Leaving {
    /// The application's own cookies that keep a person logged in there.
    pub session_cookies: Vec<SessionCookie>,
    /// Its own way out, where it has one; whoever takes it leaves us too.
    pub logout_path: Option<Prefix>,
}

/// A cookie of an application's own session: its name, and the path it is set for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionCookie {
    name: Box<str>,
    path: Box<str>,
}

/// The text names no cookie.
#[derive(Debug, thiserror::Error)]
#[error("write the cookie's name, with its path where that is not /: \"JSESSIONID\", \"JSESSIONID; Path=/app\"")]
pub struct NotACookie;

impl SessionCookie {
    /// A cookie as an operator writes it: `NAME` or `NAME; Path=/PATH`.
    ///
    /// # Errors
    /// When it has no name of RFC 6265 section 4.1.1, or something else than a path after it.
    pub fn parse(text: &str) -> Result<Self, NotACookie> {
        let (name, path) = match text.split_once(';') {
            Some((name, rest)) => (name, rest.trim().strip_prefix("Path=").ok_or(NotACookie)?),
            None => (text, "/"),
        };
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let named = !name.is_empty() && name.bytes().all(token);
        let placed = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';');
        if named && placed {
            Ok(Self {
                name: name.into(),
                path: path.into(),
            })
        } else {
            Err(NotACookie)
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path it is set for.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl Leaving {
    /// Whether a path is the way out, in any reading the application could give it.
    pub fn is_logout(&self, path: &Path) -> bool {
        let is = |out: &Prefix| {
            path.readings()
                .any(|reading| reading.trim_end_matches('/') == out.as_str())
        };
        self.logout_path.as_ref().is_some_and(is)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_named_with_or_without_a_path() {
        let read = |text: &str| SessionCookie::parse(text).map(|one| (one.name().to_owned(), one.path().to_owned()));
        for (text, name, path) in [
            ("JSESSIONID", "JSESSIONID", "/"),
            ("a.b; Path=/app", "a.b", "/app"),
            ("__Host-x;Path=/", "__Host-x", "/"),
        ] {
            assert_eq!(read(text).ok(), Some((name.to_owned(), path.to_owned())), "{text}");
        }
        for text in [
            "",
            "a b",
            "a=b",
            "a; Domain=x",
            "a; Path=app",
            "a; Path=/x; Secure",
            "a\r\nb",
            "é",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_way_out_is_one_path_in_every_reading() -> Result<(), super::super::path::NotAPath> {
        let leaving = Leaving {
            logout_path: Some(Prefix::parse("/user/logout")?),
            ..Leaving::default()
        };
        for path in [
            "/user/logout",
            "/user/logout/",
            "/user/%6cogout",
            "/user//logout",
            "/user/logout;a",
        ] {
            assert!(leaving.is_logout(&Path::parse(path)?), "{path}");
        }
        for path in ["/user/logouts", "/user/logout/sure", "/logout", "/"] {
            assert!(!leaving.is_logout(&Path::parse(path)?), "{path}");
        }
        assert!(!Leaving::default().is_logout(&Path::parse("/user/logout")?));
        Ok(())
    }
}
