//! Customer account: SMS, several numbers, emergency codes.

use super::{Keys, NUMBER, OTHER, kinds, newcomer, on_both_screens};
use serde_json::json;

/// Nobody must have a second factor here, so that people turn it on themselves.
const BY_CHOICE: Keys = &[("SECOND_FACTOR__REQUIRED", "{ groups = [\"nobody\"] }")];

#[tokio::test(flavor = "multi_thread")]
async fn b1_two_factor_authentication_is_turned_on_by_choosing_a_method() {
    on_both_screens(BY_CHOICE, async |world, walker| {
        let cleo = newcomer(world, "cleo").await;
        walker.open(&world.own_page("account")).await;
        walker.enter_password(&cleo).await;
        walker.reads("Only your password protects your account").await;
        walker.press_link("Security").await;
        walker.press_link("Add a second step").await;
        walker.step("b1", "Set up a second step").await;
        walker.press_choice("Text message").await;
        walker.reads("Phone number, with country code").await;
        assert!(kinds(world, &cleo).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b2_a_number_is_given_in_international_format() {
    on_both_screens(&[], async |world, ann| {
        ann.enters(world, &world.ann, "account/enrol/phone").await;
        ann.fill("number", "06 98 76 54 32").await;
        ann.press_button("Send code").await;
        ann.step("b2", "international form").await;
        assert_eq!(
            ann.field_attribute("number", "value").await.as_deref(),
            Some("06 98 76 54 32"),
            "what was typed is kept"
        );
        ann.gives_number(NUMBER).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b3_the_code_confirms_the_number_and_says_whose_phone_it_is() {
    on_both_screens(&[], async |world, ann| {
        ann.enters(world, &world.ann, "account/enrol/phone").await;
        ann.fill("description", "Holiday phone").await;
        ann.gives_number(NUMBER).await;
        ann.proves_number(world, NUMBER).await;
        ann.reads("Emergency codes").await;
        ann.open(&world.own_page("account/security")).await;
        ann.step("b3", "Holiday phone").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b4_further_numbers_are_added_each_with_its_description() {
    on_both_screens(&[], async |world, ann| {
        let first = [
            "user",
            "add-phone",
            "ann",
            NUMBER,
            "--verified",
            "--description",
            "Holiday phone",
        ];
        world.command(&first, "").await.expect(0);
        ann.enters(world, &world.ann, "account/security").await;
        ann.press_link("Add a second step").await;
        ann.press_choice("Text message").await;
        ann.fill("description", "My daughter").await;
        ann.gives_number(OTHER).await;
        ann.proves_number(world, OTHER).await;
        ann.reads("Emergency codes").await;
        ann.open(&world.own_page("account/security")).await;
        ann.reads("Holiday phone").await;
        ann.step("b4", "My daughter").await;
        assert_eq!(kinds(world, &world.ann).await, ["totp", "sms", "sms", "sms"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b5_the_first_method_brings_emergency_codes_shown_once() {
    on_both_screens(BY_CHOICE, async |world, walker| {
        let cleo = newcomer(world, "cleo").await;
        walker.open(&world.own_page("account/enrol/phone")).await;
        walker.enter_password(&cleo).await;
        walker.gives_number(NUMBER).await;
        walker.proves_number(world, NUMBER).await;
        // She has just proven the phone: it is not asked for again.
        walker.press_button("Show new codes").await;
        walker.step("b5", "they are shown only once").await;
        let count = "return document.querySelectorAll('.codes li').length";
        assert_eq!(walker.run(count).await, json!(10));
        let first = walker.text_of(".codes li").await;
        let file = walker.run("return document.querySelector('a[download]').href").await;
        assert!(file.as_str().is_some_and(|file| file.contains(first.trim())), "{file}");
        walker
            .run("window.printed = 0; window.print = () => window.printed++")
            .await;
        walker.press_button("Print").await;
        assert_eq!(walker.run("return window.printed").await, json!(1));
        // Not every browser hands a clipboard out; where this one does, there is a button, and it says that it did.
        if walker.run("return Boolean(navigator.clipboard)").await == json!(true) {
            walker.press_button("Copy the codes").await;
        }
        walker.press_button("I have kept them").await;
        walker.reads("10 of ten codes are left").await;
        walker.open(&world.own_page("account/emergency-codes")).await;
        walker.reads("New codes make the old ones worthless").await;
        assert_eq!(walker.run(count).await, json!(0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b6_emergency_codes_are_renewed_and_deleted_with_a_warning() {
    on_both_screens(&[], async |world, ann| {
        ann.enters(world, &world.ann, "account/emergency-codes").await;
        ann.press_button("Show new codes").await;
        ann.reads("they are shown only once").await;
        let first = ann.text_of(".codes li").await;
        ann.press_button("I have kept them").await;
        ann.press_link("Look after your codes").await;
        ann.step("b6", "New codes make the old ones worthless").await;
        ann.press_button("Show new codes").await;
        ann.reads("they are shown only once").await;
        assert_ne!(ann.text_of(".codes li").await, first);
        ann.press_button("I have kept them").await;
        ann.press_link("Look after your codes").await;
        ann.press_button("Delete all codes").await;
        ann.step("b6-deleted", "You have no emergency codes").await;
        assert_eq!(kinds(world, &world.ann).await, ["totp", "sms"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_one_method_is_offered_and_another_can_be_tried() {
    on_both_screens(&[], async |world, ann| {
        for (number, whose) in [(NUMBER, "Holiday phone"), (OTHER, "My daughter")] {
            let add = ["user", "add-phone", "ann", number, "--verified", "--description", whose];
            world.command(&add, "").await.expect(0);
        }
        ann.open(&world.page("/headers")).await;
        ann.enter_password(&world.ann).await;
        ann.reads("authenticator app").await;
        ann.press_link("Try another method").await;
        ann.step("b7", "Text message").await;
        for number in [world.ann.phone(), NUMBER, OTHER] {
            ann.reads(&format!("•• {}", &number[number.len() - 2..])).await;
        }
        ann.press_button("33").await;
        ann.reads("text message with a code of 6 digits").await;
        ann.proves_number(world, OTHER).await;
        ann.arrives_at(&world.page("/headers")).await;
    })
    .await;
}
