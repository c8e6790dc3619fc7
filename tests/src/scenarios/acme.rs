//! Certificates by ACME: a real authority issues them, and whatever becomes of it, browsers are served.

use reqwest::tls::TlsInfo;
use reqwest::{Client, ClientBuilder};
use url::Url;

use super::tls::OPEN;
use crate::harness::patience::eventually;
use crate::harness::pebble::Pebble;
use crate::harness::ports::free_port;
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;
use crate::harness::vestibule::Server;
use crate::harness::visitor::install_crypto;
use crate::harness::wire::exchange;
use crate::harness::world::World;

/// A gateway that orders from this authority, in front of an application that is open to all.
async fn ordering(pebble: &Pebble, upstream: &Upstream) -> World {
    let port = free_port();
    let listen = format!(
        "https = {{ address = \"127.0.0.1:{port}\" }}\n[listen.acme]\nterms = \"agreed\"\nretry = \"1s\"\n\
         contact = \"admin@example.test\"\ndirectory = \"{}\"\nauthority = \"{}\"\n",
        pebble.url(),
        pebble.certified_by().display()
    );
    let plan = Plan::new()
        .front(port)
        .listen(&listen)
        .upstream(&upstream.url())
        .rules(OPEN);
    World::serve(plan).await
}

/// A client that sees what it is shown.
fn client(how: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
    install_crypto();
    let here = ([127, 0, 0, 1], 0).into();
    let client = Client::builder().no_proxy().tls_info(true);
    let client = client.resolve("app.localhost", here).resolve("login.localhost", here);
    how(client).build().expect("a client")
}

async fn shown(client: &Client, url: Url) -> Option<Vec<u8>> {
    let answer = client.get(url).send().await.ok()?;
    let info = answer.extensions().get::<TlsInfo>().expect("TLS");
    Some(info.peer_certificate().expect("a certificate").to_vec())
}

/// Waits until both hosts show what the authority has issued.
async fn issued(world: &World, pebble: &Pebble) -> Vec<u8> {
    let root = pebble.root().await;
    for url in [world.own_page("login"), world.page("/")] {
        eventually("an issued certificate", async || {
            shown(&client(|client| client.add_root_certificate(root.clone())), url.clone()).await
        })
        .await;
    }
    let fresh = client(|client| client.add_root_certificate(root));
    shown(&fresh, world.page("/")).await.expect("a certificate")
}

async fn operators(world: &World, path: &str) -> String {
    let url = world.admin.join(path).expect("a path");
    let answer = client(|client| client).get(url).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.text().await.expect("a body")
}

