//! An application's answer on its way to the browser: nothing that was meant for us alone, nothing that could pass for
//! ours, nothing that could delete it (Law 9), and what the operator wants added.

use crate::domain::appearance::{Appearance, Frames, Keeping, Software};
use crate::edge::cookie;
use crate::edge::door::Passage;
use crate::edge::reply::REQUEST_ID;
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, ETAG, EXPIRES, LAST_MODIFIED, SERVER,
    SET_COOKIE, STRICT_TRANSPORT_SECURITY, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue, StatusCode};
use pingora::Result;
use pingora::http::ResponseHeader;

/// What is between two ends of one connection (RFC 9110 section 7.6.1); framing is Pingora's.
const HOP_BY_HOP: [HeaderName; 8] = [
    CONNECTION,
    TE,
    TRAILER,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("proxy-authenticate"),
    HeaderName::from_static("proxy-authentication-info"),
];
/// Where servers name themselves.
const NAMES: [HeaderName; 4] = [
    SERVER,
    HeaderName::from_static("x-powered-by"),
    HeaderName::from_static("x-aspnet-version"),
    HeaderName::from_static("x-aspnetmvc-version"),
];
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
/// All that a site can have cleared but its cookies, ours among them (W3C Clear Site Data section 3.1).
const ALL_BUT_COOKIES: &str = "\"cache\", \"storage\", \"executionContexts\", \"clientHints\"";

/// Rewrites the head of an answer.
///
/// # Errors
/// When a line cannot be written; the answer must not go out then.
pub(super) fn prepare(answer: &mut ResponseHeader, passage: Option<&Passage>, request_id: &str) -> Result<()> {
    if answer.status != StatusCode::SWITCHING_PROTOCOLS {
        drop_hop_by_hop(answer);
    }
    if answer.headers.contains_key(SET_COOKIE) {
        drop_our_cookies(answer)?;
    }
    if answer.headers.contains_key(CLEAR_SITE_DATA) {
        keep_cookies(answer)?;
    }
    if let Some(passage) = passage {
        let application = passage.permit.application();
        let keeping = match application.appearance.keeping {
            Keeping::NothingBehindTwoFactors if passage.permit.is_behind_two_factors() => {
                Keeping::NothingBehindTwoFactors
            }
            Keeping::NothingBehindTwoFactors | Keeping::AsSent => Keeping::AsSent,
        };
        add(
            answer,
            Appearance {
                keeping,
                ..application.appearance
            },
        )?;
        for line in &passage.farewell {
            answer.append_header(SET_COOKIE, line)?;
        }
    }
    answer.insert_header(REQUEST_ID, request_id)
}

/// The answer to a form that the browser takes for a page load: its cache must not hold it under the page's address.
///
/// # Errors
/// When a line cannot be written; the answer must not go out then.
pub(super) fn keep_nowhere(answer: &mut ResponseHeader) -> Result<()> {
    for name in [EXPIRES, ETAG, LAST_MODIFIED] {
        answer.remove_header(&name);
    }
    answer.insert_header(CACHE_CONTROL, "no-store")
}

fn drop_hop_by_hop(answer: &mut ResponseHeader) {
    let lines = answer.headers.get_all(CONNECTION).iter();
    let named: Vec<HeaderName> = lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .filter(|name| *name != CONTENT_LENGTH && *name != TRANSFER_ENCODING)
        .collect();
    for name in HOP_BY_HOP.iter().chain(&named) {
        answer.remove_header(name);
    }
}

/// Upstreams cannot set our cookies.
fn drop_our_cookies(answer: &mut ResponseHeader) -> Result<()> {
    let all = answer.headers.get_all(SET_COOKIE).iter();
    let kept: Vec<HeaderValue> = all
        .filter(|value| !cookie::sets_ours(value.as_bytes()))
        .cloned()
        .collect();
    answer.remove_header(&SET_COOKIE);
    for value in kept {
        answer.append_header(SET_COOKIE, value)?;
    }
    Ok(())
}

