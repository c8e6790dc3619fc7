//! What operators type.

use crate::harness::people::App;
use crate::harness::settings::Plan;
use crate::harness::vestibule::command;
use crate::harness::visitor::Visitor;
use crate::harness::world::{World, in_every_world};

#[tokio::test(flavor = "multi_thread")]
async fn people_are_added_shown_and_listed() {
    in_every_world(async |world| {
        let add = [
            "user",
            "add",
            "eve",
            "--name",
            "Eve",
            "--email",
            "eve@example.test",
            "--group",
            "a",
            "--group",
            "b",
        ];
        let add = [&add[..], &["--password-stdin"]].concat();
        world.command(&add, "amber Falcon 61 canyon\n").await.expect(0);
        assert_eq!(
            world.command(&add, "amber Falcon 61 canyon").await.code,
            Some(1),
            "twice is refused"
        );

        let eve = world.user("eve").await;
        assert_eq!(eve["sessions"].as_array().map(Vec::len), Some(0));
        let text = eve.to_string();
        assert!(
            text.contains("eve@example.test") && text.contains("\"a\"") && text.contains("\"b\""),
            "{text}"
        );
        assert!(!text.contains("argon2"), "{text}");
        let list = world.command(&["user", "list", "--json"], "").await.json().to_string();
        assert!(
            [world.ann.username.as_str(), world.ben.username.as_str(), "eve"]
                .iter()
                .all(|name| list.contains(name)),
            "{list}"
        );
        let reset = ["user", "reset-second-factor", "ben", "--reason", "tried", "--now"];
        world.command(&reset, "").await.expect(0);
        let without = world
            .command(&["user", "list", "--without-second-factor"], "")
            .await
            .expect(0);
        assert!(without.contains("ben") && !without.contains("ann"), "{without}");
        let all = world.command(&["user", "list"], "").await.expect(0);
        assert!(all.contains("totp,sms") && all.contains("none"), "{all}");
        assert_eq!(
            world.command(&["user", "show", "nobody", "--json"], "").await.code,
            Some(1)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_person_stays_out_until_enabled() {
    in_every_world(async |world| {
        let name = world.ann.username.as_str();
        world.command(&["user", "disable", name], "").await.expect(0);
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.page("/headers")).await;
        visitor
            .try_password(&login, name, &world.ann.password)
            .await
            .expect(422);
        world.command(&["user", "enable", name], "").await.expect(0);
        world
            .log_in(&mut Visitor::new(), &world.ann, "/headers")
            .await
            .expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_replaces_the_old_one() {
    in_every_world(async |world| {
        let name = world.ann.username.as_str();
        let new = "marble Otter 35 willow";
        world
            .command(&["user", "set-password", name, "--password-stdin"], new)
            .await
            .expect(0);
        for (password, status) in [(world.ann.password.as_str(), 422), (new, 303)] {
            let mut visitor = Visitor::new();
            let login = visitor.visit(&world.page("/headers")).await;
            visitor.try_password(&login, name, password).await.expect(status);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_with_other_numbers_of_digits_work() {
    let world = World::serve(Plan::new()).await;
    for (name, digits) in [("six", "6"), ("seven", "7"), ("eight", "8")] {
        let password = "amber Falcon 61 canyon";
        world
            .command(&["user", "add", name, "--password-stdin"], password)
            .await
            .expect(0);
        let uri = world
            .command(&["user", "add-totp", name, "--digits", digits], "")
            .await
            .expect(0);
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.page("/headers")).await;
        let answer = visitor.try_password(&login, name, password).await.expect(303);
        let second = visitor.follow(answer).await;
        let code = App::from_uri(uri.trim()).new_code().await;
        assert_eq!(code.len().to_string(), digits);
        let answer = visitor.enter_code(&second, &code).await;
        visitor.follow(answer).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_never_taken_from_the_command_line() {
    let world = World::serve(Plan::new()).await;
    for arguments in [
        &["user", "add", "eve", "--password", "amber Falcon 61 canyon"][..],
        &["user", "set-password", "ann", "amber Falcon 61 canyon"],
        &["hash", "amber Falcon 61 canyon"],
    ] {
        let outcome = command(arguments, "").await;
        assert_eq!(outcome.code, Some(2), "{arguments:?}");
    }
    world
        .log_in(&mut Visitor::new(), &world.ann, "/headers")
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn weak_passwords_bad_numbers_and_unproven_phones_are_refused() {
    let world = World::serve(Plan::new()).await;
    for weak in ["", "short", "ann"] {
        let outcome = world
            .command(&["user", "set-password", "ann", "--password-stdin"], weak)
            .await;
        assert_eq!(outcome.code, Some(1), "{weak}");
    }
    for number in ["12", "not a number", "+33", "+1900555012345678901234"] {
        let outcome = world
            .command(&["user", "add-phone", "ben", number, "--verified"], "")
            .await;
        assert!([Some(1), Some(2)].contains(&outcome.code), "{number}: {outcome:?}");
    }
    // A phone that nobody has proven is no second factor.
    world.command(&["user", "add-phone", "ben", "+33612345679"], "").await;
    let mut ben = Visitor::new();
    let login = ben.visit(&world.page("/headers")).await;
    let second = ben.enter_password(&login, &world.ben).await;
    assert!(!second.text().contains("text message"), "{}", second.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_says_what_the_proxy_would_do() {
    in_every_world(async |world| {
        let explain = async |path: &str, proven: &str, code: i32| {
            let url = world.page(path).to_string();
            let outcome = world
                .command(
                    &[
                        "explain",
                        "--user",
                        &world.ann.username,
                        "--url",
                        &url,
                        "--proven",
                        proven,
                        "--json",
                    ],
                    "",
                )
                .await;
            serde_json::from_str::<serde_json::Value>(&outcome.expect(code)).expect("JSON");
        };
        explain("/public/x", "password", 0).await;
        explain("/reports", "password", 3).await;
        explain("/reports", "password,totp", 0).await;
        let elsewhere = world
            .command(
                &[
                    "explain",
                    "--user",
                    &world.ann.username,
                    "--url",
                    "http://nowhere.localhost/",
                ],
                "",
            )
            .await;
        assert!([Some(1), Some(2), Some(4)].contains(&elsewhere.code), "{elsewhere:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_refuses_where_a_rule_does() {
    let rules = "[[application.rule]]\npath = \"/closed\"\nrequire = \"deny\"\n\
                 [[application.rule]]\npath = \"/read\"\nhttp_methods = [\"GET\"]\nrequire = \"nothing\"\n";
    let world = World::serve(Plan::new().rules(rules)).await;
    for (path, method, code) in [
        ("/closed", "GET", 4),
        ("/read", "GET", 0),
        ("/read", "POST", 4),
        ("/else", "GET", 4),
    ] {
        let url = world.page(path).to_string();
        let outcome = world
            .command(&["explain", "--user", "ann", "--url", &url, "--method", method], "")
            .await;
        assert_eq!(outcome.code, Some(code), "{method} {path}: {outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hash_prints_a_salted_argon2id_string() {
    let world = World::serve(Plan::new()).await;
    let first = world.command(&["hash"], "violet Tram 48 harbour\n").await.expect(0);
    let second = world.command(&["hash"], "violet Tram 48 harbour\n").await.expect(0);
    assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1,keyid=1$"), "{first}");
    assert_ne!(first, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_is_exit_2() {
    for arguments in [&["fly"][..], &["serve", "--fly"], &["user"], &["explain"], &[]] {
        assert_eq!(command(arguments, "").await.code, Some(2), "{arguments:?}");
    }
}
