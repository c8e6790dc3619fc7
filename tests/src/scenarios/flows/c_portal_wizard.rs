//! Portal wizard: forced set-up at sign-in.

use super::{Keys, NUMBER, Walker, kinds, newcomer, on_both_screens};
use crate::harness::people::Person;
use crate::harness::world::World;
use serde_json::json;

const APP_AND_PHONE: Keys = &[("SECOND_FACTOR__ENROL", "app_and_phone")];

#[tokio::test(flavor = "multi_thread")]
async fn c1_whoever_has_no_second_factor_is_led_into_the_wizard() {
    on_both_screens(APP_AND_PHONE, async |world, walker| {
        let cleo = newcomer(world, "cleo").await;
        walker.open(&world.page("/headers?deep")).await;
        walker.enter_password(&cleo).await;
        walker.step("c1", "Step 1 of 3").await;
        for page in [world.page("/headers?deep"), world.page("/"), world.own_page("account")] {
            walker.open(&page).await;
            walker.reads("Step 1 of 3").await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c2_an_app_is_got_first_and_common_ones_are_listed() {
    on_both_screens(APP_AND_PHONE, async |world, walker| {
        with_verified_number(world, walker).await;
        walker.step("c2", "Get an authenticator app").await;
        for app in ["Google Authenticator", "Microsoft Authenticator"] {
            walker.reads(app).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c3_the_mobile_number_is_verified_as_the_way_back() {
    on_both_screens(APP_AND_PHONE, async |world, walker| {
        let cleo = newcomer(world, "cleo").await;
        walker.open(&world.page("/headers")).await;
        walker.enter_password(&cleo).await;
        walker.gives_number(NUMBER).await;
        assert!(kinds(world, &cleo).await.is_empty(), "it counts for nothing yet");
        walker.step("c3", "6-digit code").await;
        walker.proves_number(world, NUMBER).await;
        walker.reads("Step 2 of 3").await;
        assert_eq!(kinds(world, &cleo).await, ["sms"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c4_the_picture_is_scanned_or_the_key_typed() {
    on_both_screens(APP_AND_PHONE, async |world, walker| {
        with_verified_number(world, walker).await;
        walker.press_button("I have an app").await;
        walker.step("c4", "Type this key").await;
        let picture = "const box = document.querySelector('.qr svg, svg.qr').getBoundingClientRect(); \
            return box.width >= 120 && box.height >= 120 && box.top >= 0 && box.bottom <= innerHeight";
        assert_eq!(walker.run(picture).await, json!(true));
        assert_eq!(walker.app_of_the_page(6).await.seed().len(), 32, "160 bits in base32");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c5_a_code_of_the_app_verifies_it() {
    on_both_screens(APP_AND_PHONE, async |world, walker| {
        let cleo = with_verified_number(world, walker).await;
        walker.fill("description", "Work phone").await;
        walker.press_button("I have an app").await;
        walker.reads("Type this key").await;
        let app = walker.app_of_the_page(6).await;
        walker.enter_code(&app.wrong_code()).await;
        walker.step("c5", "Code not right").await;
        assert_eq!(kinds(world, &cleo).await, ["sms"]);
        walker.enter_code(&app.new_code().await).await;
        walker.reads("Step 2 of 2").await;
        assert_eq!(kinds(world, &cleo).await, ["sms", "totp"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c6_finishing_opens_the_application_and_a_closed_tab_goes_on_where_it_was() {
    on_both_screens(APP_AND_PHONE, async |world, walker| {
        let cleo = with_verified_number(world, walker).await;
        // The tab is closed; another goes on where it was. No application opens meanwhile.
        walker.new_tab().await;
        walker.open(&world.page("/headers?deep")).await;
        walker.reads("Step 1 of 2").await;
        walker.press_button("I have an app").await;
        walker.reads("Type this key").await;
        let app = walker.app_of_the_page(6).await;
        walker.enter_code(&app.new_code().await).await;
        walker.reads("Step 2 of 2").await;
        walker.press_button("Show new codes").await;
        walker.step("c6", "they are shown only once").await;
        walker.press_button("I have kept them").await;
        walker.arrives_at(&world.page("/headers?deep")).await;
        assert_eq!(kinds(world, &cleo).await, ["sms", "totp", "emergency_code"]);
    })
    .await;
}

/// Somebody whose number an operator has verified, on the way in where an app is missing.
async fn with_verified_number(world: &World, walker: &Walker) -> Person {
    let cleo = newcomer(world, "cleo").await;
    let add = ["user", "add-phone", "cleo", NUMBER, "--verified"];
    world.command(&add, "").await.expect(0);
    walker.open(&world.page("/headers?deep")).await;
    walker.enter_password(&cleo).await;
    walker.reads("text message with a code of 6 digits").await;
    walker.proves_number(world, NUMBER).await;
    walker.reads("Get an authenticator app").await;
    cleo
}
