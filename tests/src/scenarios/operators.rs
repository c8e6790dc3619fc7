//! The operators' listener.

use crate::harness::patience::eventually;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::{World, in_every_world};

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_are_for_operators_only() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        world.log_in(&mut visitor, &world.ann, "/headers").await;
        for page in ["health/live", "health/ready", "metrics"] {
            let on_admin = world.admin.join(page).expect("a path");
            visitor.open(&on_admin).await.expect(200);
            let in_public = Visitor::new().open(&world.page(&format!("/{page}"))).await;
            assert!(in_public.onward().is_some(), "{page}: {}", in_public.status);
            let under_prefix = Visitor::new().open(&world.own_page(page)).await;
            assert_ne!(under_prefix.status, 200, "{page}");
        }
        let metrics = visitor.open(&world.admin.join("metrics").expect("a path")).await.body;
        assert!(metrics.lines().any(|line| line.starts_with("vestibule_")), "{metrics}");
        assert!(!metrics.contains(&world.ann.username), "no names among the numbers");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_without_its_store_is_alive_and_not_ready() {
    let mut world = World::serve(Plan::new()).await;
    let page = |world: &World, name: &str| world.admin.join(name).expect("a path");
    let (live, ready) = (page(&world, "health/live"), page(&world, "health/ready"));
    let mut operator = Visitor::new();
    operator.open(&ready).await.expect(200);

    world.redis().kill().await;
    eventually("not ready", async || {
        (operator.open(&ready).await.status == 503).then_some(())
    })
    .await;
    operator.open(&live).await.expect(200);

    world.redis().start_again().await;
    eventually("ready", async || {
        (operator.open(&ready).await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_one_line_of_its_own() {
    in_every_world(async |world| {
        world.log_in(&mut Visitor::new(), &world.ann, "/headers").await;
        eventually("a line about the login", async || {
            world
                .server
                .program
                .log()
                .lines()
                .any(|line| line.contains("login"))
                .then_some(())
        })
        .await;
    })
    .await;
}
