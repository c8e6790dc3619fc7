//! Every change of an account is told to its other addresses, and whoever reads those can object.

use crate::harness::answer::Answer;
use crate::harness::browser::Browser;
use crate::harness::messages::{Channel, Message};
use crate::harness::patience::eventually;
use crate::harness::people::Person;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::{World, in_every_world};

const NEW: &str = "orchid Ferry 71 granite";
const NUMBER: &str = "+33698765432";

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_added_by_a_thief_goes_when_its_owner_says_so() {
    in_every_world(async |world| {
        let mut thief = Visitor::new();
        world.log_in(&mut thief, &world.ann, "/headers").await.expect(200);
        add_phone(&world, &mut thief).await;
        assert_eq!(
            methods(&world, "ann").await.iter().filter(|one| *one == "sms").count(),
            2
        );

        let notice = world.notice_to(&world.ann.email, "From: 127.0.0.1").await;
        for said in ["A second step was added to your account: Text message", "10 days"] {
            assert!(notice.text.contains(said), "{}", notice.text);
        }
        assert!(
            world.notices_to(NUMBER).await.is_empty(),
            "what was added is not asked about itself"
        );

        // Looking at the page, as mail scanners do, changes nothing; its button does, in a browser that nobody logged in with.
        let phone = Browser::phone().await;
        phone.open(&notice.objection().expect("a link")).await;
        phone.reads("Was this you?").await;
        assert!(phone.fits_the_screen().await);
        thief.visit(&world.page("/headers")).await.expect(200);
        phone.press_button("This was not me").await;
        phone.reads("your account is protected").await;
        let numbers = methods(&world, "ann").await;
        assert_eq!(numbers.iter().filter(|one| *one == "sms").count(), 1, "{numbers:?}");
        thrown_out(&world, &mut thief).await;
        assert_eq!(world.user("ann").await["changes"], "frozen");
        let told = world.notice_to(&world.ann.email, "was not you. It is undone").await;
        assert!(told.objection().is_none(), "{}", told.text);

        // The link works once.
        phone.open(&notice.objection().expect("a link")).await;
        phone.reads("does not work any more").await;

        // Two factors are the owner's: they lift it.
        let mut owner = Visitor::new();
        world.log_in(&mut owner, &world.ann, "/headers").await.expect(200);
        assert_eq!(world.user("ann").await["changes"], "free");
        owner
            .visit(&world.own_page("account/enrol/phone"))
            .await
            .expect(200)
            .form_with("number");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_second_step_set_up_by_a_thief_cannot_be_set_up_again() {
    // Ben has no second step yet; whoever has his password is led to set one up.
    let world = World::serve(Plan::new().more("[second_factor]\nmethods = [\"totp\", \"sms\"]")).await;
    world
        .command(
            &["user", "reset-second-factor", "ben", "--reason", "new phone", "--now"],
            "",
        )
        .await
        .expect(0);
    let mut thief = Visitor::new();
    set_up_app(&world, &mut thief, &world.ben).await;
    let notice = world
        .notice_to(
            &world.ben.email,
            "A second step was added to your account: Authenticator app",
        )
        .await;
    object(&notice).await;
    assert!(methods(&world, "ben").await.is_empty());
    thrown_out(&world, &mut thief).await;

    let login = thief.visit(&world.page("/headers")).await;
    let answer = thief.try_password(&login, "ben", &world.ben.password).await;
    let refused = thief.follow(answer).await.expect(403);
    assert!(
        refused.text().contains("Nothing can be changed for now"),
        "{}",
        refused.text()
    );
    world.command(&["user", "unfreeze", "ben"], "").await.expect(0);
    let mut ben = Visitor::new();
    set_up_app(&world, &mut ben, &world.ben).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_changed_by_a_thief_opens_nothing_once_its_owner_objects() {
    in_every_world(async |mut world| {
        let mut thief = Visitor::new();
        world.log_in(&mut thief, &world.ann, "/headers").await.expect(200);
        let page = thief.visit(&world.own_page("account/password")).await.expect(200);
        let form = page
            .form_with("new_password")
            .fill("password", &world.ann.password)
            .fill("new_password", NEW);
        thief.submit(&form).await.expect(303);
        let notice = world
            .notice_to(&world.ann.email, "The password of your account was changed")
            .await;
        object(&notice).await;
        for password in [NEW, &world.ann.password] {
            let mut visitor = Visitor::new();
            let login = visitor.visit(&world.page("/headers")).await;
            visitor.try_password(&login, "ann", password).await.expect(422);
        }
        assert_eq!(world.user("ann").await["password"], "withdrawn");
        // An operator gives her another; a link of before does not touch that one.
        let another = "walnut Bridge 66 candle";
        world
            .command(&["user", "set-password", "ann", "--password-stdin"], another)
            .await
            .expect(0);
        world.ann.password = another.to_owned();
        Visitor::new()
            .visit(&notice.objection().expect("a link"))
            .await
            .expect(404);
        world
            .log_in(&mut Visitor::new(), &world.ann, "/headers")
            .await
            .expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_down_delays_a_notice_and_loses_nothing() {
    let mut world = World::serve(Plan::new()).await;
    world.mail().kill().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    add_phone(&world, &mut ann).await;
    world.server.crash_and_start_again().await;
    world.mail().start_again().await;
    world.notice_to(&world.ann.email, "From: 127.0.0.1").await;
    assert_eq!(
        world
            .notices_to(&world.ann.email)
            .await
            .iter()
            .filter(|notice| notice.text.contains("From: 127.0.0.1"))
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_guesses_codes_is_told_of_once() {
    let world = World::serve(Plan::new()).await;
    let mut thief = Visitor::new();
    let login = thief.visit(&world.page("/headers")).await;
    let second = thief.enter_password(&login, &world.ann).await;
    for _ in 0..10 {
        thief
            .enter_code(&second, &world.ann.app().wrong_code())
            .await
            .expect(422);
    }
    // The login has ended with the last try, and another one leads no further.
    thief
        .enter_code(&second, &world.ann.app().wrong_code())
        .await
        .expect(403);
    for _ in 0..3 {
        let mut thief = Visitor::new();
        let login = thief.visit(&world.page("/headers")).await;
        let second = thief.enter_password(&login, &world.ann).await;
        thief
            .enter_code(&second, &world.ann.app().new_code().await)
            .await
            .expect(429);
    }
    let notice = world.notice_to(&world.ann.email, "your second step is locked").await;
    assert!(notice.objection().is_none(), "{}", notice.text);
    let all = world.notices_to(&world.ann.email).await;
    assert_eq!(all.iter().filter(|one| one.text.contains("is locked")).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_phone_is_taken_off_by_an_operator_and_a_stranger_who_asked_is_stopped() {
    in_every_world(async |world| {
        let reset = ["user", "reset-second-factor", "ann"];
        let no_reason = world.command(&reset, "").await;
        assert!(
            no_reason.code == Some(2) && no_reason.errors.contains("--reason"),
            "{no_reason:?}"
        );
        let planned = world
            .command(&[&reset[..], &["--reason", "lost phone, called back"]].concat(), "")
            .await;
        assert!(
            planned.code == Some(0) && planned.errors.contains("can stop it until then"),
            "{planned:?}"
        );
        assert!(!methods(&world, "ann").await.is_empty());
        assert!(world.user("ann").await["reset_due"].is_string());

        // Ann did not ask for that.
        let notice = world
            .notice_to(&world.ann.email, "Support will remove the second step")
            .await;
        object(&notice).await;
        assert!(world.user("ann").await["reset_due"].is_null());
        world
            .log_in(&mut Visitor::new(), &world.ann, "/headers")
            .await
            .expect(200);

        // Now she did, and the operator knows her.
        let now = [&reset[..], &["--reason", "at the desk with her passport", "--now"]].concat();
        world.command(&now, "").await.expect(0);
        assert!(methods(&world, "ann").await.is_empty());
        world
            .notice_to(&world.ann.email, "Support removed the second step")
            .await;
        let cancel = world.command(&[&reset[..], &["--cancel"]].concat(), "").await;
        assert!(
            cancel.code == Some(1) && cancel.errors.contains("is planned"),
            "{cancel:?}"
        );
        let mut ann = Visitor::new();
        let login = ann.visit(&world.page("/headers")).await;
        let next = ann.enter_password(&login, &world.ann).await;
        assert!(next.url.path().contains("/enrol"), "{}: {}", next.url, next.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_nobody_was_sent_do_nothing() {
    let world = World::demo().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    add_phone(&world, &mut ann).await;
    let notice = world.notice_to(&world.ann.email, "From: 127.0.0.1").await;
    let link = notice.objection().expect("a link");
    let mut bent = Vec::new();
    for (name, value) in link.query_pairs() {
        let mut other = link.clone();
        // Of the last letter only three bits count; both of these have no others.
        let flipped = if value.ends_with('a') { "e" } else { "a" };
        let shorter = &value[..value.len() - 1];
        let query: Vec<String> = link
            .query_pairs()
            .map(|(key, kept)| {
                if key == name {
                    format!("{key}={shorter}{flipped}")
                } else {
                    format!("{key}={kept}")
                }
            })
            .collect();
        other.set_query(Some(&query.join("&")));
        bent.push(other);
    }
    let mut without = link.clone();
    without.set_query(None);
    let mut stranger = Visitor::new();
    for url in &bent {
        stranger.visit(url).await.expect(404);
    }
    stranger.visit(&without).await.expect(400);
    // The right form without its token, from elsewhere, or from a page about another link.
    let page = stranger.visit(&link).await.expect(200);
    let form = page.form_with("csrf");
    stranger.submit(&form.clone().fill("csrf", "forged")).await.expect(403);
    let mut elsewhere = form.clone();
    elsewhere.action = bent[1].clone();
    stranger.submit(&elsewhere).await.expect(404);
    ann.visit(&world.page("/headers")).await.expect(200);
}

async fn add_phone(world: &World, visitor: &mut Visitor) {
    let page = visitor.visit(&world.own_page("account/enrol/phone")).await.expect(200);
    let sent = visitor
        .submit(&page.form_with("number").fill("number", NUMBER))
        .await
        .expect(303);
    let prove = visitor.follow(sent).await.expect(200);
    let phone = Person {
        username: String::new(),
        password: String::new(),
        email: String::new(),
        phone: Some(NUMBER.to_owned()),
        app: None,
    };
    let code = world.message_to(&phone, Channel::Sms).await.code();
    visitor.enter_code(&prove, &code).await.expect(303);
}

/// Logs in as somebody without a second step, and sets up an app on the way.
async fn set_up_app(world: &World, visitor: &mut Visitor, person: &Person) {
    let login = visitor.visit(&world.page("/headers")).await;
    let mut page = visitor.enter_password(&login, person).await;
    if !page.body.contains("otpauth://") {
        page = visitor.visit(&world.own_page("enrol/app")).await.expect(200);
        let begun = visitor.submit(&page.form_to("enrol/app")).await;
        page = visitor.follow(begun).await.expect(200);
    }
    let (_, rest) = page.body.split_once("otpauth://").expect("the key of an app");
    let uri = format!("otpauth://{}", rest.split('"').next().unwrap_or_default())
        .replace("&amp;", "&")
        .replace("&#38;", "&");
    let app = crate::harness::people::App::from_uri(&uri);
    let answer = visitor.enter_code(&page, &app.new_code().await).await.expect(303);
    let codes = visitor.follow(answer).await.expect(200);
    let shown = visitor.submit(&codes.form_to("enrol/codes")).await.expect(200);
    let kept = visitor.submit(&shown.form_to("enrol/kept")).await;
    visitor.follow(kept).await.expect(200);
}

async fn object(notice: &Message) {
    let mut owner = Visitor::new();
    let page = owner.visit(&notice.objection().expect("a link")).await.expect(200);
    let done: Answer = owner.submit(&page.form_with("csrf")).await.expect(200);
    assert!(done.text().contains("your account is protected"), "{}", done.text());
}

async fn thrown_out(world: &World, visitor: &mut Visitor) {
    let turned_away = async || (visitor.open(&world.page("/headers")).await.status == 303).then_some(());
    eventually("the end of every session", turned_away).await;
}

async fn methods(world: &World, name: &str) -> Vec<String> {
    let shown = world.user(name).await;
    let all = shown["authenticators"].as_array().expect("a list").iter();
    all.map(|one| one["method"].as_str().expect("a method").to_owned())
        .collect()
}
