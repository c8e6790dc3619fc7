//! Hygiene: what no upstream should ever have to read is answered here, and the connection closed.
//!
//! Pingora refuses about half of it by itself; this is the rest of what RFC 9112 asks for. Pure: a request head
//! in, a refusal out.

use crate::domain::identity::fold;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Version};

/// The most header fields, and the most bytes of them, that a request may have.
pub(super) const MOST_FIELDS: usize = 100;
pub(super) const MOST_BYTES: usize = 32 * 1024;
/// The longest line among them.
pub(super) const LONGEST_LINE: usize = 8 * 1024;

/// Header names that a client must not have stripped on the way by naming them in `Connection` (RFC 9110 section 7.6.1),
/// and families of them.
const NOT_HOP_BY_HOP: [&str; 8] = [
    "host",
    "cookie",
    "authorization",
    "content-length",
    "content-type",
    "transfer-encoding",
    "x-real-ip",
    "forwarded",
];

const NOT_HOP_BY_HOP_FAMILIES: [&str; 3] = ["vestibule-", "remote-", "x-forwarded-"];

/// Looks at a request head as it came off the wire, where it still shows what a lenient parser has mended: line ends
/// other than CR LF, a fragment in the target, a length beside chunks, folded lines (RFC 9112 sections 2.2, 3.2, 5.2, 6.1).
///
/// # Errors
/// [`Screened::Malformed`].
pub(super) fn raw(head: &[u8]) -> Result<(), Screened> {
    let head = head.strip_suffix(b"\r\n\r\n").unwrap_or(head);
    let mut lines = head.split(|byte| *byte == b'\n');
    let request = lines.next().unwrap_or_default();
    let mut framings = 0;
    let mut sound = is_whole(request, lines.clone().next().is_some()) && !request.contains(&b'#');
    let mut rest = lines.peekable();
    while let Some(line) = rest.next() {
        sound &= is_whole(line, rest.peek().is_some());
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        framings += usize::from(
            name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"transfer-encoding"),
        );
    }
    if sound && framings <= 1 {
        Ok(())
    } else {
        Err(Screened::Malformed)
    }
}

/// A line that ends in CR LF (unless it is the last, whose end was cut off), is not folded, and hides no other line end.
fn is_whole(line: &[u8], goes_on: bool) -> bool {
    let bare = if goes_on { line.strip_suffix(b"\r") } else { Some(line) };
    bare.is_some_and(|bare| {
        !bare.is_empty()
            && !bare.starts_with(b" ")
            && !bare.starts_with(b"\t")
            && !bare.contains(&b'\r')
            && !bare.contains(&0)
    })
}

/// Why a request goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Screened {
    /// It is ambiguous or malformed.
    Malformed,
    /// Its header is too large.
    HeaderTooLarge,
    /// Its method is not for proxies.
    Method,
}

impl Screened {
    /// The status it is answered with.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::HeaderTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }
}

/// Looks at a request head before anything of it is believed.
///
/// # Errors
/// Why it goes no further.
pub(super) fn screen(head: &Parts, target: &[u8]) -> Result<(), Screened> {
    size(&head.headers, target)?;
    method(&head.method)?;
    let sound = is_target(head, target)
        && is_web(head)
        && has_one_host(&head.headers)
        && is_framed_once(head)
        && is_hop_safe(&head.headers)
        && is_known_upgrade(&head.headers);
    if sound { Ok(()) } else { Err(Screened::Malformed) }
}

fn size(headers: &HeaderMap, target: &[u8]) -> Result<(), Screened> {
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| name.as_str().len() + value.len() + 4;
    let bytes: usize = target.len() + headers.iter().map(line).sum::<usize>();
    let longest = headers.iter().map(line).max().unwrap_or_default().max(target.len());
    let fits = headers.len() <= MOST_FIELDS && bytes <= MOST_BYTES && longest <= LONGEST_LINE;
    if fits { Ok(()) } else { Err(Screened::HeaderTooLarge) }
}

fn method(method: &Method) -> Result<(), Screened> {
    let token = method
        .as_str()
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte == b'-' || byte == b'_');
    if !token || matches!(*method, Method::TRACE | Method::CONNECT) {
        Err(Screened::Method)
    } else {
        Ok(())
    }
}

/// Origin form, or absolute form that names the host it was sent to (RFC 9112 section 3.2); the latter is rewritten.
fn is_target(head: &Parts, target: &[u8]) -> bool {
    let plain = !target.contains(&b'#') && target.iter().all(|byte| *byte > b' ' && *byte != 0x7f);
    plain && (target.starts_with(b"/") || is_absolute_form(&head.headers, target))
}

/// HTTP/2 says the scheme beside the target (RFC 9113 section 8.3.1), and we are a gateway to no other.
fn is_web(head: &Parts) -> bool {
    head.uri
        .scheme_str()
        .is_none_or(|scheme| matches!(scheme, "http" | "https"))
}

