//! Patient settings: by e-mail first, then by SMS.

use super::{NUMBER, kinds, on_both_screens};
use crate::harness::messages::Channel;
use crate::harness::patience::eventually;

#[tokio::test(flavor = "multi_thread")]
async fn a1_the_account_leads_to_two_factor_authentication() {
    on_both_screens(&[], async |world, ben| {
        ben.enters_by_email(world, &world.ben, "account").await;
        ben.reads("Hello, Ben").await;
        ben.press_link("Security").await;
        ben.reads("Add a second step").await;
        ben.step("a1", "E-mail").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a2_the_default_second_factor_is_email() {
    on_both_screens(&[], async |world, ben| {
        assert_eq!(kinds(world, &world.ben).await, ["email"]);
        ben.open(&world.page("/headers")).await;
        ben.enter_password(&world.ben).await;
        ben.step("a2", "e-mail with a code of 6 digits").await;
        let code = world.message_to(&world.ben, Channel::Email).await.code();
        ben.enter_code(&code).await;
        ben.arrives_at(&world.page("/headers")).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a3_text_messages_are_chosen_instead() {
    on_both_screens(&[], async |world, ben| {
        ben.enters_by_email(world, &world.ben, "account/enrol").await;
        ben.step("a3", "Text message").await;
        let phone = ["user", "add-phone", "ben", NUMBER, "--verified"];
        world.command(&phone, "").await.expect(0);
        ben.open(&world.own_page("account/security")).await;
        ben.press_choice("Text message").await;
        ben.press_button("Ask for this first").await;
        ben.reads("It is saved").await;
        let again = ben.another().await;
        again.open(&world.page("/headers")).await;
        again.enter_password(&world.ben).await;
        again.step("a3-login", "text message with a code of 6 digits").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a4_a_number_is_added_that_counts_for_nothing_yet() {
    on_both_screens(&[], async |world, ben| {
        ben.enters_by_email(world, &world.ben, "account/enrol").await;
        ben.press_choice("Text message").await;
        ben.reads("Phone number, with country code").await;
        ben.step("a4", "Add your phone").await;
        ben.gives_number(NUMBER).await;
        assert_eq!(kinds(world, &world.ben).await, ["email"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a5_six_digits_validate_the_number() {
    on_both_screens(&[], async |world, ben| {
        ben.enters_by_email(world, &world.ben, "account/enrol/phone").await;
        ben.gives_number(NUMBER).await;
        ben.step("a5", "6-digit code").await;
        ben.proves_number(world, NUMBER).await;
        eventually("the number to count", async || {
            (kinds(world, &world.ben).await == ["email", "sms"]).then_some(())
        })
        .await;
        // It proves more than the mailbox does, so that a change wants it from now on; he has just proven it.
        ben.reads("You have no emergency codes").await;
        ben.open(&world.own_page("account/emergency-codes")).await;
        ben.reads("You have no emergency codes").await;
    })
    .await;
}
