//! A form that is sent when its session has ended is not lost: it is kept for its sender, offered again once they have
//! logged in, and sent at most once. Strangers can have nothing kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Method;
use url::Url;

use crate::harness::answer::Answer;
use crate::harness::browser::Browser;
use crate::harness::clock::MovedClock;
use crate::harness::form::attribute;
use crate::harness::messages::Channel;
use crate::harness::patience::eventually;
use crate::harness::people::Person;
use crate::harness::ports::free_port;
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Request, Upstream};
use crate::harness::visitor::{NAVIGATION, Visitor};
use crate::harness::wire::{Wire, pattern};
use crate::harness::world::{World, in_every_world};

mod odd;

const TYPED: &str = "what=Night+train&amount=97";
const URLENCODED: &str = "application/x-www-form-urlencoded";

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_offered_after_the_login_and_sent_once() {
    in_every_world(async |world| {
        let mut ben = Visitor::new();
        let saved = too_late(&world, &mut ben, TYPED).await;
        assert!(saved.text().contains("Your form is not sent yet"), "{}", saved.text());
        let offer = log_in_for(&world, &mut ben, (&world.ben, &saved)).await.expect(200);
        assert!(offer.url.path().starts_with("/.vestibule/form/"), "{}", offer.url);
        assert!(
            offer.text().contains("Send the form you filled in?"),
            "{}",
            offer.text()
        );
        assert!(!offer.body.contains("Night"), "what is in it is not shown");

        let answer = press(&mut ben, &offer).await;
        assert_eq!(answer.url, world.page("/form"));
        let words = answer.text();
        for expected in ["Thank you", "Night train", "97", world.ben.username.as_str()] {
            assert!(words.contains(expected), "{expected}: {words}");
        }
        let again = press(&mut ben, &offer).await.expect(409);
        assert!(again.text().contains("Your form was sent"), "{}", again.text());
        let shown = ben.visit(&offer.url).await.expect(409);
        assert!(shown.text().contains("The application answered"), "{}", shown.text());
        let page = ben.visit(&world.page("/form")).await.expect(200);
        assert!(page.text().contains("Expenses"), "the page itself can be loaded again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_on_a_phone_loses_nothing() {
    in_every_world(async |world| {
        let browser = Browser::phone().await;
        browser.open(&world.page("/form")).await;
        browser.enter_password(&world.ann).await;
        browser.enter_code(&world.ann.app().new_code().await).await;
        browser.arrives_at(&world.page("/form")).await;
        browser.fill("what", "Night train").await;
        browser.fill("amount", "97").await;
        end_sessions(&world, &world.ann).await;
        browser.press_button("Send").await;
        browser.reads("Your form is not sent yet").await;
        assert!(browser.fits_the_screen().await);
        browser.press_link("Log in").await;
        browser.enter_password(&world.ann).await;
        browser.enter_code(&world.ann.app().new_code().await).await;
        browser.reads("Send the form you filled in?").await;
        assert!(browser.fits_the_screen().await && browser.has_styles().await);
        browser.press_button("Send it").await;
        browser.reads("Thank you").await;
        assert!(browser.text().await.contains("Night train"));
        browser.arrives_at(&world.page("/form")).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_may_have_ended_by_itself() {
    let clock = MovedClock::right();
    let world = World::demo_in(&clock.environment()).await;
    let mut ben = Visitor::new();
    world.log_in(&mut ben, &world.ben, "/form").await;
    clock.put_forward(Duration::from_mins(70));
    // The first answers after such a leap may be an outage.
    let saved = eventually("the form to be kept", async || {
        let answer = post(&world, &mut ben, TYPED).await;
        (answer.status == 401).then_some(answer)
    })
    .await;
    assert!(saved.text().contains("Your form is not sent yet"), "{}", saved.text());
    let offer = log_in_for(&world, &mut ben, (&world.ben, &saved)).await.expect(200);
    let answer = press(&mut ben, &offer).await.expect(200);
    assert!(answer.text().contains("Thank you"), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_may_have_been_ended_in_another_tab() {
    let upstream = Upstream::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url())).await;
    let mut ben = Visitor::new();
    world.log_in(&mut ben, &world.ben, "/form").await;
    let page = ben.visit(&world.own_page("logout")).await.expect(200);
    ben.submit(&page.form_to("logout")).await;
    eventually("the door to close", async || {
        (ben.clone().open(&world.page("/form")).await.status == 303).then_some(())
    })
    .await;
    let saved = post(&world, &mut ben, TYPED).await.expect(401);
    assert!(saved.text().contains("Your form is not sent yet"), "{}", saved.text());
    let offer = log_in_for(&world, &mut ben, (&world.ben, &saved)).await.expect(200);
    press(&mut ben, &offer).await.expect(200);
    assert_eq!(posts(&upstream).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_is_not_offered_it() {
    in_every_world(async |world| {
        let mut browser = Visitor::new();
        let saved = too_late(&world, &mut browser, TYPED).await;
        // In the same browser, by the same link.
        let page = browser.visit(&way_on(&saved)).await;
        let second = browser.enter_password(&page, &world.ann).await;
        let answer = browser.enter_code(&second, &world.ann.app().new_code().await).await;
        let landed = browser.follow(answer).await.expect(404);
        assert!(landed.text().contains("There is no form to send"), "{}", landed.text());
        assert!(!landed.body.contains("Night"));

        // The right person, in another browser.
        let mut elsewhere = Visitor::new();
        world.log_in(&mut elsewhere, &world.ben, "/headers").await.expect(200);
        elsewhere.visit(&landed.url).await.expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_clicks_one_sends_it() {
    let upstream = Upstream::start().await;
    let plan = Plan::new().upstream(&upstream.url()).more(
        "[limits]\nsession_requests_at_a_time = 1000\nsession_requests_per_second = 5000\nrequests_per_second = 5000",
    );
    let world = World::serve(plan).await;
    let mut ben = Visitor::new();
    let saved = too_late(&world, &mut ben, TYPED).await;
    let offer = log_in_for(&world, &mut ben, (&world.ben, &saved)).await.expect(200);
    let (sent, late) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let clicks = (0..200).map(|_| {
        let (mut tab, offer) = (ben.clone(), offer.clone());
        let (sent, late) = (Arc::clone(&sent), Arc::clone(&late));
        tokio::spawn(async move {
            let answer = press(&mut tab, &offer).await;
            let counted = match answer.status {
                200 => sent,
                409 => late,
                other => panic!("{other}: {}", answer.text()),
            };
            counted.fetch_add(1, Ordering::Relaxed);
        })
    });
    for click in clicks.collect::<Vec<_>>() {
        click.await.expect("an answer");
    }
    assert_eq!((sent.load(Ordering::Relaxed), late.load(Ordering::Relaxed)), (1, 199));
    let posts = posts(&upstream);
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].body, TYPED.as_bytes());
    let head = &posts[0].head;
    assert_eq!(head.values("content-type"), [URLENCODED]);
    assert_eq!(head.values("content-length"), [TYPED.len().to_string()]);
    assert_eq!(head.values("remote-user"), ["ben"]);
    assert_eq!(
        head.values("origin"),
        [world.application.as_str().trim_end_matches('/')]
    );
    assert_eq!(head.values("vestibule-assertion").len(), 1);
    assert!(head.values("cookie").is_empty(), "{head:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sends_it_again_when_the_answer_is_lost() {
    let upstream = Upstream::answering(|request: &Request| match request.head.start.starts_with("POST") {
        true => Reply::Silence,
        false => Reply::text("a page"),
    })
    .await;
    let mut world = World::serve(Plan::new().upstream(&upstream.url())).await;
    let mut ben = Visitor::new();
    let saved = too_late(&world, &mut ben, TYPED).await;
    let offer = log_in_for(&world, &mut ben, (&world.ben, &saved)).await.expect(200);
    let under_way = ben.submit(&offer.form_with("csrf")).await.expect(200);
    let (host, cookies) = (world.host(), ben.cookies.header(&world.application));
    let mut wire = Wire::connect(world.port()).await;
    let request = format!("GET /form HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nCookie: {cookies}\r\n\r\n");
    wire.send(request).await.expect("sent");
    upstream.request_for("/form").await;
    eventually("the form at the application", async || {
        (!posts(&upstream).is_empty()).then_some(())
    })
    .await;

    world.server.crash_and_start_again().await;
    let mut tab = ben.clone();
    let shown = ben.visit(&offer.url).await.expect(409);
    assert!(shown.text().contains("but no answer came"), "{}", shown.text());
    // The one request that was allowed is allowed no more.
    let again = tab.follow(under_way).await.expect(409);
    assert!(again.text().contains("but no answer came"), "{}", again.text());
    assert_eq!(posts(&upstream).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_said_to_be_lost() {
    let upstream = Upstream::answering(|request: &Request| match request.head.start.starts_with("POST") {
        true => Reply::Raw(String::new()),
        false => Reply::text("a page"),
    })
    .await;
    let world = World::serve(Plan::new().upstream(&upstream.url()).application("timeout = \"2s\"")).await;
    let mut ben = Visitor::new();
    let saved = too_late(&world, &mut ben, TYPED).await;
    let offer = log_in_for(&world, &mut ben, (&world.ben, &saved)).await.expect(200);
    let lost = press(&mut ben, &offer).await;
    assert!(matches!(lost.status, 502 | 504), "{}", lost.status);
    assert!(lost.text().contains("but no answer came"), "{}", lost.text());
    ben.visit(&offer.url).await.expect(409);
    assert_eq!(posts(&upstream).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_left_waits_again() {
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let world = World::serve(Plan::new().upstream(&nobody)).await;
    let mut ben = Visitor::new();
    let saved = too_late(&world, &mut ben, TYPED).await;
    let offer = log_in_for(&world, &mut ben, (&world.ben, &saved)).await.expect(200);
    let down = press(&mut ben, &offer).await.expect(502);
    assert!(!down.text().contains("Your form was sent"), "{}", down.text());
    let back = down.body.split("<a").find(|tag| tag.contains("/.vestibule/form/"));
    let back = back.and_then(|tag| attribute(tag, "href")).expect("a way back");
    let again = ben.visit(&down.url.join(&back).expect("a URL")).await.expect(200);
    assert_eq!(again.url, offer.url);
    assert!(!ben.cookies.header(&world.application).contains("vestibule-sending"));
    assert!(again.text().contains("Send the form you filled in?"));
}

/// Ben's form, sent after his session was ended.
async fn too_late(world: &World, browser: &mut Visitor, typed: &str) -> Answer {
    world.log_in(browser, &world.ben, "/form").await;
    end_sessions(world, &world.ben).await;
    post(world, browser, typed).await.expect(401)
}

async fn end_sessions(world: &World, person: &Person) {
    world
        .command(&["session", "end", "--user", &person.username], "")
        .await
        .expect(0);
    eventually("no session", async || {
        (world.open_sessions(person).await == 0).then_some(())
    })
    .await;
    // The running program reads of it within 250 ms.
    tokio::time::sleep(Duration::from_millis(600)).await;
}

async fn post(world: &World, browser: &mut Visitor, typed: &str) -> Answer {
    let origin = world.application.origin().ascii_serialization();
    let own = [("Origin", origin.as_str()), ("Content-Type", URLENCODED)];
    let headers = [NAVIGATION, &own].concat();
    browser.send(Method::POST, &world.page("/form"), &headers, typed).await
}

/// Where the page of a kept form leads.
fn way_on(saved: &Answer) -> Url {
    let link = saved.body.split("<a").find(|tag| tag.contains("/.vestibule/login?to="));
    let link = link.and_then(|tag| attribute(tag, "href"));
    let link = link.unwrap_or_else(|| panic!("no link: {}", saved.text()));
    saved.url.join(&link).expect("a URL")
}

/// Logs in by that page's link.
async fn log_in_for(world: &World, browser: &mut Visitor, (person, saved): (&Person, &Answer)) -> Answer {
    let page = browser.visit(&way_on(saved)).await;
    let second = browser.enter_password(&page, person).await;
    let code = world.message_to(person, Channel::Email).await.code();
    let answer = browser.enter_code(&second, &code).await;
    browser.follow(answer).await
}

/// Says yes, and goes where that leads.
async fn press(browser: &mut Visitor, offer: &Answer) -> Answer {
    let answer = browser.submit(&offer.form_with("csrf")).await;
    browser.follow(answer).await
}

fn posts(upstream: &Upstream) -> Vec<Request> {
    let all = upstream.requests().into_iter();
    all.filter(|request| request.head.start.starts_with("POST")).collect()
}
