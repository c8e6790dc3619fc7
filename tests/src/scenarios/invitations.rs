//! One-use links of operators: to make an account, and to the first password of an administrator.

use url::Url;

use super::enrolment::connect_app;
use crate::harness::browser::Browser;
use crate::harness::messages::Channel;
use crate::harness::newcomer::{PASSWORD, cleo, exists, filled, newcomer, register};
use crate::harness::patience::eventually;
use crate::harness::people::Person;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

const INVITE: &str = "[registration]\nmode = \"invite\"\ndomains = [\"elsewhere.test\"]";

async fn by_invitation() -> World {
    World::serve(Plan::new().more(INVITE)).await
}

/// `vestibule user invite`, and the link that it prints.
async fn invite(world: &World, more: &[&str]) -> Url {
    let command = [&["user", "invite", "--print", "--json"], more].concat();
    let printed = world.command(&command, "").await.json();
    assert!(printed["expires_at"].is_string(), "{printed}");
    Url::parse(printed["url"].as_str().expect("a link")).expect("a URL")
}

#[tokio::test(flavor = "multi_thread")]
async fn cleo_was_invited_and_makes_her_account_on_a_desktop() {
    let (world, cleo, desktop) = (by_invitation().await, cleo(), Browser::desktop().await);
    let (email, groups) = (["--email", "cleo@example.test"], ["--groups", "staff,doctors"]);
    let link = invite(&world, &[&email[..], &["--name", "Cleo"], &groups].concat()).await;
    let listed = world.command(&["user", "invitations", "--json"], "").await.json();
    assert_eq!(
        (&listed[0]["purpose"], &listed[0]["to"], &listed[0]["groups"]),
        (
            &"account".into(),
            &"cleo@example.test".into(),
            &serde_json::json!(["doctors", "staff"])
        )
    );
    let token = link.query().expect("a token").to_owned();
    assert!(!listed.to_string().contains(token.trim_start_matches("invitation=")));

    desktop.open(&link).await;
    desktop.reads("This is the address that was invited").await;
    assert_eq!(desktop.field_attribute("name", "value").await.as_deref(), Some("Cleo"));
    desktop.fill("name", "Cleo Example").await;
    desktop.fill("number", cleo.phone()).await;
    desktop.fill_and_send("new_password", &cleo.password).await;
    desktop.reads("We sent an e-mail to cleo@example.test").await;
    desktop
        .enter_code(&world.message_to(&cleo, Channel::Email).await.code())
        .await;
    desktop.reads("We sent a text message").await;
    desktop
        .enter_code(&world.message_to(&cleo, Channel::Sms).await.code())
        .await;
    desktop.reads("Your account is ready").await;
    let shown = world.user("cleo@example.test").await;
    assert_eq!(
        (&shown["groups"], &shown["password"]),
        (&serde_json::json!(["doctors", "staff"]), &"from_mailbox".into())
    );
    assert_eq!(
        world.command(&["user", "invitations", "--json"], "").await.json(),
        serde_json::json!([])
    );

    let log = world.server.program.log();
    assert!(!log.contains(token.trim_start_matches("invitation=")), "{log}");

    // It is used up, whatever is done with it.
    let mut visitor = Visitor::new();
    let ended = visitor.visit(&link).await.expect(404);
    assert!(
        ended.text().contains("This link does not work any more"),
        "{}",
        ended.text()
    );

    // The link may have come by e-mail, so a code by e-mail is no second factor until her phone was one.
    assert!(!is_offered_email(&world, &cleo).await);
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/headers")).await;
    let second = visitor.enter_password(&login, &cleo).await;
    world.message_to(&cleo, Channel::Sms).await; // of the login before
    let code = world.message_to(&cleo, Channel::Sms).await.code();
    let landed = visitor.enter_code(&second, &code).await;
    assert_eq!(visitor.follow(landed).await.url, world.page("/headers"));
    assert!(is_offered_email(&world, &cleo).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_e_mailed_once_mail_can_be_sent_and_opens_one_account() {
    let mut world = by_invitation().await;
    world.mail().kill().await;
    let command = [
        "user",
        "invite",
        "--json",
        "--email",
        "cleo@example.test",
        "--group",
        "staff",
    ];
    let told = world.command(&command, "").await;
    assert!(!told.output.contains("invitation="), "{told:?}");
    assert_eq!(told.json()["to"], "cleo@example.test");
    let failed = async || {
        let log = world.server.program.log();
        log.contains("an invitation was not delivered").then_some(())
    };
    eventually("a try at sending it", failed).await;
    world.server.crash_and_start_again().await;
    world.mail().start_again().await;

    let cleo = cleo();
    let letter = world.message_to(&cleo, Channel::Email).await;
    let words = letter.text.split_whitespace();
    let link = words
        .filter_map(|word| Url::parse(word).ok())
        .find(|url| url.path().ends_with("/register"));
    let link = link.unwrap_or_else(|| panic!("no link: {}", letter.text));
    let token = link
        .query()
        .expect("a token")
        .trim_start_matches("invitation=")
        .to_owned();
    assert!(!world.server.program.log().contains(&token));
    let mut visitor = Visitor::new();
    let (page, code) = to_the_end(&world, &mut visitor, &link, &cleo).await;
    visitor.enter_code(&page, &code).await.expect(200);
    let user = world.user("cleo@example.test").await;
    assert_eq!(
        (&user["groups"], &user["password"]),
        (&serde_json::json!(["staff"]), &"from_mailbox".into())
    );

    // It went once, and is on record.
    let sent = world
        .command(&["audit", "list", "--kind", "invitation_sent", "--json"], "")
        .await;
    let sent = sent.json();
    assert_eq!(sent.as_array().map(Vec::len), Some(1), "{sent}");
    Visitor::new().visit(&link).await.expect(404);
}

async fn is_offered_email(world: &World, person: &Person) -> bool {
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/headers")).await;
    visitor.enter_password(&login, person).await;
    let methods = visitor.visit(&world.own_page("methods")).await.expect(200);
    methods.text().contains("E-mail")
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_registers_without_an_invitation_or_with_anothers_address() {
    let world = by_invitation().await;
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/headers")).await.expect(200);
    assert!(!login.text().contains("Create an account"), "{}", login.text());
    let told = visitor.visit(&world.own_page("register")).await.expect(403);
    assert!(told.text().contains("You need an invitation"), "{}", told.text());
    for odd in ["x", "", &"A".repeat(43), &"A".repeat(400)] {
        let page = world.own_page(&format!("register?invitation={odd}"));
        visitor.visit(&page).await.expect(404);
    }

    let link = invite(&world, &["--email", "cleo@example.test"]).await;
    // Looking at it changes nothing, and another address in the form is not looked at.
    for _ in 0..3 {
        visitor.visit(&link).await.expect(200);
    }
    let page = visitor.visit(&link).await.expect(200);
    let mallory = newcomer("mallory@example.test", "+33698765432");
    let begun = visitor.submit(&filled(&page, &mallory)).await.expect(303);
    let page = visitor.follow(begun).await.expect(200);
    assert!(page.text().contains("cleo@example.test"), "{}", page.text());
    world.message_to(&cleo(), Channel::Email).await;
    assert!(world.messages().await.iter().all(|message| message.to != mallory.email));

    // Without the link, the form behind it is worth nothing.
    let mut bare = filled(&visitor.visit(&link).await, &cleo());
    bare.action.set_query(None);
    visitor.submit(&bare).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_makes_one_account_and_a_new_one_ends_the_old_one() {
    let world = by_invitation().await;
    let old = invite(&world, &["--email", "cleo@example.test"]).await;
    let link = invite(&world, &["--email", "Cleo@example.test"]).await;
    Visitor::new().visit(&old).await.expect(404);

    // Two browsers are at the last step with one link; one gets the account.
    let cleo = newcomer("Cleo@example.test", "+33698765432");
    let (mut one, mut two) = (Visitor::new(), Visitor::new());
    let (first, second) = (
        to_the_end(&world, &mut one, &link, &cleo).await,
        to_the_end(&world, &mut two, &link, &cleo).await,
    );
    one.enter_code(&first.0, &first.1).await.expect(200);
    let late = two.enter_code(&second.0, &second.1).await.expect(404);
    assert!(
        late.text().contains("This link does not work any more"),
        "{}",
        late.text()
    );
    assert!(exists(&world, "cleo@example.test").await);
    Visitor::new().visit(&link).await.expect(404);
    let again = world
        .command(&["user", "invite", "--email", "CLEO@example.test"], "")
        .await;
    assert!(again.errors.contains("has an account already"), "{again:?}");
    assert_eq!(again.code, Some(1));
}

/// From a link to the page of the last code, and that code.
async fn to_the_end(
    world: &World,
    visitor: &mut Visitor,
    link: &Url,
    person: &Person,
) -> (crate::harness::answer::Answer, String) {
    let page = visitor.visit(link).await.expect(200);
    let begun = visitor.submit(&filled(&page, person)).await.expect(303);
    let page = visitor.follow(begun).await.expect(200);
    let code = world.message_to(person, Channel::Email).await.code();
    let proven = visitor.enter_code(&page, &code).await.expect(303);
    let page = visitor.follow(proven).await.expect(200);
    (page, world.message_to(person, Channel::Sms).await.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_told_why_nobody_is_invited() {
    let world = by_invitation().await;
    for (arguments, code, said) in [
        (&["--email", "ann@example.test"][..], 1, "has an account already"),
        (&["--email", "zoë@example.test"], 1, "cannot be a login name"),
        (&["--email", "nobody"], 2, "not an e-mail address"),
        (&[], 2, "--email"),
    ] {
        let outcome = world.command(&[&["user", "invite"], arguments].concat(), "").await;
        assert_eq!(outcome.code, Some(code), "{outcome:?}");
        assert!(outcome.errors.contains(said), "{outcome:?}");
    }
    let link = invite(&world, &["--email", "cleo@example.test"]).await;
    Visitor::new().visit(&link).await.expect(200);
    let uninvite = ["user", "uninvite", "Cleo@example.test"];
    world.command(&uninvite, "").await.expect(0);
    Visitor::new().visit(&link).await.expect(404);
    world.command(&uninvite, "").await.expect(1);
    let told = world
        .command(&["user", "invite", "--email", "cleo@example.test"], "")
        .await;
    assert!(told.errors.contains("trust-mailbox cleo@example.test"), "{told:?}");
    let closed = World::serve(Plan::new()).await;
    let outcome = closed
        .command(&["user", "invite", "--email", "cleo@example.test"], "")
        .await;
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.errors.contains("mode = \"invite\""), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_chooses_a_password_by_a_link_and_sets_up_a_second_factor() {
    let world = World::serve(Plan::new()).await;
    let add = [
        "user",
        "add",
        "root",
        "--administrator",
        "--email",
        "root@example.test",
        "--group",
        "staff",
        "--json",
    ];
    let print = async || {
        let printed = world.command(&add, "").await.json();
        Url::parse(printed["url"].as_str().expect("a link")).expect("a URL")
    };
    let old = print().await;
    let link = print().await;
    let listed = world.command(&["user", "invitations", "--json"], "").await.json();
    assert_eq!(
        (&listed[0]["purpose"], &listed[0]["to"]),
        (&"first_password".into(), &"root".into())
    );
    let mut root = Visitor::new();
    root.visit(&old).await.expect(404);
    // A link to a password makes no account, though registration be open.
    let mut other = link.clone();
    other.set_path("/.vestibule/register");
    root.visit(&other).await.expect(404);

    // Nor is the mailbox a way around it: nothing was forgotten.
    let mut mallory = Visitor::new();
    let asked = mallory.visit(&world.own_page("recover")).await.expect(200);
    let asked = mallory
        .submit(&asked.form_with("username").fill("username", "root"))
        .await;
    let page = mallory.follow(asked).await.expect(200);
    let code = world
        .message_to(&newcomer("root@example.test", ""), Channel::Email)
        .await
        .code();
    let right = mallory.enter_code(&page, &code).await.expect(303);
    let choose = mallory.follow(right).await.expect(200);
    mallory
        .submit(&choose.form_with("new_password").fill("new_password", PASSWORD))
        .await
        .expect(403);

    let page = root.visit(&link).await.expect(200);
    assert!(page.text().contains("Your user name is root"), "{}", page.text());
    let form = page.form_with("new_password");
    root.submit(&form.clone().fill("new_password", "short"))
        .await
        .expect(422);
    let mut again = root.clone();
    root.submit(&form.clone().fill("new_password", PASSWORD))
        .await
        .expect(200);
    again
        .submit(&form.fill("new_password", "another Ferry 72"))
        .await
        .expect(404);
    root.visit(&link).await.expect(404);
    let refused = world.command(&add, "").await;
    assert!(
        refused.code == Some(1) && refused.errors.contains("has a password already"),
        "{refused:?}"
    );

    let shown = world.user("root").await;
    assert_eq!(shown["groups"], serde_json::json!(["administrators", "staff"]));
    assert_eq!(shown["authenticators"], serde_json::json!([]));
    // The password opens nothing: a second factor comes first.
    let login = root.visit(&world.page("/headers")).await.expect(200);
    let person = Person {
        username: "root".to_owned(),
        ..newcomer("root@example.test", "+33698765432")
    };
    let choice = root.enter_password(&login, &person).await.expect(200);
    assert_eq!(choice.url.path(), "/.vestibule/enrol", "{}", choice.text());
    let (key, app) = connect_app(&mut root, &choice).await;
    let form = key.form_with("code").fill("code", &app.new_code().await);
    let proven = root.submit(&form).await.expect(303);
    root.follow(proven).await.expect(200).form_to("enrol/codes");
    assert_eq!(world.user("root").await["authenticators"][0]["method"], "totp");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_there_and_no_administrator_becomes_none() {
    let world = World::serve(Plan::new().more("[second_factor]\nrequired = { groups = [\"staff\"] }")).await;
    let refused = world.command(&["user", "add", "ben", "--administrator"], "").await;
    assert!(
        refused.code == Some(1) && refused.errors.contains("no administrator"),
        "{refused:?}"
    );
    assert_eq!(world.user("ben").await["groups"], serde_json::json!([]));
    let told = world.command(&["user", "add", "root", "--administrator"], "").await;
    assert!(
        told.errors.contains("add administrators to second_factor.required"),
        "{told:?}"
    );
    let both = world
        .command(&["user", "add", "eve", "--administrator", "--password-stdin"], "x")
        .await;
    assert_eq!(both.code, Some(2), "{both:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_everybody_registers_an_invitation_works_too() {
    let world = World::serve(Plan::new().more("[registration]\nmode = \"open\"")).await;
    let link = invite(&world, &["--email", "cleo@example.test", "--group", "staff"]).await;
    let (mut visitor, cleo) = (Visitor::new(), cleo());
    let (page, code) = to_the_end(&world, &mut visitor, &link, &cleo).await;
    visitor.enter_code(&page, &code).await.expect(200);
    assert_eq!(
        world.user("cleo@example.test").await["groups"],
        serde_json::json!(["staff"])
    );
    register(&world, &mut visitor, &newcomer("dan@example.test", "+33612121212")).await;
    assert_eq!(world.user("dan@example.test").await["groups"], serde_json::json!([]));
}
