//! What somebody has proven on the way to something else, found after SIGKILL as it was answered: a recovery, and a login
//! that is proven anew for a form.

use std::time::Duration;

use super::super::{OTHER, kinds, reached_at};
use crate::harness::clock::MovedClock;
use crate::harness::messages::Channel;
use crate::harness::patience::eventually;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

const NEW: &str = "orchid Ferry 71 granite";

#[tokio::test(flavor = "multi_thread")]
async fn every_state_of_a_recovery_is_there_after_sigkill() {
    let mut world = World::demo().await;
    let mut ann = Visitor::new();
    let page = ann.visit(&world.own_page("recover")).await.expect(200);
    let asked = ann.submit(&page.form_with("username").fill("username", "ann")).await;
    let code = world.message_to(&world.ann, Channel::Email).await.code();
    world.server.crash_and_start_again().await;
    let page = ann.follow(asked.expect(303)).await.expect(200);
    let right = ann.enter_code(&page, &code).await.expect(303);
    world.server.crash_and_start_again().await;
    let choose = ann.follow(right).await.expect(200);
    let chosen = choose.form_with("new_password").fill("new_password", NEW);
    ann.submit(&chosen).await.expect(200);
    world.server.crash_and_start_again().await;
    for (password, status) in [(world.ann.password.as_str(), 422), (NEW, 303)] {
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.page("/headers")).await;
        visitor.try_password(&login, "ann", password).await.expect(status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_and_the_proof_it_waits_for_are_there_after_sigkill() {
    let clock = MovedClock::right();
    let mut world = World::demo_in(&clock.environment()).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let phone = ann.visit(&world.own_page("account/enrol/phone")).await.expect(200);
    let before = kinds(&world, &world.ann).await;
    clock.put_forward(Duration::from_mins(6));
    let decided = async || (ann.open(&world.page("/headers")).await.status == 200).then_some(());
    eventually("an answer after the clock was moved", decided).await;

    // Asked for a proof, with the form kept.
    let typed = phone.form_with("number").fill("number", OTHER);
    let turned = ann
        .submit(&typed.fill("description", "Holiday phone"))
        .await
        .expect(303);
    world.server.crash_and_start_again().await;
    let question = ann.follow(turned).await.expect(200);
    let question = ann.try_another_method(&question, "Text message").await;
    let code = world.message_to(&world.ann, Channel::Sms).await.code();
    world.server.crash_and_start_again().await;

    // Proven.
    let right = ann.enter_code(&question, &code).await.expect(303);
    world.server.crash_and_start_again().await;
    let form = ann.follow(right).await.expect(200).form_with("number");
    assert_eq!(form.value("number"), Some(OTHER));
    assert_eq!(form.value("description"), Some("Holiday phone"));
    let sent = ann.submit(&form).await.expect(303);
    let code = world
        .message_to(&reached_at(&world.ann, OTHER), Channel::Sms)
        .await
        .code();
    world.server.crash_and_start_again().await;
    let prove = ann.follow(sent).await.expect(200);
    ann.enter_code(&prove, &code).await.expect(303);
    assert_eq!(
        kinds(&world, &world.ann).await,
        [before, vec!["sms".to_owned()]].concat()
    );
}
