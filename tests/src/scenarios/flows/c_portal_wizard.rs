//! Portal wizard: forced set-up at sign-in.

use super::{NUMBER, kinds, newcomer, on_both_screens, reached_at};
use crate::harness::messages::Channel;
use crate::harness::settings::Plan;

fn plan() -> Plan {
    Plan::new().more("[second_factor]\nenrol = \"app_and_phone\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_wizard_c2_apps_c3_verify_number_c4_scan_c5_code_c6_finish() {
    on_both_screens(Some(plan), async |world, walker| {
        let cleo = newcomer(world, "cleo").await;
        walker.open(&world.page("/headers?deep")).await;
        walker.enter_password(&cleo).await;
        walker.step("c1", "Step 1 of 3").await;
        walker.fill("number", NUMBER).await;
        walker.press_button("Send code").await;
        walker.reads("text message with a code of 6 digits").await;
        let code = world.message_to(&reached_at(&cleo, NUMBER), Channel::Sms).await.code();
        walker.enter_code(&code).await;
        walker.step("c3", "Step 2 of 3").await;
        walker.step("c2", "Microsoft Authenticator").await;

        // The tab is closed; another goes on where it was. No application opens meanwhile.
        walker.new_tab().await;
        walker.open(&world.page("/headers?deep")).await;
        walker.reads("Step 2 of 3").await;
        walker.fill("description", "Work phone").await;
        walker.press_button("I have an app").await;
        walker.step("c4", "Type this key").await;
        let app = walker.app_of_the_page(6).await;
        walker.enter_code(&app.wrong_code()).await;
        walker.step("c5", "Code not right").await;
        walker.enter_code(&app.new_code().await).await;
        walker.reads("Step 3 of 3").await;
        walker.press_button("Show new codes").await;
        walker.step("c6", "they are shown only once").await;
        walker.press_button("I have kept them").await;
        walker.arrives_at(&world.page("/headers?deep")).await;
        assert_eq!(kinds(world, &cleo).await, ["sms", "totp", "emergency_code"]);
        walker.open(&world.own_page("account/security")).await;
        walker.reads("Work phone").await;
    })
    .await;
}
