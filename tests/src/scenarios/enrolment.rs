//! The first second factor: set up inside the login, before anything opens.

use http::Method;

use crate::harness::answer::Answer;
use crate::harness::browser::Browser;
use crate::harness::messages::Channel;
use crate::harness::people::{App, Person};
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::{World, in_every_world};

const DEEP_LINK: &str = "/headers?from=mail";
const PHONE: &str = "+33 6 98 76 54 32";

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_second_factor_sets_one_up_and_only_then_gets_in() {
    in_every_world(async |world| {
        let cleo = newcomer(&world, "cleo").await;
        let mut visitor = Visitor::new();
        let choice = to_wizard(&world, &mut visitor, &cleo).await;
        assert!(choice.text().contains("Step 1 of 2"), "{}", choice.text());
        nothing_opens(&world, &mut visitor).await;

        let (key, app) = connect_app(&mut visitor, &choice).await;
        nothing_opens(&world, &mut visitor).await;
        let wrong = visitor.enter_code(&key, &app.wrong_code()).await.expect(422);
        assert!(wrong.text().contains("Code not right"), "{}", wrong.text());
        let right = visitor.enter_code(&wrong, &app.new_code().await).await.expect(303);
        let codes = visitor.follow(right).await.expect(200);
        nothing_opens(&world, &mut visitor).await;

        // Kept before they were made: no.
        let early = visitor.submit(&as_if_to(&codes, "enrol/kept")).await;
        let codes = visitor.follow(early).await.expect(200);
        let shown = visitor.submit(&codes.form_to("enrol/codes")).await.expect(200);
        let list = emergency_codes(&shown);
        assert_eq!(list.len(), 10, "{}", shown.text());
        nothing_opens(&world, &mut visitor).await;
        let kept = visitor.submit(&shown.form_to("enrol/kept")).await;
        assert_eq!(visitor.follow(kept).await.expect(200).url, world.page(DEEP_LINK));

        // The phone is lost: a code from the list, once.
        let mut elsewhere = Visitor::new();
        let login = elsewhere.visit(&world.page(DEEP_LINK)).await;
        let second = elsewhere.enter_password(&login, &cleo).await;
        let by_code = elsewhere.try_another_method(&second, "Emergency code").await;
        let typed = list[0].to_lowercase().replace('-', " ");
        let entered = elsewhere.enter_code(&by_code, &typed).await.expect(303);
        assert_eq!(elsewhere.follow(entered).await.expect(200).url, world.page(DEEP_LINK));

        let mut thief = Visitor::new();
        let login = thief.visit(&world.page(DEEP_LINK)).await;
        let second = thief.enter_password(&login, &cleo).await;
        let by_code = thief.try_another_method(&second, "Emergency code").await;
        thief.enter_code(&by_code, &list[0]).await.expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wizard_goes_on_where_it_was_after_a_crash_and_in_another_tab() {
    let mut world = World::demo().await;
    let cleo = newcomer(&world, "cleo").await;
    let mut visitor = Visitor::new();
    let choice = to_wizard(&world, &mut visitor, &cleo).await;
    let (_, app) = connect_app(&mut visitor, &choice).await;
    world.server.crash_and_start_again().await;

    let mut tab = visitor.clone();
    let key = tab.visit(&world.own_page("enrol")).await.expect(200);
    assert!(key.body.contains(&spaced(app.seed())), "the same key: {}", key.text());
    let right = tab.enter_code(&key, &app.new_code().await).await.expect(303);
    world.server.crash_and_start_again().await;
    let codes = tab.follow(right).await.expect(200);
    codes.form_to("enrol/codes");
    assert_eq!(kinds(&world, &cleo).await, ["totp"], "what was answered is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn c1_to_c6_app_and_phone_are_set_up_on_a_phone() {
    let plan = Plan::new().more("[second_factor]\nenrol = \"app_and_phone\"");
    let world = World::serve(plan).await;
    let cleo = newcomer(&world, "cleo").await;
    let phone = Browser::phone().await;
    phone.open(&world.page(DEEP_LINK)).await;
    phone.enter_password(&cleo).await;
    phone.reads("Step 1 of 3").await;
    assert!(phone.fits_the_screen().await);
    assert_eq!(
        phone.field_attribute("number", "autocomplete").await.as_deref(),
        Some("tel")
    );
    phone.fill("number", "+33 1 42 68 53 00").await;
    phone.press_button("Send code").await;
    phone.reads("landline").await;
    phone.fill("number", PHONE).await;
    phone.press_button("Send code").await;
    phone.reads("text message with a code of 6 digits").await;
    assert!(phone.fits_the_screen().await);
    let reached = with_phone(&cleo);
    phone
        .enter_code(&world.message_to(&reached, Channel::Sms).await.code())
        .await;

    phone.reads("Get an authenticator app").await;
    phone.reads("Step 2 of 3").await;
    assert!(phone.fits_the_screen().await);
    phone.press_button("I have an app").await;
    phone.reads("Scan this picture").await;
    assert!(phone.fits_the_screen().await);
    let app = app_of(&phone.text_of(".key code").await);
    phone.enter_code(&app.new_code().await).await;

    phone.reads("Step 3 of 3").await;
    phone.press_button("Show new codes").await;
    phone.reads("they are shown only once").await;
    assert!(phone.fits_the_screen().await);
    phone.press_button("I have kept them").await;
    phone.arrives_at(&world.page(DEEP_LINK)).await;
    assert_eq!(kinds(&world, &cleo).await, ["sms", "totp", "emergency_code"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn d1_to_d4_a_verified_phone_is_asked_of_everybody() {
    let plan = Plan::new().more("[second_factor]\nenrol = \"verified_phone\"");
    let world = World::serve(plan).await;
    // Ben has e-mail only: he proves that first, and then a phone.
    let mut ben = Visitor::new();
    let login = ben.visit(&world.page(DEEP_LINK)).await;
    let second = ben.enter_password(&login, &world.ben).await;
    let code = world.message_to(&world.ben, Channel::Email).await.code();
    let answer = ben.enter_code(&second, &code).await;
    let number = ben.follow(answer).await.expect(200);
    nothing_opens(&world, &mut ben).await;
    let sent = ben
        .submit(&number.form_with("number").fill("number", PHONE))
        .await
        .expect(303);
    let prove = ben.follow(sent).await.expect(200);
    let soon = ben.submit(&prove.form_to("enrol/resend")).await.expect(429);
    assert!(soon.text().contains("another code"), "{}", soon.text());
    let code = world.message_to(&with_phone(&world.ben), Channel::Sms).await.code();
    let proven = ben.enter_code(&prove, &code).await.expect(303);
    let codes = ben.follow(proven).await.expect(200);
    let shown = ben.submit(&codes.form_to("enrol/codes")).await.expect(200);
    let kept = ben.submit(&shown.form_to("enrol/kept")).await;
    assert_eq!(ben.follow(kept).await.expect(200).url, world.page(DEEP_LINK));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_alone_sets_nothing_up_where_something_is() {
    in_every_world(async |world| {
        let mut thief = Visitor::new();
        let login = thief.visit(&world.page(DEEP_LINK)).await;
        let second = thief.enter_password(&login, &world.ann).await;
        let before = kinds(&world, &world.ann).await;
        for page in [
            "enrol/app",
            "account/enrol/app",
            "enrol/codes",
            "account/emergency-codes",
            "enrol/kept",
        ] {
            let answer = thief.submit(&as_if_to(&second, page)).await;
            assert!(answer.status != 200, "{page}: {}", answer.text());
        }
        for page in ["enrol/phone", "account/enrol/phone"] {
            let form = as_if_to(&second, page)
                .fill("number", PHONE)
                .fill("description", "")
                .fill("channel", "sms");
            let answer = thief.submit(&form).await;
            assert!(answer.status != 200, "{page}: {}", answer.text());
        }
        for page in [
            "account",
            "account/security",
            "account/enrol",
            "account/sessions",
            "account/password",
            "enrol",
        ] {
            let answer = thief.visit(&world.own_page(page)).await;
            assert!(!answer.text().contains("Security"), "{page}: {}", answer.text());
        }
        nothing_opens(&world, &mut thief).await;
        assert_eq!(kinds(&world, &world.ann).await, before);
        assert!(world.messages().await.is_empty(), "nothing was sent");
    })
    .await;
}

/// Somebody who has only a password.
pub(super) async fn newcomer(world: &World, name: &str) -> Person {
    let password = "amber Kettle 61 valley";
    world
        .command(&["user", "add", name, "--password-stdin"], password)
        .await
        .expect(0);
    Person {
        username: name.to_owned(),
        password: password.to_owned(),
        email: String::new(),
        phone: None,
        app: None,
    }
}

/// From the deep link to the first page of the wizard.
pub(super) async fn to_wizard(world: &World, visitor: &mut Visitor, person: &Person) -> Answer {
    let login = visitor.visit(&world.page(DEEP_LINK)).await;
    let page = visitor.enter_password(&login, person).await.expect(200);
    assert_eq!(page.url.path(), "/.vestibule/enrol", "{}", page.text());
    page
}

/// Chooses the app; the page with its key, and an app that knows it.
pub(super) async fn connect_app(visitor: &mut Visitor, choice: &Answer) -> (Answer, App) {
    let intro = choice.url.join("/.vestibule/enrol/app").expect("a URL");
    let intro = visitor.visit(&intro).await.expect(200);
    let begun = visitor.submit(&intro.form_to("enrol/app")).await.expect(303);
    let key = visitor.follow(begun).await.expect(200);
    let (_, rest) = key.body.split_once("<p class=\"key\"><code>").expect("a key");
    let text = rest.split('<').next().expect("a key").to_owned();
    (key, app_of(&text))
}

fn app_of(key: &str) -> App {
    let secret: String = key.split_whitespace().collect();
    App::from_uri(&format!("otpauth://totp/Example:cleo?secret={secret}&issuer=Example"))
}

fn spaced(seed: &str) -> String {
    let letters: Vec<char> = seed.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

fn emergency_codes(page: &Answer) -> Vec<String> {
    let (_, list) = page.body.split_once("<ol class=\"codes\">").expect("a list");
    let (list, _) = list.split_once("</ol>").expect("a whole list");
    let codes = list.split("<code>").skip(1).filter_map(|rest| rest.split('<').next());
    codes.map(str::to_owned).collect()
}

/// No page of the application, and nothing of the account, is to be had with the login as far as it is.
async fn nothing_opens(world: &World, visitor: &mut Visitor) {
    let mut tab = visitor.clone();
    for url in [world.page(DEEP_LINK), world.page("/"), world.own_page("account")] {
        let answer = tab.open(&url).await;
        assert_eq!(answer.status, 303, "{url}: {}", answer.text());
    }
    let json = [("Accept", "application/json")];
    tab.send(Method::GET, &world.page("/headers"), &json, "")
        .await
        .expect(401);
}

/// A form of this page, sent somewhere else.
fn as_if_to(page: &Answer, path: &str) -> crate::harness::form::Form {
    let mut form = page.form_with("csrf");
    form.action = form.action.join(&format!("/.vestibule/{path}")).expect("a URL");
    form
}

fn with_phone(person: &Person) -> Person {
    Person {
        username: person.username.clone(),
        password: person.password.clone(),
        email: person.email.clone(),
        phone: Some(PHONE.replace(' ', "")),
        app: None,
    }
}

/// The methods of a person, as `user show` lists them.
async fn kinds(world: &World, person: &Person) -> Vec<String> {
    let shown = world.user(&person.username).await;
    let all = shown["authenticators"].as_array().expect("a list").iter();
    all.map(|one| one["method"].as_str().expect("a method").to_owned())
        .collect()
}
