//! No fault opens the door. While one lasts, whoever has a session gets their page or a 503 and nothing else, whoever has
//! none or only the password gets no page, and all is well again soon after.
//!
//! | fault of Redis      | with a session                           | without                    | lost           |
//! |---------------------|------------------------------------------|----------------------------|----------------|
//! | slow by 300 ms      | 200 from the read cache, or 503 after 1 s| login slow, or 503         | nothing        |
//! | half-open, frozen   | 200 from the read cache, or 503 after 1 s| 503                        | nothing        |
//! | cut, killed         | 200 from the read cache, or 503          | 503                        | nothing        |
//! | read-only (replica) | 200                                      | 503                        | nothing        |
//! | out of memory       | 200                                      | 503                        | nothing        |
//! | emptied             | 200 from the read cache, or a login page | a login page               | open sessions  |

use std::time::{Duration, Instant};

use super::probe::{Probe, Seen};
use super::report;
use crate::harness::answer::Answer;
use crate::harness::patience::within;
use crate::harness::relay::Wiring;
use crate::harness::second_node::{SECOND, SecondNode};
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

/// How long each fault lasts.
const FAULT: Duration = Duration::from_millis(2500);
/// How soon all is well again.
const WELL: Duration = Duration::from_secs(5);
/// A second, and what a busy test machine may add.
const PROMPT: Duration = Duration::from_millis(2000);

#[tokio::test(flavor = "multi_thread")]
async fn no_fault_of_redis_opens_the_door() {
    let mut world = World::serve(Plan::new()).await;
    let second = SecondNode::beside(&world, &[]).await;
    let mut owner = Visitor::new();
    world.log_in(&mut owner, &world.ann, "/headers").await.expect(200);
    let owner = owner.through(SECOND);
    let probe = Probe::start(&owner, &world.page("/headers"));

    for wiring in [Wiring::Slow(Duration::from_millis(300)), Wiring::Silent, Wiring::Cut] {
        second.redis.make(wiring);
        last(&world, (&probe, &format!("{wiring:?}"))).await;
        second.redis.make(Wiring::Whole);
        is_well(&world, &owner).await;
    }
    let faults: [(&str, &[&str], &[&str]); 2] = [
        (
            "read-only",
            &["REPLICAOF", "127.0.0.1", "1"],
            &["REPLICAOF", "NO", "ONE"],
        ),
        (
            "out of memory",
            &["CONFIG", "SET", "maxmemory", "1"],
            &["CONFIG", "SET", "maxmemory", "0"],
        ),
    ];
    for (fault, begin, end) in faults {
        assert_eq!(world.redis().command(begin), "OK");
        last(&world, (&probe, fault)).await;
        assert_eq!(world.redis().command(end), "OK");
        is_well(&world, &owner).await;
    }
    world.redis().freeze();
    last(&world, (&probe, "frozen")).await;
    world.redis().thaw();
    is_well(&world, &owner).await;
    world.redis().kill().await;
    last(&world, (&probe, "killed")).await;
    world.redis().start_again().await;
    is_well(&world, &owner).await;
}

/// Lets a fault last, and looks at what people get meanwhile.
async fn last(world: &World, (probe, fault): (&Probe, &str)) {
    probe.take();
    let began = Instant::now();
    while began.elapsed() < FAULT {
        let mut stranger = Visitor::new().through(SECOND);
        is_shut(&stranger.open(&world.page("/headers")).await, fault);
        let login = stranger.open(&world.own_page("login")).await;
        if login.status == 200 && login.body.contains("name=\"password\"") {
            let form = login.form_with("password").fill("username", &world.ben.username);
            let asked = stranger.submit(&form.fill("password", &world.ben.password)).await;
            assert!([303, 429, 503].contains(&asked.status), "{fault}: {}", asked.status);
            is_shut(&stranger.open(&world.page("/headers")).await, fault);
        }
    }
    let Seen { statuses, slowest } = probe.take();
    report(fault, &format!("{statuses:?}, slowest {} ms", slowest.as_millis()));
    assert!(statuses.values().sum::<usize>() > 20, "{fault}: the probe stood still");
    assert!(
        statuses.keys().all(|status| [200, 503].contains(status)),
        "{fault}: {statuses:?}"
    );
    assert!(slowest < PROMPT, "{fault}: {slowest:?}");
}

/// Whoever has not proven everything gets no page of the application.
fn is_shut(answer: &Answer, fault: &str) {
    assert!(
        [302, 303, 401, 503].contains(&answer.status),
        "{fault}: {} {}",
        answer.status,
        answer.text()
    );
}

async fn is_well(world: &World, owner: &Visitor) {
    let mut owner = owner.clone();
    within(WELL, "all to be well again", async || {
        (owner.open(&world.page("/headers")).await.status == 200).then_some(())
    })
    .await;
    within(WELL, "a login to be possible", async || {
        let mut ben = Visitor::new().through(SECOND);
        let login = ben.visit(&world.page("/headers")).await;
        let page = (login.status == 200).then_some(login)?;
        let form = page.form_with("password").fill("username", &world.ben.username);
        let answer = ben.submit(&form.fill("password", &world.ben.password)).await;
        [303, 429].contains(&answer.status).then_some(())
    })
    .await;
}
