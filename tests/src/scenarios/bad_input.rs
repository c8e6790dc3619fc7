//! What no browser sends: a 4xx, never a 5xx, never a panic.

use crate::harness::visitor::Visitor;
use crate::harness::wire::{Head, Wire, exchange};
use crate::harness::world::{World, in_every_world};

#[tokio::test(flavor = "multi_thread")]
async fn ambiguous_framing_is_refused() {
    refuses_all(&[
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "Content-Length: 5, 5\r\n\r\nhello",
        "Content-Length: +5\r\n\r\nhello",
        "Content-Length: -1\r\n\r\n",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "X: 1\r\n folded: 2\r\n\r\n",
        "X : 1\r\n\r\n",
        "X: a\0b\r\n\r\n",
        "Host: second\r\n\r\n",
    ])
    .await;
}

/// Sends `POST /public/x` with each of `endings` after a right `Host`.
async fn refuses_all(endings: &[&str]) {
    in_every_world(async |world| {
        for ending in endings {
            let request = format!("POST /public/x HTTP/1.1\r\nHost: {}\r\n{ending}", world.host());
            is_refused(&world, &request).await;
        }
        is_well(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_request_lines_hosts_and_paths_are_refused() {
    in_every_world(async |world| {
        let host = world.host();
        let lines = [
            "GET /public/%00 HTTP/1.1",
            "GET /public/#x HTTP/1.1",
            "GET public HTTP/1.1",
            "get /public/ HTTP/1.1",
            "TRACE /public/ HTTP/1.1",
            "CONNECT example.com:443 HTTP/1.1",
            "GET /public/%c0%ae HTTP/1.1",
            "GET /public/ HTTP/9.9",
            "GET http://evil.example/public/ HTTP/1.1",
            "OPTIONS * HTTP/1.1",
        ];
        for line in lines {
            is_refused(&world, &format!("{line}\r\nHost: {host}\r\n\r\n")).await;
        }
        for hosts in [
            "",
            "Host: \r\n",
            "Host: a/b?c\r\n",
            "Host: a b\r\n",
            "Host: user@localhost\r\n",
            "Host: \u{e9}\r\n",
        ] {
            is_refused(&world, &format!("GET /public/ HTTP/1.1\r\n{hosts}\r\n")).await;
        }
        let long_header = format!(
            "GET /public/ HTTP/1.1\r\nHost: {host}\r\nX-Long: {}\r\n\r\n",
            "x".repeat(300_000)
        );
        is_refused(&world, &long_header).await;
        let many_headers = format!(
            "GET /public/ HTTP/1.1\r\nHost: {host}\r\n{}\r\n",
            "X-Many: x\r\n".repeat(200)
        );
        is_refused(&world, &many_headers).await;
        is_well(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_cookies_count_as_none() {
    in_every_world(async |world| {
        let (host, session) = (world.host(), world.session_cookie());
        let login = format!("vestibule-login-{}", world.port());
        let values = [
            "",
            "x",
            "\"",
            "%00",
            "\u{e9}",
            ";;;===",
            &"A".repeat(43),
            &"x".repeat(7000),
            "../../etc/passwd",
        ];
        for (name, value) in [&session, &login]
            .into_iter()
            .flat_map(|name| values.map(|value| (name, value)))
        {
            for page in [
                "/headers",
                "/.vestibule/login",
                "/.vestibule/second-factor",
                "/.vestibule/account",
            ] {
                let request = format!(
                    "GET {page} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nCookie: {name}={value}\r\n\r\n"
                );
                let (head, _) = exchange(world.port(), request).await.expect("an answer");
                assert!(head.status() < 500, "{page} with {name}={value}: {}", head.status());
            }
        }
        is_well(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_forms_are_refused() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.page("/headers")).await;
        let form = login
            .form_with("password")
            .fill("username", &world.ann.username)
            .fill("password", &world.ann.password);
        let encoded = form.encoded();
        let bodies = [
            String::new(),
            "%".to_owned(),
            "username=%ff%fe&password=%00".to_owned(),
            "{\"username\":\"ann\"}".to_owned(),
            format!("{encoded}&username=ben"),
            format!("{encoded}&password=other"),
            format!("username[]=ann&{encoded}"),
            "&=&=&=".repeat(100),
        ];
        let types = [
            "application/x-www-form-urlencoded",
            "application/json",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
        ];
        for (body, kind) in bodies.iter().flat_map(|body| types.map(|kind| (body, kind))) {
            let headers = [
                ("Content-Type", kind),
                ("Origin", &form.action.origin().ascii_serialization()),
            ];
            for page in ["login", "second-factor", "methods", "resend", "logout"] {
                let answer = visitor
                    .clone()
                    .send(http::Method::POST, &world.own_page(page), &headers, body)
                    .await;
                assert!(
                    (400..500).contains(&answer.status),
                    "{page}: {kind}: {body}: {}",
                    answer.status
                );
            }
        }
        is_well(&world).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_over_16_kib_is_413() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.page("/headers")).await;
        let form = login
            .form_with("password")
            .fill("username", "ann")
            .fill("password", &"x".repeat(17 * 1024));
        visitor.submit(&form).await.expect(413);

        let host = world.portal.host_str().expect("a host");
        let endless = format!(
            "POST /.vestibule/login HTTP/1.1\r\nHost: {host}:{}\r\nTransfer-Encoding: chunked\r\n\r\n5000\r\n{}\r\n",
            world.port(),
            "x".repeat(0x5000)
        );
        let (head, _) = exchange(world.port(), endless)
            .await
            .expect("an answer before the end of the body");
        assert!([403, 413].contains(&head.status()), "{}", head.status());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_do_not_exist_are_told_apart_from_methods_that_do_not() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        for name in ["nothing", "../login", "assets/nothing.css", "login/x"] {
            let answer = visitor.visit(&world.own_page(name)).await;
            assert!([200, 404].contains(&answer.status), "{name}: {}", answer.status);
        }
        visitor.visit(&world.own_page("nothing")).await.expect(404);
        let answer = visitor
            .send(http::Method::DELETE, &world.own_page("login"), &[], "")
            .await;
        assert_eq!(answer.status, 405);
    })
    .await;
}

/// Two requests in one piece, the first with a body that a second reader could take for a request.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_smuggled_behind_a_refused_request() {
    in_every_world(async |world| {
        let host = world.host();
        let smuggled = format!("GET /public/smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let outer = format!("POST /public/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}", smuggled.len());
        let mut wire = Wire::connect(world.port()).await;
        // It may be cut off in the middle.
        let _ = wire.send(outer).await;
        if let Some(head) = wire.head().await {
            assert!((400..500).contains(&head.status()), "{}", head.status());
            wire.body(&head).await;
        }
        assert!(wire.head().await.is_none(), "the connection is closed");
    })
    .await;
}

async fn is_refused(world: &World, request: &str) {
    let mut wire = Wire::connect(world.port()).await;
    // The gateway may close before it has read everything.
    let _ = wire.send(request).await;
    let status = wire.head().await.as_ref().map(Head::status);
    let start: String = request.chars().take(120).collect();
    assert!(
        status.is_none_or(|status| (400..500).contains(&status)),
        "{status:?} for {start:?}"
    );
}

/// After all that, the gateway still does its work and has not panicked.
async fn is_well(world: &World) {
    world
        .log_in(&mut Visitor::new(), &world.ann, "/headers")
        .await
        .expect(200);
    assert!(
        !world.server.program.log().contains("panicked"),
        "{}",
        world.server.program.log()
    );
}
