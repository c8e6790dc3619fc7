//! An outage looks like an outage: 503 within a second, no cookie lost, nobody let in, and it ends by itself.

use std::time::{Duration, Instant};

use crate::harness::answer::Answer;
use crate::harness::patience::eventually;
use crate::harness::postgres::Postgres;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

/// An outage is told within a second, and a busy test machine may add half of one.
const PROMPT: Duration = Duration::from_millis(1500);

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_a_session_is_unavailable_and_not_lost() {
    let mut world = World::serve(Plan::new()).await;
    let mut visitor = Visitor::new();
    world.log_in(&mut visitor, &world.ann, "/headers").await;
    world.server.crash_and_start_again().await; // so that the session is in no read cache
    world.redis().kill().await;
    is_an_outage(&world, &mut visitor, "/headers").await;
    visitor.open(&world.page("/public/")).await.expect(200);

    world.redis().start_again().await;
    is_open_again(&world, &mut visitor).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_is_an_outage_too() {
    let mut world = World::serve(Plan::new()).await;
    let mut visitor = Visitor::new();
    world.log_in(&mut visitor, &world.ann, "/headers").await;
    world.server.crash_and_start_again().await;
    Visitor::new().open(&world.page("/public/")).await.expect(200);
    world.redis().freeze();
    is_an_outage(&world, &mut visitor, "/headers").await;
    world.redis().thaw();
    is_open_again(&world, &mut visitor).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_just_used_rides_out_a_restart_of_redis() {
    let mut world = World::serve(Plan::new()).await;
    let mut visitor = Visitor::new();
    world.log_in(&mut visitor, &world.ann, "/headers").await;
    visitor.open(&world.page("/headers")).await.expect(200);
    world.redis().kill().await;
    visitor.open(&world.page("/headers")).await.expect(200);
    world.redis().start_again().await;
    visitor.open(&world.page("/headers")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_nobody_logs_in() {
    let mut world = World::serve(Plan::new()).await;
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/headers")).await;
    let second = visitor.enter_password(&login, &world.ann).await;
    world.redis().kill().await;
    let code = world.ann.app().new_code().await;
    let answer = timed(visitor.enter_code(&second, &code)).await;
    tells_of_an_outage(&answer);

    world.redis().start_again().await;
    // The same code: if the outage came after it was spent, it was spent for this login.
    eventually("the login to go on", async || {
        visitor.enter_code(&second, &code).await.onward()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_redis_revives_no_code_and_locks_nobody_out() {
    let mut world = World::serve(Plan::new()).await;
    let code = world.ann.app().new_code().await;
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/headers")).await;
    let second = visitor.enter_password(&login, &world.ann).await;
    assert!(visitor.enter_code(&second, &code).await.onward().is_some());

    world.redis().flush();
    let mut again = Visitor::new();
    let login = again.visit(&world.page("/headers")).await;
    let second = again.enter_password(&login, &world.ann).await;
    again.enter_code(&second, &code).await.expect(422);
    assert!(
        again
            .enter_code(&second, &world.ann.app().new_code().await)
            .await
            .onward()
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_sql_nobody_logs_in_and_open_sessions_ride_out_a_short_outage() {
    let mut postgres = Postgres::start().await;
    let world = World::serve(Plan::new().directory(&postgres.new_database())).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await;
    let mut ben = Visitor::new();
    let login = ben.visit(&world.page("/headers")).await;

    postgres.stop().await;
    ann.open(&world.page("/headers")).await.expect(200);
    tells_of_an_outage(&timed(ben.try_password(&login, &world.ben.username, &world.ben.password)).await);
    Visitor::new().open(&world.page("/public/")).await.expect(200);
    eventually(
        "the door to close, 10 s after the last look at the revocations",
        async || {
            let answer = timed(ann.open(&world.page("/headers"))).await;
            (answer.status == 503).then_some(())
        },
    )
    .await;

    postgres.start_again().await;
    is_open_again(&world, &mut ann).await;
}

/// A page load is answered by a prompt 503 that costs no cookie.
async fn is_an_outage(world: &World, visitor: &mut Visitor, page: &str) {
    let before = visitor.cookies.header(&world.application);
    let answer = timed(visitor.open(&world.page(page))).await;
    tells_of_an_outage(&answer);
    assert_eq!(visitor.cookies.header(&world.application), before);
}

fn tells_of_an_outage(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.header("retry-after").parse::<u32>().expect("seconds") > 0);
    assert!(!answer.headers.contains_key("set-cookie"));
    assert!(answer.text().contains(answer.header("x-request-id")));
}

async fn is_open_again(world: &World, visitor: &mut Visitor) {
    eventually("the session to be open again", async || {
        let answer = visitor.open(&world.page("/headers")).await;
        assert!(
            [200, 503].contains(&answer.status),
            "{}: {}",
            answer.status,
            answer.text()
        );
        (answer.status == 200).then_some(())
    })
    .await;
}

async fn timed(answer: impl Future<Output = Answer>) -> Answer {
    let start = Instant::now();
    let answer = answer.await;
    assert!(start.elapsed() < PROMPT, "{} took {:?}", answer.url, start.elapsed());
    answer
}
