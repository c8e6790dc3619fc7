//! Patient settings: by e-mail first, then by SMS.

use super::{NUMBER, kinds, on_both_screens, reached_at};
use crate::harness::messages::Channel;

#[tokio::test(flavor = "multi_thread")]
async fn a1_settings_a2_email_a3_choose_sms_a4_add_number_a5_validate() {
    on_both_screens(None, async |world, ben| {
        ben.open(&world.own_page("account")).await;
        ben.enter_password(&world.ben).await;
        ben.step("a2", "e-mail with a code of 6 digits").await;
        ben.enter_code(&world.message_to(&world.ben, Channel::Email).await.code())
            .await;
        ben.reads("Hello, Ben").await;
        ben.press_link("Security").await;
        ben.step("a1", "E-mail").await;
        ben.press_link("Add a second step").await;
        ben.step("a3", "Text message").await;
        ben.press_choice("Text message").await;
        ben.reads("Phone number, with country code").await;
        ben.fill("number", NUMBER).await;
        ben.step("a4", "Add your phone").await;
        ben.press_button("Send code").await;
        ben.reads("text message with a code of 6 digits").await;
        let code = world
            .message_to(&reached_at(&world.ben, NUMBER), Channel::Sms)
            .await
            .code();
        ben.enter_code(&code).await;
        ben.step("a5", "Emergency codes").await;
        assert_eq!(kinds(world, &world.ben).await, ["email", "sms"]);

        // Chosen instead of e-mail: it is what the next login asks for.
        ben.press_link("Security").await;
        ben.press_choice("Text message").await;
        ben.press_button("Ask for this first").await;
        ben.reads("It is saved").await;
        let again = ben.another().await;
        again.open(&world.page("/headers")).await;
        again.enter_password(&world.ben).await;
        again.reads("text message with a code of 6 digits").await;
    })
    .await;
}
