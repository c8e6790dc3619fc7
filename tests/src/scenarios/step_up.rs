//! A session that is asked for more than it was opened with.

use url::Url;

use crate::harness::messages::Channel;
use crate::harness::patience::eventually;
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

/// `/fresh` leaves enough time to get there from the page that asks for the code, on a busy machine too.
const RULES: &str = r#"
[[application.rule]]
path = "/one"
require = "one_factor"
[[application.rule]]
path = "/two"
require = "two_factor"
[[application.rule]]
path = "/sms"
require = "two_factor"
methods = ["sms"]
[[application.rule]]
path = "/fresh"
require = "two_factor"
max_age = "3s"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_stricter_page_asks_for_the_second_factor_alone() {
    let (world, _upstream) = world().await;
    let mut ann = with_password_only(&world).await;
    let asked = ann.visit(&world.page("/two?deep")).await.expect(200);
    assert!(!asked.body.contains("type=\"password\""), "{}", asked.text());
    let answer = ann.enter_code(&asked, &world.ann.app().new_code().await).await;
    let landed = ann.follow(answer).await.expect(200);
    assert_eq!(landed.url, world.page("/two?deep"));
    ann.open(&world.page("/one")).await.expect(200);
    assert_eq!(
        world.open_sessions(&world.ann).await,
        1,
        "the session grew, none was added"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stricter_page_opened_again_and_again_sends_one_code() {
    let (world, _upstream) = world().await;
    let mut ann = with_password_only(&world).await;
    for _ in 0..4 {
        ann.visit(&world.page("/sms")).await.expect(200);
    }
    let asked = ann.visit(&world.page("/sms")).await.expect(200);
    let code = world.message_to(&world.ann, Channel::Sms).await.code();
    assert_eq!(world.messages().await.len(), 1);
    let answer = ann.enter_code(&asked, &code).await;
    assert_eq!(ann.follow(answer).await.expect(200).url, world.page("/sms"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_alone_makes_no_browser_known() {
    let (world, _upstream) = world().await;
    let mut ann = with_password_only(&world).await;
    let portal = world.own_page("login");
    let device = world.session_cookie().replacen("vestibule", "vestibule-device", 1);
    assert!(ann.cookies.value(&portal, &device).is_none());
    let asked = ann.visit(&world.page("/two")).await.expect(200);
    let answer = ann.enter_code(&asked, &world.ann.app().new_code().await).await;
    ann.follow(answer).await.expect(200);
    assert!(ann.cookies.value(&portal, &device).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gives_no_second_factor_stays_where_one_is_enough() {
    let (world, upstream) = world().await;
    let mut ann = with_password_only(&world).await;
    let asked = ann.visit(&world.page("/two")).await;
    ann.enter_code(&asked, &world.ann.app().wrong_code()).await.expect(422);
    let answer = ann.open(&world.page("/two")).await;
    assert!(answer.onward().is_some(), "{}", answer.status);
    ann.open(&world.page("/one")).await.expect(200);
    let targets = upstream.requests().into_iter().map(|request| request.head);
    assert!(targets.into_iter().all(|head| head.target() == "/one"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portals_token_from_before_a_step_up_is_dead() {
    let (world, _upstream) = world().await;
    the_token_before_is_dead(&world, &world.portal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_applications_token_from_before_a_step_up_is_dead() {
    let (world, _upstream) = world().await;
    the_token_before_is_dead(&world, &world.application).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_another_host_from_before_a_step_up_gains_nothing_by_it() {
    let upstream = Upstream::start().await;
    let plan = Plan::new().upstream(&upstream.url()).rules(RULES);
    let world = World::serve(plan.beside("other.localhost", &upstream.url(), RULES)).await;
    let mut ann = with_password_only(&world).await;
    let mut elsewhere = world.page("/one");
    elsewhere.set_host(Some("other.localhost")).expect("a host");
    ann.visit(&elsewhere).await.expect(200);
    let mut thief = Visitor::new();
    let old = token(&world, &ann, &elsewhere);
    thief.cookies.set(&elsewhere, &world.session_cookie(), &old);
    thief.open(&elsewhere).await.expect(200);

    let asked = ann.visit(&world.page("/two")).await;
    let answer = ann.enter_code(&asked, &world.ann.app().new_code().await).await;
    ann.follow(answer).await.expect(200);
    elsewhere.set_path("/two");
    let answer = thief.open(&elsewhere).await;
    assert!(answer.onward().is_some(), "{}: {}", answer.status, answer.text());
    ann.visit(&elsewhere).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_for_fresh_proofs_opens_after_a_new_code_and_asks_again() {
    let (world, _upstream) = world().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/two").await.expect(200);
    for _ in 0..2 {
        is_asked_again(&world, &mut ann).await;
        let asked = ann.visit(&world.page("/fresh")).await.expect(200);
        let answer = ann.enter_code(&asked, &world.ann.app().new_code().await).await;
        let landed = ann.follow(answer).await.expect(200);
        assert_eq!(landed.url, world.page("/fresh"));
    }
    ann.open(&world.page("/two")).await.expect(200);
}

/// Raises a session, and tries what its token at `host` opened before, and what the session opens now.
async fn the_token_before_is_dead(world: &World, host: &Url) {
    let mut ann = with_password_only(world).await;
    let old = token(world, &ann, host);
    let mut thief = Visitor::new();
    thief.cookies.set(host, &world.session_cookie(), &old);
    let mut copy = thief.clone();
    let reached = copy.visit(&world.page("/one")).await;
    assert_eq!(reached.body, "reached");

    let asked = ann.visit(&world.page("/two")).await;
    let answer = ann.enter_code(&asked, &world.ann.app().new_code().await).await;
    ann.follow(answer).await.expect(200);
    assert_ne!(token(world, &ann, host), old);

    let mut opened = Vec::new();
    for path in ["/one", "/two"] {
        let answer = thief.visit(&world.page(path)).await;
        opened.extend((answer.body == "reached").then_some(path));
    }
    assert!(opened.is_empty(), "the token from before opens {opened:?}");
    ann.open(&world.page("/two")).await.expect(200);
}

async fn is_asked_again(world: &World, visitor: &mut Visitor) {
    eventually("the proof to be too old", async || {
        let answer = visitor.open(&world.page("/fresh")).await;
        answer.onward()
    })
    .await;
}

async fn world() -> (World, Upstream) {
    let upstream = Upstream::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(RULES)).await;
    (world, upstream)
}

/// Ann where the password is enough.
async fn with_password_only(world: &World) -> Visitor {
    let mut ann = Visitor::new();
    let login = ann.visit(&world.page("/one")).await;
    let landed = ann.enter_password(&login, &world.ann).await.expect(200);
    assert_eq!((landed.url, landed.body.as_str()), (world.page("/one"), "reached"));
    ann
}

fn token(world: &World, visitor: &Visitor, url: &Url) -> String {
    let token = visitor.cookies.value(url, &world.session_cookie());
    token.unwrap_or_else(|| panic!("no session at {url}")).to_owned()
}
