//! From a deep link through two factors and back to the deep link, by plain HTTP.

use crate::harness::answer::Answer;
use crate::harness::messages::Channel;
use crate::harness::people::{App, Person};
use crate::harness::visitor::Visitor;
use crate::harness::world::{World, in_every_world};

const DEEP_LINK: &str = "/headers?from=mail&name=%C3%A9t%C3%A9&empty=";

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_the_app_leads_to_the_deep_link() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let second = to_second_factor(&world, &mut visitor, &world.ann).await;
        assert!(second.text().contains("authenticator app"), "{}", second.text());
        let code = world.ann.app().new_code().await;
        lands_on_the_deep_link(&world, &mut visitor, &second, &code).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_may_show_seven_or_eight_digits() {
    in_every_world(async |world| {
        for digits in ["7", "8"] {
            let person = person_with_digits(&world, digits).await;
            let mut visitor = Visitor::new();
            let second = to_second_factor(&world, &mut visitor, &person).await;
            let code = person.app().new_code().await;
            assert_eq!(code.len().to_string(), digits);
            visitor.enter_code(&second, &code[1..]).await.expect(422);
            lands_on_the_deep_link(&world, &mut visitor, &second, &code).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_sms_leads_to_the_deep_link() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let second = to_second_factor(&world, &mut visitor, &world.ann).await;
        let asked = visitor.try_another_method(&second, "Text message").await;
        let last_digits = &world.ann.phone()[world.ann.phone().len() - 2..];
        assert!(
            asked.text().contains(&format!("••• •• {last_digits}")),
            "{}",
            asked.text()
        );
        assert!(!asked.body.contains(world.ann.phone()));

        let message = world.message_to(&world.ann, Channel::Sms).await;
        let code = message.code();
        let last_line = message.text.lines().last().expect("a text");
        assert_eq!(
            last_line,
            format!("@{} #{code}", world.portal.host_str().expect("a host"))
        );
        assert!(!message.text.contains("://"), "no link: {}", message.text);
        lands_on_the_deep_link(&world, &mut visitor, &asked, &code).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_email_leads_to_the_deep_link() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let asked = to_second_factor(&world, &mut visitor, &world.ben).await;
        assert!(asked.text().contains("•••@"), "{}", asked.text());
        assert!(!asked.body.contains(&world.ben.email));
        let message = world.message_to(&world.ben, Channel::Email).await;
        assert!(!message.subject.is_empty());
        lands_on_the_deep_link(&world, &mut visitor, &asked, &message.code()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_method_can_be_tried_and_the_first_taken_up_again() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let app = to_second_factor(&world, &mut visitor, &world.ann).await;
        let sms = visitor.try_another_method(&app, "Text message").await;
        let app = visitor.try_another_method(&sms, "Authenticator app").await;
        let code = world.ann.app().new_code().await;
        lands_on_the_deep_link(&world, &mut visitor, &app, &code).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_to_a_method_asks_for_the_code_that_was_sent() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let app = to_second_factor(&world, &mut visitor, &world.ann).await;
        let sms = visitor.try_another_method(&app, "Text message").await;
        let app = visitor.try_another_method(&sms, "Authenticator app").await;
        let sms = visitor.try_another_method(&app, "Text message").await;
        let code = world.message_to(&world.ann, Channel::Sms).await.code();
        lands_on_the_deep_link(&world, &mut visitor, &sms, &code).await;
        assert_eq!(world.messages().await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reloaded_page_sends_no_second_message() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let asked = to_second_factor(&world, &mut visitor, &world.ben).await;
        let again = visitor.visit(&asked.url).await.expect(200);
        visitor.visit(&asked.url).await.expect(200);
        let code = world.message_to(&world.ben, Channel::Email).await.code();
        lands_on_the_deep_link(&world, &mut visitor, &again, &code).await;
        assert_eq!(world.messages().await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_message_is_not_sent_within_half_a_minute() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let asked = to_second_factor(&world, &mut visitor, &world.ben).await;
        let code = world.message_to(&world.ben, Channel::Email).await.code();
        let refused = visitor.submit(&asked.form_to("resend")).await;
        assert_eq!(refused.status, 429, "{}", refused.text());
        let asked = visitor.visit(&asked.url).await.expect(200);
        lands_on_the_deep_link(&world, &mut visitor, &asked, &code).await;
        assert_eq!(world.messages().await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_skips_the_second_factor() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        to_second_factor(&world, &mut visitor, &world.ann).await;
        let answer = visitor.open(&world.page(DEEP_LINK)).await;
        assert!(answer.onward().is_some(), "{}", answer.status);
        let account = visitor.visit(&world.own_page("account")).await;
        assert!(!account.text().contains(&world.ann.email), "{}", account.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_can_be_started_over() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let second = to_second_factor(&world, &mut visitor, &world.ann).await;
        let answer = visitor.submit(&second.form_to("logout")).await;
        let login = visitor.follow(answer).await;
        assert!(login.form_with("password").has("username"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_in_already_is_not_asked_again() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        world.log_in(&mut visitor, &world.ann, "/headers").await.expect(200);
        visitor.open(&world.page(DEEP_LINK)).await.expect(200);
        let login = visitor.visit(&world.own_page("login")).await.expect(200);
        assert!(login.text().contains("Hello, Ann"), "{}", login.text());
    })
    .await;
}

/// Somebody whose only second factor is an app that shows so many digits.
async fn person_with_digits(world: &World, digits: &str) -> Person {
    let (username, password) = (format!("digits{digits}"), "amber Kettle 61 valley");
    world
        .command(&["user", "add", &username, "--password-stdin"], password)
        .await
        .expect(0);
    let add = ["user", "add-totp", &username, "--digits", digits];
    let uri = world.command(&add, "").await.expect(0);
    Person {
        username,
        password: password.to_owned(),
        email: String::new(),
        phone: None,
        app: Some(App::from_uri(uri.trim())),
    }
}

/// Opens the deep link and gives the password.
async fn to_second_factor(world: &World, visitor: &mut Visitor, person: &Person) -> Answer {
    let login = visitor.visit(&world.page(DEEP_LINK)).await.expect(200);
    let second = visitor.enter_password(&login, person).await.expect(200);
    assert!(second.form_with("code").has("csrf"));
    second
}

async fn lands_on_the_deep_link(world: &World, visitor: &mut Visitor, page: &Answer, code: &str) {
    let answer = visitor.enter_code(page, code).await;
    assert!(answer.onward().is_some(), "{}: {}", answer.status, answer.text());
    let landed = visitor.follow(answer).await.expect(200);
    assert_eq!(landed.url, world.page(DEEP_LINK));
    assert!(landed.body.to_lowercase().contains("remote-user"), "{}", landed.body);
}
