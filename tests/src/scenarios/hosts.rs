//! Several applications on hosts of their own, and a portal on another: one login, one session, a cookie for each host.

use std::time::Duration;

use url::Url;

use crate::harness::answer::Answer;
use crate::harness::patience::within;
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Upstream};
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

const OTHER_RULES: &str = r#"
[[application.rule]]
path = "/open"
require = "nothing"
[[application.rule]]
path = "/ledger"
require = "two_factor"
groups = ["bookkeepers"]
[[application.rule]]
path = "/files"
require = "two_factor"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn each_host_has_its_own_rules_and_server() {
    let (world, _other) = two_applications().await;
    let mut nobody = Visitor::new();
    let open = nobody.open(&on_other(&world, "/open")).await.expect(200);
    assert_eq!(open.body, "the other");
    let first_host = nobody.open(&world.page("/open")).await;
    assert!(leads_to_login(&world, &first_host), "{}", first_host.text());
    let public = nobody.open(&on_other(&world, "/public/")).await;
    public.expect(403);

    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    ann.visit(&on_other(&world, "/files")).await.expect(200);
    ann.open(&on_other(&world, "/ledger")).await.expect(403);
    ann.open(&world.page("/headers")).await.expect(200);
    ann.open(&on_other(&world, "/headers")).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_login_opens_every_host() {
    let (world, other) = two_applications().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let landed = ann.visit(&on_other(&world, "/files?of=ann")).await.expect(200);
    assert_eq!(
        (landed.url, landed.body.as_str()),
        (on_other(&world, "/files?of=ann"), "the other")
    );
    let seen = other.request_for("/files?of=ann").await;
    assert_eq!(seen.head.values("remote-user"), [world.ann.username.as_str()]);
    assert_eq!(world.open_sessions(&world.ann).await, 1);
    let hosts = [world.application.clone(), on_other(&world, "/"), world.portal.clone()];
    let mut tokens = hosts.map(|host| token(&world, &ann, &host));
    tokens.sort();
    assert!(
        tokens[0] != tokens[1] && tokens[1] != tokens[2],
        "each host has a token of its own"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_closes_every_host() {
    let (world, _other) = two_applications().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let files = on_other(&world, "/files");
    ann.visit(&files).await.expect(200);

    let page = ann.visit(&world.own_page("logout")).await.expect(200);
    ann.submit(&page.form_to("logout")).await;
    for url in [world.page("/headers"), files] {
        within(Duration::from_secs(1), "the door to close", async || {
            leads_to_login(&world, &ann.open(&url).await).then_some(())
        })
        .await;
        let asked = ann.visit(&url).await.expect(200);
        assert!(asked.form_with("password").has("username"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_of_one_host_is_worth_nothing_on_another() {
    let (world, _other) = two_applications().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let files = on_other(&world, "/files");
    ann.visit(&files).await.expect(200);
    let hosts = [world.page("/headers"), files, world.own_page("account")];
    for from in &hosts {
        for to in hosts.iter().filter(|to| *to != from) {
            let mut thief = Visitor::new();
            thief
                .cookies
                .set(to, &world.session_cookie(), &token(&world, &ann, from));
            let answer = thief.open(to).await;
            assert!(leads_to_login(&world, &answer), "{from} on {to}: {}", answer.status);
        }
    }
    ann.open(&hosts[0]).await.expect(200); // the attempts cost the owner nothing
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_good_once() {
    let (world, _other) = two_applications().await;
    let (mut ann, ticket) = on_the_way(&world).await;
    let mut copy = ann.clone();
    assert!(ann.open(&ticket).await.expect(303).headers.contains_key("set-cookie"));
    opens_nothing(&world, &mut copy, &ticket).await;
    ann.open(&world.page("/headers")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_good_in_the_browser_that_asked_only() {
    let (world, _other) = two_applications().await;
    let (_, ticket) = on_the_way(&world).await;
    opens_nothing(&world, &mut Visitor::new(), &ticket).await;

    // Not even where that browser has asked for a page, too.
    let (_, ticket) = on_the_way(&world).await;
    let mut thief = Visitor::new();
    thief.open(&world.page("/headers")).await;
    opens_nothing(&world, &mut thief, &ticket).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_good_on_its_host_only() {
    let (world, _other) = two_applications().await;
    let (mut ann, mut ticket) = on_the_way(&world).await;
    ann.open(&on_other(&world, "/files")).await; // the browser has asked there, too
    ticket.set_host(Some("other.localhost")).expect("a host");
    opens_nothing(&world, &mut ann, &ticket).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_good_for_half_a_minute() {
    if !crate::harness::is_long_run() {
        return;
    }
    let (world, _other) = two_applications().await;
    let (mut ann, ticket) = on_the_way(&world).await;
    tokio::time::sleep(Duration::from_secs(31)).await; // no condition shows that it has expired
    opens_nothing(&world, &mut ann, &ticket).await;
}

async fn two_applications() -> (World, Upstream) {
    let other = Upstream::answering(|_| Reply::text("the other")).await;
    let plan = Plan::new().beside("other.localhost", &other.url(), OTHER_RULES);
    (World::serve(plan).await, other)
}

/// A page of the other application.
fn on_other(world: &World, path: &str) -> Url {
    let mut url = world.page(path);
    url.set_host(Some("other.localhost")).expect("a host");
    url
}

/// Ann after both factors, with the ticket that she has not brought yet.
async fn on_the_way(world: &World) -> (Visitor, Url) {
    let mut ann = Visitor::new();
    let login = ann.visit(&world.page("/headers")).await;
    let second = ann.enter_password(&login, &world.ann).await;
    let mut answer = ann.enter_code(&second, &world.ann.app().new_code().await).await;
    loop {
        let next = answer.onward().expect("a ticket at the end");
        if next.origin() == world.application.origin() {
            assert_eq!(next.path(), "/.vestibule/ticket");
            return (ann, next);
        }
        answer = ann.open(&next).await;
    }
}

async fn opens_nothing(world: &World, visitor: &mut Visitor, ticket: &Url) {
    let answer = visitor.open(ticket).await.expect(403);
    let set = answer.headers.get_all("set-cookie").iter();
    let session = format!("{}=", world.session_cookie());
    for cookie in set.map(|cookie| cookie.to_str().expect("ASCII")) {
        assert!(
            !cookie.starts_with(&session) || cookie.contains("Max-Age=0"),
            "{cookie}"
        );
    }
    let page = ticket.join("/files").expect("a path");
    let answer = visitor.open(&page).await;
    assert!(leads_to_login(world, &answer), "{}", answer.text());
}

fn leads_to_login(world: &World, answer: &Answer) -> bool {
    answer
        .onward()
        .is_some_and(|next| (next.origin(), next.path()) == (world.portal.origin(), "/.vestibule/login"))
}

fn token(world: &World, visitor: &Visitor, url: &Url) -> String {
    let token = visitor.cookies.value(url, &world.session_cookie());
    token.unwrap_or_else(|| panic!("no session at {url}")).to_owned()
}
