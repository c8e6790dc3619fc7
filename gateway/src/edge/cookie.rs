//! Our cookies: their names, how they are read, set, expired, and kept from upstreams (Law 9).

use crate::domain::application::{Application, Origin, Scheme};
use crate::domain::secret::Token;
use cookie::{Cookie, SameSite};
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// What a cookie of ours is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jar {
    /// The session.
    Session,
    /// A login under way; on an application's host, the nonce that its ticket is bound to.
    Login,
    /// A browser that completed a login before.
    Device,
    /// The browser that forms were kept for, so that no other is offered them.
    Form,
    /// A form that its sender wants sent now.
    Sending,
}

/// What browsers demand of a cookie that belongs to one host alone (RFC 6265bis section 4.1.3.2).
const HOST_PREFIX: &str = "__Host-";
/// How long a browser stays known, in seconds: half a year.
const DEVICE_AGE: i64 = 180 * 24 * 3600;
/// How long a browser may take from the wish to send a form to sending it, in seconds.
const SENDING_AGE: i64 = 30;

impl Jar {
    /// The cookie's name on this site: `__Host-` where there is TLS; on loopback without it the port makes the name
    /// its own, since cookies ignore ports.
    fn name(self, site: &Origin) -> String {
        match site.scheme() {
            Scheme::Https => format!("{HOST_PREFIX}{}", self.bare_name()),
            Scheme::Http => format!("{}-{}", self.bare_name(), port(site)),
        }
    }

    /// Whether this is the cookie's name on this site, without writing the name down.
    fn is_named(self, site: &Origin, name: &str) -> bool {
        match site.scheme() {
            Scheme::Https => name.strip_prefix(HOST_PREFIX) == Some(self.bare_name()),
            Scheme::Http => {
                let digits = name
                    .strip_prefix(self.bare_name())
                    .and_then(|rest| rest.strip_prefix('-'));
                digits.is_some_and(|digits| !digits.starts_with(['0', '+']) && digits.parse() == Ok(port(site)))
            }
        }
    }

    fn bare_name(self) -> &'static str {
        match self {
            Self::Session => "vestibule",
            Self::Login => "vestibule-login",
            Self::Device => "vestibule-device",
            Self::Form => "vestibule-form",
            Self::Sending => "vestibule-sending",
        }
    }

    /// The token in this cookie. Two cookies of one name count as none (a sibling host may have tossed one in), and
    /// so does anything that is no token.
    pub fn read(self, site: &Origin, headers: &HeaderMap) -> Option<Token> {
        let mut values = pairs(headers)
            .filter(|(name, _)| self.is_named(site, name))
            .map(|(_, value)| value);
        match (values.next(), values.next()) {
            (Some(value), None) => Token::parse(value).ok(),
            (None, _) | (Some(_), Some(_)) => None,
        }
    }

    /// `Set-Cookie` with this token.
    pub fn set(self, site: &Origin, token: &Token) -> Option<HeaderValue> {
        let mut cookie = self.bare(site, token.to_text());
        let age = match self {
            Self::Session | Self::Login | Self::Form => None,
            Self::Device => Some(DEVICE_AGE),
            Self::Sending => Some(SENDING_AGE),
        };
        if let Some(age) = age {
            cookie.set_max_age(cookie::time::Duration::seconds(age));
        }
        cookie.to_string().parse().ok()
    }

    /// `Set-Cookie` that removes it.
    pub fn expire(self, site: &Origin) -> Option<HeaderValue> {
        let mut cookie = self.bare(site, String::new());
        cookie.set_max_age(cookie::time::Duration::ZERO);
        cookie.to_string().parse().ok()
    }

    fn bare(self, site: &Origin, value: String) -> Cookie<'static> {
        let mut cookie = Cookie::new(self.name(site), value);
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_secure(site.scheme() == Scheme::Https);
        cookie
    }
}

/// `Set-Cookie` lines that end an application's own session in this browser.
pub fn expire_sessions(application: &Application) -> impl Iterator<Item = HeaderValue> {
    let secure = application.origin.scheme() == Scheme::Https;
    application.leaving.session_cookies.iter().filter_map(move |one| {
        let mut cookie = Cookie::new(one.name().to_owned(), "");
        cookie.set_path(one.path().to_owned());
        cookie.set_http_only(true);
        cookie.set_secure(secure);
        cookie.set_max_age(cookie::time::Duration::ZERO);
        cookie.to_string().parse().ok()
    })
}

fn port(site: &Origin) -> u16 {
    site.authority().port().unwrap_or(80)
}

/// Whether a cookie of this name is one of ours, on any host; upstreams neither see nor set it.
pub fn is_ours(name: &str) -> bool {
    let lower = name.trim().to_ascii_lowercase();
    lower.starts_with("__host-vestibule") || lower.starts_with("vestibule-")
}

/// Whether a `Set-Cookie` would set one of ours; a browser sends a cookie without a name as its bare value, so that
/// counts as the name.
pub fn sets_ours(line: &[u8]) -> bool {
    let pair = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    piece_is_ours(pair.strip_prefix(b"=").unwrap_or(pair).trim_ascii_start())
}

