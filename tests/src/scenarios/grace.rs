//! A grace period postpones setting up a second factor, and never stands in for one.

use std::time::Duration;

use super::enrolment::newcomer;
use crate::harness::answer::Answer;
use crate::harness::clock::MovedClock;
use crate::harness::patience::eventually;
use crate::harness::people::Person;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

/// One factor opens `/headers`, and two the rest.
const RULES: &str = r#"
[[application.rule]]
path = "/headers"
require = "one_factor"
[[application.rule]]
path = "/"
require = "two_factor"
"#;

async fn with_grace(clock: &MovedClock, grace: &str) -> World {
    World::serve(Plan {
        environment: clock.environment(),
        ..Plan::new().rules(RULES).more(&format!("[second_factor]\n{grace}"))
    })
    .await
}

async fn log_in(world: &World, visitor: &mut Visitor, person: &Person) -> Answer {
    let login = visitor.visit(&world.page("/headers")).await.expect(200);
    visitor.enter_password(&login, person).await.expect(200)
}

async fn insisted_on(world: &World, visitor: &mut Visitor, wizard: &Answer) {
    assert_eq!(wizard.url.path(), "/.vestibule/enrol", "{}", wizard.text());
    assert!(!wizard.text().contains("Not now"), "{}", wizard.text());
    let mut forged = wizard.form_with("csrf");
    forged.action.set_path("/.vestibule/enrol/later");
    let answer = visitor.submit(&forged).await;
    let still = visitor.follow(answer).await;
    assert_eq!(still.url.path(), "/.vestibule/enrol", "{}", still.text());
    let turned = visitor.open(&world.page("/")).await;
    assert_eq!(turned.status, 303, "{}", turned.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn not_now_opens_what_one_factor_opens_until_the_days_are_over() {
    let clock = MovedClock::right();
    let world = with_grace(&clock, "grace_days = 7").await;
    let cleo = newcomer(&world, "cleo").await;
    let mut visitor = Visitor::new();
    let wizard = log_in(&world, &mut visitor, &cleo).await;
    assert_eq!(wizard.url.path(), "/.vestibule/enrol", "{}", wizard.text());
    let text = wizard.text();
    let (_, day) = text.split_once("no later than ").expect("the last day");
    let day: Vec<usize> = day[..10].split('-').map(str::len).collect();
    assert_eq!(day, [4, 2, 2], "{text}");
    assert_eq!(
        visitor.open(&world.page("/headers")).await.status,
        303,
        "nothing opens before the choice"
    );

    let later = visitor.submit(&wizard.form_to("enrol/later")).await;
    assert_eq!(visitor.follow(later).await.expect(200).url, world.page("/headers"));
    let account = visitor.visit(&world.own_page("account")).await.expect(200);
    assert!(account.url.path().ends_with("/account"), "{}", account.url);

    // What asks for two factors stays closed: there the wizard insists.
    let asked = visitor.visit(&world.page("/")).await.expect(200);
    let wizard = visitor.enter_password(&asked, &cleo).await.expect(200);
    insisted_on(&world, &mut visitor, &wizard).await;
    visitor.visit(&world.page("/headers")).await.expect(200);

    // On the eighth day it does so everywhere.
    clock.put_forward(Duration::from_hours(8 * 24));
    let turned = async || (visitor.clone().open(&world.page("/headers")).await.status == 303).then_some(());
    eventually("the end of the grace", turned).await;
    let mut visitor = Visitor::new();
    let wizard = log_in(&world, &mut visitor, &cleo).await;
    insisted_on(&world, &mut visitor, &wizard).await;
    assert_eq!(visitor.open(&world.page("/headers")).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn grace_is_no_way_past_the_second_factor_that_somebody_has() {
    // Ben gets codes by e-mail; policy wants an app and a phone besides, which may wait.
    let clock = MovedClock::right();
    let policy = "grace_days = 7\ngrace_from = \"2026-01-01\"\nenrol = \"app_and_phone\"";
    let world = with_grace(&clock, policy).await;
    let mut visitor = Visitor::new();
    let page = log_in(&world, &mut visitor, &world.ben).await;
    assert_eq!(
        page.url,
        world.page("/headers"),
        "the password alone sets nothing up: {}",
        page.text()
    );
    let proof = visitor.visit(&world.own_page("account")).await.expect(200);
    assert_ne!(proof.url, world.own_page("account"), "{}", proof.text());
}
