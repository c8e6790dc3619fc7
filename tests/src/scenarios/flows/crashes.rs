//! What was answered is there after SIGKILL, state by state: here the changes of an account, beside this file the wizard's,
//! a recovery's and a step-up's, and a registration's in `registration`.

mod proofs;
mod wizard;

use super::{NUMBER, kinds, reached_at, with_mail_at};
use crate::harness::answer::Answer;
use crate::harness::messages::Channel;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_an_account_that_was_answered_is_there_after_sigkill() {
    let mut world = World::demo().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let new = with_mail_at(&world.ann, "ann@new.example.com");

    // A number that waits for its code, and its code.
    let number = ann.visit(&world.own_page("account/enrol/phone")).await.expect(200);
    let begun = ann
        .submit(&number.form_with("number").fill("number", NUMBER))
        .await
        .expect(303);
    let code = world
        .message_to(&reached_at(&world.ann, NUMBER), Channel::Sms)
        .await
        .code();
    world.server.crash_and_start_again().await;
    let prove = ann.follow(begun).await.expect(200);
    ann.enter_code(&prove, &code).await.expect(303);
    world.server.crash_and_start_again().await;
    assert_eq!(kinds(&world, &world.ann).await, ["totp", "sms", "sms"]);
    ann.enter_code(&prove, &code).await.expect(303);
    assert_eq!(
        kinds(&world, &world.ann).await,
        ["totp", "sms", "sms"],
        "the answer sent again"
    );

    // Emergency codes.
    let codes = ann.visit(&world.own_page("account/emergency-codes")).await.expect(200);
    let shown = ann.submit(&codes.form_to("account/emergency-codes")).await.expect(200);
    assert!(shown.text().contains("shown only once"), "{}", shown.text());
    world.server.crash_and_start_again().await;
    assert_eq!(
        kinds(&world, &world.ann).await,
        ["totp", "sms", "sms", "emergency_code"]
    );

    // A name, an address that waits, and the address.
    let profile = ann.visit(&world.own_page("account/profile")).await.expect(200);
    ann.submit(&profile.form_with("name").fill("name", "Ann Newname"))
        .await
        .expect(303);
    world.server.crash_and_start_again().await;
    assert_eq!(world.user("ann").await["display_name"], "Ann Newname");
    let begun = ann
        .submit(&profile.form_with("email").fill("email", &new.email))
        .await
        .expect(303);
    let code = world.message_to(&new, Channel::Email).await.code();
    world.server.crash_and_start_again().await;
    assert_eq!(world.user("ann").await["email"], world.ann.email);
    let prove = ann.follow(begun).await.expect(200);
    ann.enter_code(&prove, &code).await.expect(303);
    world.server.crash_and_start_again().await;
    assert_eq!(world.user("ann").await["email"], new.email);
    ann.enter_code(&prove, &code).await.expect(303);
    world
        .notice_to(&world.ann.email, "e-mail address of your account was changed")
        .await;

    // A removal.
    let list = ann.visit(&world.own_page("account/security")).await.expect(200);
    let item = ann.visit(&item(&list, "Text message")).await.expect(200);
    let path = item.url.path().trim_start_matches("/.vestibule/").to_owned();
    ann.submit(&item.form_to(&format!("{path}/remove"))).await.expect(303);
    world.server.crash_and_start_again().await;
    assert_eq!(kinds(&world, &world.ann).await, ["totp", "sms", "emergency_code"]);

    // A password, and the session it was changed in.
    let page = ann.visit(&world.own_page("account/password")).await.expect(200);
    let form = page.form_with("new_password").fill("password", &world.ann.password);
    ann.submit(&form.fill("new_password", "umbrella Quartz 27 river"))
        .await
        .expect(303);
    world.server.crash_and_start_again().await;
    ann.visit(&world.own_page("account/profile")).await.expect(200);
    let mut again = Visitor::new();
    let login = again.visit(&world.page("/headers")).await;
    again
        .try_password(&login, "ann", "umbrella Quartz 27 river")
        .await
        .expect(303);
}

/// The page of the first entry in a list that has these words.
fn item(list: &Answer, words: &str) -> url::Url {
    let entries = list.body.split("<li>");
    let entry = entries.skip(1).find(|entry| entry.contains(words)).expect("an entry");
    let (_, address) = entry.split_once("href=\"").expect("a link");
    let address = address.split('"').next().expect("an address");
    list.url.join(address).expect("a URL")
}