async fn audited(world: &World, kind: &str) -> usize {
    let listed = world.command(&["audit", "list", "--kind", kind, "--json"], "").await;
    listed.expect(0).matches(&format!("\"{kind}\"")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_ordered_and_renewed_while_people_are_served() {
    let (mut pebble, upstream) = (Pebble::new(), Upstream::start().await);
    let world = ordering(&pebble, &upstream).await;
    // Nobody issues anything yet: TLS is there, with what nobody trusts.
    let careless = client(|client| client.danger_accept_invalid_certs(true));
    assert!(shown(&careless, world.page("/")).await.is_some());
    assert!(shown(&client(|client| client), world.page("/")).await.is_none());
    let ready = operators(&world, "/health/ready").await;
    assert!(ready.contains("app.localhost has no certificate yet"), "{ready}");

    pebble
        .start(world.plain_port, 20, &[("PEBBLE_WFE_NONCEREJECT", "20")])
        .await;
    let first = issued(&world, &pebble).await;
    let metrics = operators(&world, "/metrics").await;
    assert!(
        metrics.contains("vestibule_certificate_not_after_seconds{host=\"app.localhost\"}"),
        "{metrics}"
    );
    assert!(audited(&world, "certificate_issued").await >= 2);

    let root = pebble.root().await;
    let kept = client(|client| client.add_root_certificate(root));
    assert_eq!(shown(&kept, world.page("/")).await.as_ref(), Some(&first));
    eventually("a renewed certificate", async || {
        let fresh = issued(&world, &pebble).await;
        (fresh != first).then_some(())
    })
    .await;
    // The connection is the one from before.
    assert_eq!(shown(&kept, world.page("/")).await, Some(first));

    // Without its authority, what there is stays in use.
    pebble.stop().await;
    assert!(shown(&careless, world.page("/")).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn while_another_authority_is_asked_what_there_is_stays_in_use() {
    let (mut pebble, upstream) = (Pebble::new(), Upstream::start().await);
    let world = ordering(&pebble, &upstream).await;
    pebble.start(world.plain_port, 3600, &[]).await;
    let first = issued(&world, &pebble).await;
    let root = pebble.root().await;
    let text = std::fs::read_to_string(&world.config).expect("a configuration");
    let nobody = format!("https://127.0.0.1:{}/directory", free_port());
    std::fs::write(&world.config, text.replace(&pebble.url(), &nobody)).expect("a file of ours");
    // Each host more than once: longer than it takes to look what is to be shown.
    eventually("orders at an authority that is not there", async || {
        (audited(&world, "certificate_not_issued").await >= 4).then_some(())
    })
    .await;
    let careful = client(|client| client.add_root_certificate(root));
    assert_eq!(shown(&careful, world.page("/")).await, Some(first));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_in_the_plain_is_answered_for_outstanding_tokens_only() {
    let (mut pebble, upstream) = (Pebble::new(), Upstream::start().await);
    let world = ordering(&pebble, &upstream).await;
    pebble.start(world.plain_port, 3600, &[]).await;
    issued(&world, &pebble).await;
    for token in [
        "short",
        "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0",
        "../../.vestibule/login",
    ] {
        let target = format!("/.well-known/acme-challenge/{token}");
        let ask = format!("GET {target} HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
        let (head, _) = exchange(world.plain_port, ask).await.expect("an answer");
        assert_eq!(head.status(), 308, "{token}");
    }
    assert!(
        upstream
            .requests()
            .iter()
            .all(|request| !format!("{request:?}").contains("acme-challenge"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_fails_waits_and_says_what_to_do() {
    let (mut pebble, upstream) = (Pebble::new(), Upstream::start().await);
    let world = ordering(&pebble, &upstream).await;
    // It asks a server that knows nothing of its tokens.
    let elsewhere = upstream
        .url()
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .expect("a port");
    pebble.start(elsewhere, 3600, &[]).await;
    let said = "let the name lead here";
    eventually(said, async || world.server.program.log().contains(said).then_some(())).await;
    let ready = operators(&world, "/health/ready").await;
    assert!(ready.contains("the last order failed: "), "{ready}");
    let failed = audited(&world, "certificate_not_issued").await;
    assert!((1..=8).contains(&failed), "{failed}");

    // It dies and forgets everything; the next one looks where it should.
    pebble.start(world.plain_port, 3600, &[]).await;
    issued(&world, &pebble).await;
    eventually("nothing wanting", async || {
        (operators(&world, "/health/ready").await == "ready\n").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_dies_in_the_middle_of_an_order_places_another() {
    let (mut pebble, upstream) = (Pebble::new(), Upstream::start().await);
    let mut world = ordering(&pebble, &upstream).await;
    // Whoever it asks never answers, so that the order is open until the end.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    pebble
        .start(silent.local_addr().expect("an address").port(), 3600, &[])
        .await;
    let order = "Added order";
    eventually("an open order", async || (pebble.has_said(order) > 0).then_some(())).await;
    world.server.crash_and_start_again().await;
    pebble.start(world.plain_port, 3600, &[]).await;
    issued(&world, &pebble).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_one_orders_and_both_show_it() {
    let (mut pebble, upstream) = (Pebble::new(), Upstream::start().await);
    let world = ordering(&pebble, &upstream).await;
    let [http, https, admin] = [free_port(), free_port(), free_port()];
    let at = |key: &str, port: u16| (format!("VESTIBULE__LISTEN__{key}"), format!("127.0.0.1:{port}"));
    let environment = [at("HTTP", http), at("HTTPS__ADDRESS", https), at("ADMIN", admin)];
    let config = world.config.to_string_lossy();
    let _second = Server::start_in(&environment, &["serve", "--config", &config, "--json"]).await;
    // The authority asks the second node alone, whichever has ordered.
    pebble.start(http, 3600, &[]).await;
    let first = issued(&world, &pebble).await;
    let root = pebble.root().await;
    let url = Url::parse(&format!("https://app.localhost:{https}/")).expect("a URL");
    eventually("the same on the other node", async || {
        let seen = shown(&client(|client| client.add_root_certificate(root.clone())), url.clone()).await?;
        (seen == first).then_some(())
    })
    .await;
    assert_eq!(audited(&world, "certificate_issued").await, 2);
}
