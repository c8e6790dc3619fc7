//! Browsers connect in TLS: the certificate for the name they ask for, HTTP/2 where they speak it, and nothing in the plain.

use std::net::Ipv4Addr;
use std::process::Command;

use http::Version;
use reqwest::tls::TlsInfo;
use reqwest::{Client, ClientBuilder};

use crate::harness::certificates::{Authority, Certificate};
use crate::harness::program::Program;
use crate::harness::recorder::Recorder;
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;
use crate::harness::visitor::{Visitor, install_crypto};
use crate::harness::wire::{Wire, exchange};
use crate::harness::world::World;

pub(super) const OPEN: &str = "[[application.rule]]\npath = \"/\"\nrequire = \"nothing\"\n";

/// With a certificate for each host, the portal's first.
fn in_tls(authority: &Authority) -> Plan {
    let [login, app] = ["login.localhost", "app.localhost"].map(|host| authority.certify(host));
    Plan::new().https(&login).https(&app)
}

/// A client that keeps its connections, and sees what it is shown.
fn client(authority: &Authority, how: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
    install_crypto();
    let here = (Ipv4Addr::LOCALHOST, 0).into();
    let client = Client::builder()
        .no_proxy()
        .tls_info(true)
        .add_root_certificate(authority.root())
        .resolve("app.localhost", here)
        .resolve("login.localhost", here);
    how(client).build().expect("a client")
}

#[tokio::test(flavor = "multi_thread")]
async fn people_log_in_over_tls() {
    let authority = Authority::new();
    let world = World::serve(in_tls(&authority)).await;
    let mut ann = Visitor::trusting(&authority);
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let cookies = ann.cookies.header(&world.application);
    assert!(cookies.contains("__Host-vestibule="), "{cookies}");
}

