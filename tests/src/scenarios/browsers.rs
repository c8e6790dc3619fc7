//! The login in a real Chromium, on a phone and on a desktop.

use crate::harness::browser::Browser;
use crate::harness::messages::Channel;
use crate::harness::people::Person;
use crate::harness::world::{World, in_every_world};

const DEEP_LINK: &str = "/headers?from=mail&name=%C3%A9t%C3%A9";

#[tokio::test(flavor = "multi_thread")]
async fn ann_logs_in_on_her_phone_by_app_and_by_sms() {
    in_every_world(async |world| {
        let phone = Browser::phone().await;
        phone.open(&world.page(DEEP_LINK)).await;
        phone.enter_password(&world.ann).await;
        phone.reads("authenticator app").await;
        assert!(phone.fits_the_screen().await);
        assert_eq!(
            phone.field_attribute("code", "autocomplete").await.as_deref(),
            Some("one-time-code")
        );
        assert_eq!(
            phone.field_attribute("code", "inputmode").await.as_deref(),
            Some("numeric")
        );
        phone.enter_code(&world.ann.app().new_code().await).await;
        arrives(&phone, &world, &world.ann).await;

        let other = Browser::phone().await;
        other.open(&world.page(DEEP_LINK)).await;
        other.enter_password(&world.ann).await;
        other.try_another_method("Text message").await;
        other.reads("text message with a code of 6 digits").await;
        assert!(other.fits_the_screen().await);
        other
            .enter_code(&world.message_to(&world.ann, Channel::Sms).await.code())
            .await;
        arrives(&other, &world, &world.ann).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ben_logs_in_on_a_desktop_by_email() {
    in_every_world(async |world| {
        let desktop = Browser::desktop().await;
        desktop.open(&world.page(DEEP_LINK)).await;
        assert_eq!(
            desktop.field_attribute("username", "autocomplete").await.as_deref(),
            Some("username")
        );
        assert_eq!(
            desktop.field_attribute("password", "autocomplete").await.as_deref(),
            Some("current-password")
        );
        desktop.enter_password(&world.ben).await;
        desktop.reads("e-mail with a code of 6 digits").await;
        desktop.enter_code("000000").await;
        desktop.reads("Code not right or no longer valid").await;
        desktop
            .enter_code(&world.message_to(&world.ben, Channel::Email).await.code())
            .await;
        arrives(&desktop, &world, &world.ben).await;

        // Reloading and coming back need no new login.
        desktop.open(&world.page("/headers?again")).await;
        desktop.arrives_at(&world.page("/headers?again")).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_work_and_look_right_where_styles_are_kept_by_the_policy() {
    let world = World::demo().await;
    let phone = Browser::phone().await;
    phone.open(&world.page(DEEP_LINK)).await;
    phone.reads("Log in").await;
    assert!(
        phone.has_styles().await,
        "the content security policy keeps our own style sheet out"
    );
    assert!(phone.fits_the_screen().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wait_for_another_code_is_counted_down_and_loading_again_sends_none() {
    in_every_world(async |world| {
        let phone = Browser::phone().await;
        phone.open(&world.page(DEEP_LINK)).await;
        phone.enter_password(&world.ben).await;
        phone.reads("You can ask for another code in 2").await;
        phone.reads("You can ask for another code in 25 seconds.").await;
        let page = phone.url().await;
        for _ in 0..3 {
            phone.open(&page).await;
            phone.reads("You can ask for another code in 2").await;
        }
        let to_ben = world
            .messages()
            .await
            .into_iter()
            .filter(|message| message.to == world.ben.email);
        assert_eq!(to_ben.count(), 1);
    })
    .await;
}

/// The deep link is open and shows who came, as the application was told.
async fn arrives(browser: &Browser, world: &World, person: &Person) {
    browser.arrives_at(&world.page(DEEP_LINK)).await;
    let text = browser.text().await.to_lowercase();
    assert!(
        text.contains("remote-user") && text.contains(&person.username.to_lowercase()),
        "{text}"
    );
    assert!(text.contains("vestibule-assertion"), "{text}");
}
