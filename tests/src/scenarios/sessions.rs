//! How long a session lasts, and what ends it.

use crate::harness::patience::within;
use crate::harness::visitor::Visitor;
use crate::harness::wire::exchange;
use crate::harness::world::{World, in_every_world};

/// How soon an ended session is closed everywhere.
const REVOCATION: std::time::Duration = std::time::Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn logout_ends_the_session_for_every_copy_of_its_cookie() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        world.log_in(&mut visitor, &world.ann, "/headers").await;
        let mut copy = visitor.clone();

        let page = visitor.visit(&world.own_page("logout")).await.expect(200);
        visitor.open(&world.page("/headers")).await.expect(200); // to look at the page ends nothing
        let answer = visitor.submit(&page.form_to("logout")).await;
        assert!(!answer.headers.contains_key("clear-site-data"));
        visitor.follow(answer).await.expect(200);

        assert!(is_stopped(&world, &mut visitor).await);
        within(REVOCATION, "the copy to be stopped", async || {
            is_stopped(&world, &mut copy).await.then_some(())
        })
        .await;
        assert_eq!(world.open_sessions(&world.ann).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_survives_a_restart_and_a_crash() {
    in_every_world(async |mut world| {
        let mut visitor = Visitor::new();
        world.log_in(&mut visitor, &world.ann, "/headers").await;
        assert_eq!(world.server.stop().await, Some(0), "ends politely when asked to");
        world.server.start_again().await;
        visitor.open(&world.page("/headers")).await.expect(200);
        world.server.crash_and_start_again().await;
        visitor.open(&world.page("/headers")).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_under_way_survives_a_crash() {
    in_every_world(async |mut world| {
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.page("/headers?deep")).await;
        let second = visitor.enter_password(&login, &world.ann).await;
        world.server.crash_and_start_again().await;
        let answer = visitor.enter_code(&second, &world.ann.app().new_code().await).await;
        let landed = visitor.follow(answer).await.expect(200);
        assert_eq!(landed.url, world.page("/headers?deep"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_code_stays_used_over_a_crash() {
    in_every_world(async |mut world| {
        let code = world.ann.app().new_code().await;
        for status in [303, 422] {
            let mut visitor = Visitor::new();
            let login = visitor.visit(&world.page("/headers")).await;
            let second = visitor.enter_password(&login, &world.ann).await;
            let answer = visitor.enter_code(&second, &code).await;
            assert_eq!(
                answer.onward().is_some(),
                status == 303,
                "{}: {}",
                answer.status,
                answer.text()
            );
            world.server.crash_and_start_again().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_user_is_out_within_a_second() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        world.log_in(&mut visitor, &world.ann, "/headers").await;
        world
            .command(&["user", "disable", &world.ann.username], "")
            .await
            .expect(0);
        within(REVOCATION, "the user to be out", async || {
            let answer = visitor.open(&world.page("/headers")).await;
            (answer.status != 200).then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_login_gets_a_token_of_its_own_and_takes_none_it_was_given() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let planted = "A".repeat(43);
        visitor
            .cookies
            .set(&world.application, &world.session_cookie(), &planted);
        world.log_in(&mut visitor, &world.ann, "/headers").await;
        let first = session_of(&world, &visitor);
        assert_ne!(first, planted);
        assert!(first.len() >= 43, "256 bits: {}", first.len());

        let mut other = Visitor::new();
        world.log_in(&mut other, &world.ann, "/headers").await;
        assert_ne!(session_of(&world, &other), first);
        assert_eq!(world.open_sessions(&world.ann).await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_session_cookies_count_as_none() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        world.log_in(&mut visitor, &world.ann, "/headers").await;
        let (name, value) = (world.session_cookie(), session_of(&world, &visitor));
        for cookies in [
            format!("{name}={value}; {name}=x"),
            format!("{name}=x; {name}={value}"),
            format!("{name}={value}x"),
        ] {
            let request = format!(
                "GET /headers HTTP/1.1\r\nHost: {}\r\nCookie: {cookies}\r\n\r\n",
                world.host()
            );
            let (head, _) = exchange(world.port(), request).await.expect("an answer");
            assert_eq!(head.status(), 401, "{cookies}");
        }
        visitor.open(&world.page("/headers")).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn session_cookies_are_kept_from_scripts_and_other_sites() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.page("/headers")).await;
        let second = visitor.enter_password(&login, &world.ann).await;
        let answer = visitor.enter_code(&second, &world.ann.app().new_code().await).await;
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().expect("ASCII");
            for attribute in ["HttpOnly", "Path=/", "SameSite=Lax"] {
                assert!(line.contains(attribute), "{attribute} in {line}");
            }
        }
        assert!(answer.headers.contains_key("set-cookie"));
    })
    .await;
}

fn session_of(world: &World, visitor: &Visitor) -> String {
    visitor
        .cookies
        .value(&world.application, &world.session_cookie())
        .expect("a session")
        .to_owned()
}

/// Whether the application's pages lead to the login again.
async fn is_stopped(world: &World, visitor: &mut Visitor) -> bool {
    let answer = visitor.open(&world.page("/headers")).await;
    answer.onward().is_some_and(|next| next.path() == "/.vestibule/login")
}
