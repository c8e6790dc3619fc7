//! The first factor: nothing tells who exists, and nobody without the password locks anybody out.

use crate::harness::answer::Answer;
use crate::harness::visitor::Visitor;
use crate::harness::world::{World, in_every_world};

#[tokio::test(flavor = "multi_thread")]
async fn unknown_users_and_wrong_passwords_read_the_same() {
    in_every_world(async |world| {
        let unknown = try_password(&world, "nobody", "violet Tram 48 harbour")
            .await
            .expect(422);
        let wrong = try_password(&world, &world.ann.username, "not the password")
            .await
            .expect(422);
        world
            .command(&["user", "disable", &world.ben.username], "")
            .await
            .expect(0);
        let disabled = try_password(&world, &world.ben.username, &world.ben.password)
            .await
            .expect(422);
        let reading = |answer: &Answer, name: &str| {
            let text = answer.text().replace(answer.header("x-request-id"), "");
            let headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
            (text.replace(name, "NAME"), headers)
        };
        let expected = reading(&unknown, "nobody");
        assert_eq!(reading(&wrong, &world.ann.username), expected);
        assert_eq!(reading(&disabled, &world.ben.username), expected);
        assert!(
            world.messages().await.is_empty(),
            "no message is sent without the right password"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_compared_whole_and_a_name_as_people_write_it() {
    in_every_world(async |world| {
        let password = &world.ann.password;
        let name = &world.ann.username;
        try_password(&world, &format!(" {} ", name.to_uppercase()), password)
            .await
            .expect(303);
        for wrong in [
            &password[..password.len() - 1],
            &format!("{password} "),
            &password.to_uppercase(),
            "",
        ] {
            let answer = try_password(&world, name, wrong).await;
            assert!([422, 429].contains(&answer.status), "{wrong:?}: {}", answer.status);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_guesses_does_not_lock_out_a_known_device() {
    in_every_world(async |world| {
        let mut owner = Visitor::new();
        world.log_in(&mut owner, &world.ann, "/headers").await.expect(200);
        let logout = owner.visit(&world.own_page("logout")).await.expect(200);
        owner.submit(&logout.form_to("logout")).await;

        let mut throttled = false;
        for _ in 0..25 {
            throttled |= try_password(&world, &world.ann.username, "a guess").await.status == 429;
        }
        assert!(throttled, "guessing is slowed down");
        world.log_in(&mut owner, &world.ann, "/headers").await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_far_too_long_is_refused_before_it_is_hashed() {
    in_every_world(async |world| {
        let answer = try_password(&world, &world.ann.username, &"x".repeat(2000)).await;
        assert!((400..500).contains(&answer.status), "{}", answer.status);
    })
    .await;
}

/// A try by somebody never seen before.
async fn try_password(world: &World, username: &str, password: &str) -> Answer {
    let mut stranger = Visitor::new();
    let login = stranger.visit(&world.page("/headers")).await.expect(200);
    stranger.try_password(&login, username, password).await
}
