//! By keyboard alone: Tab and Enter, with the focus always to be seen.

use super::{NUMBER, newcomer, reached_at};
use crate::harness::browser::Browser;
use crate::harness::messages::Channel;
use crate::harness::settings::Plan;
use crate::harness::world::World;

const ENTER: &str = "\u{e007}";

#[tokio::test(flavor = "multi_thread")]
async fn login_wizard_and_account_need_no_mouse() {
    let world = World::serve(Plan::new().more("[second_factor]\nenrol = \"app_and_phone\"")).await;
    let cleo = newcomer(&world, "cleo").await;
    let browser = Browser::desktop().await;
    browser.open(&world.page("/headers")).await;
    enter(&browser, "[name=username]", &cleo.username).await;
    enter(&browser, "[name=password]", &format!("{}{ENTER}", cleo.password)).await;
    browser.reads("Step 1 of 3").await;
    enter(&browser, "[name=number]", NUMBER).await;
    enter(&browser, "form:has([name=number]) button", ENTER).await;
    browser.reads("text message with a code of 6 digits").await;
    let code = world.message_to(&reached_at(&cleo, NUMBER), Channel::Sms).await.code();
    enter(&browser, "[name=code]", &format!("{code}{ENTER}")).await;
    browser.reads("Get an authenticator app").await;
    enter(&browser, "form:has([name=description]) button", ENTER).await;
    browser.reads("Scan this picture").await;
    let key: String = browser.text_of(".key code").await.split_whitespace().collect();
    let app =
        crate::harness::people::App::from_uri(&format!("otpauth://totp/Example:cleo?secret={key}&issuer=Example"));
    enter(&browser, "[name=code]", &format!("{}{ENTER}", app.new_code().await)).await;
    browser.reads("Step 3 of 3").await;
    enter(&browser, "form[action*=codes] button", ENTER).await;
    browser.reads("they are shown only once").await;
    enter(&browser, "form[action*=kept] button", ENTER).await;
    browser.arrives_at(&world.page("/headers")).await;

    browser.open(&world.own_page("account")).await;
    for (section, words) in [
        ("security", "Add a second step"),
        ("profile", "Phones"),
        ("sessions", "Browsers that know you"),
        ("password", "Present password"),
    ] {
        enter(&browser, &format!("a[href$='account/{section}']"), ENTER).await;
        browser.reads(words).await;
    }
    enter(&browser, "[name=password]", &cleo.password).await;
    enter(
        &browser,
        "[name=new_password]",
        &format!("umbrella Quartz 27 river{ENTER}"),
    )
    .await;
    browser.reads("Your password is changed").await;
    enter(&browser, "a[href*='account/enrol']", ENTER).await;
    browser.reads("Set up a second step").await;
    enter(&browser, "a[href$='enrol/phone']", ENTER).await;
    browser.reads("Phone number, with country code").await;
    browser.open(&world.own_page("logout")).await;
    enter(&browser, "form[action*=logout] button", ENTER).await;
    browser.reads("logged out").await;
}

/// Moves on to what this selector finds, and strikes keys there.
async fn enter(browser: &Browser, selector: &str, keys: &str) {
    browser.tab_to(selector).await;
    browser.strike(keys).await;
}
