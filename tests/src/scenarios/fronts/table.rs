//! The rows of the table. Each is true of every way to the application.

use std::net::IpAddr;
use std::time::Duration;

use http::Method;
use tokio::time::timeout;

use super::Place;
use super::strips::{FORGED, folded};
use crate::harness::front::Kind;
use crate::harness::messages::Channel;
use crate::harness::patience::within;
use crate::harness::visitor::{NAVIGATION, Visitor};

/// How long a front may wait for an answer that does not come.
const IMPATIENCE: Duration = Duration::from_secs(10);
/// How long Traefik does, which cannot be told otherwise.
const IMPATIENCE_OF_TRAEFIK: Duration = Duration::from_secs(35);
const SCRIPT: &[(&str, &str)] = &[("Accept", "application/json"), ("Sec-Fetch-Mode", "cors")];

pub(super) async fn every_row(mut place: Place) {
    let place_ref = &place;
    whoever_is_nobody_sees_public_pages_only(place_ref).await;
    one_factor_opens_what_it_is_enough_for(place_ref).await;
    let mut ann = a_deep_link_leads_through_the_login_and_back(place_ref, "/deep?x=1&y=%2F").await;
    the_application_learns_who_came(place_ref, &mut ann).await;
    nobody_forges_an_identity(place_ref, &mut ann).await;
    forms_and_scripts_pass_with_a_session(place_ref, &mut ann).await;
    outsiders_are_refused(place_ref, &mut ann).await;
    tunnels_open_for_own_pages_only(place_ref, &mut ann).await;
    no_spelling_finds_a_laxer_rule(place_ref, &mut ann).await;
    nobody_asks_from_outside(place_ref, &mut ann).await;
    logging_out_closes_the_door(place_ref, &mut ann).await;
    let mut again = a_deep_link_leads_through_the_login_and_back(place_ref, "/again").await;
    a_slow_store_is_an_outage(&mut place, &mut again).await;
    an_outage_is_closed(&mut place, &mut again).await;
}

async fn whoever_is_nobody_sees_public_pages_only(place: &Place) {
    let mut nobody = place.visitor();
    let answer = nobody.open(&place.world.page("/public/a?b=c")).await.expect(200);
    assert_eq!(answer.body, "reached");
    let seen = place.upstream.request_for("/public/a?b=c").await;
    // Set to nobody, or not there at all.
    assert!(seen.head.values("remote-user").iter().all(|user| user.is_empty()));
    assert!(
        seen.head
            .values("vestibule-assertion")
            .iter()
            .all(|text| text.is_empty())
    );

    let told = nobody
        .send(Method::GET, &place.world.page("/script"), SCRIPT, "")
        .await
        .expect(401);
    assert!(told.body.contains("login_required"), "{}", told.body);
    let form = [NAVIGATION, &[("Content-Type", "application/x-www-form-urlencoded")]].concat();
    nobody
        .send(Method::POST, &place.world.page("/form"), &form, "a=b")
        .await
        .expect(401);
    assert!(place.reached("/script").is_none() && place.reached("/form").is_none());
}

async fn one_factor_opens_what_it_is_enough_for(place: &Place) {
    let (world, mut ann) = (&place.world, place.visitor());
    let login = ann.visit(&world.page("/members/1")).await.expect(200);
    let landed = ann.enter_password(&login, &world.ann).await.expect(200);
    assert_eq!(landed.body, "reached");
    let seen = place.upstream.request_for("/members/1").await;
    assert_eq!(seen.head.values("remote-user"), ["ann"]);

    // A stricter page asks for the second factor alone; programs are told so.
    ann.send(Method::GET, &world.page("/deep/script"), SCRIPT, "")
        .await
        .expect(401);
    let second = ann.visit(&world.page("/deep/2")).await.expect(200);
    assert_eq!(second.url.path(), "/.vestibule/second-factor", "{}", second.text());
    assert!(place.reached("/deep/script").is_none() && place.reached("/deep/2").is_none());
    let by_text = ann.try_another_method(&second, "Text message").await;
    let code = world.message_to(&world.ann, Channel::Sms).await.code();
    let answer = ann.enter_code(&by_text, &code).await;
    assert_eq!(ann.follow(answer).await.expect(200).body, "reached");
    place.upstream.request_for("/deep/2").await;
}

