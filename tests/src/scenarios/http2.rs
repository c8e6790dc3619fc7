//! Whoever abuses a connection of HTTP/2 loses it, costs little, and hinders nobody (CVE-2019-9512, -9514, -9515, -9518,
//! CVE-2023-44487, CVE-2024-27316, CVE-2025-8671).

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::tls::OPEN;
use crate::harness::certificates::Authority;
use crate::harness::http2::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, Http2, Outcome, PING, PRIORITY, RESET, SETTINGS,
    WINDOW_UPDATE, block, frame, get, post,
};
use crate::harness::recorder::Recorder;
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Upstream};
use crate::harness::world::World;

/// Beyond what a window may grow to, so that the stream is reset by the other side (RFC 9113 section 6.9.1).
pub(super) const MORE_THAN_CAN_BE: [u8; 4] = [0x7f, 0xff, 0xff, 0xff];
const MEGABYTE: u64 = 1024 * 1024;
const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(127, 7, 0, 1);

/// A world in TLS whose application is open to everybody.
pub(super) async fn world(authority: &Authority, upstream: &str, plan: impl FnOnce(Plan) -> Plan) -> World {
    let certificate = authority.certify_all(&["app.localhost", "login.localhost"]);
    World::serve(plan(Plan::new().https(&certificate).upstream(upstream).rules(OPEN))).await
}

/// A request on a connection of its own.
async fn ask(world: &World, authority: &Authority) -> Outcome {
    let mut neighbour = Http2::connect(NEIGHBOUR, world.port(), authority).await;
    neighbour.send(get(1, &world.host(), "/neighbour", &[])).await;
    neighbour.outcome(1).await
}

type Flood = (&'static str, u32, fn(u32, &str) -> Vec<u8>);

/// What is sent again and again, and how often at most until the connection is over.
const FLOODS: [Flood; 10] = [
    ("pings", 3000, |_, _| frame(PING, 0, 0, &[0; 8])),
    ("settings", 3000, |_, _| frame(SETTINGS, 0, 0, &[])),
    ("priorities", 3000, |_, _| frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 16])),
    ("little room", 3000, |_, _| frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
    ("frames of no kind", 3000, |_, _| frame(0x42, 0, 0, &[])),
    ("nothing of a body", 3000, |number, host| match number {
        0 => post(1, host, &[]),
        _ => frame(DATA, 0, 1, &[]),
    }),
    ("heads that go on", 3000, |number, host| match number {
        0 => frame(HEADERS, END_STREAM, 1, &block(&[(":authority", host)])),
        _ => frame(CONTINUATION, 0, 1, &block(&[("x", "y")])),
    }),
    ("heads that go on with nothing", 3000, |number, host| match number {
        0 => frame(HEADERS, END_STREAM, 1, &block(&[(":authority", host)])),
        _ => frame(CONTINUATION, 0, 1, &[]),
    }),
    ("streams given up", 1000, |number, host| {
        let stream = number * 2 + 1;
        [get(stream, host, "/", &[]), frame(RESET, 0, stream, &[0, 0, 0, 8])].concat()
    }),
    ("streams to be given up", 1000, |number, host| {
        let stream = number * 2 + 1;
        [
            get(stream, host, "/", &[]),
            frame(WINDOW_UPDATE, 0, stream, &MORE_THAN_CAN_BE),
        ]
        .concat()
    }),
];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_floods_a_connection_loses_it() {
    let authority = Authority::new();
    let upstream = Recorder::start().await;
    let world = world(&authority, &upstream.url(), |plan| plan).await;
    assert_eq!(ask(&world, &authority).await, Outcome::Answered(200));
    let before = world.server.program.memory();
    for (at, (what, most, more)) in FLOODS.into_iter().enumerate() {
        let from = Ipv4Addr::new(127, 7, 1, u8::try_from(at).expect("few"));
        let attacker = Http2::connect(from, world.port(), &authority).await;
        let host = world.host();
        // A little may still be under way when the connection ends.
        let sent = attacker.flood(most * 20, |number| more(number, &host)).await;
        eprintln!("{what}: over after {sent:?}");
        assert!(sent.is_some(), "{what} have no end");
        assert_eq!(ask(&world, &authority).await, Outcome::Answered(200), "{what}");
    }
    let grown = world.server.program.peak_memory().saturating_sub(before);
    assert!(grown < 64 * MEGABYTE, "grew by {} MB", grown / MEGABYTE);
}

