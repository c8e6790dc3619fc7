//! Consumer portal: a verified mobile number or no entry.

use std::time::Duration;

use super::{Keys, NUMBER, OTHER, kinds, newcomer, on_both_screens, on_both_screens_by_a_clock, reached_at};
use crate::harness::messages::Channel;
use crate::harness::world::World;

const SUPPORT: &str = "Call 555 0100 on weekdays";

const REGISTRATION: Keys = &[
    ("SECOND_FACTOR__ENROL", "verified_phone"),
    ("REGISTRATION__MODE", "open"),
];

const VERIFIED_PHONE: Keys = &[("SECOND_FACTOR__ENROL", "verified_phone"), ("PORTAL__SUPPORT", SUPPORT)];

#[tokio::test(flavor = "multi_thread")]
async fn d1_registration_asks_for_a_mobile_number_and_refuses_a_landline() {
    on_both_screens(REGISTRATION, async |world, walker| {
        let cleo = crate::harness::newcomer::newcomer("cleo@example.test", NUMBER);
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
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d2_the_code_verifies_the_number_and_the_person_is_in() {
    on_both_screens(REGISTRATION, async |world, walker| {
        let cleo = crate::harness::newcomer::newcomer("cleo@example.test", "+33698765432");
        walker.open(&world.own_page("register")).await;
        walker.fill("name", "Cleo Example").await;
        walker.fill("email", &cleo.email).await;
        walker.fill("number", NUMBER).await;
        walker.fill("new_password", &cleo.password).await;
        walker.press_button("Continue").await;
        walker.reads("Check your e-mail").await;
        walker
            .enter_code(&world.message_to(&cleo, Channel::Email).await.code())
            .await;
        walker.reads("Check your messages").await;
        walker.step("d2", "digit code").await;
        walker.proves_number(world, NUMBER).await;
        walker.step("d2-in", "Your account is ready").await;
        let mut methods = kinds(world, &cleo).await;
        methods.sort();
        assert_eq!(methods, ["email", "sms"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d3_the_code_is_sent_at_once_after_the_password() {
    on_both_screens(VERIFIED_PHONE, async |world, walker| {
        let dan = world.add_person_with_phone("dan", &NUMBER.replace(' ', "")).await;
        walker.open(&world.page("/headers")).await;
        walker.enter_password(&dan).await;
        walker.step("d3", "text message with a code of 6 digits").await;
        walker.proves_number(world, NUMBER).await;
        walker.arrives_at(&world.page("/headers")).await;
        assert_eq!(world.messages().await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d4_an_existing_person_without_a_number_is_asked_for_one() {
    on_both_screens(VERIFIED_PHONE, async |world, ben| {
        ben.enters_by_email(world, &world.ben, "../headers").await;
        ben.step("d4", "Phone number, with country code").await;
        ben.gives_number(NUMBER).await;
        // Another number after all.
        ben.press_button("Use another one").await;
        ben.reads("Phone number, with country code").await;
        ben.gives_number(OTHER).await;
        ben.proves_number(world, OTHER).await;
        ben.press_button("Show new codes").await;
        ben.press_button("I have kept them").await;
        ben.reads("remote-user").await;
        assert_eq!(kinds(world, &world.ben).await, ["email", "sms", "emergency_code"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d5_the_number_is_changed_by_saving_and_verifying() {
    on_both_screens(&[], async |world, ann| {
        ann.enters(world, &world.ann, "account/profile").await;
        ann.press_choice("Text message").await;
        ann.press_link("Use another number").await;
        ann.fill("number", OTHER).await;
        ann.step("d5", "keeps working until the new one is verified").await;
        ann.press_button("Save & get code").await;
        ann.reads("text message with a code of 6 digits").await;
        assert!(
            has_phone(world, world.ann.phone()).await,
            "the old one works until then"
        );
        ann.proves_number(world, OTHER).await;
        ann.reads("Emergency codes").await;
        assert!(has_phone(world, OTHER).await && !has_phone(world, world.ann.phone()).await);
        assert_eq!(kinds(world, &world.ann).await, ["totp", "sms"]);
    })
    .await;
}

/// Whether Ann has a phone whose number ends like this one.
async fn has_phone(world: &World, number: &str) -> bool {
    let (shown, digits) = (world.user("ann").await, &number[number.len() - 2..]);
    let mut all = shown["authenticators"].as_array().expect("a list").iter();
    all.any(|one| one["address"].as_str().is_some_and(|address| address.ends_with(digits)))
}

#[tokio::test(flavor = "multi_thread")]
async fn d6_what_is_saved_and_not_verified_is_asked_for_at_each_login_until_it_is_or_is_forgotten() {
    on_both_screens(&[], async |world, ann| {
        ann.enters(world, &world.ann, "account/enrol/phone").await;
        ann.gives_number(NUMBER).await;
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

        // Asked by the phone she had: a third code of the app would have to wait for the clock.
        let again = ann.another().await;
        again.open(&world.own_page("account")).await;
        again.enter_password(&world.ann).await;
        again.reads("authenticator app").await;
        again.try_another_method("Text message").await;
        again.reads("text message with a code of 6 digits").await;
        again
            .enter_code(&world.message_to(&world.ann, Channel::Sms).await.code())
            .await;
        again.reads("Finish setting up your phone?").await;
        again.press_button("Send code").await;
        again.reads("text message with a code of 6 digits").await;
        again.proves_number(world, NUMBER).await;
        again.reads("Hello, Ann").await;
        assert_eq!(
            kinds(world, &world.ann).await,
            [before, vec!["sms".to_owned()]].concat()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d7_whoever_cannot_verify_the_number_is_told_how_to_reach_support() {
    on_both_screens(VERIFIED_PHONE, async |world, walker| {
        let cleo = newcomer(world, "cleo").await;
        walker.open(&world.page("/headers")).await;
        walker.enter_password(&cleo).await;
        walker.reads(SUPPORT).await;
        walker.gives_number(NUMBER).await;
        let code = world.message_to(&reached_at(&cleo, NUMBER), Channel::Sms).await.code();
        walker
            .enter_code(if code == "000000" { "000001" } else { "000000" })
            .await;
        walker.reads("Code not right").await;
        walker.step("d7", SUPPORT).await;
        walker.open(&world.page("/headers")).await;
        walker.reads("Enter the code").await;
        assert!(kinds(world, &cleo).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d8_a_message_is_on_its_way_and_after_half_a_minute_there_is_another_or_another_way() {
    on_both_screens_by_a_clock(async |world, ann, clock| {
        ann.open(&world.page("/headers")).await;
        ann.enter_password(&world.ann).await;
        ann.reads("authenticator app").await;
        ann.try_another_method("Text message").await;
        ann.step("d8", "It usually arrives within seconds").await;
        ann.reads("You can ask for another code in").await;
        let first = world.message_to(&world.ann, Channel::Sms).await.code();
        ann.press_button("Send another code").await;
        ann.step("d8-too-soon", "You can ask for another code in").await;
        assert_eq!(
            world.messages().await.len(),
            1,
            "not so soon, and none by a page loaded again"
        );

        clock.put_forward(Duration::from_secs(31));
        ann.decided_by_the_new_time(world).await;
        ann.press_button("Send another code").await;
        let second = world.message_to(&world.ann, Channel::Sms).await.code();
        ann.step("d8-again", "text message with a code of 6 digits").await;
        if first != second {
            ann.enter_code(&first).await;
            ann.reads("Code not right").await;
        }
        ann.press_link("Try another method").await;
        ann.step("d8-another-way", "Authenticator app").await;
        ann.press_button("Text message").await;
        ann.enter_code(&second).await;
        ann.arrives_at(&world.page("/headers")).await;
    })
    .await;
}
