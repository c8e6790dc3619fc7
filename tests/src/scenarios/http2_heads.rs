//! What may be in a head of HTTP/2 and nowhere else, or the other way round, goes no further (RFC 9113 sections 8.2 and 8.3).

use std::net::Ipv4Addr;

use super::http2::world;
use crate::harness::certificates::Authority;
use crate::harness::http2::{END_HEADERS, END_STREAM, HEADERS, Http2, Outcome, block, frame};
use crate::harness::recorder::Recorder;

const HERE: Ipv4Addr = Ipv4Addr::new(127, 7, 4, 1);
/// The error of a stream that nobody should have opened (RFC 9113 section 7).
const MALFORMED: Outcome = Outcome::Reset(1);
/// The same of a connection, where not even the fields can be told apart.
const UNREADABLE: Outcome = Outcome::GoneAway(1);

type Fields = Vec<(&'static str, &'static str)>;

/// The four fields that a request needs, with `HOST` for the application's host.
fn whole() -> Fields {
    vec![
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", "HOST"),
        (":path", "/"),
    ]
}

fn with(more: &[(&'static str, &'static str)]) -> Fields {
    [&whole(), more].concat()
}

fn without(name: &str) -> Fields {
    whole().into_iter().filter(|(own, _)| *own != name).collect()
}

fn instead(name: &str, value: &'static str) -> Fields {
    let set = |(own, before): (&'static str, &'static str)| (own, if own == name { value } else { before });
    whole().into_iter().map(set).collect()
}

fn odd() -> Vec<(Fields, Outcome)> {
    use Outcome::Answered;
    vec![
        (with(&[("X-Upper", "y")]), UNREADABLE),
        (with(&[("connection", "close")]), MALFORMED),
        (with(&[("keep-alive", "5")]), MALFORMED),
        (with(&[("proxy-connection", "close")]), MALFORMED),
        (with(&[("transfer-encoding", "chunked")]), MALFORMED),
        (with(&[("upgrade", "websocket")]), MALFORMED),
        (with(&[("te", "gzip")]), MALFORMED),
        (with(&[("x", "a\r\nx-injected: b")]), UNREADABLE),
        (with(&[("x", "a\0b")]), UNREADABLE),
        (with(&[("x y", "a")]), UNREADABLE),
        (with(&[("x:y", "a")]), UNREADABLE),
        (with(&[("", "a")]), UNREADABLE),
        (without(":method"), MALFORMED),
        (without(":scheme"), MALFORMED),
        (without(":path"), MALFORMED),
        (without(":authority"), Answered(400)),
        (with(&[(":method", "GET")]), MALFORMED),
        (with(&[(":path", "/")]), MALFORMED),
        (with(&[(":authority", "HOST")]), MALFORMED),
        (with(&[(":status", "200")]), MALFORMED),
        (with(&[(":protocol", "websocket")]), MALFORMED),
        (with(&[(":unknown", "a")]), UNREADABLE),
        ([vec![("x", "a")], whole()].concat(), MALFORMED),
        (instead(":path", ""), MALFORMED),
        (instead(":path", "no-slash"), MALFORMED),
        (instead(":path", "*"), Answered(400)),
        (instead(":path", "/a b"), MALFORMED),
        (instead(":path", "/%00"), Answered(400)),
        (instead(":path", "http://HOST/"), MALFORMED),
        (instead(":method", "get"), Answered(405)),
        (instead(":method", "TRACE"), Answered(405)),
        (instead(":method", "CONNECT"), MALFORMED),
        (instead(":method", "G T"), UNREADABLE),
        (instead(":scheme", "ftp"), Answered(400)),
        (instead(":authority", ""), MALFORMED),
        (instead(":authority", "a@HOST"), Answered(400)),
        (instead(":authority", "elsewhere.example"), Answered(421)),
        (with(&[("host", "elsewhere.example")]), Answered(400)),
        (with(&[("host", "HOST"), ("host", "HOST")]), Answered(400)),
        (with(&[("content-length", "1")]), MALFORMED),
        (with(&[("content-length", "0"), ("content-length", "1")]), MALFORMED),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_heads_go_no_further() {
    let authority = Authority::new();
    let upstream = Recorder::start().await;
    let world = world(&authority, &upstream.url(), |plan| plan).await;
    let host = world.host();
    let ask = async |fields: &Fields| {
        let fields: Vec<(&str, String)> = fields
            .iter()
            .map(|(name, value)| (*name, value.replace("HOST", &host)))
            .collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut http2 = Http2::connect(HERE, world.port(), &authority).await;
        http2
            .send(frame(HEADERS, END_STREAM | END_HEADERS, 1, &block(&fields)))
            .await;
        http2.outcome(1).await
    };
    let mut wrong = Vec::new();
    for (fields, expected) in odd() {
        let outcome = ask(&fields).await;
        let seen = upstream.take();
        if outcome != expected || !seen.is_empty() {
            wrong.push(format!("{fields:?}: {outcome:?} for {expected:?}, upstream {seen:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // Below us a fragment is cut off; what was judged without it is forwarded without it.
    assert_eq!(ask(&instead(":path", "/a#/../b")).await, Outcome::Answered(200));
    let seen = upstream.take();
    assert!(seen.starts_with("GET /a HTTP/1.1\r\n") && !seen.contains('#'), "{seen}");

    // What is right arrives as one HTTP/1.1 request.
    let right = with(&[
        ("te", "trailers"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
        ("host", "HOST"),
    ]);
    assert_eq!(ask(&right).await, Outcome::Answered(200));
    let seen = upstream.take().to_lowercase();
    assert!(seen.starts_with("get / http/1.1\r\n"), "{seen}");
    assert!(seen.contains("cookie: a=1; b=2\r\n"), "{seen}");
    for (name, count) in [("\nhost:", 1), ("\ncookie:", 1), ("\nte:", 0), ("\nconnection:", 0)] {
        assert_eq!(seen.matches(name).count(), count, "{name} in {seen}");
    }
}
