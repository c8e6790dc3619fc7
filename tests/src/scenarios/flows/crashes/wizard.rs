//! Every state of setting up inside a login, found after SIGKILL as it was answered.

use super::super::{NUMBER, kinds, newcomer, reached_at};
use crate::harness::answer::Answer;
use crate::harness::form::attribute;
use crate::harness::messages::Channel;
use crate::harness::people::App;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn every_state_of_the_wizard_is_there_after_sigkill() {
    let keys = [("VESTIBULE__SECOND_FACTOR__ENROL", "app_and_phone")];
    let mut world = World::demo_in(&keys.map(|(name, value)| (name.to_owned(), value.to_owned()))).await;
    let cleo = newcomer(&world, "cleo").await;
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/headers?deep")).await;
    let right = visitor
        .try_password(&login, &cleo.username, &cleo.password)
        .await
        .expect(303);
    world.server.crash_and_start_again().await;
    let number = visitor.follow(right).await.expect(200);
    assert!(number.text().contains("Step 1 of 3"), "{}", number.text());

    // A phone that waits for its code.
    let saved = visitor.submit(&number.form_with("number").fill("number", NUMBER)).await;
    let code = world.message_to(&reached_at(&cleo, NUMBER), Channel::Sms).await.code();
    world.server.crash_and_start_again().await;
    let prove = visitor.follow(saved.expect(303)).await.expect(200);
    assert!(prove.text().contains("•• 32"), "{}", prove.text());
    assert!(kinds(&world, &cleo).await.is_empty());

    // Its code.
    let proven = visitor.enter_code(&prove, &code).await.expect(303);
    world.server.crash_and_start_again().await;
    assert_eq!(kinds(&world, &cleo).await, ["sms"]);
    let intro = visitor.follow(proven).await.expect(200);
    assert!(intro.text().contains("Step 2 of 3"), "{}", intro.text());

    // The key of an app.
    let begun = visitor.submit(&intro.form_to("enrol/app")).await.expect(303);
    let before = visitor.follow(begun).await.expect(200);
    world.server.crash_and_start_again().await;
    let after = visitor.visit(&world.own_page("enrol")).await.expect(200);
    assert_eq!(key(&after), key(&before));
    let app = App::from_uri(&key(&after));

    // Its code.
    let confirmed = visitor.enter_code(&after, &app.new_code().await).await.expect(303);
    world.server.crash_and_start_again().await;
    assert_eq!(kinds(&world, &cleo).await, ["sms", "totp"]);
    let codes = visitor.follow(confirmed).await.expect(200);
    assert!(codes.text().contains("Step 3 of 3"), "{}", codes.text());

    // Emergency codes that were shown; nothing opens until they are kept.
    let shown = visitor.submit(&codes.form_to("enrol/codes")).await.expect(200);
    let (_, first) = shown.body.split_once("<li><code>").expect("codes");
    let first = first.split('<').next().expect("a code").to_owned();
    world.server.crash_and_start_again().await;
    assert_eq!(kinds(&world, &cleo).await, ["sms", "totp", "emergency_code"]);
    visitor.open(&world.page("/headers?deep")).await.expect(303);
    let kept = visitor.submit(&shown.form_to("enrol/kept")).await.expect(303);
    world.server.crash_and_start_again().await;
    assert_eq!(visitor.follow(kept).await.expect(200).url, world.page("/headers?deep"));

    // The codes are those that were shown.
    let mut elsewhere = Visitor::new();
    let login = elsewhere.visit(&world.page("/headers")).await;
    let second = elsewhere.enter_password(&login, &cleo).await;
    let listed = elsewhere.try_another_method(&second, "Emergency code").await;
    elsewhere.enter_code(&listed, &first).await.expect(303);
}

/// What an app is given by this page.
fn key(page: &Answer) -> String {
    let links = page.body.split("<a").skip(1);
    let mut uris = links.filter_map(|link| attribute(link, "href"));
    uris.find(|uri| uri.starts_with("otpauth:")).expect("the key of an app")
}
