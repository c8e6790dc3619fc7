//! Keys rotate while the gateway serves: sessions, pages and codes from before go on, and what is kept moves over.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::harness::messages::Channel;
use crate::harness::patience::eventually;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn all_keys_rotate_while_people_log_in() {
    let mut world = World::serve(Plan::new()).await;
    let codes = world.command(&["key", "list", "--json"], "").await.json();
    assert_eq!(codes.as_array().expect("a list").len(), 3, "{codes}");
    let mut owner = Visitor::new();
    world.log_in(&mut owner, &world.ann, "/headers").await.expect(200);
    // A login half-way: its page, its cookie and its code are from before.
    let mut half = Visitor::new();
    let login = half.visit(&world.page("/headers")).await;
    let page = half.enter_password(&login, &world.ben).await;
    let code = world.message_to(&world.ben, Channel::Email).await.code();
    let signed_before = key_ids(&world).await;

    let made = world.command(&["key", "rotate", "--json"], "").await.json();
    assert_eq!(made, serde_json::json!([["sealing", 2], ["pepper", 2], ["signing", 2]]));
    let listed = world.command(&["key", "list"], "").await.expect(0);
    assert!(
        listed.contains("sealing-2") && listed.contains("accepted, in use from"),
        "{listed}"
    );
    assert_eq!(
        world.command(&["key", "reseal", "--json"], "").await.json()["resealed"],
        0,
        "the new key is not used yet"
    );
    ripen(&world);
    eventually("the new public key", async || {
        let now = key_ids(&world).await;
        (now.len() == 2 && now.contains(&signed_before[0])).then_some(())
    })
    .await;

    owner.open(&world.page("/headers")).await.expect(200);
    let answer = half.enter_code(&page, &code).await;
    let landed = half.follow(answer).await;
    assert_eq!(landed.url, world.page("/headers"), "{}", landed.text());
    let resealed = world.command(&["key", "reseal", "--json"], "").await.json();
    assert_eq!(resealed["resealed"], 4, "app, phone and mailbox of Ann, mailbox of Ben");
    let again = world.command(&["key", "reseal", "--json"], "").await.json();
    assert_eq!(again["resealed"], 0, "{again}");

    // What was hashed by the old pepper moves over with the next right password, and everything survives a restart.
    world.server.crash_and_start_again().await;
    owner.open(&world.page("/headers")).await.expect(200);
    let mut elsewhere = Visitor::new();
    world.log_in(&mut elsewhere, &world.ann, "/headers").await.expect(200);
    std::fs::remove_file(keys(&world).join("pepper-1.key")).expect("a key of ours");
    world.server.crash_and_start_again().await;
    let mut once_more = Visitor::new();
    world.log_in(&mut once_more, &world.ann, "/headers").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_is_named_and_keeps_nothing_else_from_its_turn() {
    let world = World::serve(Plan::new()).await;
    world.command(&["key", "rotate", "sealing"], "").await.expect(0);
    ripen(&world);
    world.add_person_with_phone("late", "+33612347000").await;
    world.command(&["key", "rotate", "sealing"], "").await.expect(0);
    ripen(&world);
    std::fs::remove_file(keys(&world).join("sealing-2.key")).expect("a key of ours");
    let asked = world.command(&["key", "reseal", "--json"], "").await;
    let (code, errors) = (asked.code, asked.errors.clone());
    let resealed: serde_json::Value = serde_json::from_str(&asked.output).expect("JSON");
    assert_eq!(
        (code, &resealed["resealed"]),
        (Some(1), &4.into()),
        "{resealed} {errors}"
    );
    let unopened = resealed["unopened"].as_array().expect("a list");
    assert!(!unopened.is_empty());
    for one in unopened {
        let one = one.as_str().expect("a text");
        assert!(
            one.contains("sealed by sealing-2") && errors.contains(one),
            "{one}: {errors}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_away_are_an_outage_and_never_made_anew() {
    let mut world = World::serve(Plan::new()).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let (there, away) = (keys(&world), world.config.with_file_name("away"));
    std::fs::rename(&there, &away).expect("a folder of ours");
    let missed = |line: &str| line.contains("the keys could not be read again");
    world.server.program.logs(missed).await;
    ann.open(&world.page("/headers")).await.expect(200);
    assert!(!there.exists(), "no directory is made while the gateway runs");
    let asked = world.command(&["verify"], "anything").await;
    assert_ne!(asked.code, Some(0), "{}", asked.output);
    assert!(!there.exists(), "nor by asking whose an assertion is");
    std::fs::rename(&away, &there).expect("a folder of ours");

    // A session that was sealed by a key this node does not have, as another node may have sealed it.
    let made = world.command(&["key", "rotate", "--json"], "").await.json();
    assert_eq!(made[0], serde_json::json!(["sealing", 2]));
    ripen(&world);
    world.server.crash_and_start_again().await;
    let mut later = Visitor::new();
    world.log_in(&mut later, &world.ann, "/headers").await.expect(200);
    std::fs::rename(there.join("sealing-2.key"), &away).expect("a key of ours");
    world.server.crash_and_start_again().await;
    let unknown = later.open(&world.page("/headers")).await;
    unknown.expect(503);
    ann.open(&world.page("/headers")).await.expect(200);
    std::fs::rename(&away, there.join("sealing-2.key")).expect("a key of ours");
    eventually("the key to be back", async || {
        let answer = later.open(&world.page("/headers")).await;
        (answer.status == 200).then_some(())
    })
    .await;
}

fn keys(world: &World) -> PathBuf {
    world.config.with_file_name("keys")
}

/// Makes all keys look as if they had been there for long.
fn ripen(world: &World) {
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    for entry in std::fs::read_dir(keys(world)).expect("a folder").flatten() {
        if entry
            .path()
            .extension()
            .is_some_and(|ending| ending == "key" || ending == "pem")
        {
            let file = std::fs::File::open(entry.path()).expect("a key");
            file.set_modified(long_ago).expect("a file of ours");
        }
    }
}

async fn key_ids(world: &World) -> Vec<String> {
    let jwks: serde_json::Value = Visitor::new().open(&world.own_page("jwks.json")).await.json();
    let keys = jwks["keys"].as_array().expect("keys").iter();
    keys.map(|key| key["kid"].to_string()).collect()
}
