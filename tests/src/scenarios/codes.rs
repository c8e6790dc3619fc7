//! A code is right once, for one login, a few times to be guessed.

use futures_util::future::join_all;
use http::Method;

use crate::harness::answer::Answer;
use crate::harness::messages::Channel;
use crate::harness::people::Person;
use crate::harness::visitor::Visitor;
use crate::harness::world::{World, in_every_world};

/// Guesses an account has within an hour.
const HOURLY_GUESSES: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn wrong_expired_malformed_and_used_codes_read_the_same() {
    in_every_world(async |world| {
        let app = world.ann.app();
        let used = app.new_code().await;
        let (mut first, page) = at_second_factor(&world, &world.ann).await;
        assert_done(&first.enter_code(&page, &used).await);

        let (mut second, page) = at_second_factor(&world, &world.ann).await;
        let mut texts = Vec::new();
        for code in [
            app.wrong_code(),
            app.expired_code(),
            used,
            "12".to_owned(),
            "abcdef".to_owned(),
        ] {
            let answer = second.enter_code(&page, &code).await.expect(422);
            assert!(
                !answer.body.contains(&format!("value=\"{code}\"")),
                "a code is not shown again"
            );
            texts.push(answer.text().replace(answer.header("x-request-id"), ""));
        }
        texts.dedup();
        assert_eq!(texts.len(), 1, "{texts:#?}");
        assert_done(&second.enter_code(&page, &app.new_code().await).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_one_login_opens_no_other() {
    in_every_world(async |world| {
        let (mut thief, page) = at_second_factor(&world, &world.ann).await;
        let their_page = thief.try_another_method(&page, "Text message").await;
        world.message_to(&world.ann, Channel::Sms).await;
        let (mut owner, page) = at_second_factor(&world, &world.ann).await;
        let own_page = owner.try_another_method(&page, "Text message").await;
        let code = world.message_to(&world.ann, Channel::Sms).await.code();
        thief.enter_code(&their_page, &code).await.expect(422);
        assert_done(&owner.enter_code(&own_page, &code).await);
        thief.enter_code(&their_page, &code).await.expect(422);
        assert_eq!(world.open_sessions(&world.ann).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_parallel_right_answers_open_one_session() {
    in_every_world(async |world| {
        let (visitor, page) = at_second_factor(&world, &world.ann).await;
        let form = page.form_with("code").fill("code", &world.ann.app().new_code().await);
        let mut tabs = vec![visitor; 100];
        let answers = join_all(tabs.iter_mut().map(|tab| tab.submit(&form))).await;
        assert!(answers.iter().any(is_done));
        let others: Vec<u16> = answers
            .iter()
            .filter(|answer| !is_done(answer))
            .map(|answer| answer.status)
            .collect();
        assert!(others.iter().all(|status| [422, 429].contains(status)), "{others:?}");
        assert_eq!(world.open_sessions(&world.ann).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_logins_with_one_code_a_single_one_is_let_in() {
    in_every_world(async |world| {
        let mut logins = Vec::new();
        for _ in 0..4 {
            logins.push(at_second_factor(&world, &world.ann).await);
        }
        let code = world.ann.app().new_code().await;
        let answers = join_all(logins.iter_mut().map(|(visitor, page)| visitor.enter_code(page, &code))).await;
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(
            answers.iter().filter(|answer| is_done(answer)).count(),
            1,
            "{statuses:?}"
        );
        assert_eq!(
            statuses.iter().filter(|status| **status == 422).count(),
            3,
            "{statuses:?}"
        );
        assert_eq!(world.open_sessions(&world.ann).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_answer_whose_reply_was_lost_is_sent_again_and_lets_in() {
    in_every_world(async |world| {
        let (mut visitor, page) = at_second_factor(&world, &world.ann).await;
        let form = page.form_with("code").fill("code", &world.ann.app().new_code().await);
        // The reply, and the cookies in it, never arrive.
        assert_done(&visitor.clone().submit(&form).await);
        let answer = visitor.submit(&form).await;
        assert_done(&answer);
        visitor.follow(answer).await.expect(200);
        visitor.open(&world.page("/headers")).await.expect(200);
        assert_eq!(world.open_sessions(&world.ann).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_eleventh_wrong_code_within_an_hour_is_not_even_looked_at() {
    in_every_world(async |world| {
        let app = world.ann.app();
        for guess in 0..HOURLY_GUESSES {
            // A login of its own for each: the account counts, not the tab.
            let (mut visitor, page) = at_second_factor(&world, &world.ann).await;
            let answer = visitor.enter_code(&page, &app.wrong_code()).await;
            assert_eq!(answer.status, 422, "guess {guess}: {}", answer.text());
        }
        let (mut visitor, page) = at_second_factor(&world, &world.ann).await;
        let right = app.new_code().await;
        let refused = visitor.enter_code(&page, &right).await.expect(429);
        assert!(refused.header("retry-after").parse::<u32>().expect("seconds") > 0);
        assert_eq!(world.open_sessions(&world.ann).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_beside_each_other_share_one_budget() {
    in_every_world(async |world| {
        let (visitor, page) = at_second_factor(&world, &world.ann).await;
        let form = page.form_with("code").fill("code", &world.ann.app().wrong_code());
        let mut tabs = vec![visitor; 30];
        let answers = join_all(tabs.iter_mut().map(|tab| tab.submit(&form))).await;
        let looked_at = answers.iter().filter(|answer| answer.status == 422).count();
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert!(
            looked_at <= HOURLY_GUESSES,
            "{looked_at} guesses were looked at: {statuses:?}"
        );
        assert!(statuses.iter().all(|status| *status < 500), "{statuses:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_budget_survives_a_crash_of_the_gateway() {
    in_every_world(async |mut world| {
        let wrong = world.ann.app().wrong_code();
        for _ in 0..HOURLY_GUESSES {
            let (mut visitor, page) = at_second_factor(&world, &world.ann).await;
            visitor.enter_code(&page, &wrong).await.expect(422);
        }
        world.server.crash_and_start_again().await;
        let (mut visitor, page) = at_second_factor(&world, &world.ann).await;
        visitor.enter_code(&page, &wrong).await.expect(429);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_ends_after_five_wrong_answers() {
    in_every_world(async |world| {
        let (mut visitor, page) = at_second_factor(&world, &world.ben).await;
        let code = world.message_to(&world.ben, Channel::Email).await.code();
        let wrong = if code == "000000" { "111111" } else { "000000" };
        for _ in 0..5 {
            visitor.enter_code(&page, wrong).await.expect(422);
        }
        let answer = visitor.enter_code(&page, &code).await;
        assert!(!is_done(&answer), "the sixth try was looked at");
        assert_eq!(world.open_sessions(&world.ben).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_counts_only_from_the_page_it_was_on() {
    in_every_world(async |world| {
        let (mut visitor, page) = at_second_factor(&world, &world.ann).await;
        let (_, foreign_page) = at_second_factor(&world, &world.ann).await;
        let foreign = foreign_page
            .form_with("code")
            .value("csrf")
            .expect("a token")
            .to_owned();
        let form = page.form_with("code").fill("code", &world.ann.app().new_code().await);
        visitor.submit(&form.clone().fill("csrf", "")).await.expect(403);
        visitor.submit(&form.clone().fill("csrf", &foreign)).await.expect(403);

        let from_elsewhere = [
            ("Origin", "https://evil.example"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        visitor
            .send(Method::POST, &form.action, &from_elsewhere, &form.encoded())
            .await
            .expect(403);
        let cross_site = [
            ("Sec-Fetch-Site", "cross-site"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        visitor
            .send(Method::POST, &form.action, &cross_site, &form.encoded())
            .await
            .expect(403);

        assert_done(&visitor.submit(&form).await);
    })
    .await;
}

/// A visitor who has given `person`'s password and is asked for a code.
async fn at_second_factor(world: &World, person: &Person) -> (Visitor, Answer) {
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/headers")).await;
    let second = visitor.enter_password(&login, person).await.expect(200);
    (visitor, second)
}

fn is_done(answer: &Answer) -> bool {
    answer.onward().is_some_and(|next| !next.path().ends_with("/login"))
}

#[track_caller]
fn assert_done(answer: &Answer) {
    assert!(is_done(answer), "{}: {}", answer.status, answer.text());
}
