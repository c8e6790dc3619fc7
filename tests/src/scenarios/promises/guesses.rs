//! With the password stolen, at most thirty answers of an account are judged in a day, ten of them kept for browsers that
//! its owner has logged in with; over connections, tabs, methods, nodes, a crash and a lost store.

use futures_util::future::join_all;

use super::{AN_HOUR, by, report};
use crate::harness::answer::Answer;
use crate::harness::clock::MovedClock;
use crate::harness::messages::Channel;
use crate::harness::patience::eventually;
use crate::harness::second_node::{SECOND, SecondNode};
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

const NEW: &str = "seven Bicycles under snow";

#[tokio::test(flavor = "multi_thread")]
async fn a_thief_has_twenty_guesses_a_day_and_the_owner_changes_the_password() {
    let clock = MovedClock::right();
    let mut world = World::serve(by(&clock)).await;
    let mut second = SecondNode::beside(&world, &clock.environment()).await;
    let mut owner = Visitor::new();
    log_in_by_text(&world, &mut owner).await.expect(200);

    let mut judged = 0;
    for hour in 0..4 {
        clock.put_forward(AN_HOUR * hour);
        judged += guess(&world, 12).await;
        match hour {
            0 => second.server.crash_and_start_again().await,
            1 => world.redis().flush(),
            _ => {}
        }
        judged += guess(&world, 6).await;
    }
    report(
        "guesses judged in four hours, owner's browser aside",
        &judged.to_string(),
    );
    assert_eq!(judged, 20);
    assert_eq!(world.user("ann").await["password"], "compromised");
    world.notice_to(&world.ann.email, "seems to know your password").await;
    let told = world.notices_to(&world.ann.email).await;
    let of = |words: &str| told.iter().filter(|one| one.text.contains(words)).count();
    assert_eq!((of("is locked"), of("seems to know")), (1, 1), "the owner is told once");
    assert_ne!(
        owner.open(&world.page("/headers")).await.status,
        200,
        "the session has ended"
    );

    // The browser of the owner still gets in, and nowhere but to another password.
    let stuck = log_in_by_text(&world, &mut owner).await.expect(200);
    assert!(stuck.url.path().ends_with("/account/password"), "{}", stuck.url);
    assert!(stuck.text().contains("seems to know your password"));
    for page in ["account", "account/security"] {
        let led = owner.visit(&world.own_page(page)).await;
        assert!(led.url.path().ends_with("/account/password"), "{}", led.url);
    }
    assert_ne!(owner.open(&world.page("/headers")).await.status, 200);
    let form = |new: &str| {
        let form = stuck.form_with("new_password").fill("password", &world.ann.password);
        form.fill("new_password", new)
    };
    owner.submit(&form(&world.ann.password)).await.expect(422);
    let mut thief = Visitor::new();
    let login = thief.visit(&world.page("/headers")).await.expect(200);
    let begun = thief.enter_password(&login, &world.ann).await;
    owner.submit(&form(NEW)).await.expect(303);
    assert_ne!(world.user("ann").await["password"], "compromised");
    // The session in which it was changed goes on, and wherever it wants.
    let landed = owner.visit(&world.page("/headers")).await.expect(200);
    assert_eq!(landed.url, world.page("/headers"));

    // What strangers did with the old password is not held against the new one, and what they had begun is over.
    let wrong = world.ann.app().wrong_code();
    thief.enter_code(&begun, &wrong).await.expect(403);
    clock.put_forward(AN_HOUR * 4);
    let mut elsewhere = Visitor::new();
    let second = eventually("a question", async || {
        let login = elsewhere.visit(&world.page("/headers")).await;
        let page = (login.status == 200).then_some(login)?;
        let second = elsewhere.try_password(&page, &world.ann.username, NEW).await;
        let second = elsewhere.follow(second).await;
        (second.status == 200).then_some(second)
    })
    .await;
    elsewhere.enter_code(&second, &wrong).await.expect(429);
    assert_ne!(world.user("ann").await["password"], "compromised");
}

/// So many wrong answers at once, by two methods in as many logins, on both nodes; how many were judged.
async fn guess(world: &World, count: usize) -> usize {
    let wrong = world.ann.app().wrong_code();
    let mut logins = Vec::with_capacity(count);
    for number in 0..count {
        let stranger = Visitor::new();
        let mut thief = if number % 2 == 0 {
            stranger
        } else {
            stranger.through(SECOND)
        };
        let second = eventually("a question", async || {
            let login = thief.visit(&world.page("/headers")).await;
            let page = (login.status == 200).then_some(login)?;
            let second = thief
                .try_password(&page, &world.ann.username, &world.ann.password)
                .await;
            let second = thief.follow(second).await;
            (second.status == 200).then_some(second)
        })
        .await;
        logins.push((thief, second));
    }
    let guesses = logins
        .iter_mut()
        .map(|(thief, second)| thief.enter_code(second, &wrong));
    let answers = join_all(guesses).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    // What was under way when the password was marked is over, and is not looked at.
    assert!(
        statuses.iter().all(|status| [403, 422, 429].contains(status)),
        "{statuses:?}"
    );
    statuses.iter().filter(|status| **status == 422).count()
}

/// By the phone, whose codes know no clock.
async fn log_in_by_text(world: &World, visitor: &mut Visitor) -> Answer {
    let login = eventually("the login page", async || {
        let page = visitor.visit(&world.page("/headers")).await;
        (page.status == 200).then_some(page)
    })
    .await;
    let second = visitor.enter_password(&login, &world.ann).await;
    let second = visitor.try_another_method(&second, "Text message").await;
    let code = world.message_to(&world.ann, Channel::Sms).await.code();
    let answer = visitor.enter_code(&second, &code).await;
    visitor.follow(answer).await
}
