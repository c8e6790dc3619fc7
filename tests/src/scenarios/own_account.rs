//! People look after their own second factors, sessions and password.

use super::enrolment::newcomer;
use crate::harness::answer::Answer;
use crate::harness::browser::Browser;
use crate::harness::messages::Channel;
use crate::harness::patience::eventually;
use crate::harness::people::Person;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::{World, in_every_world};

const NUMBER: &str = "+33 6 98 76 54 32";
const OTHER: &str = "+33 7 55 55 44 33";

#[tokio::test(flavor = "multi_thread")]
async fn b2_to_b6_a_number_counts_once_its_code_came_back_and_can_give_way_to_another() {
    in_every_world(async |world| {
        let mut ann = Visitor::new();
        world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
        let before = kinds(&world, &world.ann).await;
        let and = |more: &[&str]| [before.clone(), more.iter().map(|one| (*one).to_owned()).collect()].concat();
        let number = ann.visit(&world.own_page("account/enrol/phone")).await.expect(200);
        for (typed, told) in [
            ("06 98 76 54 32", "international form"),
            ("+33 1 42 68 53 00", "landline"),
            ("+33 899 70 00 00", "cost extra"),
        ] {
            let again = ann
                .submit(&number.form_with("number").fill("number", typed))
                .await
                .expect(422);
            assert!(
                again.text().contains(told) && again.body.contains(typed),
                "{typed}: {}",
                again.text()
            );
        }
        let form = number
            .form_with("number")
            .fill("number", NUMBER)
            .fill("description", "Holiday phone");
        let sent = ann.submit(&form).await.expect(303);
        let prove = ann.follow(sent).await.expect(200);
        let code = world
            .message_to(&with_number(&world.ann, NUMBER), Channel::Sms)
            .await
            .code();
        assert_eq!(kinds(&world, &world.ann).await, before, "pending counts for nothing");
        ann.enter_code(&prove, if code == "000000" { "000001" } else { "000000" })
            .await
            .expect(422);
        let right = ann.enter_code(&prove, &code).await.expect(303);
        let codes = ann.follow(right).await.expect(200);
        assert_eq!(kinds(&world, &world.ann).await, and(&["sms"]));
        assert_eq!(ann.enter_code(&prove, &code).await.status, 303, "the same answer again");
        assert_eq!(kinds(&world, &world.ann).await, and(&["sms"]));

        let shown = ann.submit(&codes.form_to("account/emergency-codes")).await.expect(200);
        assert!(shown.text().contains("they are shown only once"), "{}", shown.text());
        let kept = ann.submit(&shown.form_to("account/enrol/kept")).await;
        let list = ann.follow(kept).await.expect(200);
        assert!(
            list.text().contains("Holiday phone") && list.text().contains("10 of ten"),
            "{}",
            list.text()
        );

        // Another number in its place: the old one works until the new one is proven.
        let item = ann.visit(&item_named(&list, "Holiday phone")).await.expect(200);
        let change = link(&item, "account/enrol/phone?replaces=");
        let number = ann.visit(&change).await.expect(200);
        let sent = ann
            .submit(&number.form_with("number").fill("number", OTHER))
            .await
            .expect(303);
        let prove = ann.follow(sent).await.expect(200);
        assert_eq!(kinds(&world, &world.ann).await, and(&["sms", "emergency_code"]));
        let code = world
            .message_to(&with_number(&world.ann, OTHER), Channel::Sms)
            .await
            .code();
        let right = ann.enter_code(&prove, &code).await.expect(303);
        let list = ann.follow(right).await.expect(200);
        assert_eq!(kinds(&world, &world.ann).await, and(&["emergency_code", "sms"]));
        assert!(
            list.text().contains("33") && !list.text().contains("Holiday phone"),
            "{}",
            list.text()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_just_proven_a_first_second_step_is_not_asked_for_it_again() {
    let plan = Plan::new().more("[second_factor]\nrequired = { groups = [\"nobody\"] }");
    let world = World::serve(plan).await;
    let cleo = newcomer(&world, "cleo").await;
    let log_in = async || {
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.own_page("account/security")).await.expect(200);
        visitor.enter_password(&login, &cleo).await.expect(200);
        visitor
    };
    let (mut here, mut elsewhere) = (log_in().await, log_in().await);
    let number = here.visit(&world.own_page("account/enrol/phone")).await.expect(200);
    let sent = here
        .submit(&number.form_with("number").fill("number", NUMBER))
        .await
        .expect(303);
    let prove = here.follow(sent).await.expect(200);
    let code = world.message_to(&with_number(&cleo, NUMBER), Channel::Sms).await.code();
    let mut before = Visitor::new();
    before.cookies = here.cookies.clone();
    let right = here.enter_code(&prove, &code).await.expect(303);

    let codes = here.follow(right).await.expect(200);
    assert_eq!(
        codes.url.path(),
        "/.vestibule/account/emergency-codes",
        "{}",
        codes.text()
    );
    here.submit(&codes.form_to("account/emergency-codes")).await.expect(200);
    assert_eq!(kinds(&world, &cleo).await, ["sms", "emergency_code"]);
    here.visit(&world.page("/headers")).await.expect(200);

    // Who has the token from before has nothing, and where only the password was given the phone is asked for.
    let login = before.visit(&world.own_page("account/security")).await.expect(200);
    assert_eq!(login.url.path(), "/.vestibule/login", "{}", login.text());
    let asked = elsewhere.visit(&world.own_page("account/security")).await.expect(200);
    assert_eq!(asked.url.path(), "/.vestibule/second-factor", "{}", asked.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn b7_the_preferred_method_is_asked_first() {
    in_every_world(async |world| {
        let mut ann = Visitor::new();
        world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
        let list = ann.visit(&world.own_page("account/security")).await.expect(200);
        let item = ann.visit(&item_named(&list, "Text message")).await.expect(200);
        let prefer = item_form(&item, "prefer");
        let done = ann.submit(&prefer).await;
        ann.follow(done).await.expect(200);
        let mut again = Visitor::new();
        let login = again.visit(&world.page("/headers")).await;
        let second = again.enter_password(&login, &world.ann).await;
        assert!(second.text().contains("Check your messages"), "{}", second.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_second_factor_stays_and_so_does_everybody_elses() {
    in_every_world(async |world| {
        let (mut ann, mut ben) = (Visitor::new(), Visitor::new());
        world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
        world.log_in(&mut ben, &world.ben, "/headers").await.expect(200);
        let list = ben.visit(&world.own_page("account/security")).await.expect(200);
        let item = ben.visit(&item_named(&list, "E-mail")).await.expect(200);
        let remove = item_form(&item, "remove");
        let refused = ben.submit(&remove).await.expect(422);
        assert!(refused.text().contains("your only second step"), "{}", refused.text());
        assert_eq!(kinds(&world, &world.ben).await, ["email"]);

        // With Ben's page and token, but an id of Ann's.
        let before = kinds(&world, &world.ann).await;
        let list = ann.visit(&world.own_page("account/security")).await.expect(200);
        let hers = item_named(&list, "Text message");
        let mut foreign = remove.clone();
        foreign.action = hers.join(&format!("{}/remove", hers.path())).expect("a URL");
        ben.submit(&foreign).await;
        assert_eq!(kinds(&world, &world.ann).await, before);

        let item = ann.visit(&hers).await.expect(200);
        let removed = ann.submit(&item_form(&item, "remove")).await;
        assert!(ann.follow(removed).await.expect(200).text().contains("It is removed"));
        let left: Vec<_> = before.into_iter().filter(|method| method != "sms").collect();
        assert_eq!(kinds(&world, &world.ann).await, left);
        let without = remove.fill("csrf", "forged");
        ben.submit(&without).await.expect(403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_removals_at_once_one_second_factor_is_left() {
    let world = World::demo().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let list = ann.visit(&world.own_page("account/security")).await.expect(200);
    let mut forms = Vec::new();
    for name in ["Text message", "Authenticator app"] {
        let item = ann.visit(&item_named(&list, name)).await.expect(200);
        forms.push(item_form(&item, "remove"));
    }
    let (mut one, mut other) = (ann.clone(), ann);
    let answers = tokio::join!(one.submit(&forms[0]), other.submit(&forms[1]));
    let statuses = [answers.0.status, answers.1.status];
    assert_eq!(kinds(&world, &world.ann).await.len(), 1, "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_elsewhere_are_seen_and_ended() {
    in_every_world(async |world| {
        let (mut here, mut there) = (Visitor::new(), Visitor::new());
        world.log_in(&mut here, &world.ann, "/headers").await.expect(200);
        world.log_in(&mut there, &world.ann, "/headers").await.expect(200);
        let list = here.visit(&world.own_page("account/sessions")).await.expect(200);
        assert_eq!(list.body.matches("name=\"session\"").count(), 1, "{}", list.text());
        let ended = here.submit(&list.form_to("account/sessions/end-others")).await;
        let list = here.follow(ended).await.expect(200);
        assert!(list.text().contains("Ended"), "{}", list.text());
        let turned_away = async || (there.open(&world.page("/headers")).await.status == 303).then_some(());
        eventually("the other session is over", turned_away).await;
        here.visit(&world.page("/headers")).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_forgotten_is_like_any_other() {
    in_every_world(async |world| {
        let (mut here, mut there) = (Visitor::new(), Visitor::new());
        world.log_in(&mut there, &world.ann, "/headers").await.expect(200);
        world.log_in(&mut here, &world.ann, "/headers").await.expect(200);
        let list = here.visit(&world.own_page("account/sessions")).await.expect(200);
        assert!(list.text().contains("Password, Authenticator app"), "{}", list.text());
        assert_eq!(list.body.matches("name=\"device\"").count(), 2, "{}", list.text());

        // The first form is about the browser used last, which is this one.
        let ids: Vec<&str> = list.body.split("name=\"device\" value=\"").skip(1).collect();
        let theirs = ids[1].split('"').next().expect("an id");
        let forget = list.form_to("account/sessions/forget").fill("device", theirs);
        let mut ben = Visitor::new();
        world.log_in(&mut ben, &world.ben, "/headers").await.expect(200);
        let his = ben.visit(&world.own_page("account/sessions")).await.expect(200);
        let foreign = his.form_to("account/sessions/forget").fill("device", theirs);
        ben.submit(&foreign).await.expect(303);
        let list = here.visit(&world.own_page("account/sessions")).await.expect(200);
        assert_eq!(list.body.matches("name=\"device\"").count(), 2, "only one's own");
        let forgotten = here.submit(&forget).await;
        let list = here.follow(forgotten).await.expect(200);
        assert!(list.text().contains("Forgotten"), "{}", list.text());
        assert_eq!(list.body.matches("name=\"device\"").count(), 1, "{}", list.text());
        there.visit(&world.page("/headers")).await.expect(200);

        // Strangers wear out what unknown browsers may try; the forgotten one waits with them, the known one does not.
        for visitor in [&mut here, &mut there] {
            let logout = visitor.visit(&world.own_page("logout")).await.expect(200);
            visitor.submit(&logout.form_to("logout")).await;
        }
        let mut stranger = Visitor::new();
        let login = stranger.visit(&world.page("/headers")).await;
        while stranger.try_password(&login, "ann", "wrong").await.status != 429 {}
        let login = there.visit(&world.page("/headers")).await;
        there.try_password(&login, "ann", &world.ann.password).await.expect(429);
        let login = here.visit(&world.page("/headers")).await;
        here.try_password(&login, "ann", &world.ann.password).await.expect(303);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_wants_the_old_one_and_ends_every_other_session() {
    in_every_world(async |world| {
        let (mut ann, mut elsewhere) = (Visitor::new(), Visitor::new());
        world.log_in(&mut elsewhere, &world.ann, "/headers").await.expect(200);
        world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
        let page = ann.visit(&world.own_page("account/password")).await.expect(200);
        let form = |old: &str, new: &str| {
            page.form_with("new_password")
                .fill("password", old)
                .fill("new_password", new)
        };
        let new = "umbrella Quartz 27 river";
        let about_her = format!("{} for ever", world.ann.email);
        for (old, chosen, told) in [
            ("not the password", new, "present password is not right"),
            (world.ann.password.as_str(), "short", "too short"),
            (world.ann.password.as_str(), "password123", "guessed first"),
            (world.ann.password.as_str(), "SIMPLYUNTOUCH", "guessed first"),
            (
                world.ann.password.as_str(),
                about_her.as_str(),
                "your name, your address",
            ),
        ] {
            let again = ann.submit(&form(old, chosen)).await.expect(422);
            assert!(again.text().contains(told), "{}", again.text());
        }
        let changed = ann.submit(&form(&world.ann.password, new)).await.expect(303);
        let done = ann.follow(changed).await.expect(200);
        assert!(done.text().contains("other sessions have ended"), "{}", done.text());
        let turned_away = async || (elsewhere.open(&world.page("/headers")).await.status == 303).then_some(());
        eventually("the other session is over", turned_away).await;
        ann.open(&world.page("/headers")).await.expect(200);
        let sessions = ann.visit(&world.own_page("account/sessions")).await.expect(200);
        assert_eq!(sessions.body.matches("This one").count(), 2, "{}", sessions.text());
        // Another change in the same session keeps it too.
        let back = form(new, "seven violet lanterns 90");
        ann.submit(&back).await.expect(303);
        let new = "seven violet lanterns 90";
        ann.open(&world.page("/headers")).await.expect(200);
        let mut again = Visitor::new();
        let login = again.visit(&world.page("/headers")).await;
        again
            .try_password(&login, &world.ann.username, &world.ann.password)
            .await
            .expect(422);
        again.try_password(&login, &world.ann.username, new).await.expect(303);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_is_two_taps_away_and_fits_every_screen() {
    let world = World::demo().await;
    for browser in [Browser::phone().await, Browser::desktop().await] {
        browser.open(&world.own_page("account")).await;
        browser.enter_password(&world.ann).await;
        browser.enter_code(&world.ann.app().new_code().await).await;
        for (section, words) in [
            ("Security", "Add a second step"),
            ("Sessions", "Your sessions"),
            ("Password", "Present password"),
            ("Overview", "Your applications"),
        ] {
            browser.press_link(section).await;
            browser.reads(words).await;
            assert!(browser.fits_the_screen().await, "{section}");
        }
    }
}

/// The page of the item whose entry in the list has these words.
fn item_named(list: &Answer, words: &str) -> url::Url {
    let entry = list
        .body
        .split("<li>")
        .find(|entry| entry.contains(words) && entry.contains("account/security/"));
    let entry = entry.unwrap_or_else(|| panic!("no {words} in {}", list.text()));
    let (_, address) = entry.split_once("href=\"").expect("a link");
    list.url
        .join(address.split('"').next().expect("an address"))
        .expect("a URL")
}

fn item_form(item: &Answer, leaf: &str) -> crate::harness::form::Form {
    let path = item.url.path().trim_start_matches("/.vestibule/").to_owned();
    item.form_to(&format!("{path}/{leaf}"))
}

fn link(page: &Answer, to: &str) -> url::Url {
    let (_, rest) = page
        .body
        .split_once(&format!("href=\"/.vestibule/{to}"))
        .expect("a link");
    let end = rest.split('"').next().expect("an address");
    page.url.join(&format!("/.vestibule/{to}{end}")).expect("a URL")
}

fn with_number(person: &Person, number: &str) -> Person {
    Person {
        username: person.username.clone(),
        password: person.password.clone(),
        email: person.email.clone(),
        phone: Some(number.replace(' ', "")),
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