async fn a_deep_link_leads_through_the_login_and_back(place: &Place, target: &str) -> Visitor {
    let mut ann = place.visitor();
    let answer = ann.open(&place.world.page(target)).await.expect(303);
    let login = answer.onward().expect("a place");
    assert_eq!(
        (login.host_str(), login.path()),
        (Some("login.localhost"), "/.vestibule/login")
    );
    assert!(place.reached(target).is_none());
    let landed = place.world.log_in(&mut ann, &place.world.ann, target).await.expect(200);
    assert_eq!(landed.body, "reached");
    ann
}

async fn the_application_learns_who_came(place: &Place, ann: &mut Visitor) {
    ann.cookies.set(&place.world.application, "theme", "dark");
    ann.open(&place.world.page("/who")).await.expect(200);
    let head = place.upstream.request_for("/who").await.head;
    for (name, value) in [
        ("remote-user", "ann"),
        ("remote-email", "ann@example.test"),
        ("remote-name", "Ann Example"),
        ("remote-groups", "staff"),
    ] {
        assert_eq!(head.values(name), [value], "{head:?}");
    }
    assert_eq!(head.values("vestibule-assertion").len(), 1);
    assert!(
        head.value("vestibule-assertion")
            .is_some_and(|text| text.matches('.').count() == 2)
    );
    assert_eq!(head.values("cookie"), ["theme=dark"], "ours stay with us");
    let source = head.values("x-forwarded-for");
    assert_eq!(source.len(), 1, "{source:?}");
    // To Envoy whoever comes from this machine comes from its first address.
    let is_envoy = place.is_behind(Kind::Envoy);
    assert!(
        source == ["127.0.0.1"] || is_envoy && source[0].parse::<IpAddr>().is_ok(),
        "{source:?}"
    );
    assert_eq!(head.values("x-forwarded-proto"), ["https"]);
    assert_eq!(head.value("host"), Some(place.world.host().as_str()));
}

async fn nobody_forges_an_identity(place: &Place, ann: &mut Visitor) {
    let mut nobody = place.visitor();
    for (index, name) in FORGED.iter().enumerate() {
        for (visitor, path) in [(&mut nobody, "/public/"), (&mut *ann, "/forged/")] {
            let target = format!("{path}{index}");
            let forged = [NAVIGATION, &[(*name, "mallory")]].concat();
            visitor.send(Method::GET, &place.world.page(&target), &forged, "").await;
            // A forgery may be refused instead.
            if let Some(seen) = place.reached(&target) {
                assert!(
                    !format!("{:?}", seen.head).contains("mallory"),
                    "{name}: {:?}",
                    seen.head
                );
                let users = seen.head.headers.iter().filter(|(own, _)| folded(own) == "remote-user");
                let users: Vec<&str> = users
                    .map(|(_, value)| value.as_str())
                    .filter(|user| !user.is_empty())
                    .collect();
                assert_eq!(users.len(), usize::from(path == "/forged/"), "{name}: {:?}", seen.head);
            }
        }
    }
    let seen = place
        .upstream
        .requests()
        .into_iter()
        .filter(|request| request.head.target().starts_with("/forged/"));
    assert!(
        seen.count() > FORGED.len() / 2,
        "most forgeries are dropped, not refused"
    );
}

async fn forms_and_scripts_pass_with_a_session(place: &Place, ann: &mut Visitor) {
    let answer = ann
        .send(Method::POST, &place.world.page("/posted"), SCRIPT, "name=Ann")
        .await
        .expect(200);
    assert_eq!(answer.body, "reached");
    let seen = place.upstream.request_for("/posted").await;
    assert_eq!(
        (seen.head.start.split(' ').next(), seen.body.as_slice()),
        (Some("POST"), b"name=Ann".as_slice())
    );
    ann.send(Method::GET, &place.world.page("/api"), SCRIPT, "")
        .await
        .expect(200);
    ann.send(Method::HEAD, &place.world.page("/head"), NAVIGATION, "")
        .await
        .expect(200);
}

async fn outsiders_are_refused(place: &Place, ann: &mut Visitor) {
    ann.open(&place.world.page("/ledger/1")).await.expect(403);
    ann.send(Method::GET, &place.world.page("/ledger/2"), SCRIPT, "")
        .await
        .expect(403);
    assert!(place.reached("/ledger/1").is_none() && place.reached("/ledger/2").is_none());
}

async fn tunnels_open_for_own_pages_only(place: &Place, ann: &mut Visitor) {
    let own = place.world.application.origin().ascii_serialization();
    for (path, origin, status) in [
        ("/socket/own", own.as_str(), 101),
        ("/socket/foreign", "https://evil.example", 403),
    ] {
        let handshake = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Origin", origin),
        ];
        let answer = ann.handshake(&place.world.page(path), &handshake).await;
        assert_eq!(answer, status, "{path}");
        assert_eq!(place.reached(path).is_some(), status == 101);
    }
}

