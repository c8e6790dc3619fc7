//! Consumer portal: a verified mobile number or no entry.

use super::{NUMBER, OTHER, kinds, on_both_screens, reached_at};
use crate::harness::messages::Channel;
use crate::harness::newcomer::newcomer;
use crate::harness::settings::Plan;

const SUPPORT: &str = "Call 555 0100 on weekdays";

fn plan() -> Plan {
    let tables =
        "[second_factor]\nenrol = \"verified_phone\"\nmethods = [\"totp\", \"sms\"]\n[registration]\nmode = \"open\"";
    Plan::new()
        .more(tables)
        .environment("VESTIBULE__PORTAL__SUPPORT", SUPPORT)
}

#[tokio::test(flavor = "multi_thread")]
async fn d1_register_d2_verify_d3_code_at_once_d5_change_d7_support_d8_on_its_way() {
    on_both_screens(Some(plan), async |world, walker| {
        let cleo = newcomer("cleo@example.test", "+33698765432");
        walker.open(&world.own_page("register")).await;
        walker.fill("name", "Cleo Example").await;
        walker.fill("email", &cleo.email).await;
        walker.fill("number", "+33 1 42 68 53 00").await;
        walker.fill("new_password", &cleo.password).await;
        walker.press_button("Continue").await;
        walker.step("d1", "landline").await;
        walker.fill("number", NUMBER).await;
        walker.fill("new_password", &cleo.password).await;
        walker.press_button("Continue").await;
        walker.reads("Check your e-mail").await;
        walker
            .enter_code(&world.message_to(&cleo, Channel::Email).await.code())
            .await;
        walker.reads("Check your messages").await;
        walker.step("d2", "digit code").await;
        walker
            .enter_code(&world.message_to(&cleo, Channel::Sms).await.code())
            .await;
        walker.reads("Your account is ready").await;

        walker.open(&world.page("/headers")).await;
        walker.enter_password(&cleo).await;
        walker.step("d3", "text message with a code of 6 digits").await;
        walker.step("d8", "It usually arrives within seconds").await;
        walker.reads("You can ask for another code").await;
        walker.step("d7", SUPPORT).await;
        walker
            .enter_code(&world.message_to(&cleo, Channel::Sms).await.code())
            .await;
        walker.reads("remote-user").await;

        walker.open(&world.own_page("account/profile")).await;
        walker.press_choice("Text message").await;
        walker.press_link("Use another number").await;
        walker.fill("number", OTHER).await;
        walker.step("d5", "keeps working until the new one is verified").await;
        walker.press_button("Save & get code").await;
        walker.reads("text message with a code of 6 digits").await;
        let code = world.message_to(&reached_at(&cleo, OTHER), Channel::Sms).await.code();
        assert_eq!(kinds(world, &cleo).await, ["sms"]);

        // Saved and not verified: the next login asks the old number, and then for the new one again.
        let later = walker.another().await;
        later.open(&world.page("/headers")).await;
        later.enter_password(&cleo).await;
        later.reads("text message with a code of 6 digits").await;
        later
            .enter_code(&world.message_to(&cleo, Channel::Sms).await.code())
            .await;
        later.reads("Finish setting up your phone?").await;
        later.press_button("Not now").await;
        later.reads("remote-user").await;
        walker.enter_code(&code).await;
        walker.reads("Emergency codes").await;
        assert_eq!(kinds(world, &cleo).await, ["sms"], "it took the place of the old one");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d6_what_is_saved_and_not_verified_is_asked_for_at_each_login_until_it_is_or_is_forgotten() {
    on_both_screens(None, async |world, ann| {
        ann.enters(world, &world.ann, "account/enrol/phone").await;
        ann.fill("number", NUMBER).await;
        ann.press_button("Send code").await;
        ann.reads("text message with a code of 6 digits").await;
        let new = reached_at(&world.ann, NUMBER);
        let _unused = world.message_to(&new, Channel::Sms).await;
        let before = kinds(world, &world.ann).await;

        let later = ann.another().await;
        later.enters(world, &world.ann, "account").await;
        later.step("d6", "Finish setting up your phone?").await;
        later.open(&world.page("/headers")).await;
        later.reads("Finish setting up your phone?").await;
        later.press_button("Not now").await;
        later.reads("remote-user").await;
        assert_eq!(kinds(world, &world.ann).await, before);

        let again = ann.another().await;
        again.enters(world, &world.ann, "account").await;
        again.reads("Finish setting up your phone?").await;
        again.press_button("Send code").await;
        again.reads("text message with a code of 6 digits").await;
        again
            .enter_code(&world.message_to(&new, Channel::Sms).await.code())
            .await;
        again.reads("Hello, Ann").await;
        assert_eq!(
            kinds(world, &world.ann).await,
            [before, vec!["sms".to_owned()]].concat()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d4_an_existing_person_without_a_number_is_asked_for_one() {
    let email_too = || Plan::new().more("[second_factor]\nenrol = \"verified_phone\"");
    on_both_screens(Some(email_too), async |world, ben| {
        ben.open(&world.page("/headers")).await;
        ben.enter_password(&world.ben).await;
        ben.reads("e-mail with a code of 6 digits").await;
        ben.enter_code(&world.message_to(&world.ben, Channel::Email).await.code())
            .await;
        ben.step("d4", "Phone number, with country code").await;
        ben.fill("number", NUMBER).await;
        ben.press_button("Send code").await;
        ben.reads("text message with a code of 6 digits").await;
        // Another number after all.
        ben.press_button("Use another one").await;
        ben.reads("Phone number, with country code").await;
        ben.fill("number", OTHER).await;
        ben.press_button("Send code").await;
        ben.reads("text message with a code of 6 digits").await;
        let code = world
            .message_to(&reached_at(&world.ben, OTHER), Channel::Sms)
            .await
            .code();
        ben.enter_code(&code).await;
        ben.press_button("Show new codes").await;
        ben.press_button("I have kept them").await;
        ben.reads("remote-user").await;
    })
    .await;
}
