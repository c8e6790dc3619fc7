//! A forgotten password: whoever reads the mailbox chooses a new one, and gets nothing else by it.

use std::net::Ipv4Addr;

use super::enrolment::newcomer;
use crate::harness::answer::Answer;
use crate::harness::browser::Browser;
use crate::harness::messages::Channel;
use crate::harness::patience::eventually;
use crate::harness::people::Person;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::{World, in_every_world};

const NEW: &str = "orchid Ferry 71 granite";

#[tokio::test(flavor = "multi_thread")]
async fn ann_replaces_her_password_on_her_phone_and_logs_in_with_the_same_second_step() {
    in_every_world(async |mut world| {
        let mut elsewhere = Visitor::new();
        world.log_in(&mut elsewhere, &world.ann, "/headers").await;

        let phone = Browser::phone().await;
        phone.open(&world.page("/headers")).await;
        phone.follow("Forgot your password?").await;
        phone.fill_and_send("username", &world.ann.email).await;
        phone.reads("If there is an account of that name").await;
        assert!(phone.fits_the_screen().await);
        assert_eq!(
            phone.field_attribute("code", "autocomplete").await.as_deref(),
            Some("one-time-code")
        );
        phone.enter_code("000000").await;
        phone.reads("Code not right").await;
        let message = world.message_to(&world.ann, Channel::Email).await;
        assert!(message.subject.contains("password"), "{}", message.subject);
        phone.enter_code(&message.code()).await;
        phone.reads("Choose a new password").await;
        assert_eq!(
            phone.field_attribute("new_password", "autocomplete").await.as_deref(),
            Some("new-password")
        );
        phone.fill_and_send("new_password", "short").await;
        phone.reads("at least").await;
        phone.fill_and_send("new_password", NEW).await;
        phone.reads("Your password is changed").await;
        assert!(phone.fits_the_screen().await);

        // Nobody was signed in, and whoever was is out.
        eventually("the end of her session", async || {
            let page = elsewhere.visit(&world.page("/headers")).await.expect(200);
            page.body.contains("name=\"password\"").then_some(())
        })
        .await;
        assert_eq!(world.open_sessions(&world.ann).await, 0);

        // The link still knows where she wanted to go, and the app is asked for as ever.
        phone.follow("Log in").await;
        world.ann.password = NEW.to_owned();
        phone.enter_password(&world.ann).await;
        phone.reads("authenticator app").await;
        phone.enter_code(&world.ann.app().new_code().await).await;
        phone.arrives_at(&world.page("/headers")).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_counts_once_until_another_method_or_an_operator_has_spoken() {
    in_every_world(async |mut world| {
        // Ben has nothing but his mailbox.
        recover(&world, &mut Visitor::new(), &world.ben, NEW).await;
        world.ben.password = NEW.to_owned();
        let mut ben = Visitor::new();
        let login = ben.visit(&world.page("/headers")).await;
        let refused = ben.try_password(&login, "ben", NEW).await.expect(403);
        assert!(refused.text().contains("second step is missing"), "{}", refused.text());
        assert_eq!(world.user("ben").await["password"], "from_mailbox");
        world.command(&["user", "trust-mailbox", "ben"], "").await.expect(0);
        assert_eq!(world.user("ben").await["password"], "usual");
        world.log_in(&mut Visitor::new(), &world.ben, "/headers").await;

        // Ann has other methods: e-mail is not even offered until one of them was right.
        world.command(&["user", "add-email", "ann", &world.ann.email], "").await;
        recover(&world, &mut Visitor::new(), &world.ann, NEW).await;
        world.ann.password = NEW.to_owned();
        assert!(!offers_email(&world).await);
        world.log_in(&mut Visitor::new(), &world.ann, "/headers").await;
        assert!(offers_email(&world).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_gave_the_password_raises_no_session_when_it_is_set_up() {
    let rules = r#"
        [[application.rule]]
        path = "/"
        require = "one_factor"
    "#;
    let nobody_must = "[second_factor]\nrequired = { groups = [\"nobody\"] }";
    let world = World::serve(Plan::new().rules(rules).more(nobody_must)).await;
    let mut cleo = newcomer(&world, "cleo").await;
    cleo.email = "cleo@example.test".to_owned();
    let mut visitor = log_in_by_password(&world, &cleo).await;
    let right = prove_mailbox(&world, (&mut visitor, &cleo), "account/profile").await;
    visitor.follow(right).await.expect(200);

    recover(&world, &mut Visitor::new(), &cleo, NEW).await;
    cleo.password = NEW.to_owned();
    let mut visitor = log_in_by_password(&world, &cleo).await;
    let right = prove_mailbox(&world, (&mut visitor, &cleo), "account/enrol/mailbox").await;
    visitor.follow(right).await;
    // Her account wants two factors from now on, and has got one.
    eventually("her account is closed to her", async || {
        let turned = visitor.visit(&world.own_page("account/security")).await;
        (turned.url.path() == "/.vestibule/login").then_some(())
    })
    .await;
    let login = visitor.visit(&world.own_page("account/security")).await;
    let refused = visitor.try_password(&login, "cleo", NEW).await.expect(403);
    assert!(refused.text().contains("second step is missing"), "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn known_and_unknown_names_read_the_same_and_only_the_record_gets_mail() {
    in_every_world(async |world| {
        let mut readings = Vec::new();
        for named in [
            world.ann.username.as_str(),
            &world.ann.email.to_uppercase(),
            "nobody",
            "nobody@example.test",
            "",
            "a b\u{7}",
        ] {
            let mut visitor = Visitor::new();
            let asked = ask(&world, &mut visitor, named).await.expect(303);
            let page = visitor.follow(asked.clone()).await.expect(200);
            let wrong = visitor.enter_code(&page, "000000").await.expect(422);
            readings.push([&asked, &page, &wrong].map(reading));
        }
        for reading in &readings {
            assert_eq!(reading, &readings[0]);
        }
        world.message_to(&world.ann, Channel::Email).await;
        world.message_to(&world.ann, Channel::Email).await;
        let to: Vec<String> = world.messages().await.into_iter().map(|message| message.to).collect();
        assert_eq!(
            to,
            [world.ann.email.as_str(); 2],
            "one message each for the two that name her"
        );

        // Two names, or a list of them, are no name.
        let mut visitor = Visitor::new();
        let page = visitor.visit(&world.own_page("recover")).await.expect(200);
        let form = page.form_with("username").fill("username", &world.ann.email);
        for twice in [
            "username=mallory%40example.test",
            "username%5B%5D=mallory%40example.test",
        ] {
            let body = format!("{}&{twice}", form.encoded());
            let own = [("Content-Type", "application/x-www-form-urlencoded")];
            visitor
                .send(http::Method::POST, &form.action, &own, &body)
                .await
                .expect(400);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_worth_something_once_in_the_browser_that_asked_within_five_tries() {
    in_every_world(async |world| {
        // In another browser, which asked for somebody else, it is worth nothing.
        let (mut ann, mut mallory) = (Visitor::new(), Visitor::new());
        let asked = ask(&world, &mut ann, "ann").await;
        let page = ann.follow(asked).await.expect(200);
        let code = world.message_to(&world.ann, Channel::Email).await.code();
        let asked = ask(&world, &mut mallory, "nobody").await;
        let other = mallory.follow(asked).await.expect(200);
        mallory.enter_code(&other, &code).await.expect(422);
        mallory.open(&world.own_page("recover/password")).await.expect(303);

        // Before the code there is no new password, and after it one.
        let mut early = page.form_with("code").fill("new_password", NEW);
        early.action = world.own_page("recover/password");
        ann.submit(&early).await.expect(403);
        let mut before = ann.clone();
        let right = ann.enter_code(&page, &code).await.expect(303);
        let choose = ann.follow(right).await.expect(200);
        // The cookie from before the code leads no further, though the same answer again does.
        before.submit(&early).await.expect(403);
        before.enter_code(&page, &code).await.expect(303);
        let form = choose.form_with("new_password").fill("new_password", NEW);
        let mut again = ann.clone();
        ann.submit(&form).await.expect(200);
        again
            .submit(&form.clone().fill("new_password", "another Ferry 72"))
            .await;
        let mut late = before.clone();
        let late_page = late.visit(&world.own_page("recover/password")).await;
        assert!(
            !late_page.body.contains("name=\"new_password\""),
            "{}",
            late_page.text()
        );
        assert!(knows_password(&world, NEW).await);

        // Five tries, the right one among them or not; the sixth is not looked at.
        let mut guesser = Visitor::new();
        let asked = ask(&world, &mut guesser, "ann").await;
        let page = guesser.follow(asked).await.expect(200);
        let code = world.message_to(&world.ann, Channel::Email).await.code();
        for _ in 0..5 {
            let wrong = if code == "000000" { "111111" } else { "000000" };
            guesser.enter_code(&page, wrong).await.expect(422);
        }
        guesser.enter_code(&page, &code).await.expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_code_makes_the_old_one_worthless() {
    in_every_world(async |world| {
        let mut ann = Visitor::new();
        ask(&world, &mut ann, "ann").await.expect(303);
        let old = world.message_to(&world.ann, Channel::Email).await.code();
        let asked = ask(&world, &mut ann, "ann").await;
        let page = ann.follow(asked).await.expect(200);
        let new = world.message_to(&world.ann, Channel::Email).await.code();
        if old != new {
            ann.enter_code(&page, &old).await.expect(422);
        }
        ann.enter_code(&page, &new).await.expect(303);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_is_slowed_down_and_locks_nobody_out() {
    in_every_world(async |world| {
        let mut throttled = false;
        for _ in 0..25 {
            let mut stranger = Visitor::at(Ipv4Addr::new(127, 0, 0, 9));
            throttled |= ask(&world, &mut stranger, "ann").await.status == 429;
        }
        assert!(throttled, "asking is slowed down");
        // Three an hour, however many ask.
        for _ in 0..3 {
            world.message_to(&world.ann, Channel::Email).await;
        }
        ask(&world, &mut Visitor::new(), "ben").await.expect(303);
        world.message_to(&world.ben, Channel::Email).await;
        let to_ann = world
            .messages()
            .await
            .into_iter()
            .filter(|one| one.to == world.ann.email);
        assert_eq!(to_ann.count(), 3);
        world.log_in(&mut Visitor::new(), &world.ann, "/headers").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_operator_must_help_there_is_no_link_and_no_page() {
    let world = World::serve(Plan::new().more("[recovery]\npassword = \"off\"")).await;
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/headers")).await.expect(200);
    assert!(!login.text().contains("Forgot"), "{}", login.text());
    visitor.visit(&world.own_page("recover")).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_a_recovery_is_in_the_audit_and_counted() {
    in_every_world(async |world| {
        recover(&world, &mut Visitor::new(), &world.ann, NEW).await;
        let metrics = world.admin.join("metrics").expect("a path");
        for event in ["recovery_code_sent", "password_recovered"] {
            let counted = format!("vestibule_events_total{{kind=\"{event}\"}} 1");
            eventually(event, async || {
                let metrics = Visitor::new().open(&metrics).await.body;
                metrics.contains(&counted).then_some(())
            })
            .await;
        }
        let log = world.server.program.log();
        assert!(!log.contains(NEW) && !log.contains(&world.ann.email), "{log}");
    })
    .await;
}

/// On the page for those who forgot: the answer to a name, not followed.
async fn ask(world: &World, visitor: &mut Visitor, named: &str) -> Answer {
    let page = visitor.visit(&world.own_page("recover")).await.expect(200);
    visitor
        .submit(&page.form_with("username").fill("username", named))
        .await
}

/// Replaces the password of somebody who reads their mail.
async fn recover(world: &World, visitor: &mut Visitor, person: &Person, password: &str) {
    let asked = ask(world, visitor, &person.username).await.expect(303);
    let page = visitor.follow(asked).await.expect(200);
    let code = world.message_to(person, Channel::Email).await.code();
    let right = visitor.enter_code(&page, &code).await.expect(303);
    let choose = visitor.follow(right).await.expect(200);
    let form = choose.form_with("new_password").fill("new_password", password);
    visitor.submit(&form).await.expect(200);
}

/// Somebody whom the password alone lets in.
async fn log_in_by_password(world: &World, person: &Person) -> Visitor {
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/headers")).await;
    visitor.enter_password(&login, person).await.expect(200);
    visitor
}

/// Gives the mailbox of its owner on this page of theirs, and types the code that was sent there.
async fn prove_mailbox(world: &World, (visitor, owner): (&mut Visitor, &Person), page: &str) -> Answer {
    let page = visitor.visit(&world.own_page(page)).await.expect(200);
    let form = page.form_with("email").fill("email", &owner.email);
    let begun = visitor.submit(&form).await.expect(303);
    let prove = visitor.follow(begun).await.expect(200);
    let code = world.message_to(owner, Channel::Email).await.code();
    visitor.enter_code(&prove, &code).await.expect(303)
}

/// Whether Ann is offered a code by e-mail after her password.
async fn offers_email(world: &World) -> bool {
    let mut ann = Visitor::new();
    let login = ann.visit(&world.page("/headers")).await;
    ann.enter_password(&login, &world.ann).await;
    let methods = ann.visit(&world.own_page("methods")).await.expect(200);
    methods.text().contains("E-mail")
}

/// Whether this is Ann's password.
async fn knows_password(world: &World, password: &str) -> bool {
    let mut ann = Visitor::new();
    let login = ann.visit(&world.page("/headers")).await;
    ann.try_password(&login, "ann", password).await.status == 303
}

/// What an answer tells, without what every answer has anew.
fn reading(answer: &Answer) -> (u16, String, Vec<String>) {
    let text = answer.text().replace(answer.header("x-request-id"), "");
    let headers = answer.headers.keys().map(ToString::to_string).collect();
    (answer.status, text, headers)
}
