//! An account that somebody makes for themselves: whoever proves an address and a number has one, and nobody is told
//! who has one already.

use crate::harness::answer::Answer;
use crate::harness::browser::Browser;
use crate::harness::messages::Channel;
use crate::harness::newcomer::{
    PASSWORD, cleo, count, exists, filled, newcomer, open_world, register, sign_up, to_the_address, to_the_number,
};
use crate::harness::patience::eventually;
use crate::harness::people::Person;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn cleo_makes_an_account_on_her_phone_and_logs_in_with_it() {
    let (world, cleo, phone) = (open_world("").await, cleo(), Browser::phone().await);
    on_a_screen(&world, &cleo, &phone).await;
    let shown = world.user(&cleo.username).await;
    assert_eq!(
        (&shown["email"], &shown["display_name"], &shown["password"]),
        (&cleo.email.as_str().into(), &"Cleo Example".into(), &"usual".into())
    );
    let methods: Vec<&str> = shown["authenticators"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["method"].as_str())
        .collect();
    assert_eq!(methods.len(), 2, "{shown}");
    assert!(methods.contains(&"email") && methods.contains(&"sms"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cleo_makes_an_account_on_a_desktop_too() {
    on_a_screen(&open_world("").await, &cleo(), &Browser::desktop().await).await;
}

async fn on_a_screen(world: &World, cleo: &Person, screen: &Browser) {
    screen.open(&world.page("/headers")).await;
    screen.follow("Create an account").await;
    screen.reads("We send a code to your e-mail address").await;
    for (field, hint) in [("email", "email"), ("number", "tel"), ("new_password", "new-password")] {
        assert_eq!(
            screen.field_attribute(field, "autocomplete").await.as_deref(),
            Some(hint)
        );
    }
    screen.fill("name", "Cleo Example").await;
    screen.fill("email", &cleo.email).await;
    screen.fill("number", "+33 1 42 68 53 00").await;
    screen.fill_and_send("new_password", &cleo.password).await;
    screen.reads("This is a landline").await;
    assert_eq!(
        screen.field_attribute("email", "value").await.as_deref(),
        Some("cleo@example.test")
    );
    assert!(screen.fits_the_screen().await);
    screen.fill("number", cleo.phone()).await;
    screen.fill_and_send("new_password", &cleo.password).await;
    screen.reads("We sent an e-mail to cleo@example.test").await;
    assert!(screen.fits_the_screen().await);
    let letter = world.message_to(cleo, Channel::Email).await;
    assert!(letter.subject.contains("create"), "{}", letter.subject);
    screen.enter_code("000000").await;
    screen.reads("Code not right").await;
    screen.enter_code(&letter.code()).await;
    screen.reads("We sent a text message").await;
    assert!(screen.text().await.contains("+33698765432"));
    assert_eq!(
        screen.field_attribute("code", "autocomplete").await.as_deref(),
        Some("one-time-code")
    );
    let text = world.message_to(cleo, Channel::Sms).await;
    assert!(
        text.text.ends_with(&format!("\n@login.localhost #{}", text.code())),
        "{}",
        text.text
    );
    screen.enter_code(&text.code()).await;
    screen.reads("Your account is ready").await;
    assert!(screen.fits_the_screen().await);

    // Nobody was logged in, and the login still knows where she wanted to go.
    assert_eq!(world.open_sessions(cleo).await, 0);
    screen.follow("Log in").await;
    screen.enter_password(cleo).await;
    screen.reads("text message").await;
    let code = world.message_to(cleo, Channel::Sms).await.code();
    screen.enter_code(&code).await;
    screen.arrives_at(&world.page("/headers")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_registers_there_is_no_link_and_no_page() {
    let world = World::serve(Plan::new()).await;
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/headers")).await.expect(200);
    assert!(!login.text().contains("Create an account"), "{}", login.text());
    for page in ["register", "register/code", "register/number"] {
        visitor.visit(&world.own_page(page)).await.expect(404);
    }
    let mut form = filled(&login_as_form(&login), &cleo());
    for page in ["register", "register/code", "register/number", "register/resend"] {
        form.action = world.own_page(page);
        visitor.submit(&form.clone().fill("code", "000000")).await.expect(404);
    }
    assert_eq!(count(&world, Channel::Email).await, 0);
}

/// A page whose form has a token and could pass for that of a registration.
fn login_as_form(login: &Answer) -> Answer {
    let body = login.body.replace("name=\"password\"", "name=\"new_password\"");
    Answer { body, ..login.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn known_and_unknown_addresses_read_the_same_and_only_their_owners_learn_more() {
    let world = open_world("").await;
    let addresses = [
        "nobody@example.test",
        "ann@example.test",
        "ANN@Example.TEST",
        "other@example.test",
    ];
    let mut readings = Vec::new();
    for address in addresses {
        let mut visitor = Visitor::new();
        let begun = sign_up(&world, &mut visitor, &newcomer(address, "+33698765432"))
            .await
            .expect(303);
        let page = visitor.follow(begun.clone()).await.expect(200);
        let wrong = visitor.enter_code(&page, "000000").await.expect(422);
        let soon = visitor.submit(&page.form_to("register/resend")).await.expect(429);
        let typed = address
            .rsplit_once('@')
            .map(|(local, domain)| format!("{local}@{}", domain.to_lowercase()));
        let read = |answer: &Answer| reading(answer, &typed.clone().unwrap_or_default());
        readings.push([&begun, &page, &wrong, &soon].map(read));
    }
    for reading in &readings {
        assert_eq!(reading, &readings[0]);
    }
    let nobody = world.message_to(&newcomer(addresses[0], ""), Channel::Email).await;
    assert_eq!(nobody.code().len(), 6);
    let told = world.message_to(&world.ann, Channel::Email).await;
    assert!(told.subject.contains("already have an account"), "{}", told.subject);
    assert!(
        !told.text.contains("code") && told.text.contains(world.portal.as_str()),
        "{}",
        told.text
    );
    eventually("the letters to all four", async || {
        (count(&world, Channel::Email).await == 4).then_some(())
    })
    .await;
    assert_eq!(
        count(&world, Channel::Sms).await,
        0,
        "no text before the address is proven"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_is_judged_openly_and_nothing_is_sent_for_it() {
    let world = open_world("domains = [\"example.test\"]").await;
    let mut visitor = Visitor::new();
    let good = cleo();
    for (field, typed, said) in [
        ("name", "", "Enter your name"),
        ("email", "cleo", "not an e-mail address"),
        ("email", "cleo@example.org", "Addresses of this domain"),
        ("email", "cleo@sub.example.test", "Addresses of this domain"),
        ("number", "0698765432", "not a phone number"),
        ("number", "+33899700000", "not a mobile number"),
        ("new_password", "short", "at least 8"),
        ("new_password", "password1", "guessed first"),
        ("new_password", "cleo 48 harbour", "name"),
    ] {
        let page = visitor.visit(&world.own_page("register")).await.expect(200);
        let answer = visitor
            .submit(&filled(&page, &good).fill(field, typed))
            .await
            .expect(422);
        assert!(answer.text().contains(said), "{field} {typed}: {}", answer.text());
        assert_eq!(answer.form_with("new_password").value("new_password"), Some(""));
    }
    assert_eq!(count(&world, Channel::Email).await, 0);
    register(&world, &mut visitor, &good).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_loses_nothing() {
    let (mut world, cleo, mut visitor) = (open_world("").await, cleo(), Visitor::new());
    let page = to_the_address(&world, &mut visitor, &cleo).await;
    let code = world.message_to(&cleo, Channel::Email).await.code();
    world.server.crash_and_start_again().await;
    let proven = visitor.enter_code(&page, &code).await.expect(303);
    let page = visitor.follow(proven).await.expect(200);
    let code = world.message_to(&cleo, Channel::Sms).await.code();
    world.server.crash_and_start_again().await;
    assert!(!exists(&world, &cleo.username).await, "nothing half-made");
    visitor.enter_code(&page, &code).await.expect(200);
    world.server.crash_and_start_again().await;
    assert!(exists(&world, &cleo.username).await);
    visitor.enter_code(&page, &code).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_form_in_the_same_browser_ends_the_first() {
    let world = open_world("").await;
    let (mut one, cleo, dan) = (Visitor::new(), cleo(), newcomer("dan@example.test", "+33698765433"));
    let first = to_the_address(&world, &mut one, &cleo).await;
    let code = world.message_to(&cleo, Channel::Email).await.code();
    let mut two = one.clone();
    let second = to_the_address(&world, &mut two, &dan).await;
    let stale = one.enter_code(&first, &code).await.expect(422);
    assert!(stale.text().contains("dan@example.test"), "{}", stale.text());
    let code = world.message_to(&dan, Channel::Email).await.code();
    two.enter_code(&second, &code).await.expect(303);
    // The other tab, or the back button: the same answer again leads on as well.
    one.enter_code(&first, &code).await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_taken_meanwhile_is_said_and_nothing_is_left() {
    let (world, cleo, mut visitor) = (open_world("").await, cleo(), Visitor::new());
    let page = to_the_number(&world, &mut visitor, &cleo).await;
    let add = [
        "user",
        "add",
        "cleo",
        "--email",
        "Cleo@example.test",
        "--password-stdin",
    ];
    world.command(&add, "copper Lantern 93").await.expect(0);
    let code = world.message_to(&cleo, Channel::Sms).await.code();
    let taken = visitor.enter_code(&page, &code).await.expect(409);
    assert!(
        taken.text().contains("There is an account of this address by now"),
        "{}",
        taken.text()
    );
    assert!(!exists(&world, &cleo.username).await);
    visitor.enter_code(&page, &code).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_texts_the_address_alone_is_proven_and_the_wizard_asks_for_the_rest() {
    let plan = "[registration]\nmode = \"open\"\n[second_factor]\nmethods = [\"totp\"]";
    let world = World::serve(Plan::new().more(plan)).await;
    let (mut visitor, cleo) = (Visitor::new(), cleo());
    let form = visitor.visit(&world.own_page("register")).await.expect(200);
    assert!(!form.text().contains("Mobile number"), "{}", form.text());
    let page = to_the_address(&world, &mut visitor, &cleo).await;
    let code = world.message_to(&cleo, Channel::Email).await.code();
    visitor.enter_code(&page, &code).await.expect(200);
    assert_eq!(count(&world, Channel::Sms).await, 0);
    assert_eq!(
        world.user(&cleo.username).await["authenticators"],
        serde_json::json!([])
    );
    // Not an application, but what is missing comes after the password.
    let login = visitor.visit(&world.page("/headers")).await.expect(200);
    let wizard = visitor.enter_password(&login, &cleo).await;
    assert!(
        wizard.url.path().starts_with("/.vestibule/enrol"),
        "{} {}",
        wizard.url,
        wizard.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_a_registration_is_in_the_audit_and_nothing_typed_is_in_the_log() {
    let (world, cleo) = (open_world("").await, cleo());
    register(&world, &mut Visitor::new(), &cleo).await;
    sign_up(&world, &mut Visitor::new(), &cleo).await.expect(303);
    let metrics = world.admin.join("metrics").expect("a path");
    for (event, times) in [
        ("registration_code_sent", 2),
        ("user_registered", 1),
        ("registration_of_known_address", 1),
    ] {
        let counted = format!("vestibule_events_total{{kind=\"{event}\"}} {times}");
        eventually(event, async || {
            let metrics = Visitor::new().open(&metrics).await.body;
            metrics.contains(&counted).then_some(())
        })
        .await;
    }
    let log = world.server.program.log();
    for typed in [PASSWORD, &cleo.email, cleo.phone(), "Cleo Example"] {
        assert!(!log.contains(typed), "{typed}: {log}");
    }
}

/// What an answer tells, without what every answer has anew, and without the address that was typed.
fn reading(answer: &Answer, typed: &str) -> (u16, String, Vec<String>) {
    let text = answer
        .text()
        .replace(answer.header("x-request-id"), "")
        .replace(typed, "");
    let headers = answer.headers.keys().map(ToString::to_string).collect();
    (answer.status, text, headers)
}