/// An entry of the table is one field of 4,000 bytes, and each byte after it another 4,000 (an "HPACK bomb").
#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_small_on_the_wire_is_still_too_large() {
    let authority = Authority::new();
    let upstream = Recorder::start().await;
    let world = world(&authority, &upstream.url(), |plan| plan).await;
    assert_eq!(ask(&world, &authority).await, Outcome::Answered(200));
    upstream.take();
    let before = world.server.program.memory();
    let host = world.host();
    let own = [
        (":method", "GET"),
        (":scheme", "https"),
        (":authority", host.as_str()),
        (":path", "/"),
    ];
    let mut field = block(&[("x", &"y".repeat(4000))]);
    field[0] = 0x40; // to be remembered
    for times in [20, 1_000, 15_000] {
        let mut attackers = Vec::new();
        for number in 0..20 {
            let mut attacker = Http2::connect(Ipv4Addr::new(127, 7, 2, number), world.port(), &authority).await;
            let bomb = [block(&own), field.clone(), vec![0xbe; times]].concat();
            attacker.send(frame(HEADERS, END_STREAM | END_HEADERS, 1, &bomb)).await;
            attackers.push(attacker);
        }
        for attacker in &mut attackers {
            let outcome = attacker.outcome(1).await;
            let refused = matches!(outcome, Outcome::Answered(431) | Outcome::GoneAway(_) | Outcome::Closed);
            assert!(refused, "{times}: {outcome:?}");
        }
    }
    assert_eq!(upstream.take(), "");
    let grown = world.server.program.peak_memory().saturating_sub(before);
    assert!(grown < 64 * MEGABYTE, "grew by {} MB", grown / MEGABYTE);
    assert_eq!(ask(&world, &authority).await, Outcome::Answered(200));
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_bodies_must_keep_coming() {
    let authority = Authority::new();
    let upstream = Upstream::start().await;
    let quick = "[limits]\nheader_timeout = \"500ms\"\n";
    let world = world(&authority, &upstream.url(), |plan| plan.more(quick)).await;
    let host = world.host();
    let half = frame(HEADERS, END_STREAM, 1, &block(&[(":authority", &host)]));
    let whole = get(1, &host, "/", &[]);
    for (what, at_first, dribble) in [
        ("nothing after the preface's first bytes", Vec::new(), Vec::new()),
        ("half a head", half.clone(), Vec::new()),
        ("half a frame", whole[..12].to_vec(), Vec::new()),
        ("half a frame's head", whole[..4].to_vec(), Vec::new()),
        ("a head that dribbles", whole[..9].to_vec(), whole[9..].to_vec()),
    ] {
        let mut slow = Http2::connect(NEIGHBOUR, world.port(), &authority).await;
        if at_first.is_empty() {
            // A connection at rest has more time.
            assert!(timeout(Duration::from_secs(1), slow.closed()).await.is_err(), "{what}");
            continue;
        }
        slow.send(at_first).await;
        let closed = async {
            for byte in dribble {
                slow.send([byte]).await;
                sleep(Duration::from_millis(50)).await;
            }
            slow.closed().await;
        };
        timeout(Duration::from_secs(10), closed).await.expect(what);
    }
    assert!(upstream.requests().is_empty());

    // Of two bodies one comes as it should, and the other not at all.
    let mut slow = Http2::connect(NEIGHBOUR, world.port(), &authority).await;
    slow.send(post(1, &host, &[("content-length", "100000")])).await;
    slow.send(post(3, &host, &[("content-length", "100000")])).await;
    let mut pieces = 0;
    while timeout(Duration::from_millis(500), slow.closed()).await.is_err() {
        slow.send(frame(DATA, 0, 3, &[0; 1024])).await;
        pieces += 1;
        assert!(pieces < 60, "nobody minds");
    }
    assert!(pieces >= 8, "closed after {pieces} pieces");
    assert_eq!(ask(&world, &authority).await, Outcome::Answered(200));
}

/// A client that asks for a gigabyte and takes nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_does_not_take_is_not_kept() {
    let authority = Authority::new();
    let upstream = Upstream::answering(|request| match request.head.target() {
        "/neighbour" => Reply::text("here"),
        _ => Reply::Pattern(10 * MEGABYTE),
    })
    .await;
    let world = world(&authority, &upstream.url(), |plan| plan).await;
    assert_eq!(ask(&world, &authority).await, Outcome::Answered(200));
    let before = world.server.program.memory();
    let mut held = Vec::new();
    for number in 0..4 {
        let from = Ipv4Addr::new(127, 7, 3, number);
        let mut slow = Http2::connect(from, world.port(), &authority).await;
        slow.send(frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0])).await; // no room for any body
        let all: Vec<u8> = (0..20)
            .flat_map(|number| get(number * 2 + 1, &world.host(), "/", &[]))
            .collect();
        slow.send(all).await;
        assert_eq!(slow.outcome(39).await, Outcome::Answered(200));
        held.push(slow);
    }
    assert_eq!(ask(&world, &authority).await, Outcome::Answered(200));
    let grown = world.server.program.peak_memory().saturating_sub(before);
    eprintln!("grew by {} MB", grown / MEGABYTE);
    assert!(grown < 64 * MEGABYTE, "grew by {} MB", grown / MEGABYTE);
}
