//! Every odd request is answered with its own status, the connection is closed, and no byte of it reaches the upstream.

use crate::harness::recorder::Recorder;
use crate::harness::settings::Plan;
use crate::harness::wire::Wire;
use crate::harness::world::World;

const OPEN: &str = "[[application.rule]]\npath = \"/\"\nrequire = \"nothing\"\n";

/// An application without a login, and what it was sent.
async fn open_world() -> (World, Recorder) {
    let upstream = Recorder::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(OPEN)).await;
    (world, upstream)
}

/// Sends each request, in which `HOST` is the application's, on a connection of its own.
async fn refused(table: &[(u16, &str)]) {
    let (world, upstream) = open_world().await;
    for (status, request) in table {
        let request = request.replace("HOST", &world.host());
        let shown: String = request.chars().take(100).collect();
        let mut wire = Wire::connect(world.port()).await;
        // The gateway may close before it has read everything.
        let _ = wire.send(&request).await;
        let head = wire.head().await.unwrap_or_else(|| panic!("no answer to {shown:?}"));
        assert_eq!(head.status(), *status, "{shown:?}");
        wire.body(&head).await;
        assert!(wire.head().await.is_none(), "still open after {shown:?}");
        assert_eq!(upstream.take(), "", "{shown:?} reached the upstream");
    }
    let mut wire = Wire::connect(world.port()).await;
    let request = format!("GET /well HTTP/1.1\r\nHost: {}\r\n\r\n", world.host());
    wire.send(request).await.expect("an open connection");
    assert_eq!(wire.head().await.expect("an answer").status(), 200);
    assert!(upstream.take().starts_with("GET /well HTTP/1.1\r\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn framing_that_two_readers_could_read_differently() {
    refused(&[
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2, 2\r\n\r\nab"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: +2\r\n\r\nab"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: -1\r\n\r\n"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0x2\r\n\r\nab"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length:\r\n\r\n"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: identity\r\n\r\n"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
        (400, "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, "POST / HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\nab"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, "HEAD / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\nab"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_and_fields_that_are_not_as_they_should_be() {
    refused(&[
        (400, "GET / HTTP/1.1\nHost: HOST\n\n"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\nX: 1\r\n\r\n"),
        (400, "\r\nGET / HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nX: a\rb\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nX: a\0b\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nX: a\x01b\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nX: a\r\n folded\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nX : a\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\n: a\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nX\x01: a\r\n\r\n"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn request_lines_and_hosts_that_name_something_else() {
    refused(&[
        (400, "GET / HTTP/1.1\r\n\r\n"),
        (400, "GET / HTTP/1.0\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n"),
        (421, "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n"),
        (421, "GET / HTTP/1.1\r\nHost: \u{e9}\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: user@HOST\r\n\r\n"),
        (400, "GET http://other.example/ HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        (400, "GET ftp://HOST/ HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        (400, "GET admin HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        (400, "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        (400, "GET * HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        (400, "GET /admin#/public HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        (400, "GET /a%00b HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        (405, "get / HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        (405, "TRACE / HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        (405, "CONNECT HOST HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        (405, "BREW / HTTP/1.1\r\nHost: HOST\r\n\r\n"),
        (400, "GET / HTTP/1.2\r\nHost: HOST\r\n\r\n"),
        (400, "GET / HTTP/9.9\r\nHost: HOST\r\n\r\n"),
        (400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ])
    .await;
    let (world, upstream) = open_world().await;
    for host in ["", "a/b?c", "a b"] {
        let line = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let mut wire = Wire::connect(world.port()).await;
        wire.send(&line).await.expect("an open connection");
        let status = wire.head().await.expect("an answer").status();
        assert!([400, 421].contains(&status), "{status} for {line:?}");
        assert_eq!(upstream.take(), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_stripped_or_switched_on_the_way() {
    refused(&[
        (
            400,
            "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: Cookie\r\nCookie: a=b\r\n\r\n",
        ),
        (
            400,
            "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: close, authorization\r\n\r\n",
        ),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: X-Real-IP\r\n\r\n"),
        (
            400,
            "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: X-Forwarded-User\r\n\r\n",
        ),
        (
            400,
            "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: X-Forwarded-For\r\n\r\n",
        ),
        (
            400,
            "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: X_Forwarded_For\r\n\r\n",
        ),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: Remote-User\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: Host\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: \"x\"\r\n\r\n"),
        (
            400,
            "POST / HTTP/1.1\r\nHost: HOST\r\nConnection: Content-Length\r\nContent-Length: 2\r\n\r\nab",
        ),
        (
            400,
            "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n",
        ),
        (
            400,
            "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        ),
        (
            400,
            "GET / HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n",
        ),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_that_are_too_large() {
    let head = "GET / HTTP/1.1\r\nHost: HOST\r\n";
    let long_line = format!("{head}X: {}\r\n\r\n", "x".repeat(9000));
    let long_target = format!("GET /{} HTTP/1.1\r\nHost: HOST\r\n\r\n", "x".repeat(9000));
    let many = format!("{head}{}\r\n", "X: y\r\n".repeat(100));
    let far_too_many = format!("{head}{}\r\n", "X: y\r\n".repeat(300));
    let wide = format!("{head}{}\r\n", format!("X: {}\r\n", "x".repeat(4000)).repeat(10));
    let far_too_wide = format!("{head}X: {}\r\n\r\n", "x".repeat(300_000));
    let unfinished = format!("{head}{}", format!("X: {}\r\n", "x".repeat(1000)).repeat(900));
    refused(&[
        (431, &long_line),
        (431, &long_target),
        (431, &many),
        (431, &far_too_many),
        (431, &wide),
        (431, &far_too_wide),
        (431, &unfinished),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_are_not_as_they_should_be_end_the_request() {
    let (world, upstream) = open_world().await;
    for chunks in [
        "0x1\r\na\r\n0\r\n\r\n",
        "1\na\n0\n\n",
        "-1\r\na\r\n0\r\n\r\n",
        "ffffffffffffffff1\r\na\r\n0\r\n\r\n",
        "1\r\nabc\r\n0\r\n\r\n",
        " 1\r\na\r\n0\r\n\r\n",
    ] {
        let mut wire = Wire::connect(world.port()).await;
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
            world.host()
        );
        let _ = wire
            .send(format!(
                "{head}{chunks}GET /smuggled HTTP/1.1\r\nHost: {}\r\n\r\n",
                world.host()
            ))
            .await;
        let status = wire.head().await.map(|head| head.status());
        assert!(
            status.is_none_or(|status| (400..500).contains(&status)),
            "{status:?} for {chunks:?}"
        );
        assert!(!upstream.take().contains("smuggled"), "{chunks:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_behind_a_request_is_not_another_one() {
    let (world, upstream) = open_world().await;
    let behind = format!("GET /behind HTTP/1.1\r\nHost: {}\r\n\r\n", world.host());
    for first in [
        "GET /first HTTP/1.1\r\nHost: HOST\r\n\r\n",
        "POST /first HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\nab",
        "POST /first HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Late: 1\r\n\r\n",
        "GET /first HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ] {
        let mut wire = Wire::connect(world.port()).await;
        let _ = wire.send(first.replace("HOST", &world.host()) + &behind).await;
        while let Some(head) = wire.head().await {
            wire.body(&head).await;
        }
        let seen = upstream.take();
        assert!(
            !seen.contains("/behind") && !seen.contains("X-Late"),
            "{first:?}: {seen:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_written_anew() {
    let (world, upstream) = open_world().await;
    let host = world.host();
    let mut wire = Wire::connect(world.port()).await;
    let fields = "Expect: x\r\nProxy: p\r\nX-Original-URL: /o\r\nX_HTTP_Method_Override: PUT\r\nX-Http-Method-Override: PUT\r\n\
                  X-Rewrite-Url: /r\r\nTrue-Client-IP: 9.9.9.9\r\nCF-Connecting-IP: 9.9.9.9\r\nX-Real-IP: 9.9.9.9\r\n\
                  X-Forwarded-For: 9.9.9.9\r\nX.Forwarded.For: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\nRemote_User: eve\r\n\
                  X-Forwarded-User: eve\r\nX-Forwarded-Prefix: /p\r\nX-Forwarded-Port: 9\r\nX-Forwarded-Server: s\r\nX-Kept: 1\r\n";
    let request = format!("GET http://{host}/odd?x=1 HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");
    wire.send(request).await.expect("an open connection");
    assert_eq!(wire.head().await.expect("an answer").status(), 200);
    let seen = upstream.take().to_lowercase();
    assert!(
        seen.starts_with("get /odd?x=1 http/1.1\r\n") && seen.contains("x-kept: 1"),
        "{seen}"
    );
    for dropped in [
        "9.9.9.9", "eve", "put", "expect", "proxy: p", "/o\r", "/r\r", "/p\r", "port: 9", ": s\r",
    ] {
        assert!(!seen.contains(dropped), "{dropped} in {seen}");
    }
    for once in [
        "x-forwarded-for: 127.0.0.1\r",
        "x-forwarded-proto: http\r",
        "forwarded: for=127.0.0.1;",
    ] {
        assert_eq!(seen.matches(once).count(), 1, "{once} in {seen}");
    }
}
