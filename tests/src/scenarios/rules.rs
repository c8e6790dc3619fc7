//! Rules as people meet them: through the proxy.

use http::Method;

use crate::harness::people::Person;
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;
use crate::harness::visitor::{NAVIGATION, Visitor};
use crate::harness::wire::exchange;
use crate::harness::world::World;

const RULES: &str = r#"
[[application.rule]]
path = "/public/"
require = "nothing"
[[application.rule]]
path = "/members"
require = "one_factor"
[[application.rule]]
path = "/reports"
http_methods = ["GET"]
require = "two_factor"
[[application.rule]]
path = "/reports"
require = "deny"
[[application.rule]]
path = "/staff"
require = "two_factor"
groups = ["staff"]
[[application.rule]]
path = "/office"
networks = ["10.0.0.0/8"]
require = "nothing"
[[application.rule]]
path = "/here"
networks = ["127.0.0.0/8"]
require = "nothing"
[[application.rule]]
path = "/app-only"
require = "two_factor"
methods = ["totp"]
[[application.rule]]
path = "/fresh"
require = "two_factor"
max_age = "1s"
[[application.rule]]
path = "/headers"
require = "two_factor"
"#;

const TO_LOGIN: &str = "to the login";
const REFUSED: &str = "refused";
const REACHED: &str = "reached";