/// The cookies of a request as one header without ours (RFC 9113 section 8.2.3 joins them); nothing when none is left.
pub fn without_ours(headers: &HeaderMap) -> Option<HeaderValue> {
    let all = headers.get_all(COOKIE);
    let pieces = all.iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    let kept = pieces
        .map(<[u8]>::trim_ascii)
        .filter(|piece| !piece.is_empty() && !piece_is_ours(piece));
    let joined = kept.collect::<Vec<&[u8]>>().join(b"; ".as_slice());
    if joined.is_empty() {
        None
    } else {
        HeaderValue::from_bytes(&joined).ok()
    }
}

fn piece_is_ours(piece: &[u8]) -> bool {
    let name = piece.split(|byte| *byte == b'=').next().unwrap_or_default();
    // Whoever mends bytes that are no text could make one of ours of it.
    is_ours(&String::from_utf8_lossy(name))
}

/// Name and value of every cookie; one with bytes beyond ASCII (applications set such) is nobody else's fault, and is
/// passed over by itself.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let pieces = headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    pieces.filter_map(|piece| {
        let (name, value) = split_once(piece)?;
        Some((
            std::str::from_utf8(name).ok()?,
            std::str::from_utf8(value).unwrap_or_default(),
        ))
    })
}

fn split_once(piece: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = piece.iter().position(|byte| *byte == b'=')?;
    let (name, value) = piece.split_at_checked(at)?;
    Some((name.trim_ascii(), value.get(1..)?.trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn with(lines: &[&str]) -> Result<HeaderMap, http::header::InvalidHeaderValue> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, line.parse()?);
        }
        Ok(headers)
    }

    #[test]
    fn a_cookie_is_read_back_and_two_of_a_name_are_none() -> Outcome {
        let (https, http) = (
            Origin::parse("https://a.example")?,
            Origin::parse("http://localhost:81")?,
        );
        let text = Token::from_bytes([7; 32]).to_text();
        for (site, name) in [(&https, "__Host-vestibule"), (&http, "vestibule-81")] {
            let one = format!("x=1; {name}={text}");
            assert!(Jar::Session.read(site, &with(&[&one])?).is_some(), "{name}");
            for lines in [vec![one.as_str(), one.as_str()], vec!["x=1"], vec![&one[..20]]] {
                assert!(Jar::Session.read(site, &with(&lines)?).is_none(), "{lines:?}");
            }
        }
        Ok(())
    }

    #[test]
    fn no_spelling_of_set_cookie_sets_ours() {
        for line in [
            "vestibule-81=x; Path=/",
            " __Host-vestibule =x",
            "__HOST-vestibule-login=",
            "=vestibule-81=x",
            "= vestibule-81=x",
        ] {
            assert!(sets_ours(line.as_bytes()), "{line}");
        }
        assert!(sets_ours(b"__Host-vestibule-\xadlogin=x"));
        for line in ["a=vestibule-81=x", "vestibules=1", "=x", ""] {
            assert!(!sets_ours(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_strangers_cookie_hides_neither_ours_nor_a_second_one() -> Outcome {
        let site = Origin::parse("http://localhost:81")?;
        let ours = format!("vestibule-81={}", Token::from_bytes([7; 32]).to_text());
        for stranger in [&b"name=Zo\xc3\xab"[..], b"name=Zo\xeb", b"\xff=1"] {
            let line = |pieces: &[&[u8]]| HeaderValue::from_bytes(&pieces.join(&b"; "[..]));
            let mut headers = HeaderMap::new();
            headers.append(COOKIE, line(&[ours.as_bytes(), stranger])?);
            assert!(Jar::Session.read(&site, &headers).is_some());
            headers.append(COOKIE, line(&[stranger, ours.as_bytes()])?);
            assert!(Jar::Session.read(&site, &headers).is_none(), "two of a name");
            assert!(without_ours(&headers).is_some_and(|kept| !kept.as_bytes().starts_with(b"vestibule")));
        }
        Ok(())
    }

    #[test]
    fn cookies_are_set_so_that_only_their_host_has_them() -> Outcome {
        let site = Origin::parse("https://a.example")?;
        let set = Jar::Session
            .set(&site, &Token::from_bytes([7; 32]))
            .ok_or("no header")?;
        let text = set.to_str()?;
        for part in [
            "__Host-vestibule=",
            "; HttpOnly",
            "; SameSite=Lax",
            "; Secure",
            "; Path=/",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("Domain") && !text.contains("Max-Age"));
        Ok(())
    }

    #[test]
    fn upstreams_get_every_cookie_but_ours_in_one_line() -> Outcome {
        let headers = with(&[
            "a=1; __Host-vestibule=x",
            "vestibule-81=y;b=2",
            "__HOST-VESTIBULE-login=z; vestibule-device-81=q",
        ])?;
        assert_eq!(without_ours(&headers), Some(HeaderValue::from_static("a=1; b=2")));
        assert_eq!(without_ours(&with(&["__Host-vestibule=x"])?), None);
        let mut odd = HeaderMap::new();
        odd.append(COOKIE, HeaderValue::from_bytes(b"a=1; __Host-vestibule-\xadlogin=x")?);
        assert_eq!(without_ours(&odd), Some(HeaderValue::from_static("a=1")));
        Ok(())
    }
}
