//! Operators see what happened, and can tell whether anybody has changed the record of it.

use std::process::Command;

use futures_util::future::join_all;
use serde_json::Value;

use crate::harness::visitor::Visitor;
use crate::harness::world::{World, in_every_world};

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_listed_by_person_and_kind_and_time() {
    in_every_world(async |world| {
        world
            .log_in(&mut Visitor::new(), &world.ann, "/headers")
            .await
            .expect(200);
        world.command(&["user", "disable", "ben"], "").await.expect(0);
        let list = async |more: &[&str]| {
            let all = [&["audit", "list"], more].concat();
            world.command(&all, "").await.expect(0)
        };
        let all = list(&[]).await;
        for said in ["session_opened", "user_disabled", "127.0.0.1", "command"] {
            assert!(all.contains(said), "{said}: {all}");
        }
        let ben = list(&["--user", "ben"]).await;
        assert!(
            ben.contains("user_disabled") && !ben.contains("session_opened"),
            "{ben}"
        );
        let opened: Value = serde_json::from_str(&list(&["--kind", "session_opened", "--json"]).await).expect("JSON");
        let opened = opened.as_array().expect("a list");
        assert_eq!(opened.len(), 1);
        assert_eq!(opened[0]["name"], "ann");
        assert_eq!(
            opened[0]["record"]["event"]["methods"],
            serde_json::json!(["password", "totp"])
        );
        assert_eq!(list(&["--limit", "1"]).await.lines().count(), 1);
        assert!(list(&["--since", "0s"]).await.is_empty());
        assert_eq!(
            world.command(&["audit", "list", "--user", "nobody"], "").await.code,
            Some(1)
        );
        assert_eq!(
            world.command(&["audit", "list", "--since", "soon"], "").await.code,
            Some(2)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_somebody_does_to_the_record_is_found() {
    // What was done to the database, and how `audit verify` names the first wrong record. Numbers count from the newest.
    for (what, sql, said) in [
        (
            "a word changed",
            "UPDATE audit SET record = replace(record, '\"user_disabled\"', '\"user_enabled\"') WHERE kind = 'user_disabled'",
            "not what was written there",
        ),
        (
            "the time of a record changed",
            "UPDATE audit SET at = at + 1 WHERE kind = 'user_disabled'",
            "not what was written there",
        ),
        (
            "one deleted",
            "DELETE FROM audit WHERE kind = 'user_disabled'",
            "it is gone",
        ),
        (
            "two swapped",
            "UPDATE audit SET seq = CASE seq WHEN 1 THEN 2 ELSE 1 END WHERE seq IN (1, 2)",
            "not what was written there",
        ),
        (
            "the end cut off",
            "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
            "it is gone",
        ),
        ("all deleted", "DELETE FROM audit", "is gone"),
    ] {
        let world = World::demo().await;
        world.command(&["user", "disable", "ben"], "").await.expect(0);
        world.command(&["user", "enable", "ben"], "").await.expect(0);
        let whole = world.command(&["audit", "verify"], "").await.expect(0);
        assert!(whole.starts_with("whole: "), "{whole}");
        let mut world = world;
        world.server.stop().await;
        change(&world, sql);
        let broken = world.command(&["audit", "verify"], "").await;
        assert_eq!(broken.code, Some(1), "{what}: {broken:?}");
        assert!(
            broken.output.starts_with("broken at record ") && broken.output.contains(said),
            "{what}: {broken:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_that_takes_the_note_of_the_end_along_is_found_by_an_end_kept_elsewhere() {
    let mut world = World::demo().await;
    world.command(&["user", "disable", "ben"], "").await.expect(0);
    world.server.stop().await;
    let kept = world.command(&["audit", "head", "--json"], "").await.expect(0);
    change(
        &world,
        "DELETE FROM audit WHERE seq > 1; UPDATE audit_heads SET seq = 1, link = (SELECT link FROM audit WHERE seq = 1)",
    );
    let fooled = world.command(&["audit", "verify", "--json"], "").await.json();
    assert_eq!(fooled["verdict"], "whole");
    let found = world.command(&["audit", "verify", "--heads-stdin"], &kept).await;
    assert!(found.code == Some(1) && found.output.contains("is gone"), "{found:?}");
    let nonsense = world.command(&["audit", "verify", "--heads-stdin"], "[]]").await;
    assert_eq!(nonsense.code, Some(2), "{nonsense:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_make_one_chain() {
    in_every_world(async |world| {
        let logins = (0..4).map(|_| async {
            let mut visitor = Visitor::new();
            let login = visitor.visit(&world.page("/headers")).await;
            visitor.enter_password(&login, &world.ann).await;
        });
        let commands = (0..8).map(|_| async {
            world.command(&["user", "unlock", "ann"], "").await.expect(0);
        });
        tokio::join!(join_all(logins), join_all(commands));
        let whole = world.command(&["audit", "verify", "--json"], "").await.json();
        assert_eq!(
            (&whole["verdict"], &whole["nodes"]),
            (&"whole".into(), &1.into()),
            "{whole}"
        );
        assert!(whole["records"].as_u64() > Some(12), "{whole}");
    })
    .await;
}

/// Does something to the directory of a demo that no part of the program would.
fn change(world: &World, sql: &str) {
    let file = world.config.with_file_name("directory.db");
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()";
    let status = Command::new("/usr/bin/python3")
        .args(["-c", script])
        .arg(file)
        .arg(sql)
        .status()
        .expect("Python");
    assert!(status.success());
}
