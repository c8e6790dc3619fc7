//! Applications on real servers: over TLS, over connections that are kept, in turn.

use std::path::Path;

use crate::harness::certificates::Authority;
use crate::harness::nginx::{Nginx, Turn};
use crate::harness::patience::eventually;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

const OPEN: &str = "[[application.rule]]\npath = \"/\"\nrequire = \"nothing\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_https_server_with_a_trusted_certificate_is_reached() {
    let authority = Authority::new();
    let nginx = Nginx::saying_over_tls("reached", &authority.certify("localhost")).await;
    let world = world_before_tls(&nginx, &authority.file()).await;
    for _ in 0..3 {
        let answer = Visitor::new().open(&world.page("/over/tls?x=1")).await.expect(200);
        assert_eq!(answer.body, "reached");
    }
    assert!(nginx.turns().iter().all(|turn| turn.target == "/over/tls?x=1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_https_server_certified_by_a_stranger_is_502() {
    let nginx = Nginx::saying_over_tls("reached", &Authority::new().certify("localhost")).await;
    let world = world_before_tls(&nginx, &Authority::new().file()).await;
    is_not_reached(&world, &nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_https_server_certified_under_another_name_is_502() {
    let authority = Authority::new();
    let nginx = Nginx::saying_over_tls("reached", &authority.certify("elsewhere.localhost")).await;
    let world = world_before_tls(&nginx, &authority.file()).await;
    is_not_reached(&world, &nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_to_a_server_serves_many_visitors() {
    let nginx = Nginx::saying("reached").await;
    let world = World::serve(Plan::new().upstream(&nginx.url()).rules(OPEN)).await;
    for _ in 0..12 {
        Visitor::new().open(&world.page("/kept")).await.expect(200); // each on a connection of its own
    }
    let turns = nginx.turns();
    let most = turns.iter().map(|turn| {
        let same = |other: &&Turn| other.connection == turn.connection;
        turns.iter().filter(same).count()
    });
    assert_eq!(turns.len(), 12);
    assert!(most.max() >= Some(6), "{turns:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_costs_no_page_load_and_is_used_again_when_it_is_back() {
    let (mut one, other) = tokio::join!(Nginx::saying("one"), Nginx::saying("other"));
    let servers = format!("{}\", \"{}", one.url(), other.url());
    let world = World::serve(Plan::new().upstream(&servers).rules(OPEN)).await;
    let answers = said(&world, 8).await;
    assert_eq!(
        answers.iter().filter(|says| *says == "one").count(),
        4,
        "in turn: {answers:?}"
    );

    one.kill().await;
    assert_eq!(said(&world, 20).await, ["other"; 20]);
    one.start_again().await;
    eventually("both to be used again", async || {
        said(&world, 2).await.contains(&"one".to_owned()).then_some(())
    })
    .await;
}

/// A world that trusts what `authority` has certified, and nobody else.
async fn world_before_tls(nginx: &Nginx, authority: &Path) -> World {
    let plan = Plan::new()
        .upstream(&format!("https://localhost:{}", nginx.port()))
        .rules(OPEN)
        .environment("SSL_CERT_FILE", &authority.to_string_lossy());
    World::serve(plan).await
}

async fn is_not_reached(world: &World, nginx: &Nginx) {
    let answer = Visitor::new().open(&world.page("/")).await.expect(502);
    assert!(answer.text().contains(answer.header("x-request-id")));
    assert!(!answer.body.contains("ertificate"), "what is wrong is for operators");
    assert!(nginx.turns().is_empty(), "{:?}", nginx.turns());
}

/// What answered so many page loads, one after the other; none of them may fail.
async fn said(world: &World, times: usize) -> Vec<String> {
    let mut visitor = Visitor::new();
    let mut answers = Vec::new();
    for _ in 0..times {
        answers.push(visitor.open(&world.page("/turn")).await.expect(200).body);
    }
    answers
}
