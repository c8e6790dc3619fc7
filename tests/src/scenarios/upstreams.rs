//! Applications that are down, slow, or several.

use std::time::{Duration, Instant};

use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::harness::ports::free_port;
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Upstream};
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

const OPEN: &str = "[[application.rule]]\npath = \"/\"\nrequire = \"nothing\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_is_down_is_502_with_a_page_of_ours() {
    let down = format!("http://127.0.0.1:{}", free_port());
    let world = World::serve(Plan::new().upstream(&down).rules(OPEN)).await;
    let answer = Visitor::new().open(&world.page("/")).await.expect(502);
    let id = answer.header("x-request-id");
    assert!(!id.is_empty() && answer.text().contains(id), "{}", answer.text());
    assert!(
        !answer.body.contains("127.0.0.1"),
        "where the application runs is nobody's business"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_is_slow_is_504_after_its_time() {
    let upstream = Upstream::answering(|_| Reply::Silence).await;
    let world = World::serve(
        Plan::new()
            .upstream(&upstream.url())
            .rules(OPEN)
            .application("timeout = \"1s\""),
    )
    .await;
    let answer = Visitor::new().open(&world.page("/")).await.expect(504);
    assert!(answer.text().contains(answer.header("x-request-id")));
    assert_eq!(
        upstream.requests().len(),
        1,
        "what may have had an effect is not sent twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn several_servers_take_turns_and_a_dead_one_is_left_out() {
    let (one, other) = (Upstream::start().await, Upstream::start().await);
    let dead = free_port();
    let servers = format!("{}\", \"{}\", \"http://127.0.0.1:{dead}", one.url(), other.url());
    let world = World::serve(Plan::new().upstream(&servers).rules(OPEN)).await;
    let mut visitor = Visitor::new();
    for _ in 0..12 {
        visitor.open(&world.page("/turn")).await.expect(200);
    }
    for server in [&one, &other] {
        let turns = server
            .requests()
            .iter()
            .filter(|request| request.head.target() == "/turn")
            .count();
        assert!(turns >= 3, "{turns} of 12 turns");
    }
}

/// A server that does not even say that it is not there; all connections must be kept.
async fn hanging() -> (String, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let listener = socket.listen(1).expect("a server");
    let address = listener.local_addr().expect("an address");
    let mut held = Vec::new();
    while let Ok(Ok(connection)) = timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
        held.push(connection);
    }
    // Nobody ever accepts.
    std::mem::forget(listener.into_std());
    (format!("http://{address}"), held)
}

/// All but one have servers that must be waited for.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_applications_begin_together() {
    let upstream = Upstream::start().await;
    let (hanging, _held) = hanging().await;
    let plan = Plan::new().upstream(&upstream.url()).rules(OPEN);
    let plan = (0..1000).fold(plan, |plan, number| {
        plan.beside(&format!("app{number}.localhost"), &hanging, OPEN)
    });
    let mut world = World::serve(plan).await;
    world.server.program.kill().await;
    let start = Instant::now();
    world.server.start_again().await;
    Visitor::new().open(&world.page("/")).await.expect(200);
    let took = start.elapsed();
    eprintln!("{took:?} from the start to the first answer");
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_application_answers_arrives_untouched() {
    let upstream = Upstream::answering(|_| {
        Reply::Raw(
            "HTTP/1.1 418 Teapot\r\nX-Own: a\r\nX-Own: b\r\nCache-Control: public\r\nContent-Length: 5\r\n\r\nshort"
                .to_owned(),
        )
    })
    .await;
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(OPEN)).await;
    let answer = Visitor::new()
        .open(&world.page("/a%2Fb//c;x=1/%C3%A9?q=%20&r"))
        .await
        .expect(418);
    assert_eq!(
        (answer.body.as_str(), answer.header("cache-control")),
        ("short", "public")
    );
    assert_eq!(answer.headers.get_all("x-own").iter().count(), 2);
    assert!(
        !answer.headers.contains_key("content-security-policy"),
        "our headers are for our pages"
    );
    upstream.request_for("/a%2Fb//c;x=1/%C3%A9?q=%20&r").await; // the bytes forwarded are the bytes sent
}
