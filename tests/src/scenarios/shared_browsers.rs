//! A browser that several people use: what an application remembers of one is gone before the next comes.

use http::Method;

use crate::harness::answer::Answer;
use crate::harness::messages::Channel;
use crate::harness::patience::eventually;
use crate::harness::people::Person;
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;
use crate::harness::visitor::{NAVIGATION, Visitor};
use crate::harness::world::World;

const LEAVING: &str = "session_cookies = [\"JSESSIONID\", \"SID; Path=/app\"]\nlogout_path = \"/sign/out\"\n";

async fn shared() -> (World, Upstream) {
    let upstream = Upstream::start().await;
    let plan = Plan::new().upstream(&upstream.url()).application(LEAVING);
    (World::serve(plan).await, upstream)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_application_remembers_goes_when_somebody_else_comes() {
    let (world, _upstream) = shared().await;
    let mut browser = Visitor::new();
    let first = arrive(&world, &mut browser, &world.ben).await;
    assert_eq!(
        forgotten(&first),
        ["JSESSIONID /", "SID /app"],
        "nobody knows who was here before"
    );

    // The session ends without Ben; the next one to come is Ben again, and finds what was there.
    end_from_outside(&world, &mut browser).await;
    let again = arrive(&world, &mut browser, &world.ben).await;
    assert_eq!(forgotten(&again), [""; 0]);

    end_from_outside(&world, &mut browser).await;
    let other = arrive(&world, &mut browser, &world.ann).await;
    assert_eq!(forgotten(&other), ["JSESSIONID /", "SID /app"]);
}

/// Ends Ben's session without a word to his browser.
async fn end_from_outside(world: &World, browser: &mut Visitor) {
    for command in ["disable", "enable"] {
        world.command(&["user", command, "ben"], "").await.expect(0);
    }
    let account = world.own_page("account");
    eventually("the session to end", async || browser.open(&account).await.onward()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_application_remembers_goes_after_a_logout_elsewhere() {
    let (world, _upstream) = shared().await;
    let mut ben = Visitor::new();
    arrive(&world, &mut ben, &world.ben).await;
    let page = ben.visit(&world.own_page("logout")).await.expect(200);
    ben.submit(&page.form_to("logout")).await;
    let public = ben.open(&world.page("/public/")).await.expect(200);
    assert_eq!(forgotten(&public), ["JSESSIONID /", "SID /app"]);
    let away = ben.open(&world.page("/")).await.expect(303);
    assert_eq!(forgotten(&away), ["JSESSIONID /", "SID /app"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_applications_way_out_is_ours_too() {
    let (world, upstream) = shared().await;
    let mut ben = Visitor::new();
    arrive(&world, &mut ben, &world.ben).await;
    // No page of somebody else's can send a person out, and no browser that looks ahead.
    let foreign = [("Sec-Fetch-Site", "cross-site"), ("Accept", "text/html")];
    let ahead = [("Sec-Purpose", "prefetch"), ("Accept", "text/html")];
    for headers in [foreign, ahead] {
        let answer = ben.send(Method::GET, &world.page("/sign/out?not"), &headers, "").await;
        assert_eq!(forgotten(&answer.expect(200)), [""; 0]);
    }
    ben.open(&world.page("/")).await.expect(200);

    let out = ben.send(Method::POST, &world.page("/sign/out"), NAVIGATION, "").await;
    assert_eq!(forgotten(&out.expect(200)), ["JSESSIONID /", "SID /app"]);
    let seen = upstream.request_for("/sign/out").await;
    assert_eq!(seen.head.values("remote-user"), [world.ben.username.as_str()]);
    assert!(ben.cookies.value(&world.application, &world.session_cookie()).is_none());
    assert_eq!(world.open_sessions(&world.ben).await, 0);
    let account = ben.visit(&world.own_page("account")).await;
    assert!(account.form_with("password").has("username"));
}

/// Logs in by a code that is mailed or shown, and returns the answer that gave the application's host its cookie.
async fn arrive(world: &World, visitor: &mut Visitor, person: &Person) -> Answer {
    let login = visitor.visit(&world.page("/")).await;
    let second = visitor.enter_password(&login, person).await;
    let code = match &person.app {
        Some(app) => app.new_code().await,
        None => world.message_to(person, Channel::Email).await.code(),
    };
    let mut answer = visitor.enter_code(&second, &code).await;
    while let Some(next) = answer.onward() {
        answer = visitor.open(&next).await;
        if answer.url.path() == "/.vestibule/ticket" && answer.url.origin() == world.application.origin() {
            return answer.expect(303);
        }
    }
    panic!("no ticket before {}: {}", answer.url, answer.text());
}

/// The application's own cookies that an answer expires: names and paths.
fn forgotten(answer: &Answer) -> Vec<String> {
    let lines = answer.headers.get_all("set-cookie").iter();
    let lines = lines.map(|line| line.to_str().expect("ASCII").to_owned());
    let theirs = lines.filter(|line| !line.starts_with("vestibule") && line.contains("Max-Age=0"));
    let path = |line: &str| {
        line.split("; ")
            .find_map(|part| part.strip_prefix("Path="))
            .map(str::to_owned)
    };
    theirs
        .map(|line| {
            format!(
                "{} {}",
                line.split('=').next().unwrap_or_default(),
                path(&line).unwrap_or_default()
            )
        })
        .collect()
}
