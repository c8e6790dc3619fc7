//! Who is stopped, and how they are told.

use http::Method;

use crate::harness::visitor::{NAVIGATION, Visitor};
use crate::harness::wire::exchange;
use crate::harness::world::{World, in_every_world};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_load_is_sent_to_the_login() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let stopped = visitor.open(&world.page("/reports?year=2020")).await;
        assert!((302..=303).contains(&stopped.status), "{}", stopped.status);
        let login = stopped.onward().expect("a redirect");
        assert_eq!(
            (login.origin(), login.path()),
            (world.portal.origin(), "/.vestibule/login")
        );
        assert!(
            !login.as_str().contains("reports"),
            "the return target is kept or sealed: {login}"
        );
        assert_eq!(stopped.header("cache-control"), "no-store");

        let page = visitor.open(&login).await.expect(200);
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(!page.header("x-request-id").is_empty());
        assert!(page.body.contains(page.header("x-request-id")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_no_login_passes_at_once() {
    in_every_world(async |world| {
        let answer = Visitor::new().open(&world.page("/public/hello")).await;
        assert!(answer.onward().is_none() && answer.status < 500, "{}", answer.status);
        assert!(!answer.text().contains("Log in"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_is_told_in_json() {
    /// How machines give themselves away.
    const MACHINES: &[&[(&str, &str)]] = &[
        &[("Sec-Fetch-Mode", "cors"), ("Accept", "text/html")],
        &[("Sec-Fetch-Mode", "same-origin")],
        &[("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "script")],
        &[("Accept", "application/json")],
        &[("Accept", "*/*")],
        &[],
        &[("Content-Type", "application/grpc"), ("TE", "trailers")],
    ];
    in_every_world(async |world| {
        for headers in MACHINES {
            let answer = Visitor::new()
                .send(Method::GET, &world.page("/reports"), headers, "")
                .await;
            assert_eq!(answer.status, 401, "{headers:?}");
            let body: serde_json::Value = answer.json();
            assert_eq!(body["error"], "login_required", "{headers:?}");
            let login = body["login_url"].as_str().expect("a URL");
            assert!(login.starts_with(world.own_page("login").as_str()), "{login}");
            assert_eq!(answer.header("set-cookie"), "", "{headers:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_too_old_for_fetch_metadata_is_sent_to_the_login() {
    in_every_world(async |world| {
        let accept = [("Accept", "text/html,*/*;q=0.8")];
        let answer = Visitor::new()
            .send(Method::GET, &world.page("/reports"), &accept, "")
            .await;
        assert_eq!(answer.onward().expect("a redirect").path(), "/.vestibule/login");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_without_a_session_is_refused_at_the_handshake() {
    in_every_world(async |world| {
        let (host, origin) = (world.host(), world.application.origin().ascii_serialization());
        let handshake = format!(
            "GET /socket HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let (head, body) = exchange(world.port(), handshake).await.expect("an answer");
        assert_eq!(head.status(), 401);
        assert!(body.text().contains("login_required"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_posted_without_a_session_never_reaches_the_application() {
    in_every_world(async |world| {
        let form = [NAVIGATION, &[("Content-Type", "application/x-www-form-urlencoded")]].concat();
        let answer = Visitor::new()
            .send(Method::POST, &world.page("/form"), &form, "amount=1000")
            .await;
        assert!(!(200..300).contains(&answer.status), "{}", answer.status);
        assert!(!answer.body.contains("1000"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_nobody_knows_is_421() {
    in_every_world(async |world| {
        let port = world.port();
        for host in [
            format!("nowhere.localhost:{port}"),
            "example.com".to_owned(),
            format!("127.0.0.2:{port}"),
        ] {
            let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\r\n");
            let (head, _) = exchange(port, request).await.expect("an answer");
            assert_eq!(head.status(), 421, "{host}");
            assert!(head.value("set-cookie").is_none());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_return_target_cannot_be_chosen_by_a_link() {
    in_every_world(async |world| {
        for target in [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "%09//evil.example",
            "javascript:alert(1)",
        ] {
            let mut visitor = Visitor::new();
            let landed = log_in_by_link(&world, &mut visitor, target).await;
            assert_ne!(landed.host_str(), Some("evil.example"), "{target}");
            assert!(["http", "https"].contains(&landed.scheme()), "{landed}");
        }
    })
    .await;
}

/// Opens the login page with a target of the attacker's, and goes as far as the second factor.
async fn log_in_by_link(world: &World, visitor: &mut Visitor, target: &str) -> url::Url {
    let mut link = world.own_page("login");
    link.query_pairs_mut().append_pair("to", target);
    let page = visitor.visit(&link).await;
    if page.status != 200 {
        return page.url;
    }
    let second = visitor.enter_password(&page, &world.ann).await;
    second.onward().unwrap_or(second.url)
}
