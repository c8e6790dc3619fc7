//! A change wants a proof no older than five minutes, whatever the session is good for otherwise (Law 12).

use std::time::Duration;

use crate::harness::clock::MovedClock;
use crate::harness::messages::Channel;
use crate::harness::patience::eventually;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

const NUMBER: &str = "+33 6 98 76 54 32";

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_six_minutes_looks_and_changes_nothing_until_its_owner_proves_themselves_anew() {
    let clock = MovedClock::right();
    let world = World::demo_in(&clock.environment()).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let phone = ann.visit(&world.own_page("account/enrol/phone")).await.expect(200);
    let password = ann.visit(&world.own_page("account/password")).await.expect(200);
    let codes = ann.visit(&world.own_page("account/emergency-codes")).await.expect(200);
    let profile = ann.visit(&world.own_page("account/profile")).await.expect(200);
    let before = world.user("ann").await;

    clock.put_forward(Duration::from_mins(6));
    // Until the revocation log was read by the new time, nothing is decided.
    let decided = async || (ann.open(&world.page("/headers")).await.status == 200).then_some(());
    eventually("an answer after the clock was moved", decided).await;
    let seen = ann.open(&world.own_page("account/profile")).await.expect(200);
    assert!(seen.text().contains("Your profile"), "{}", seen.text());
    for form in [
        password
            .form_with("new_password")
            .fill("password", &world.ann.password)
            .fill("new_password", "umbrella Quartz 27 river"),
        codes.form_to("account/emergency-codes"),
        profile.form_with("name").fill("name", "Mallory"),
        profile.form_with("email").fill("email", "mallory@example.com"),
        phone.form_with("number").fill("number", NUMBER),
    ] {
        let turned = ann.submit(&form).await.expect(303);
        let to = turned.header("location");
        assert!(to.contains("/.vestibule/login?page="), "{}: {to}", form.action);
    }
    let after = world.user("ann").await;
    for what in ["display_name", "email", "authenticators", "password"] {
        assert_eq!(before[what], after[what], "{what}");
    }
    assert!(world.messages().await.is_empty(), "nothing was sent");

    // Proven anew, by the phone: straight back to the form, which is as it was sent.
    let turned = ann.submit(&phone.form_with("number").fill("number", NUMBER)).await;
    let question = ann.follow(turned).await.expect(200);
    let question = ann.try_another_method(&question, "Text message").await;
    let code = world.message_to(&world.ann, Channel::Sms).await.code();
    let right = ann.enter_code(&question, &code).await.expect(303);
    let form = ann.follow(right).await.expect(200);
    assert!(form.body.contains(NUMBER), "{}", form.text());
    ann.submit(&form.form_with("number")).await.expect(303);
}
