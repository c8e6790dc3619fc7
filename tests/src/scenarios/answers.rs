//! An application's answers: as sent, but for what is ours, what was meant for us alone, and what its operator wants.

use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Request, Upstream};
use crate::harness::visitor::Visitor;
use crate::harness::wire::exchange;
use crate::harness::world::World;

const WANTED: &str = "[application.answers]\nsoftware = \"unnamed\"\nframes = \"same_origin\"\nkeeping = \"nothing_behind_two_factors\"\n";

/// Every way an application might try to set or delete a cookie of ours, `NAME` being its name.
const TRIES: &[&str] = &[
    "NAME=x",
    "NAME=; Max-Age=0",
    " NAME=x; Path=/",
    "NAME =x",
    "\tNAME=x; Domain=localhost",
    "=NAME=x",
    "= NAME=x",
    "NAME",
    "NAME; Max-Age=0",
    "__Host-vestibule=x; Secure; Path=/",
    "__HOST-Vestibule-Login=x; Secure; Path=/",
    "__host-vestibule-device=; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
];

#[tokio::test(flavor = "multi_thread")]
async fn an_application_neither_sets_nor_deletes_our_cookies() {
    let upstream = Upstream::answering(|request: &Request| {
        let name = request.head.target().trim_start_matches("/public/");
        let lines = TRIES
            .iter()
            .map(|line| format!("Set-Cookie:{}\r\n", line.replace("NAME", name)));
        let lines: String = lines.collect();
        Reply::Raw(format!(
            "HTTP/1.1 200 OK\r\n{lines}Set-Cookie: own=1\r\nClear-Site-Data: \"cache\", \"cookies\"\r\n\
             Clear-Site-Data: \"*\"\r\nContent-Length: 2\r\n\r\nok"
        ))
    })
    .await;
    let world = World::serve(Plan::new().upstream(&upstream.url())).await;
    for kind in ["", "-login", "-device"] {
        let name = format!("vestibule{kind}-{}", world.port());
        let request = format!("GET /public/{name} HTTP/1.1\r\nHost: {}\r\n\r\n", world.host());
        let (head, _) = exchange(world.port(), request).await.expect("an answer");
        assert_eq!(head.values("set-cookie"), ["own=1"], "{name}");
        let cleared = head.values("clear-site-data").join(",");
        assert!(
            cleared.contains("cache") && !cleared.contains("cookies") && !cleared.contains('*'),
            "{cleared}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_as_sent_unless_the_operator_wants_more() {
    let upstream = Upstream::answering(|_| {
        Reply::Raw(
            "HTTP/1.1 200 OK\r\nServer: Old/1\r\nX-Powered-By: Older\r\nConnection: X-Between\r\nX-Between: us\r\n\
             Keep-Alive: timeout=9\r\nCache-Control: public\r\nContent-Length: 2\r\n\r\nok"
                .to_owned(),
        )
    })
    .await;
    for wanted in ["", WANTED] {
        let world = World::serve(Plan::new().upstream(&upstream.url()).application(wanted)).await;
        let mut ben = Visitor::new();
        let behind = world.log_in(&mut ben, &world.ben, "/").await;
        let public = ben.open(&world.page("/public/")).await;
        for answer in [&behind, &public] {
            assert_eq!((answer.header("x-between"), answer.header("keep-alive")), ("", ""));
            let software = if wanted.is_empty() {
                ("Old/1", "Older")
            } else {
                ("", "")
            };
            assert_eq!((answer.header("server"), answer.header("x-powered-by")), software);
            let frames = if wanted.is_empty() { "" } else { "SAMEORIGIN" };
            assert_eq!(answer.header("x-frame-options"), frames);
        }
        let kept = if wanted.is_empty() { "public" } else { "no-store" };
        assert_eq!(
            (behind.header("cache-control"), public.header("cache-control")),
            (kept, "public")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_ours_carries_the_whole_set() {
    let world = World::serve(Plan::new()).await;
    let mut nobody = Visitor::new();
    let pages = [
        nobody.open(&world.page("/")).await.expect(303),
        nobody.open(&world.own_page("login")).await.expect(200),
        nobody.open(&world.own_page("nothing-here")).await.expect(404),
        nobody.open(&world.own_page("jwks.json")).await.expect(200),
    ];
    for answer in &pages {
        for (name, part) in [
            ("content-security-policy", "default-src 'none'; script-src 'self'"),
            ("content-security-policy", "frame-ancestors 'none'"),
            ("content-security-policy", "form-action 'self'"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            (
                "cache-control",
                if answer.url.path().ends_with("json") {
                    "max-age"
                } else {
                    "no-store"
                },
            ),
        ] {
            assert!(
                answer.header(name).contains(part),
                "{} {name}: {}",
                answer.url,
                answer.header(name)
            );
        }
        assert_eq!(answer.header("x-request-id").len(), 26, "{}", answer.url);
    }
}
