//! What is not kept is told so before anything of it is read.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_of_strangers_or_of_what_is_no_form() {
    let upstream = Upstream::start().await;
    let mut world = World::serve(Plan::new().upstream(&upstream.url())).await;
    let mut ben = Visitor::new();
    world.log_in(&mut ben, &world.ben, "/form").await;
    end_sessions(&world, &world.ben).await;
    let (host, origin) = (world.host(), world.application.origin().ascii_serialization());
    let cookie = format!("Cookie: {}", ben.cookies.header(&world.application));
    let forged = format!("Cookie: {}={}", world.session_cookie(), "A".repeat(43));
    let twice = format!("{cookie}; {}={}", world.session_cookie(), "A".repeat(43));
    let own = format!("Origin: {origin}");
    let kind = format!("Content-Type: {URLENCODED}");
    let (length, site) = ("Content-Length: 300000", "Sec-Fetch-Site: same-origin");
    let rows: &[(&str, &[&str])] = &[
        ("no cookie", &[&own, &kind, site, length]),
        ("a forged cookie", &[&forged, &own, &kind, site, length]),
        ("two cookies", &[&twice, &own, &kind, site, length]),
        ("no origin", &[&cookie, &kind, site, length]),
        (
            "a foreign origin",
            &[&cookie, "Origin: https://evil.example", &kind, site, length],
        ),
        ("no origin to tell", &[&cookie, "Origin: null", &kind, site, length]),
        (
            "two origins",
            &[&cookie, &own, "Origin: https://evil.example", &kind, site, length],
        ),
        (
            "another site",
            &[&cookie, &own, &kind, "Sec-Fetch-Site: cross-site", length],
        ),
        (
            "a neighbour",
            &[&cookie, &own, &kind, "Sec-Fetch-Site: same-site", length],
        ),
        (
            "no form",
            &[&cookie, &own, "Content-Type: application/json", site, length],
        ),
        ("text", &[&cookie, &own, "Content-Type: text/plain", site, length]),
        ("no kind", &[&cookie, &own, site, length]),
        ("too much", &[&cookie, &own, &kind, site, "Content-Length: 1048577"]),
        ("no length", &[&cookie, &own, &kind, site, "Transfer-Encoding: chunked"]),
    ];
    for (name, lines) in rows {
        let mut wire = Wire::connect(world.port()).await;
        let head = format!(
            "POST /form HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n{}\r\n\r\n",
            lines.join("\r\n")
        );
        wire.send(head).await.expect(name);
        // Not a byte of the body is sent.
        let answer = wire.head().await.expect(name);
        assert_eq!(answer.status(), 401, "{name}");
        let body = wire.body(&answer).await.text();
        assert!(body.contains("Your form was not sent"), "{name}: {body}");
        let ours = answer.values("set-cookie");
        assert!(
            ours.iter().all(|line| !line.contains("vestibule-form")),
            "{name}: {ours:?}"
        );
    }
    assert!(posts(&upstream).is_empty());
    assert_eq!(kept(&mut world), 0);
    let saved = post(&world, &mut ben, TYPED).await.expect(401);
    assert!(saved.text().contains("not sent yet"), "the cookie itself was good");
    assert_eq!(kept(&mut world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mebibyte_of_anything_is_kept_as_it_came() {
    let upstream = Upstream::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url())).await;
    let mut ben = Visitor::new();
    world.log_in(&mut ben, &world.ben, "/upload?to=1").await;
    end_sessions(&world, &world.ben).await;
    let (host, origin) = (world.host(), world.application.origin().ascii_serialization());
    let mut wire = Wire::connect(world.port()).await;
    let head = format!(
        "POST /upload?to=1 HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nReferer: {origin}/page\r\nOrigin: {origin}\r\nCookie: {}\r\n\
         Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1048576\r\n\r\n",
        ben.cookies.header(&world.application)
    );
    wire.send(head).await.expect("sent");
    wire.send_pattern(1024 * 1024).await.expect("sent");
    let answer = wire.head().await.expect("an answer");
    let body = wire.body(&answer).await.text();
    assert!(answer.status() == 401 && body.contains("not sent yet"), "{body}");
    for line in answer.values("set-cookie") {
        let (pair, _) = line.split_once(';').expect("a cookie");
        let (name, value) = pair.split_once('=').expect("a cookie");
        ben.cookies.set(&world.application, name, value);
    }
    let saved = Answer {
        url: world.page("/upload?to=1"),
        status: 401,
        headers: http::HeaderMap::new(),
        body,
    };
    let offer = log_in_for(&world, &mut ben, (&world.ben, &saved)).await.expect(200);
    let answer = press(&mut ben, &offer).await.expect(200);
    assert_eq!(answer.url, world.page("/upload?to=1"));
    let sent = posts(&upstream).pop().expect("a form");
    assert_eq!(sent.head.target(), "/upload?to=1");
    assert_eq!(sent.head.values("content-type"), ["multipart/form-data; boundary=x"]);
    assert_eq!(sent.head.values("referer"), [format!("{origin}/page")]);
    assert!(sent.length == 1024 * 1024 && sent.is_pattern);
    assert_eq!(sent.body[..16], *pattern(0, 16));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_has_their_share_and_an_application_its_say() {
    let plan = Plan::new().more("[saved_forms]\nper_person = 2\nlargest = 2048");
    let mut world = World::serve(plan).await;
    let mut ben = Visitor::new();
    let saved = too_late(&world, &mut ben, TYPED).await;
    assert!(saved.text().contains("not sent yet"));
    let large = post(&world, &mut ben, &"x".repeat(2049)).await.expect(401);
    assert!(large.text().contains("Your form was not sent"));
    for expected in ["not sent yet", "Your form was not sent", "Your form was not sent"] {
        let said = post(&world, &mut ben, TYPED).await.expect(401);
        assert!(said.text().contains(expected), "{}", said.text());
    }
    assert_eq!(kept(&mut world), 2);

    let mut world = World::serve(Plan::new().application("unsent_forms = \"lost\"")).await;
    let mut ben = Visitor::new();
    let lost = too_late(&world, &mut ben, TYPED).await;
    assert!(lost.text().contains("Your form was not sent"), "{}", lost.text());
    assert_eq!(kept(&mut world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_store_nothing_is_kept_and_nothing_sent() {
    let upstream = Upstream::start().await;
    let mut world = World::serve(Plan::new().upstream(&upstream.url())).await;
    let mut ben = Visitor::new();
    let saved = too_late(&world, &mut ben, TYPED).await;
    world.redis().freeze();
    post(&world, &mut ben, TYPED).await.expect(503);
    world.redis().thaw();
    let offer = log_in_for(&world, &mut ben, (&world.ben, &saved)).await.expect(200);
    let under_way = ben.submit(&offer.form_with("csrf")).await.expect(200);
    world.redis().freeze();
    ben.follow(under_way.clone()).await.expect(503);
    world.redis().thaw();
    assert!(posts(&upstream).is_empty());
    ben.follow(under_way).await.expect(200);
    assert_eq!(posts(&upstream).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_nobody_waited_for_is_taken_back() {
    let upstream = Upstream::start().await;
    let mut world = World::serve(Plan::new().upstream(&upstream.url())).await;
    let mut ben = Visitor::new();
    let saved = too_late(&world, &mut ben, TYPED).await;
    let offer = log_in_for(&world, &mut ben, (&world.ben, &saved)).await.expect(200);
    let under_way = ben.submit(&offer.form_with("csrf")).await.expect(200);
    // Reads are answered; what is written is, but too late.
    world.redis().command(&["CLIENT", "PAUSE", "2500", "WRITE"]);
    let waiting = version(&mut world);
    ben.follow(under_way).await.expect(503);
    eventually("the claim", async || (version(&mut world) != waiting).then_some(())).await;
    let offered = eventually("the form to wait again", async || {
        let shown = ben.visit(&offer.url).await;
        (shown.status == 200).then_some(shown)
    })
    .await;
    assert!(posts(&upstream).is_empty());
    press(&mut ben, &offered).await.expect(200);
    assert_eq!(posts(&upstream).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_own_page_sends_it() {
    let upstream = Upstream::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url())).await;
    let mut ben = Visitor::new();
    let saved = too_late(&world, &mut ben, TYPED).await;
    let offer = log_in_for(&world, &mut ben, (&world.ben, &saved)).await.expect(200);
    let form = offer.form_with("csrf");
    let mut wrong = ben.clone();
    wrong.submit(&form.clone().fill("csrf", "x")).await.expect(403);
    let foreign = [
        NAVIGATION,
        &[("Origin", "https://evil.example"), ("Content-Type", URLENCODED)],
    ]
    .concat();
    wrong
        .send(Method::POST, &form.action, &foreign, &form.encoded())
        .await
        .expect(403);
    // A wish is for its own address, and for the browser that had it.
    let under_way = ben.submit(&form).await.expect(200);
    ben.open(&world.page("/elsewhere")).await.expect(200);
    let mut thief = ben.clone();
    thief.cookies.set(
        &world.application,
        &format!("vestibule-form-{}", world.port()),
        &"A".repeat(43),
    );
    thief.open(&world.page("/form")).await.expect(200);
    assert!(posts(&upstream).is_empty());
    // Ended again meanwhile: it is not sent, and still there.
    end_sessions(&world, &world.ben).await;
    let ended = ben.follow(under_way).await.expect(401);
    assert!(ended.text().contains("not sent yet") && posts(&upstream).is_empty());
    let offer = log_in_for(&world, &mut ben, (&world.ben, &ended)).await.expect(200);
    press(&mut ben, &offer).await.expect(200);
    assert_eq!(posts(&upstream).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_sends_requests_on_by_itself_keeps_none() {
    let upstream = Upstream::start().await;
    let mut world = World::serve(Plan::new().upstream(&upstream.url()).in_small_proxy()).await;
    let mut ben = Visitor::new();
    let lost = too_late(&world, &mut ben, TYPED).await;
    assert!(lost.text().contains("Your form was not sent"), "{}", lost.text());
    assert_eq!(kept(&mut world), 0);
    assert!(posts(&upstream).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_load_of_its_page_becomes_the_form() {
    let upstream = Upstream::answering(|_: &Request| {
        let lines = "Cache-Control: public, max-age=600\r\nETag: \"1\"\r\nExpires: Fri, 01 Jan 2100 00:00:00 GMT";
        Reply::Raw(format!("HTTP/1.1 200 OK\r\n{lines}\r\nContent-Length: 2\r\n\r\nok"))
    })
    .await;
    let world = World::serve(
        Plan::new()
            .upstream(&upstream.url())
            .application("get_bodies = \"accepted\""),
    )
    .await;
    let mut ben = Visitor::new();
    let saved = too_late(&world, &mut ben, TYPED).await;
    let offer = log_in_for(&world, &mut ben, (&world.ben, &saved)).await.expect(200);
    let under_way = ben.submit(&offer.form_with("csrf")).await.expect(200);
    let page = world.page("/form");
    let fetch = |mode, dest| vec![("Accept", "*/*"), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", dest)];
    let ahead = [NAVIGATION, &[("Sec-Purpose", "prefetch")]].concat();
    let foreign = [&NAVIGATION[..3], &[("Sec-Fetch-Site", "cross-site")]].concat();
    for (method, headers, body) in [
        (Method::GET, fetch("cors", "empty"), ""),
        (Method::GET, fetch("no-cors", "image"), ""),
        (Method::GET, fetch("navigate", "iframe"), ""),
        (Method::GET, ahead, ""),
        (Method::GET, foreign, ""),
        (Method::GET, NAVIGATION.to_vec(), "more"),
        (Method::HEAD, NAVIGATION.to_vec(), ""),
    ] {
        ben.clone()
            .send(method.clone(), &page, &headers, body)
            .await
            .expect(200);
        assert!(posts(&upstream).is_empty(), "{method} {headers:?} {body}");
    }
    // The page may be in the cache; that says nothing of the form, nor does the answer belong there.
    let cached = [
        ("If-None-Match", "\"1\""),
        ("If-Modified-Since", "Fri, 01 Jan 2021 00:00:00 GMT"),
        ("Range", "bytes=0-1"),
    ];
    assert_eq!(under_way.onward(), Some(page.clone()));
    let headers = [NAVIGATION, &cached].concat();
    let answer = ben.send(Method::GET, &page, &headers, "").await.expect(200);
    let kept = ["cache-control", "etag", "expires"].map(|name| answer.header(name));
    assert_eq!(kept, ["no-store", "", ""]);
    let sent = posts(&upstream).pop().expect("a form");
    assert_eq!(sent.body, TYPED.as_bytes());
    for (name, _) in cached {
        assert!(sent.head.values(&name.to_lowercase()).is_empty(), "{name}");
    }
}

/// Which writing of the only form the store keeps.
fn version(world: &mut World) -> String {
    let keys = world.redis().command(&["KEYS", "vestibule:form:*"]);
    world.redis().command(&["GETRANGE", keys.trim(), "0", "15"])
}

/// How many forms the store keeps.
fn kept(world: &mut World) -> usize {
    let keys = world.redis().command(&["KEYS", "vestibule:form:*"]);
    keys.lines().filter(|line| !line.is_empty()).count()
}
