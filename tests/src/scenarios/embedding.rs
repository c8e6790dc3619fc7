//! The gateway inside a proxy of somebody else's, beyond what the table of the fronts says of it: what the proxy adds of
//! its own, the least proxy there is, and what that one must not let in.

use std::time::Duration;

use http::Method;

use crate::harness::patience::within;
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Request, Upstream};
use crate::harness::visitor::{NAVIGATION, Visitor};
use crate::harness::wire::exchange;
use crate::harness::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_embedding_proxy_knows_who_came() {
    let upstream = Upstream::start().await;
    let server = format!("127.0.0.1:{}", upstream.port());
    let world = World::serve(Plan::new().in_proxy(&server)).await;
    let mut nobody = Visitor::new();
    nobody.open(&world.page("/public/")).await.expect(200);
    let head = upstream.request_for("/public/").await.head;
    assert_eq!(
        (head.values("shop-customer"), head.values("remote-user")),
        (vec!["nobody"], vec![""])
    );
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/cart").await.expect(200);
    let head = upstream.request_for("/cart").await.head;
    assert_eq!(
        (head.values("shop-customer"), head.values("remote-user")),
        (vec!["ann"], vec!["ann"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn five_calls_are_enough() {
    let upstream = Upstream::start().await;
    let mut world = World::serve(Plan::new().upstream(&upstream.url()).in_small_proxy()).await;
    let mut nobody = Visitor::new();
    let answer = nobody.open(&world.page("/secret")).await.expect(303);
    assert_eq!(answer.onward().expect("a place").path(), "/.vestibule/login");

    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/deep?x=1").await.expect(200);
    for name in ["Remote-User", "Remote_User", "Vestibule-Assertion"] {
        let target = format!("/{name}");
        let forged = [NAVIGATION, &[(name, "mallory")]].concat();
        ann.send(Method::GET, &world.page(&target), &forged, "")
            .await
            .expect(200);
        let seen = upstream.request_for(&target).await.head;
        assert_eq!(seen.values("remote-user"), ["ann"], "{seen:?}");
        assert!(!format!("{seen:?}").contains("mallory"), "{seen:?}");
    }
    let both =
        "POST /odd HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let (head, _) = exchange(world.port(), both).await.expect("an answer");
    assert_eq!(head.status(), 400);

    world.redis().freeze();
    within(Duration::from_secs(5), "the read cache to be passed", async || {
        let mut other = ann.clone();
        other
            .cookies
            .set(&world.application, &world.session_cookie(), "A".repeat(43).as_str());
        (other.open(&world.page("/frozen")).await.status == 503).then_some(())
    })
    .await;
    world.redis().thaw();

    let page = ann.visit(&world.page("/.vestibule/logout")).await.expect(200);
    ann.submit(&page.form_to("logout")).await;
    within(Duration::from_secs(1), "the door to close", async || {
        (ann.open(&world.page("/after")).await.status == 303).then_some(())
    })
    .await;
    assert!(
        upstream
            .requests()
            .iter()
            .all(|request| request.head.target() != "/secret")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_had_an_effect_is_not_sent_again() {
    let upstream = Upstream::answering(|request: &Request| match request.head.start.starts_with("DELETE") {
        true => Reply::End,
        false => Reply::text("reached"),
    })
    .await;
    let world = World::serve(Plan::new().upstream(&upstream.url()).in_small_proxy()).await;
    let mut ann = Visitor::new();
    // Leaves a connection that the next request goes over.
    world.log_in(&mut ann, &world.ann, "/list").await.expect(200);
    let origin = world.application.origin().ascii_serialization();
    let own = [NAVIGATION, &[("Origin", origin.as_str())]].concat();
    ann.send(Method::DELETE, &world.page("/item"), &own, "")
        .await
        .expect(502);
    let deletions = upstream.requests().into_iter();
    let deletions = deletions.filter(|request| request.head.target() == "/item").count();
    assert_eq!(deletions, 1);
}

/// What a balancer says of a connection nobody reads in Pingora's own service: nothing may be believed of it then.
#[tokio::test(flavor = "multi_thread")]
async fn a_balancer_that_nobody_listens_to_is_not_believed() {
    let upstream = Upstream::start().await;
    let listen = "trusted_proxies = [\"127.0.0.1\"]\nproxy_protocol = \"required\"";
    let plan = Plan::new().upstream(&upstream.url()).listen(listen).in_small_proxy();
    let world = World::serve(plan).await;
    let mut nobody = Visitor::new();
    nobody.open(&world.page("/public/")).await.expect(500);
    assert!(upstream.requests().is_empty());
}