/// The whole set of SECURITY.md 1.11, in pages, refusals and errors alike.
#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_ours_keeps_browsers_on_tls() {
    let authority = Authority::new();
    let world = World::serve(in_tls(&authority)).await;
    let mut nobody = Visitor::trusting(&authority);
    let pages = [
        nobody.open(&world.page("/")).await.expect(303),
        nobody.open(&world.own_page("login")).await.expect(200),
        nobody.open(&world.own_page("nothing-here")).await.expect(404),
        nobody.open(&world.page("/.vestibule/nothing-here")).await.expect(404),
        nobody.open(&world.own_page("jwks.json")).await.expect(200),
        nobody
            .send(http::Method::TRACE, &world.page("/"), &[], "")
            .await
            .expect(405),
    ];
    for answer in &pages {
        assert_eq!(
            answer.header("strict-transport-security"),
            "max-age=31536000",
            "{}",
            answer.url
        );
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{} {name}", answer.url);
        }
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none';") && policy.ends_with("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!answer.header("cache-control").is_empty() && answer.header("x-request-id").len() == 26);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_name_is_shown_its_certificate() {
    let authority = Authority::new();
    let upstream = Upstream::start().await;
    let [login, app] = ["login.localhost", "app.localhost"].map(|host| authority.certify(host));
    let plan = Plan::new()
        .https(&login)
        .https(&app)
        .upstream(&upstream.url())
        .rules(OPEN);
    let world = World::serve(plan).await;
    for (url, certificate) in [(world.page("/"), &app), (world.own_page("login"), &login)] {
        let answer = client(&authority, |client| client)
            .get(url)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200);
        assert_eq!(shown(&answer), der(certificate));
    }
    // Whoever asks for nothing known is shown the first, and refused by its own check.
    let stranger = client(&authority, |client| {
        client.resolve("nowhere.localhost", (Ipv4Addr::LOCALHOST, 0).into())
    });
    let url = format!("https://nowhere.localhost:{}/", world.port());
    assert!(stranger.get(url).send().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_of_http_and_of_tls_are_spoken() {
    let authority = Authority::new();
    let upstream = Upstream::start().await;
    let world = World::serve(in_tls(&authority).upstream(&upstream.url()).rules(OPEN)).await;
    let old = |client: ClientBuilder| client.max_tls_version(reqwest::tls::Version::TLS_1_2);
    for (version, client) in [
        (Version::HTTP_2, client(&authority, |client| client)),
        (Version::HTTP_11, client(&authority, ClientBuilder::http1_only)),
        (Version::HTTP_2, client(&authority, old)),
    ] {
        for round in 0..3 {
            let answer = client
                .post(world.page("/spoken"))
                .body("hello")
                .send()
                .await
                .expect("an answer");
            assert_eq!((answer.status().as_u16(), answer.version()), (200, version), "{round}");
        }
    }
    assert_eq!(
        upstream
            .requests()
            .iter()
            .filter(|request| request.body == b"hello")
            .count(),
        9
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_http2_are_screened_and_written_anew() {
    let authority = Authority::new();
    let upstream = Recorder::start().await;
    let world = World::serve(in_tls(&authority).upstream(&upstream.url()).rules(OPEN)).await;
    let client = client(&authority, |client| client);
    let crumbs = client
        .get(world.page("/crumbs"))
        .header("Cookie", "a=1")
        .header("Cookie", "b=2");
    assert_eq!(crumbs.send().await.expect("an answer").status(), 200);
    let seen = upstream.take().to_lowercase();
    assert!(seen.starts_with("get /crumbs http/1.1\r\n"), "{seen}");
    assert!(
        seen.contains("cookie: a=1; b=2\r\n") && seen.matches("cookie").count() == 1,
        "{seen}"
    );
    assert!(seen.contains("x-forwarded-proto: https\r\n"), "{seen}");

    let many = (0..101).fold(client.get(world.page("/")), |request, number| {
        request.header(format!("x-{number}"), "y")
    });
    assert_eq!(many.send().await.expect("an answer").status(), 431);
    let long = client.get(world.page("/")).header("X", "x".repeat(9000));
    assert_eq!(long.send().await.expect("an answer").status(), 431);
    let body = client.get(world.page("/")).body("body");
    assert_eq!(body.send().await.expect("an answer").status(), 400);
    let foreign = client.get(world.page("/")).header("Host", "other.example");
    assert!([400, 421].contains(&foreign.send().await.expect("an answer").status().as_u16()));
    let huge = client
        .get(world.page("/"))
        .header("X", "x".repeat(100_000))
        .send()
        .await;
    assert!(huge.is_err() || huge.is_ok_and(|answer| answer.status() == 431));
    assert_eq!(upstream.take(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_answered_in_the_plain() {
    let authority = Authority::new();
    let upstream = Recorder::start().await;
    let world = World::serve(in_tls(&authority).upstream(&upstream.url()).rules(OPEN)).await;
    for (host, url) in [
        ("app.localhost", world.page("/x?y=1")),
        ("login.localhost", world.portal.join("/x?y=1").expect("a URL")),
    ] {
        let ask =
            |method: &str, host: &str| format!("{method} /x?y=1 HTTP/1.1\r\nHost: {host}:{}\r\n\r\n", world.plain_port);
        let (head, _) = exchange(world.plain_port, ask("GET", host)).await.expect("an answer");
        assert_eq!((head.status(), head.value("location")), (308, Some(url.as_str())));
        assert!(head.value("x-request-id").is_some() && head.value("set-cookie").is_none());
        let (head, _) = exchange(world.plain_port, ask("POST", host)).await.expect("an answer");
        assert_eq!(head.status(), 403);
        let (head, _) = exchange(world.plain_port, ask("GET", "evil.example"))
            .await
            .expect("an answer");
        assert_eq!(head.status(), 421);
    }
    assert_eq!(upstream.take(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_makes_no_use_of_a_connection_loses_it() {
    let authority = Authority::new();
    let plan = in_tls(&authority)
        .rules(OPEN)
        .more("[limits]\nheader_timeout = \"500ms\"\n");
    let world = World::serve(plan).await;
    assert!(Wire::connect(world.port()).await.head().await.is_none(), "no handshake");
    for protocol in ["h2", "http/1.1"] {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-quiet", "-servername", "app.localhost", "-alpn", protocol]);
        command.args(["-connect", &format!("127.0.0.1:{}", world.port())]);
        Program::start("openssl", &mut command).ended().await;
    }
}

fn shown(answer: &reqwest::Response) -> Vec<u8> {
    let info = answer.extensions().get::<TlsInfo>().expect("TLS");
    info.peer_certificate().expect("a certificate").to_vec()
}

fn der(certificate: &Certificate) -> Vec<u8> {
    let mut command = Command::new("openssl");
    command.args(["x509", "-outform", "DER", "-in"]).arg(&certificate.file);
    command.output().expect("openssl").stdout
}
