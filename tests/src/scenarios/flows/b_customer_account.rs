//! Customer account: SMS, several numbers, emergency codes.

use super::{NUMBER, OTHER, kinds, on_both_screens, reached_at};
use crate::harness::messages::Channel;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn b1_enable_b2_number_b3_confirm_b4_further_number_b5_codes_b6_renew_b7_another_method() {
    on_both_screens(None, async |world, ann| {
        ann.enters(world, &world.ann, "account/security").await;
        ann.reads("Add a second step").await;
        for (step, number, whose) in [("b3", NUMBER, "Holiday phone"), ("b4", OTHER, "My daughter")] {
            ann.open(&world.own_page("account/security")).await;
            ann.press_link("Add a second step").await;
            ann.step("b1", "Set up a second step").await;
            ann.press_choice("Text message").await;
            ann.fill("number", number).await;
            ann.fill("description", whose).await;
            ann.step("b2", "Add your phone").await;
            ann.press_button("Send code").await;
            ann.reads("text message with a code of 6 digits").await;
            let code = world
                .message_to(&reached_at(&world.ann, number), Channel::Sms)
                .await
                .code();
            ann.enter_code(&code).await;
            ann.reads("Emergency codes").await;
            ann.open(&world.own_page("account/security")).await;
            ann.step(step, whose).await;
        }
        assert_eq!(kinds(world, &world.ann).await, ["totp", "sms", "sms", "sms"]);

        ann.press_link("Look after your codes").await;
        ann.press_button("Show new codes").await;
        ann.step("b5", "they are shown only once").await;
        let first = ann.text_of(".codes li").await;
        assert_eq!(
            ann.run("return document.querySelectorAll('.codes li').length").await,
            json!(10)
        );
        let file = ann.run("return document.querySelector('a[download]').href").await;
        assert!(file.as_str().is_some_and(|file| file.contains(first.trim())), "{file}");
        // Not every browser hands a clipboard out; where this one does, there is a button, and it says that it did.
        if ann.run("return Boolean(navigator.clipboard)").await == json!(true) {
            ann.press_button("Copy the codes").await;
        }
        ann.press_button("I have kept them").await;
        ann.reads("10 of ten codes are left").await;
        ann.press_link("Look after your codes").await;
        ann.step("b6", "New codes make the old ones worthless").await;
        ann.press_button("Show new codes").await;
        ann.reads("they are shown only once").await;
        assert_ne!(ann.text_of(".codes li").await, first);
        ann.press_button("I have kept them").await;
        ann.press_link("Look after your codes").await;
        ann.press_button("Delete all codes").await;
        ann.reads("You have no emergency codes").await;

        let again = ann.another().await;
        again.open(&world.page("/headers")).await;
        again.enter_password(&world.ann).await;
        again.reads("authenticator app").await;
        again.press_link("Try another method").await;
        again.step("b7", "32").await;
        again.reads("33").await;
    })
    .await;
}