/// Nor delete them, for this host and all others of its domain: whatever else a site wants cleared is cleared.
fn keep_cookies(answer: &mut ResponseHeader) -> Result<()> {
    let lines = answer.headers.get_all(CLEAR_SITE_DATA).iter();
    let wanted: Vec<String> = lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .filter_map(|kind| std::str::from_utf8(kind.trim_ascii()).ok())
        .filter(|kind| !kind.trim_matches('"').eq_ignore_ascii_case("cookies"))
        .map(|kind| match kind.trim_matches('"') {
            "*" => ALL_BUT_COOKIES.to_owned(),
            _ => kind.to_owned(),
        })
        .collect();
    answer.remove_header(&CLEAR_SITE_DATA);
    if wanted.is_empty() {
        Ok(())
    } else {
        answer.insert_header(CLEAR_SITE_DATA, wanted.join(", "))
    }
}

/// What the operator wants said, in place of what the application says of the same.
fn add(answer: &mut ResponseHeader, appearance: Appearance) -> Result<()> {
    if appearance.software == Software::Unnamed {
        for name in &NAMES {
            answer.remove_header(name);
        }
    }
    if let Some(span) = appearance.tls_only {
        answer.insert_header(STRICT_TRANSPORT_SECURITY, format!("max-age={}", span.as_secs()))?;
    }
    let frames = match appearance.frames {
        Frames::AsSent => None,
        Frames::SameOrigin => Some(("SAMEORIGIN", "frame-ancestors 'self'")),
        Frames::Denied => Some(("DENY", "frame-ancestors 'none'")),
    };
    if let Some((old, new)) = frames {
        answer.insert_header(X_FRAME_OPTIONS, old)?;
        // Beside the application's own policy: of two, both hold.
        answer.append_header(CONTENT_SECURITY_POLICY, new)?;
    }
    if appearance.keeping == Keeping::NothingBehindTwoFactors {
        answer.insert_header(CACHE_CONTROL, "no-store")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    type Outcome = std::result::Result<(), Box<dyn std::error::Error>>;

    fn answer(lines: &[(&'static str, &'static str)]) -> Result<ResponseHeader> {
        let mut answer = ResponseHeader::build(200, None)?;
        for (name, value) in lines {
            answer.append_header(*name, *value)?;
        }
        Ok(answer)
    }

    fn values(answer: &ResponseHeader, name: &str) -> Vec<String> {
        let all = answer.headers.get_all(name).iter();
        all.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }

    #[test]
    fn what_was_meant_for_us_alone_stays_with_us() -> Outcome {
        let mut answer = answer(&[
            ("connection", "X-Hop, close"),
            ("connection", "Content-Length"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("proxy-authenticate", "Basic"),
            ("upgrade", "h2c"),
            ("content-length", "4"),
            ("x-own", "2"),
        ])?;
        prepare(&mut answer, None, "id")?;
        let mut left: Vec<&str> = answer.headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["content-length", "x-own", "x-request-id"]);
        Ok(())
    }

    #[test]
    fn a_site_clears_all_it_has_but_cookies() -> Outcome {
        for (sent, left) in [
            ("\"cookies\"", vec![]),
            ("\"Cookies\" , \"cache\"", vec!["\"cache\""]),
            ("\"*\"", vec![ALL_BUT_COOKIES]),
            ("\"storage\"", vec!["\"storage\""]),
        ] {
            let mut answer = answer(&[("clear-site-data", sent)])?;
            prepare(&mut answer, None, "id")?;
            assert_eq!(values(&answer, "clear-site-data"), left, "{sent}");
        }
        Ok(())
    }

    #[test]
    fn the_operator_has_the_last_word() -> Outcome {
        let mut answer = answer(&[
            ("server", "IIS"),
            ("x-powered-by", "PHP"),
            ("x-frame-options", "ALLOWALL"),
            ("content-security-policy", "default-src 'self'"),
            ("cache-control", "public"),
        ])?;
        let all = Appearance {
            software: Software::Unnamed,
            tls_only: Some(Duration::from_secs(60)),
            frames: Frames::Denied,
            keeping: Keeping::NothingBehindTwoFactors,
        };
        add(&mut answer, all)?;
        assert!(values(&answer, "server").is_empty() && values(&answer, "x-powered-by").is_empty());
        assert_eq!(values(&answer, "strict-transport-security"), ["max-age=60"]);
        assert_eq!(values(&answer, "x-frame-options"), ["DENY"]);
        assert_eq!(values(&answer, "content-security-policy").len(), 2);
        assert_eq!(values(&answer, "cache-control"), ["no-store"]);
        Ok(())
    }
}