#[tokio::test(flavor = "multi_thread")]
async fn the_first_rule_that_matches_decides() {
    let (world, _upstream) = world_with_rules().await;
    let mut anonymous = Visitor::new();
    let mut ann = logged_in(&world, &world.ann).await;
    let mut ben = logged_in(&world, &world.ben).await;
    let get = Method::GET;
    let expectations = [
        ("/public/", &get, [REACHED; 3]),
        ("/public", &get, [REACHED; 3]),
        ("/public/a/b?c", &get, [REACHED; 3]),
        ("/publicity", &get, [REFUSED; 3]),
        ("/members", &get, [TO_LOGIN, REACHED, REACHED]),
        ("/members/x", &get, [TO_LOGIN, REACHED, REACHED]),
        ("/reports", &get, [TO_LOGIN, REACHED, REACHED]),
        ("/reports", &Method::DELETE, [REFUSED; 3]),
        ("/staff/payroll", &get, [TO_LOGIN, REACHED, REFUSED]),
        ("/office", &get, [REFUSED; 3]),
        ("/here", &get, [REACHED; 3]),
        ("/elsewhere", &get, [REFUSED; 3]),
    ];
    for (path, method, [nobody, staff, other]) in expectations {
        assert_eq!(
            outcome(&world, &mut anonymous, method, path).await,
            nobody,
            "anonymous {method} {path}"
        );
        assert_eq!(
            outcome(&world, &mut ann, method, path).await,
            staff,
            "ann {method} {path}"
        );
        assert_eq!(
            outcome(&world, &mut ben, method, path).await,
            other,
            "ben {method} {path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_may_ask_for_certain_methods() {
    let (world, _upstream) = world_with_rules().await;
    let mut by_app = logged_in(&world, &world.ann).await;
    let mut by_email = logged_in(&world, &world.ben).await;
    assert_eq!(outcome(&world, &mut by_app, &Method::GET, "/app-only").await, REACHED);
    assert_ne!(outcome(&world, &mut by_email, &Method::GET, "/app-only").await, REACHED);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_factor_is_enough_where_the_rule_says_so_and_no_further() {
    let (world, _upstream) = world_with_rules().await;
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/members?deep")).await;
    let landed = visitor.enter_password(&login, &world.ann).await.expect(200);
    assert_eq!(landed.url, world.page("/members?deep"));

    // The second factor is asked for when a stricter rule needs it; the password is not asked for again.
    let step_up = visitor.visit(&world.page("/staff?deep")).await.expect(200);
    let before = visitor
        .cookies
        .value(&world.application, &world.session_cookie())
        .map(str::to_owned);
    let answer = visitor.enter_code(&step_up, &world.ann.app().new_code().await).await;
    let landed = visitor.follow(answer).await.expect(200);
    assert_eq!(landed.url, world.page("/staff?deep"));
    let after = visitor
        .cookies
        .value(&world.application, &world.session_cookie())
        .map(str::to_owned);
    assert_ne!(before, after, "a session that became stronger has a new token");
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_older_than_a_rule_allows_are_asked_for_again() {
    let (world, _upstream) = world_with_rules().await;
    let mut ann = logged_in(&world, &world.ann).await;
    crate::harness::patience::eventually("the proofs to be a second old", async || {
        (outcome(&world, &mut ann, &Method::GET, "/fresh").await == TO_LOGIN).then_some(())
    })
    .await;
    assert_eq!(outcome(&world, &mut ann, &Method::GET, "/reports").await, REACHED);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_of_a_path_finds_a_laxer_rule() {
    const SPELLINGS: &[&str] = &[
        "/public/../secret",
        "/public/../staff",
        "/public/%2e%2e/staff",
        "/public/.%2e/staff",
        "/public/%2E%2E%2Fstaff",
        "/public/..%2fstaff",
        "/public/%252e%252e/staff",
        "/public/%252e%252e%252fstaff",
        "/public/..;/staff",
        "/public/..;x=1/staff",
        "/public;/../staff",
        "/public\\..\\staff",
        "/public/..\\staff",
        "/public/..%5cstaff",
        "/public/x/../../staff",
        "/public//../staff",
        "/public/./../staff",
        "//staff",
        "/./staff",
        "/PUBLIC/../staff",
        "/STAFF",
        "/staff;x",
        "/staff%2f",
        "/%73taff",
        "/here/../staff",
        "/here/%2e%2e/staff",
    ];
    let (world, upstream) = world_with_rules().await;
    for spelling in SPELLINGS {
        let request = format!(
            "GET {spelling} HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\n\r\n",
            world.host()
        );
        let (head, _) = exchange(world.port(), request).await.expect("an answer");
        assert!((300..500).contains(&head.status()), "{spelling}: {}", head.status());
    }
    let reached: Vec<String> = upstream
        .requests()
        .iter()
        .map(|request| request.head.start.clone())
        .collect();
    assert!(reached.is_empty(), "{reached:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_address_is_not_believed() {
    let (world, upstream) = world_with_rules().await;
    for header in [
        "X-Forwarded-For: 10.0.0.1",
        "Forwarded: for=10.0.0.1",
        "X-Real-IP: 10.0.0.1",
        "True-Client-IP: 10.0.0.1",
    ] {
        let request = format!("GET /office HTTP/1.1\r\nHost: {}\r\n{header}\r\n\r\n", world.host());
        let (head, _) = exchange(world.port(), request).await.expect("an answer");
        assert!((400..500).contains(&head.status()), "{header}: {}", head.status());
    }
    assert!(upstream.requests().is_empty());
}

async fn world_with_rules() -> (World, Upstream) {
    let upstream = Upstream::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(RULES)).await;
    (world, upstream)
}

async fn logged_in(world: &World, person: &Person) -> Visitor {
    let mut visitor = Visitor::new();
    world.log_in(&mut visitor, person, "/headers").await.expect(200);
    visitor
}

async fn outcome(world: &World, visitor: &mut Visitor, method: &Method, path: &str) -> &'static str {
    let answer = visitor.send(method.clone(), &world.page(path), NAVIGATION, "").await;
    match answer.status {
        200 if answer.body == "reached" => REACHED,
        302 | 303
            if answer
                .onward()
                .is_some_and(|next| next.path().starts_with("/.vestibule/")) =>
        {
            TO_LOGIN
        }
        403 | 404 => REFUSED,
        status => panic!("{path}: {status}: {}", answer.text()),
    }
}
