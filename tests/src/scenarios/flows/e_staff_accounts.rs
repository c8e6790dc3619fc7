//! Staff accounts: recommended app, discouraged SMS, organisation duty.

use std::time::Duration;

use super::{Keys, NUMBER, kinds, newcomer, on_both_screens, on_both_screens_by_a_clock, reached_at, with_mail_at};
use crate::harness::messages::Channel;
use crate::harness::patience::eventually;

/// Staff must have a second factor.
const STAFF: Keys = &[("SECOND_FACTOR__REQUIRED", "{ groups = [\"staff\"] }")];

#[tokio::test(flavor = "multi_thread")]
async fn e1_profile_holds_name_address_and_phones_and_a_new_address_counts_once_proven() {
    on_both_screens(&[], async |world, ann| {
        let new = with_mail_at(&world.ann, "ann@new.example.test");
        ann.enters(world, &world.ann, "account").await;
        ann.press_link("Profile").await;
        ann.step("e1", "Phones").await;
        ann.fill("name", "Ann Newname").await;
        ann.press_button("Save name").await;
        ann.reads("It is saved").await;
        assert_eq!(world.user("ann").await["display_name"], "Ann Newname");
        ann.fill("email", "ann at example").await;
        ann.run("document.querySelector('input[name=email]').form.noValidate = true")
            .await;
        ann.press_button("Save & get code").await;
        ann.reads("This is not an e-mail address").await;
        ann.fill("email", &new.email).await;
        ann.press_button("Save & get code").await;
        ann.step("e1-code", "e-mail with a code of 6 digits").await;
        let code = world.message_to(&new, Channel::Email).await.code();
        ann.enter_code(if code == "000000" { "000001" } else { "000000" }).await;
        ann.reads("Code not right").await;
        ann.open(&world.own_page("account/profile")).await;
        ann.step("e1-waiting", "still waits for its code").await;
        assert_eq!(
            world.user("ann").await["email"],
            world.ann.email,
            "the old one stays until then"
        );
        ann.press_link("Enter the code").await;
        ann.enter_code(&code).await;
        ann.reads("It is saved").await;
        assert_eq!(world.user("ann").await["email"], new.email);

        // The old address is told and objects: the new one is gone, and so is every session.
        let notice = world
            .notice_to(&world.ann.email, "e-mail address of your account was changed")
            .await;
        assert!(
            world.notices_to(&new.email).await.is_empty(),
            "it says nothing of its own coming"
        );
        let elsewhere = ann.another().await;
        elsewhere.open(&notice.objection().expect("a link")).await;
        elsewhere.press_button("This was not me").await;
        elsewhere.reads("your account is protected").await;
        eventually("the address is gone", async || {
            (world.user("ann").await["email"] == "").then_some(())
        })
        .await;
        ann.open(&world.own_page("account/profile")).await;
        ann.reads("Log in").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e2_whoever_adds_a_second_step_later_proves_themselves_again() {
    on_both_screens_by_a_clock(async |world, ann, clock| {
        ann.enters(world, &world.ann, "account/security").await;
        ann.reads("Add a second step").await;
        clock.put_forward(Duration::from_mins(6));
        ann.decided_by_the_new_time(world).await;
        ann.press_link("Add a second step").await;
        ann.step("e2", "authenticator app").await;
        ann.try_another_method("Text message").await;
        ann.reads("text message with a code of 6 digits").await;
        ann.proves_number(world, world.ann.phone()).await;
        ann.step("e2-back", "Set up a second step").await;

        // The password is changed only by who knows the present one.
        ann.open(&world.own_page("account/password")).await;
        ann.fill("password", "not my password").await;
        ann.fill("new_password", "umbrella Quartz 27 river").await;
        ann.press_button("Change password").await;
        ann.step("e2-password", "present password is not right").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e3_apps_are_recommended_and_text_messages_less_secure() {
    on_both_screens(&[], async |world, ann| {
        ann.enters(world, &world.ann, "account/enrol").await;
        ann.step("e3", "Recommended").await;
        let marks = "return [...document.querySelectorAll('main a')] \
            .filter(link => /enrol\\/(app|phone)$/.test(link.href)).map(link => link.innerText).join('|')";
        let marks = ann.run(marks).await;
        let marks = marks.as_str().expect("text");
        let (app, phone) = marks.split_once('|').expect("an app and a phone");
        assert!(
            app.contains("Authenticator app") && app.contains("Recommended"),
            "{marks}"
        );
        assert!(
            phone.contains("Text message") && phone.contains("Less secure"),
            "{marks}"
        );
        assert!(!phone.contains("Recommended"), "{marks}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e4_a_phone_is_reached_by_text_message_or_call() {
    on_both_screens(&[], async |world, ann| {
        ann.enters(world, &world.ann, "account/enrol/phone").await;
        ann.reads("How the code reaches you").await;
        ann.step("e4", "Phone call").await;
        ann.fill("number", "+33 1 42 68 53 00").await;
        ann.press_button("Send code").await;
        ann.reads("landline").await;
        ann.run("document.querySelector('input[value=voice]').click()").await;
        ann.press_button("Send code").await;
        ann.step("e4-call", "Enter the code").await;
        let landline = reached_at(&world.ann, "+33142685300");
        ann.enter_code(&world.message_to(&landline, Channel::Voice).await.code())
            .await;
        ann.reads("Emergency codes").await;
        assert_eq!(kinds(world, &world.ann).await, ["totp", "sms", "voice"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e5_emergency_codes_and_a_second_app_are_ways_back() {
    on_both_screens(&[], async |world, ann| {
        ann.enters(world, &world.ann, "account/enrol/app").await;
        ann.fill("description", "Spare tablet").await;
        ann.press_button("I have an app").await;
        ann.reads("Type this key").await;
        let app = ann.app_of_the_page(6).await;
        ann.enter_code(&app.new_code().await).await;
        ann.reads("Emergency codes").await;
        ann.press_button("Show new codes").await;
        let code = ann.text_of(".codes li").await;
        ann.press_button("I have kept them").await;
        ann.step("e5", "Spare tablet").await;
        assert_eq!(
            kinds(world, &world.ann).await,
            ["totp", "sms", "totp", "emergency_code"]
        );

        let lost = ann.another().await;
        lost.open(&world.own_page("account")).await;
        lost.enter_password(&world.ann).await;
        lost.try_another_method("Emergency code").await;
        lost.enter_code(&code).await;
        lost.step("e5-lost", "You logged in with an emergency code").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e6_staff_must_have_a_second_factor_and_operators_see_who_has() {
    on_both_screens(STAFF, async |world, walker| {
        let cleo = newcomer(world, "cleo").await;
        let staff = ["user", "add", "dan", "--group", "staff", "--password-stdin"];
        world.command(&staff, &cleo.password).await.expect(0);
        let dan = crate::harness::people::Person {
            username: "dan".to_owned(),
            ..reached_at(&cleo, NUMBER)
        };
        let without = ["user", "list", "--without-second-factor"];
        let listed = world.command(&without, "").await.expect(0);
        assert!(listed.contains("dan") && listed.contains("cleo"), "{listed}");
        walker.open(&world.own_page("account")).await;
        walker.enter_password(&cleo).await;
        walker
            .step("e6-others", "Only your password protects your account")
            .await;

        let other = walker.another().await;
        other.open(&world.own_page("account")).await;
        other.enter_password(&dan).await;
        other.step("e6", "Set up a second step").await;
        other.press_choice("Text message").await;
        other.gives_number(NUMBER).await;
        other.proves_number(world, NUMBER).await;
        other.reads("Show new codes").await;
        let listed = world.command(&without, "").await.expect(0);
        assert!(!listed.contains("dan") && listed.contains("cleo"), "{listed}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e7_codes_of_eight_digits_are_those_of_the_policy() {
    on_both_screens(&[("SECOND_FACTOR__TOTP_DIGITS", "8")], async |world, walker| {
        let cleo = newcomer(world, "cleo").await;
        walker.open(&world.page("/headers")).await;
        walker.enter_password(&cleo).await;
        walker.press_choice("Authenticator app").await;
        walker.press_button("I have an app").await;
        walker.step("e7", "8-digit code").await;
        let app = walker.app_of_the_page(8).await;
        walker.enter_code(&app.wrong_code()).await;
        walker.reads("Code not right").await;
        walker.enter_code(&app.new_code().await).await;
        walker.reads("Show new codes").await;
        assert_eq!(kinds(world, &cleo).await, ["totp"]);

        let again = walker.another().await;
        again.open(&world.page("/headers")).await;
        again.enter_password(&cleo).await;
        again.step("e7-login", "8-digit code").await;
    })
    .await;
}
