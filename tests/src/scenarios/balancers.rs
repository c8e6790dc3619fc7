//! Who is in front of us may say who is in front of them, and nobody else may.

use std::net::Ipv4Addr;

use crate::harness::recorder::Recorder;
use crate::harness::settings::Plan;
use crate::harness::wire::Wire;
use crate::harness::world::World;

const OPEN: &str = "[[application.rule]]\npath = \"/\"\nrequire = \"nothing\"\n";
const BALANCER: Ipv4Addr = Ipv4Addr::new(127, 0, 5, 1);
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 6, 1);

/// What the upstream is told of the sender of a request with these fields, after this preface.
async fn told(world: &World, upstream: &Recorder, from: Ipv4Addr, (preface, fields): (&[u8], &str)) -> Option<String> {
    let mut wire = Wire::connect_from(from, world.port()).await;
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n{fields}\r\n", world.host());
    let _ = wire.send([preface, request.as_bytes()].concat()).await;
    let head = wire.head().await.filter(|head| head.status() == 200);
    let seen = upstream.take().to_lowercase();
    let line = seen.lines().find_map(|line| line.strip_prefix("x-forwarded-for: "));
    assert_eq!(head.is_some(), line.is_some(), "{seen}");
    for name in [
        "x-forwarded-for:",
        "x-forwarded-host:",
        "x-forwarded-proto:",
        "\nforwarded:",
    ] {
        assert!(seen.is_empty() || seen.matches(name).count() == 1, "{name} in {seen}");
    }
    for lie in ["6.6.6.6", "evil.example", "gopher"] {
        assert!(!seen.contains(lie), "{lie} in {seen}");
    }
    line.map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_trusted_proxies_say_where_a_request_came_from() {
    let upstream = Recorder::start().await;
    let listen = "trusted_proxies = [\"127.0.5.0/24\", \"10.0.0.0/8\"]";
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(OPEN).listen(listen)).await;
    for (from, fields, expected) in [
        (STRANGER, "", Some("127.0.6.1")),
        (
            STRANGER,
            "X-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6;host=evil.example\r\nX_Forwarded_For: 6.6.6.6\r\n",
            Some("127.0.6.1"),
        ),
        (
            STRANGER,
            "X-Real-IP: 6.6.6.6\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: gopher\r\n",
            Some("127.0.6.1"),
        ),
        (BALANCER, "", Some("127.0.5.1")),
        (BALANCER, "X-Forwarded-For: 6.6.6.6, 192.0.2.7\r\n", Some("192.0.2.7")),
        (
            BALANCER,
            "X-Forwarded-For: 6.6.6.6, 192.0.2.7, 10.1.1.1\r\n",
            Some("192.0.2.7"),
        ),
        (
            BALANCER,
            "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-For: 10.1.1.1\r\n",
            Some("192.0.2.7"),
        ),
        (
            BALANCER,
            "X-Forwarded-For: 6.6.6.6, [2001:db8::7]:4000\r\n",
            Some("2001:db8::7"),
        ),
        (
            BALANCER,
            "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: gopher\r\n",
            Some("192.0.2.7"),
        ),
        (
            BALANCER,
            "X-Forwarded-For: 192.0.2.7\r\nX.Forwarded.For: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\n",
            Some("192.0.2.7"),
        ),
        (BALANCER, "X-Forwarded-For: 6.6.6.6, unknown\r\n", None),
        (BALANCER, "Forwarded: for=6.6.6.6\r\n", None),
    ] {
        assert_eq!(
            told(&world, &upstream, from, (b"", fields)).await.as_deref(),
            expected,
            "{from} {fields:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_say_it_in_the_header_that_the_operator_names() {
    let upstream = Recorder::start().await;
    let listen = "trusted_proxies = [\"127.0.5.0/24\", \"10.0.0.0/8\"]\nsender_header = \"forwarded\"";
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(OPEN).listen(listen)).await;
    for (from, fields, expected) in [
        (
            STRANGER,
            "Forwarded: for=6.6.6.6\r\nX-Forwarded-For: 6.6.6.6\r\n",
            Some("127.0.6.1"),
        ),
        (BALANCER, "", Some("127.0.5.1")),
        (
            BALANCER,
            "Forwarded: for=6.6.6.6, for=192.0.2.7;proto=gopher\r\n",
            Some("192.0.2.7"),
        ),
        (
            BALANCER,
            "Forwarded: for=6.6.6.6\r\nForwarded: for=\"[2001:db8::7]:4000\", for=10.1.1.1;host=evil.example\r\n",
            Some("2001:db8::7"),
        ),
        (
            BALANCER,
            "X-Forwarded-For: 6.6.6.6\r\nForwarded: for=192.0.2.7\r\n",
            Some("192.0.2.7"),
        ),
        (BALANCER, "X-Forwarded-For: 6.6.6.6\r\n", None),
        (BALANCER, "Forwarded: for=6.6.6.6, for=unknown\r\n", None),
        (BALANCER, "Forwarded: for=6.6.6.6, for=\"\r\n", None),
    ] {
        assert_eq!(
            told(&world, &upstream, from, (b"", fields)).await.as_deref(),
            expected,
            "{from} {fields:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_balancer_says_it_before_everything_else() {
    let upstream = Recorder::start().await;
    let listen = "trusted_proxies = [\"127.0.5.0/24\"]\nproxy_protocol = \"required\"";
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(OPEN).listen(listen)).await;
    let second = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x08\x7f\x00\x00\x01\x0f\xa0\x01\xbb";
    let lie = "X-Forwarded-For: 6.6.6.6\r\n";
    for (from, preface, expected) in [
        (
            BALANCER,
            b"PROXY TCP4 192.0.2.7 127.0.0.1 4000 443\r\n".as_slice(),
            Some("192.0.2.7"),
        ),
        (BALANCER, second, Some("192.0.2.8")),
        (BALANCER, b"", None),
        (BALANCER, b"PROXY TCP4 192.0.2.7\r\n", None),
        (STRANGER, b"PROXY TCP4 192.0.2.7 127.0.0.1 4000 443\r\n", None),
        (STRANGER, b"", None),
    ] {
        let what = preface.escape_ascii();
        assert_eq!(
            told(&world, &upstream, from, (preface, lie)).await.as_deref(),
            expected,
            "{from} {what}"
        );
    }
}
