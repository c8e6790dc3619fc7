//! Streams end with the session, downloads finish; and only an application's own pages open its WebSockets.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::harness::patience::soon;
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Request, Upstream};
use crate::harness::visitor::{NAVIGATION, Visitor};
use crate::harness::wire::{Head, Wire};
use crate::harness::world::World;

const UPGRADED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const EVENTS: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nb\r\ndata: one\n\n\r\n";
const DOWNLOAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n";

/// What was promised is 5 s; the rest is for a machine that does other things too.
const SOON: Duration = Duration::from_secs(7);

/// An application with a quiet WebSocket, a quiet event stream, and answers that end when the test says so.
struct Quiet {
    upstream: Upstream,
    word: Arc<Notify>,
}

impl Quiet {
    async fn start() -> Quiet {
        let word = Arc::new(Notify::new());
        let given = Arc::clone(&word);
        let upstream = Upstream::answering(move |request: &Request| match request.head.target() {
            "/socket" => Reply::Raw(UPGRADED.to_owned()),
            "/events" => Reply::Raw(EVENTS.to_owned()),
            "/public/events" => {
                let end = "b\r\ndata: two\n\n\r\n0\r\n\r\n".to_owned();
                Reply::Halves(EVENTS.to_owned(), Arc::clone(&given), end)
            }
            "/download" => Reply::Halves(
                DOWNLOAD.to_owned(),
                Arc::clone(&given),
                "5\r\n more\r\n0\r\n\r\n".to_owned(),
            ),
            _ => Reply::text("reached"),
        })
        .await;
        Quiet { upstream, word }
    }

    async fn world(&self, more: &str) -> World {
        World::serve(Plan::new().upstream(&self.upstream.url()).more(more)).await
    }
}

/// What one browser has open.
struct Open {
    socket: Wire,
    events: Wire,
    download: (Wire, Head),
}

async fn open_all(world: &World, visitor: &Visitor) -> Open {
    let cookie = visitor.cookies.header(&world.application);
    let (socket, head) = begin(world, "/socket", &socket_fields(world, &cookie)).await;
    assert_eq!(head.status(), 101);
    let (mut events, head) = begin(world, "/events", &format!("Cookie: {cookie}\r\n")).await;
    assert_eq!(head.status(), 200);
    assert!(!events.some().await.is_empty());
    let download = begin(world, "/download", &format!("Cookie: {cookie}\r\n")).await;
    assert_eq!(download.1.status(), 200);
    Open {
        socket,
        events,
        download,
    }
}

impl Open {
    /// The streams end, and the download goes on to its end.
    async fn ends(mut self, quiet: &Quiet) {
        let begun = Instant::now();
        for wire in [&mut self.socket, &mut self.events] {
            while !wire.some().await.is_empty() {}
        }
        assert!(begun.elapsed() < SOON, "after {:?}", begun.elapsed());
        quiet.word.notify_one();
        let (mut wire, head) = self.download;
        assert_eq!(wire.body(&head).await.text(), "half more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_with_logout() {
    let quiet = Quiet::start().await;
    let world = quiet.world("").await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await;
    let open = open_all(&world, &ann).await;
    let page = ann.visit(&world.own_page("logout")).await.expect(200);
    ann.submit(&page.form_to("logout")).await;
    open.ends(&quiet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_their_owner_is_disabled() {
    let quiet = Quiet::start().await;
    let world = quiet.world("").await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await;
    let open = open_all(&world, &ann).await;
    let (mut strangers, head) = begin(&world, "/public/events", "").await;
    assert_eq!(head.status(), 200);
    world.command(&["user", "disable", "ann"], "").await.expect(0);
    open.ends(&quiet).await;
    // Nobody's stream is nobody's business.
    quiet.word.notify_one();
    let received = strangers.body(&head).await.text();
    assert_eq!(received, "data: one\n\ndata: two\n\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_their_session_is_revoked() {
    let quiet = Quiet::start().await;
    let world = quiet.world("").await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await;
    let open = open_all(&world, &ann).await;
    world.command(&["session", "end", "--user", "ann"], "").await.expect(0);
    open.ends(&quiet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_with_the_time_of_their_session_and_keep_it_from_nothing() {
    for (limits, seconds) in [("idle = \"10s\"", 10), ("absolute = \"20s\"", 20)] {
        let quiet = Quiet::start().await;
        let world = quiet.world(&format!("[session]\n{limits}\n")).await;
        let mut ann = Visitor::new();
        world.log_in(&mut ann, &world.ann, "/headers").await;
        let mut open = open_all(&world, &ann).await;
        let begun = Instant::now();
        for wire in [&mut open.socket, &mut open.events] {
            soon(limits, async { while !wire.some().await.is_empty() {} }).await;
        }
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(seconds) + SOON, "{limits}: after {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_applications_own_pages_open_its_websockets() {
    let quiet = Quiet::start().await;
    let friend = "https://friend.example";
    let plan = Plan::new().upstream(&quiet.upstream.url());
    let world = World::serve(plan.application(&format!("websocket_origins = [\"{friend}\"]"))).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await;
    let cookie = ann.cookies.header(&world.application);
    let own = world.application.origin().ascii_serialization();
    let portal = world.portal.origin().ascii_serialization();
    let twice = format!("{own}\r\nOrigin: {own}");
    for (origin, status) in [
        (Some(own.as_str()), 101),
        (Some(friend), 101),
        (Some("https://evil.example"), 403),
        (Some(portal.as_str()), 403),
        (Some("null"), 403),
        (Some(twice.as_str()), 403),
        (None, 403),
    ] {
        let fields = socket_fields(&world, &cookie);
        let fields = match origin {
            Some(origin) => fields.replace(&own, origin),
            None => fields.replace(&format!("Origin: {own}\r\n"), ""),
        };
        let (_, head) = begin(&world, "/socket", &fields).await;
        assert_eq!(head.status(), status, "{origin:?}");
    }
    let page = ann.send(Method::GET, &world.page("/headers"), NAVIGATION, "").await;
    page.expect(200);
}

fn socket_fields(world: &World, cookie: &str) -> String {
    let origin = world.application.origin().ascii_serialization();
    format!(
        "Cookie: {cookie}\r\nOrigin: {origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
}

async fn begin(world: &World, target: &str, fields: &str) -> (Wire, Head) {
    let mut wire = Wire::connect(world.port()).await;
    let host = world.host();
    wire.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n"))
        .await
        .expect("an open connection");
    let head = wire.head().await.expect("an answer");
    (wire, head)
}
