//! Bodies of any size and streams without an end pass as they come.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::harness::is_long_run;
use crate::harness::patience::{eventually, soon};
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Request, Upstream};
use crate::harness::visitor::Visitor;
use crate::harness::wire::{Wire, exchange};
use crate::harness::world::{World, in_every_world};

const MEGABYTE: u64 = 1024 * 1024;

/// What the gateway's memory may grow by while gigabytes pass.
const FLAT: u64 = 64 * MEGABYTE;

fn big() -> u64 {
    if is_long_run() { 2048 * MEGABYTE } else { 200 * MEGABYTE }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_big_download_passes_with_flat_memory() {
    let upstream = Upstream::answering(|_| Reply::Pattern(big())).await;
    let (world, cookie) = logged_in(&upstream).await;
    let before = world.server.program.memory();
    let request = format!(
        "GET /big HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n",
        world.host()
    );
    let (head, body) = exchange(world.port(), request).await.expect("an answer");
    assert_eq!((head.status(), body.length, body.is_pattern), (200, big(), true));
    let grown = world.server.program.peak_memory().saturating_sub(before);
    assert!(grown < FLAT, "grew by {} MB", grown / MEGABYTE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_big_upload_passes_with_flat_memory() {
    let upstream = Upstream::start().await;
    let (world, cookie) = logged_in(&upstream).await;
    let before = world.server.program.memory();
    let mut wire = Wire::connect(world.port()).await;
    let host = world.host();
    let head = format!(
        "POST /up HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nContent-Length: {}\r\n\r\n",
        big()
    );
    wire.send(head).await.expect("an open connection");
    wire.send_pattern(big()).await.expect("a gateway that takes it all");
    assert_eq!(wire.head().await.expect("an answer").status(), 200);
    let seen = upstream.request_for("/up").await;
    assert_eq!((seen.length, seen.is_pattern), (big(), true));
    let grown = world.server.program.peak_memory().saturating_sub(before);
    assert!(grown < FLAT, "grew by {} MB", grown / MEGABYTE);
}

#[tokio::test(flavor = "multi_thread")]
async fn chunked_bodies_arrive_whole() {
    let upstream = Upstream::start().await;
    let (world, cookie) = logged_in(&upstream).await;
    let request = format!(
        "POST /chunked HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n",
        world.host()
    );
    let (head, _) = exchange(world.port(), request).await.expect("an answer");
    assert_eq!(head.status(), 200);
    assert_eq!(upstream.request_for("/chunked").await.body, b"hello world");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_expects_to_be_told_to_go_on_is_told() {
    let upstream = Upstream::start().await;
    let (world, cookie) = logged_in(&upstream).await;
    let mut wire = Wire::connect(world.port()).await;
    let host = world.host();
    let fields = format!("Host: {host}\r\nCookie: {cookie}\r\nContent-Length: 5\r\nExpect: 100-continue");
    wire.send(format!("POST /expect HTTP/1.1\r\n{fields}\r\n\r\n"))
        .await
        .expect("an open connection");
    assert_eq!(wire.head().await.expect("an answer").status(), 100);
    wire.send("hello").await.expect("an open connection");
    assert_eq!(wire.head().await.expect("an answer").status(), 200);
    let seen = upstream.request_for("/expect").await;
    assert_eq!(
        (seen.body.as_slice(), seen.head.value("expect")),
        (b"hello".as_slice(), None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_event_arrives_while_the_stream_goes_on() {
    let upstream = Upstream::answering(|request: &Request| match request.head.target() {
        "/events" => Reply::Raw(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nb\r\ndata: one\n\n\r\n"
                .to_owned(),
        ),
        _ => Reply::text("reached"),
    })
    .await;
    let (world, cookie) = logged_in(&upstream).await;
    let mut wire = Wire::connect(world.port()).await;
    let fields = format!(
        "Host: {}\r\nCookie: {cookie}\r\nAccept: text/event-stream",
        world.host()
    );
    wire.send(format!("GET /events HTTP/1.1\r\n{fields}\r\n\r\n"))
        .await
        .expect("an open connection");
    assert_eq!(wire.head().await.expect("an answer").status(), 200);
    let mut received = String::new();
    while !received.contains("data: one") {
        let more = wire.some().await;
        assert!(!more.is_empty(), "the stream ended: {received}");
        received.push_str(&String::from_utf8_lossy(&more));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_under_way_is_finished_before_the_gateway_ends() {
    let word = Arc::new(Notify::new());
    let given = Arc::clone(&word);
    let upstream = Upstream::answering(move |request: &Request| match request.head.target() {
        "/slow" => {
            let beginning = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n".to_owned();
            Reply::Halves(beginning, Arc::clone(&given), "5\r\n half\r\n0\r\n\r\n".to_owned())
        }
        _ => Reply::text("reached"),
    })
    .await;
    let (mut world, cookie) = logged_in(&upstream).await;
    let mut wire = Wire::connect(world.port()).await;
    let fields = format!("Host: {}\r\nCookie: {cookie}", world.host());
    wire.send(format!("GET /slow HTTP/1.1\r\n{fields}\r\n\r\n"))
        .await
        .expect("an open connection");
    let head = wire.head().await.expect("an answer");

    world.server.program.signal("TERM");
    eventually("the door to close", async || {
        TcpStream::connect(("127.0.0.1", world.port())).await.err()
    })
    .await;
    word.notify_one();
    assert_eq!(wire.body(&head).await.text(), "first half");
    assert_eq!(world.server.program.ended().await, Some(0));

    world.server.start_again().await;
    let again = format!("GET /again HTTP/1.1\r\n{fields}\r\n\r\n");
    let (head, _) = exchange(world.port(), again).await.expect("an answer");
    assert_eq!(head.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_talks_both_ways() {
    in_every_world(async |world| {
        let mut ann = Visitor::new();
        world.log_in(&mut ann, &world.ann, "/headers").await;
        let url = world.page("/socket").as_str().replacen("http", "ws", 1);
        let mut request = url.into_client_request().expect("a handshake");
        let headers = request.headers_mut();
        headers.insert(
            "cookie",
            ann.cookies.header(&world.application).parse().expect("a header"),
        );
        headers.insert(
            "origin",
            world
                .application
                .origin()
                .ascii_serialization()
                .parse()
                .expect("a header"),
        );
        let stream = TcpStream::connect(("127.0.0.1", world.port()))
            .await
            .expect("a gateway");
        let (mut socket, response) = client_async(request, stream).await.expect("an open WebSocket");
        assert_eq!(response.status(), 101);
        for text in ["hello", "é", &"x".repeat(100_000)] {
            socket.send(Message::text(text)).await.expect("an open WebSocket");
            let echo = soon("the echo", socket.next())
                .await
                .expect("an open WebSocket")
                .expect("a message");
            assert_eq!(echo.into_text().expect("text").as_str(), text);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_streams_events_through_every_world() {
    in_every_world(async |world| {
        let mut ann = Visitor::new();
        world.log_in(&mut ann, &world.ann, "/headers").await;
        let cookie = ann.cookies.header(&world.application);
        let mut wire = Wire::connect(world.port()).await;
        let request = format!(
            "GET /events HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n",
            world.host()
        );
        wire.send(request).await.expect("an open connection");
        let head = wire.head().await.expect("an answer");
        assert_eq!(
            (
                head.status(),
                head.value("content-type")
                    .map(|own| own.starts_with("text/event-stream"))
            ),
            (200, Some(true))
        );
        assert!(!wire.some().await.is_empty());
    })
    .await;
}

/// A world in front of `upstream`, and the cookies of somebody who is in.
async fn logged_in(upstream: &Upstream) -> (World, String) {
    let world = World::serve(Plan::new().upstream(&upstream.url())).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await;
    let cookie = ann.cookies.header(&world.application);
    (world, cookie)
}
