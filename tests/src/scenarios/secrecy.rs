//! What must not be found: in logs, in answers, at rest.

use std::path::Path;

use walkdir::WalkDir;

use crate::harness::messages::Channel;
use crate::harness::patience::eventually;
use crate::harness::settings::Plan;
use crate::harness::visitor::{NAVIGATION, Visitor};
use crate::harness::world::{World, in_every_world};

#[tokio::test(flavor = "multi_thread")]
async fn logs_hold_no_secret_and_nothing_a_visitor_chose_however_much_is_logged() {
    let everything = ("RUST_LOG", "trace");
    let demo = World::demo_in(&[(everything.0.to_owned(), everything.1.to_owned())]).await;
    let served = World::serve(Plan::new().environment(everything.0, everything.1)).await;
    for world in [demo, served] {
        let mut secrets = vec![
            world.ann.password.clone(),
            world.ann.email.clone(),
            world.ann.phone().to_owned(),
        ];
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.page("/headers?planted=QUERYMARKER")).await;
        visitor
            .try_password(&login, "NAMEMARKER", "PASSWORDMARKER")
            .await
            .expect(422);
        let app = visitor.enter_password(&login, &world.ann).await;
        let wrong = world.ann.app().wrong_code();
        visitor.enter_code(&app, &wrong).await.expect(422);
        let sms = visitor.try_another_method(&app, "Text message").await;
        let code = world.message_to(&world.ann, Channel::Sms).await.code();
        let answer = visitor.enter_code(&sms, &code).await;
        visitor.follow(answer).await.expect(200);
        secrets.extend([wrong, code]);
        secrets.push(
            visitor
                .cookies
                .value(&world.application, &world.session_cookie())
                .expect("a session")
                .to_owned(),
        );

        let planted = [
            NAVIGATION,
            &[
                ("User-Agent", "AGENTMARKER"),
                ("Referer", "http://REFERERMARKER/"),
                ("X-Request-Id", "IDMARKER"),
            ],
        ];
        visitor
            .send(http::Method::GET, &world.page("/PATHMARKER"), &planted.concat(), "")
            .await;

        let log = eventually("a line about the login", async || {
            let log = world.server.program.log();
            (!log.is_empty()).then_some(log)
        })
        .await;
        for secret in secrets {
            assert!(!contains_word(&log, &secret), "{secret} is in the log:\n{log}");
        }
        for marker in [
            "QUERYMARKER",
            "NAMEMARKER",
            "PASSWORDMARKER",
            "AGENTMARKER",
            "REFERERMARKER",
            "IDMARKER",
        ] {
            assert!(!log.contains(marker), "{marker} is in the log:\n{log}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_at_rest_holds_no_secret_in_the_clear() {
    let world = World::demo().await;
    let mut visitor = Visitor::new();
    world.log_in(&mut visitor, &world.ann, "/headers").await;
    let session = visitor
        .cookies
        .value(&world.application, &world.session_cookie())
        .expect("a session")
        .to_owned();
    let ben_page = visitor_at_code(&world).await;
    let code = world.message_to(&world.ben, Channel::Email).await.code();
    assert!(ben_page.contains("6-digit code"));

    let folder = world.config.parent().expect("the demo's folder");
    let seed = world.ann.app().seed();
    for secret in [world.ann.password.as_str(), world.ann.phone(), session.as_str(), seed] {
        is_in_no_database(folder, secret.as_bytes());
    }
    is_in_no_database(folder, code.as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    in_every_world(async |world| {
        let keys = world.config.parent().expect("a folder").join("keys");
        let files: Vec<_> = WalkDir::new(keys)
            .into_iter()
            .map(|entry| entry.expect("readable"))
            .collect();
        assert!(
            files.iter().any(|entry| entry.file_type().is_file()),
            "keys are made at the first start"
        );
        for entry in files.iter().filter(|entry| entry.file_type().is_file()) {
            let mode = entry.metadata().expect("readable").permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", entry.path().display());
        }
    })
    .await;
}

async fn visitor_at_code(world: &World) -> String {
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/headers")).await;
    visitor.enter_password(&login, &world.ben).await.text()
}

/// Whether `word` stands in `text` with no letter or digit around it: six digits may well be part of a longer number.
fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    })
}

fn is_in_no_database(folder: &Path, secret: &[u8]) {
    let files = WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.expect("readable").into_path());
    let mut looked_at = 0;
    for file in files.filter(|path| {
        path.extension()
            .is_some_and(|name| name.to_string_lossy().starts_with("db"))
    }) {
        looked_at += 1;
        let bytes = std::fs::read(&file).expect("readable");
        let found = bytes.windows(secret.len()).any(|window| window == secret);
        assert!(!found, "{} is in {}", String::from_utf8_lossy(secret), file.display());
    }
    assert!(looked_at > 0, "no database in {}", folder.display());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_crashes_leaves_no_core() {
    in_every_world(async |world| {
        let limits = world.server.program.limits();
        let cores = limits.lines().find(|line| line.starts_with("Max core file size"));
        let words: Vec<&str> = cores.unwrap_or_default().split_whitespace().collect();
        assert_eq!(words.get(4..6), Some(["0", "0"].as_slice()), "{limits}");
    })
    .await;
}