fn is_absolute_form(headers: &HeaderMap, target: &[u8]) -> bool {
    let after_scheme = |scheme: &[u8]| {
        let (start, rest) = target.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    let Some(rest) = after_scheme(b"http://").or_else(|| after_scheme(b"https://")) else {
        return false;
    };
    let authority = rest
        .split(|byte| matches!(byte, b'/' | b'?'))
        .next()
        .unwrap_or_default();
    headers
        .get(HOST)
        .is_some_and(|host| host.as_bytes().eq_ignore_ascii_case(authority))
}

fn has_one_host(headers: &HeaderMap) -> bool {
    headers.get_all(HOST).iter().count() == 1
}

/// One length or chunked, never both, never anything unusual (RFC 9112 section 6).
fn is_framed_once(head: &Parts) -> bool {
    let headers = &head.headers;
    let lengths: Vec<&[u8]> = headers
        .get_all(CONTENT_LENGTH)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    let codings: Vec<&[u8]> = headers
        .get_all(TRANSFER_ENCODING)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    let number = |length: &&[u8]| !length.is_empty() && length.iter().all(u8::is_ascii_digit);
    let chunked = |coding: &&[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let old = head.version < Version::HTTP_11;
    match (lengths.as_slice(), codings.as_slice()) {
        ([], []) => true,
        ([length], []) => number(length),
        ([], [coding]) => chunked(coding) && !old,
        _ => false,
    }
}

/// Names nothing that must arrive, and nothing but names: in a line that is no text there could be any.
fn is_hop_safe(headers: &HeaderMap) -> bool {
    let is_safe = |name: &str| {
        let name = fold(name.trim());
        let ours = NOT_HOP_BY_HOP_FAMILIES.iter().any(|family| name.starts_with(family));
        !ours && !NOT_HOP_BY_HOP.contains(&name.as_str())
    };
    let mut lines = headers.get_all(CONNECTION).iter().map(HeaderValue::to_str);
    lines.all(|line| line.is_ok_and(|line| line.split(',').all(is_safe)))
}

/// The only upgrade there is is WebSocket.
fn is_known_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get_all(UPGRADE)
        .iter()
        .all(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screened(method: &str, target: &str, headers: &[(&str, &str)]) -> Result<Option<Screened>, http::Error> {
        let mut request = http::Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(())?.into_parts();
        Ok(screen(&head, target.as_bytes()).err())
    }

    #[test]
    fn ordinary_requests_pass() -> Result<(), http::Error> {
        for (method, target, headers) in [
            ("GET", "/a?b=c", vec![("host", "a")]),
            ("POST", "/", vec![("host", "a"), ("content-length", "5")]),
            ("POST", "/", vec![("host", "a"), ("transfer-encoding", "Chunked")]),
            (
                "GET",
                "/",
                vec![
                    ("host", "a"),
                    ("connection", "keep-alive, Upgrade"),
                    ("upgrade", "websocket"),
                ],
            ),
            ("GET", "http://a/x", vec![("host", "a")]),
        ] {
            assert_eq!(
                screened(method, target, &headers)?,
                None,
                "{method} {target} {headers:?}"
            );
        }
        Ok(())
    }

    #[test]
    fn what_a_lenient_parser_would_mend_is_refused() {
        assert_eq!(raw(b"GET /a?b HTTP/1.1\r\nHost: a\r\nX: \xc3\xa9 \xff\r\n\r\n"), Ok(()));
        for head in [
            b"GET / HTTP/1.1\nHost: a\n\n".as_slice(),
            b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
            b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n",
        ] {
            assert_eq!(raw(head), Err(Screened::Malformed), "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn odd_requests_do_not() -> Result<(), http::Error> {
        use Screened::{HeaderTooLarge, Malformed, Method};
        let long = "x".repeat(9000);
        for (method, target, headers, expected) in [
            ("GET", "/", vec![], Malformed),
            ("GET", "/", vec![("host", "a"), ("host", "a")], Malformed),
            (
                "POST",
                "/",
                vec![("host", "a"), ("content-length", "5"), ("content-length", "5")],
                Malformed,
            ),
            ("POST", "/", vec![("host", "a"), ("content-length", "1, 1")], Malformed),
            ("POST", "/", vec![("host", "a"), ("content-length", "+1")], Malformed),
            (
                "POST",
                "/",
                vec![("host", "a"), ("content-length", "1"), ("transfer-encoding", "chunked")],
                Malformed,
            ),
            (
                "POST",
                "/",
                vec![("host", "a"), ("transfer-encoding", "gzip, chunked")],
                Malformed,
            ),
            ("GET", "/", vec![("host", "a"), ("connection", "Cookie")], Malformed),
            (
                "GET",
                "/",
                vec![("host", "a"), ("connection", "close, é, Cookie")],
                Malformed,
            ),
            (
                "GET",
                "/",
                vec![("host", "a"), ("connection", "close, Vestibule-Assertion")],
                Malformed,
            ),
            ("GET", "/", vec![("host", "a"), ("upgrade", "h2c")], Malformed),
            ("OPTIONS", "*", vec![("host", "a")], Malformed),
            ("TRACE", "/", vec![("host", "a")], Method),
            ("get", "/", vec![("host", "a")], Method),
            ("GET", "/", vec![("host", "a"), ("x", long.as_str())], HeaderTooLarge),
        ] {
            assert_eq!(
                screened(method, target, &headers)?,
                Some(expected),
                "{method} {target} {headers:?}"
            );
        }
        let many: Vec<(&str, &str)> = std::iter::once(("host", "a"))
            .chain(std::iter::repeat_n(("x", "y"), 100))
            .collect();
        assert_eq!(screened("GET", "/", &many)?, Some(HeaderTooLarge));
        Ok(())
    }
}