async fn no_spelling_finds_a_laxer_rule(place: &Place, ann: &mut Visitor) {
    let mut nobody = place.visitor();
    for path in [
        "/public/..;/deep",
        "/public/%252e%252e/deep",
        "/public/..%2fdeep",
        "/public/..%5cdeep",
        "/.VESTIBULE/deep",
    ] {
        let before = place.upstream.requests().len();
        let answer = nobody.open(&place.world.page(path)).await;
        assert_ne!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(place.upstream.requests().len(), before, "{path}");
    }
    // The bytes forwarded are the bytes sent; Traefik merges slashes before it asks.
    ann.open(&place.world.page("/a%20b//c;d?e=%2f")).await.expect(200);
    let forwarded = if place.is_behind(Kind::Traefik) {
        "/a%20b/c;d?e=%2f"
    } else {
        "/a%20b//c;d?e=%2f"
    };
    place.upstream.request_for(forwarded).await;
}

async fn nobody_asks_from_outside(place: &Place, ann: &mut Visitor) {
    let url = place.world.page("/who").to_string();
    let host = place.world.host();
    let question = [
        ("X-Original-URL", url.as_str()),
        ("X-Original-Method", "GET"),
        ("X-Forwarded-Method", "GET"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", host.as_str()),
        ("X-Forwarded-Uri", "/who"),
    ];
    for path in ["nginx", "forward", "envoy/who", "envoy", ""] {
        for place in [
            place.world.page(&format!("/.vestibule/authorize/{path}")),
            place.world.own_page(&format!("authorize/{path}")),
        ] {
            let answer = ann.send(Method::GET, &place, &question, "").await;
            assert!([403, 404].contains(&answer.status), "{place}: {}", answer.status);
            assert!(answer.headers.get("remote-user").is_none() && answer.headers.get("vestibule-assertion").is_none());
        }
    }
}

async fn logging_out_closes_the_door(place: &Place, ann: &mut Visitor) {
    ann.open(&place.world.page("/before")).await.expect(200);
    let page = ann.visit(&place.world.page("/.vestibule/logout")).await.expect(200);
    ann.submit(&page.form_to("logout")).await;
    within(Duration::from_secs(1), "the door to close", async || {
        (ann.open(&place.world.page("/after")).await.status == 303).then_some(())
    })
    .await;
    let told = ann
        .send(Method::GET, &place.world.page("/after/script"), SCRIPT, "")
        .await;
    told.expect(401);
    assert!(place.reached("/after/script").is_none());
}

async fn a_slow_store_is_an_outage(place: &mut Place, ann: &mut Visitor) {
    place.world.server.crash_and_start_again().await; // so that the session is in no read cache
    place.world.redis().freeze();
    closed(place, ann, "/slow").await;
    place.world.redis().thaw();
    is_open_again(place, ann, "/quick").await;
}

/// Behind a front the gateway freezes, and dies; its own proxy has nothing to say then.
async fn an_outage_is_closed(place: &mut Place, ann: &mut Visitor) {
    if place.front.is_none() {
        return;
    }
    place.world.server.program.freeze().await;
    let mut nobody = place.visitor();
    tokio::join!(
        closed(place, ann, "/frozen"),
        closed(place, &mut nobody, "/public/frozen")
    );
    place.world.server.program.signal("CONT");
    is_open_again(place, ann, "/thawed").await;
    place.world.server.program.kill().await;
    closed(place, ann, "/dead").await;
    closed(place, ann, "/public/dead").await;
}

async fn closed(place: &Place, ann: &mut Visitor, path: &str) {
    let impatience = if place.is_behind(Kind::Traefik) {
        IMPATIENCE_OF_TRAEFIK
    } else {
        IMPATIENCE
    };
    let answer = timeout(impatience, ann.open(&place.world.page(path))).await;
    let answer = answer.expect("an answer");
    assert!(
        answer.status >= 500 || answer.status == 403,
        "{path}: {}",
        answer.status
    );
    assert!(place.reached(path).is_none() && answer.body != "reached");
    assert!(!answer.headers.contains_key("set-cookie"), "the cookie stays");
}

async fn is_open_again(place: &Place, ann: &mut Visitor, path: &str) {
    within(IMPATIENCE, "the door to open", async || {
        (ann.open(&place.world.page(path)).await.status == 200).then_some(())
    })
    .await;
}
