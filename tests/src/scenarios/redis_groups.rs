//! Redis behind Sentinels, as a cluster, and in TLS with a user who may do no more than is needed.

use crate::harness::certificates::Authority;
use crate::harness::patience::eventually;
use crate::harness::redis_group::{Cluster, Guarded, LEAST, Sentinels};
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn another_master_goes_on_with_sessions_and_logins_when_the_first_dies() {
    let mut sentinels = Sentinels::start().await;
    goes_on(&mut sentinels, async |sentinels| sentinels.fail_over().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_master_goes_on_when_the_first_hangs() {
    let mut sentinels = Sentinels::start().await;
    goes_on(&mut sentinels, async |sentinels| sentinels.freeze_master().await).await;
}

/// Somebody is in, somebody is half way, and then another Redis is the master.
async fn goes_on(sentinels: &mut Sentinels, end_of_the_master: impl AsyncFn(&mut Sentinels)) {
    let mut world = World::serve(Plan::new().store(&sentinels.url())).await;
    let mut inside = Visitor::new();
    world.log_in(&mut inside, &world.ann, "/headers").await;
    let mut half_way = Visitor::new();
    let login = half_way.visit(&world.page("/headers")).await;
    let second = half_way.enter_password(&login, &world.ann).await;
    world.server.crash_and_start_again().await; // so that the session is in no read cache

    end_of_the_master(sentinels).await;
    eventually("the session at the new master", async || {
        (inside.open(&world.page("/headers")).await.status == 200).then_some(())
    })
    .await;
    let code = world.ann.app().new_code().await;
    let answer = half_way.enter_code(&second, &code).await;
    half_way.follow(answer).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_holds_sessions_and_logins() {
    let cluster = Cluster::start().await;
    let mut world = World::serve(Plan::new().store(&cluster.url())).await;
    let mut visitor = Visitor::new();
    world.log_in(&mut visitor, &world.ann, "/headers").await;
    world.server.crash_and_start_again().await;
    visitor.open(&world.page("/headers")).await.expect(200);
    assert!(cluster.sizes().iter().sum::<u32>() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_in_tls_needs_no_more_rights_than_the_example_gives() {
    let authority = Authority::new();
    let redis = Guarded::start(&authority.certify("localhost"), LEAST).await;
    let trusted = authority.file();
    let plan = Plan::new()
        .store(&redis.url())
        .environment("SSL_CERT_FILE", &trusted.to_string_lossy());
    let mut world = World::serve(plan).await;
    let mut visitor = Visitor::new();
    world.log_in(&mut visitor, &world.ann, "/headers").await;
    world.server.crash_and_start_again().await;
    visitor.open(&world.page("/headers")).await.expect(200);

    let example = std::fs::read_to_string("../config/cluster.toml").expect("an example");
    assert!(example.contains(LEAST), "the example gives other rights");
}
