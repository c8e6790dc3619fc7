//! What becomes of an account when its pages are used out of order, or by the wrong person: a clear page, one's own
//! account only, nothing lost and nothing half enrolled.

use super::enrolment::{connect_app, newcomer, to_wizard};
use crate::harness::answer::Answer;
use crate::harness::form::Form;
use crate::harness::messages::Channel;
use crate::harness::people::Person;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

const NUMBER: &str = "+33 6 98 76 54 32";

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_that_add_the_same_number_add_it_once() {
    let world = World::demo().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let before = kinds(&world, "ann").await;
    let page = ann.visit(&world.own_page("account/enrol/phone")).await.expect(200);
    let form = page.form_with("number").fill("number", NUMBER);
    let (mut tabs, phone) = (Vec::new(), reached_at(NUMBER));
    for _ in 0..2 {
        let begun = ann.submit(&form).await.expect(303);
        let prove = ann.follow(begun).await.expect(200);
        tabs.push((prove, world.message_to(&phone, Channel::Sms).await.code()));
    }
    let with_phone = [before, vec!["sms".to_owned()]].concat();
    for (prove, code) in &tabs {
        let answer = ann.enter_code(prove, code).await.expect(303);
        ann.follow(answer).await.expect(200);
        assert_eq!(kinds(&world, "ann").await, with_phone);
    }
    // Back to the form, which is sent once more.
    let again = ann.submit(&form).await.expect(422);
    assert!(again.text().contains("You have this one already"), "{}", again.text());
    let list = ann.visit(&world.own_page("account/security")).await.expect(200);
    assert!(!list.text().contains("Waits for its code"), "{}", list.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_whose_number_was_forgotten_in_another_one_enrols_nothing() {
    let world = World::demo().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let before = kinds(&world, "ann").await;
    let page = ann.visit(&world.own_page("account/enrol/phone")).await.expect(200);
    let begun = ann.submit(&page.form_with("number").fill("number", NUMBER)).await;
    let prove = ann.follow(begun).await.expect(200);
    let code = world.message_to(&reached_at(NUMBER), Channel::Sms).await.code();
    let dropped = ann.submit(&prove.form_to("account/enrol/drop")).await;
    ann.follow(dropped).await.expect(200);
    for _ in 0..2 {
        let late = ann.enter_code(&prove, &code).await.expect(303);
        let list = ann.follow(late).await.expect(200);
        assert!(!list.text().contains("It is added"), "{}", list.text());
    }
    assert_eq!(kinds(&world, "ann").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_takes_up_an_unfinished_phone_and_no_other() {
    let world = World::demo().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let page = ann.visit(&world.own_page("account/enrol/phone")).await.expect(200);
    ann.submit(&page.form_with("number").fill("number", NUMBER))
        .await
        .expect(303);
    world.message_to(&reached_at(NUMBER), Channel::Sms).await;

    let mut again = Visitor::new();
    let login = again.visit(&world.page("/headers")).await.expect(200);
    let second = again.enter_password(&login, &world.ann).await;
    let code = world.ann.app().new_code().await;
    let right = again.enter_code(&second, &code).await.expect(303);
    let shown = again.follow(right).await.expect(200);
    assert!(
        shown.text().contains("Finish setting up your phone"),
        "{}",
        shown.text()
    );
    let page = again.visit(&world.own_page("enrol/phone")).await.expect(200);
    let other = page.form_with("number").fill("number", "+33 6 98 76 54 33");
    let led = again.submit(&other).await.expect(303);
    let shown = again.follow(led).await.expect(200);
    assert!(
        shown.text().contains("Finish setting up your phone"),
        "{}",
        shown.text()
    );
    let sent = world.messages().await;
    assert!(!sent.iter().any(|one| one.to == "+33698765433"), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_of_the_wizard_set_up_one_app_and_the_back_button_sets_up_no_other() {
    let world = World::demo().await;
    let cleo = newcomer(&world, "cleo").await;
    let mut visitor = Visitor::new();
    let choice = to_wizard(&world, &mut visitor, &cleo).await;
    let (first, old) = connect_app(&mut visitor, &choice).await;
    let (second, new) = connect_app(&mut visitor, &choice).await;
    // The first tab shows a key that is none any more: it is led to the one that is.
    let late = visitor.enter_code(&first, &old.new_code().await).await.expect(303);
    let shown = visitor.follow(late).await.expect(200);
    assert!(shown.body.contains("class=\"key\""), "{}", shown.text());
    assert!(kinds(&world, "cleo").await.is_empty());

    let code = new.new_code().await;
    let right = visitor.enter_code(&second, &code).await.expect(303);
    let codes = visitor.follow(right).await.expect(200);
    let page = codes.form_to("enrol/codes");
    assert_eq!(kinds(&world, "cleo").await, ["totp"]);
    // Back, and sent again: on to what is wanted now.
    let again = visitor.enter_code(&second, &code).await.expect(303);
    visitor.follow(again).await.expect(200).form_to("enrol/codes");
    let begin = Form::all(&choice.body, &choice.url)
        .into_iter()
        .find(|form| form.has("csrf"));
    let mut begin = begin.expect("a form");
    begin.action.set_path("/.vestibule/enrol/app");
    let other = visitor.submit(&begin).await;
    visitor.follow(other).await.expect(200).form_to("enrol/codes");
    assert_eq!(kinds(&world, "cleo").await, ["totp"]);
    visitor.submit(&page).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_somebody_else_and_forms_without_their_token_change_nothing() {
    let world = World::demo().await;
    let (mut ann, mut ben) = (Visitor::new(), Visitor::new());
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    world.log_in(&mut ben, &world.ben, "/headers").await.expect(200);
    let mut elsewhere = Visitor::new();
    world.log_in(&mut elsewhere, &world.ann, "/headers").await.expect(200);
    let page = ann.visit(&world.own_page("account/enrol/phone")).await.expect(200);
    let begun = ann.submit(&page.form_with("number").fill("number", NUMBER)).await;
    let hers = ann.follow(begun).await.expect(200);
    let code = world.message_to(&reached_at(NUMBER), Channel::Sms).await.code();
    let pending = hers.form_with("code").value("authenticator").expect("an id").to_owned();
    let list = ann.visit(&world.own_page("account/security")).await.expect(200);
    let item = first_item(&list);
    let id = item.path().rsplit('/').next().expect("an id").to_owned();
    let sessions = ann.visit(&world.own_page("account/sessions")).await.expect(200);
    let session = sessions
        .form_with("session")
        .value("session")
        .expect("an id")
        .to_owned();
    let before = (world.user("ann").await, world.user("ben").await);

    // Ben's own pages and tokens, with ids of hers.
    let his = ben.visit(&world.own_page("account/enrol/phone")).await.expect(200);
    let his_sessions = ben.visit(&world.own_page("account/sessions")).await.expect(200);
    let to = |path: &str| {
        let mut form = his.form_with("number");
        form.action = world.own_page(path);
        form
    };
    for form in [
        to("account/enrol/prove")
            .fill("authenticator", &pending)
            .fill("code", &code),
        to("account/enrol/resend").fill("authenticator", &pending),
        to("account/enrol/drop").fill("authenticator", &pending),
        to(&format!("account/security/{id}/describe")).fill("description", "Ben was here"),
        to(&format!("account/security/{id}/prefer")),
        to(&format!("account/security/{id}/remove")),
        his_sessions.form_with("csrf").fill("session", &session),
    ] {
        let path = form.action.path().to_owned();
        let form = if form.has("session") {
            let mut ending = form;
            ending.action = world.own_page("account/sessions/end");
            ending
        } else {
            form
        };
        let answer = ben.submit(&form).await;
        assert!(answer.status < 500, "{path}: {}", answer.text());
    }
    // Her own forms, without the token, or with his.
    let stolen = his.form_with("csrf").value("csrf").expect("a token").to_owned();
    for token in ["", "forged", &stolen] {
        for path in [
            "account/enrol/app",
            "account/enrol/phone",
            "account/enrol/prove",
            "account/enrol/drop",
            "account/emergency-codes",
            "account/emergency-codes/delete",
            "account/password",
            "account/profile/name",
            "account/profile/email",
            "account/sessions/end-others",
            &format!("account/security/{id}/remove"),
        ] {
            let mut form = page
                .form_with("number")
                .fill("csrf", token)
                .fill("authenticator", &pending);
            form.action = world.own_page(path);
            let answer = ann.submit(&form).await;
            assert_eq!(answer.status, 403, "{path}: {}", answer.text());
        }
    }
    assert_eq!((world.user("ann").await, world.user("ben").await), before);
    elsewhere.visit(&world.page("/headers")).await.expect(200);
    assert_eq!(
        world
            .messages()
            .await
            .iter()
            .filter(|one| one.to == NUMBER.replace(' ', ""))
            .count(),
        1
    );

    // Nothing was lost by all that: her number still waits for its code.
    ann.enter_code(&hers, &code).await.expect(303);
    assert_eq!(
        kinds(&world, "ann").await.iter().filter(|kind| *kind == "sms").count(),
        2
    );
}

fn first_item(list: &Answer) -> url::Url {
    let (_, rest) = list
        .body
        .split_once("href=\"/.vestibule/account/security/")
        .expect("an item");
    let id = rest.split('"').next().expect("an address");
    list.url
        .join(&format!("/.vestibule/account/security/{id}"))
        .expect("a URL")
}

fn reached_at(number: &str) -> Person {
    Person {
        username: String::new(),
        password: String::new(),
        email: String::new(),
        phone: Some(number.replace(' ', "")),
        app: None,
    }
}

async fn kinds(world: &World, name: &str) -> Vec<String> {
    let shown = world.user(name).await;
    let all = shown["authenticators"].as_array().expect("a list").iter();
    all.map(|one| one["method"].as_str().expect("a method").to_owned())
        .collect()
}
