//! What is revoked is gone within a second on every node that reaches SQL; a node that is cut off from it closes.

use std::time::{Duration, Instant};

use super::report;
use crate::harness::patience::within;
use crate::harness::relay::Wiring;
use crate::harness::second_node::{SECOND, SecondNode};
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

/// A second, and what a busy test machine may add.
const GONE: Duration = Duration::from_millis(1500);
/// `session.max_revocation_lag`, and the same.
const CLOSED: Duration = Duration::from_millis(10_500 + 1500);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_is_gone_on_both_nodes_within_a_second() {
    let mut world = World::serve(Plan::new()).await;
    let mut second = SecondNode::beside(&world, &[]).await;
    let (disable, enable) = (["user", "disable", "ann"], ["user", "enable", "ann"]);
    for (what, commands) in [
        ("a session ended", [].as_slice()),
        ("a user disabled", [disable, enable].as_slice()),
    ] {
        let mut here = Visitor::new();
        world.log_in(&mut here, &world.ann, "/headers").await.expect(200);
        let mut there = here.through(SECOND);
        there.open(&world.page("/headers")).await.expect(200);
        match commands {
            [revoke, undo] => {
                world.command(revoke, "").await.expect(0);
                let took = is_gone(&world, [&mut here, &mut there]).await;
                report(what, &format!("gone on both nodes after {} ms", took.as_millis()));
                world.command(undo, "").await.expect(0);
            }
            _ => {
                let mut elsewhere = here.clone();
                let page = elsewhere.visit(&world.own_page("logout")).await.expect(200);
                elsewhere.submit(&page.form_to("logout")).await.expect(303);
                let took = is_gone(&world, [&mut here, &mut there]).await;
                report(what, &format!("gone on both nodes after {} ms", took.as_millis()));
            }
        }
        // Nothing brings it back: not a crash of both nodes, and not the record that stands in the store.
        world.server.crash_and_start_again().await;
        second.server.crash_and_start_again().await;
        for visitor in [&mut here, &mut there] {
            assert_ne!(visitor.open(&world.page("/headers")).await.status, 200, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_cut_off_from_sql_closes_and_opens_again() {
    let world = World::serve(Plan::new()).await;
    let second = SecondNode::beside(&world, &[]).await;
    let mut here = Visitor::new();
    world.log_in(&mut here, &world.ann, "/headers").await.expect(200);
    for wiring in [Wiring::Cut, Wiring::Silent] {
        let mut there = here.through(SECOND);
        let open = async |visitor: &mut Visitor| visitor.open(&world.page("/headers")).await.status;
        within(GONE, "the second node to be open", async || {
            (open(&mut there).await == 200).then_some(())
        })
        .await;
        second.sql.make(wiring);
        let began = Instant::now();
        let mut rode_out = 0;
        let status = within(CLOSED, "the second node to close", async || {
            match open(&mut there).await {
                200 => {
                    rode_out += 1;
                    None
                }
                other => Some(other),
            }
        })
        .await;
        report(
            &format!("a node cut off from SQL ({wiring:?})"),
            &format!("closed after {} ms", began.elapsed().as_millis()),
        );
        assert_eq!(status, 503, "an outage looks like an outage");
        assert!(rode_out > 0, "a short outage is ridden out");
        assert_eq!(open(&mut here).await, 200, "the other node goes on");
        second.sql.make(Wiring::Whole);
        let began = Instant::now();
        within(Duration::from_secs(5), "the second node to open again", async || {
            (open(&mut there).await == 200).then_some(())
        })
        .await;
        report("open again after", &format!("{} ms", began.elapsed().as_millis()));
    }
}

async fn is_gone(world: &World, visitors: [&mut Visitor; 2]) -> Duration {
    let began = Instant::now();
    for visitor in visitors {
        within(
            GONE.saturating_sub(began.elapsed()),
            "the session to be gone",
            async || (visitor.open(&world.page("/headers")).await.status != 200).then_some(()),
        )
        .await;
    }
    began.elapsed()
}
