//! The first minute with the program: `vestibule demo`.

use http::Method;

use crate::harness::messages::Message;
use crate::harness::patience::eventually;
use crate::harness::vestibule::{Server, command};
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_announces_all_a_newcomer_needs() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("UTF-8");
    let demo = Server::start(&[
        "demo",
        "--json",
        "--listen",
        "127.0.0.1:0",
        "--admin",
        "127.0.0.1:0",
        "--data",
        data,
    ])
    .await;
    let announcement = demo.announcement();
    let url = demo.url("url");
    assert_eq!((url.host_str(), url.path()), (Some("localhost"), "/"));
    assert_ne!(url.port(), Some(0));
    let [first, second] = [&announcement["accounts"][0], &announcement["accounts"][1]];
    for key in ["username", "password", "email"] {
        assert!(first[key].is_string() && second[key].is_string(), "{announcement}");
    }
    assert!(
        first["totp_uri"]
            .as_str()
            .is_some_and(|uri| uri.starts_with("otpauth://totp/")),
        "{announcement}"
    );
    assert!(
        first["phone"].as_str().is_some_and(|phone| phone.starts_with('+')),
        "{announcement}"
    );
    assert!(
        second["totp_uri"].is_null() && second["phone"].is_null(),
        "{announcement}"
    );
    assert_eq!(
        demo.program.output().len(),
        1,
        "one line, so that a machine can read it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_application_shows_what_it_received() {
    let world = World::demo().await;
    let mut visitor = Visitor::new();
    let headers = world.log_in(&mut visitor, &world.ann, "/headers").await.expect(200);
    assert!(headers.json::<Vec<(String, String)>>().len() > 3);
    let form = visitor.open(&world.page("/form")).await.expect(200);
    assert!(form.body.contains("<form"), "{}", form.body);
    visitor.open(&world.page("/")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outbox_is_read_by_people_and_machines() {
    let world = World::demo().await;
    let mut visitor = Visitor::new();
    world.log_in(&mut visitor, &world.ben, "/headers").await;
    let outbox = world.server.url("outbox_url");
    let page = visitor
        .send(Method::GET, &outbox, &[("Accept", "text/html")], "")
        .await
        .expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text().contains(&world.ben.email), "{}", page.text());
    let json = visitor
        .send(Method::GET, &outbox, &[("Accept", "application/json")], "")
        .await
        .expect(200);
    let mut messages: Vec<Message> = json.json();
    messages.retain(|message| !message.is_notice());
    assert_eq!(messages.len(), 1);
    let raw: serde_json::Value = json.json();
    let at = raw[0]["at"].as_str().expect("a time");
    assert!(at.ends_with('Z') && at.contains('T'), "RFC 3339: {at}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_and_started_again_the_demo_goes_on_where_it_was() {
    let mut world = World::demo().await;
    let mut visitor = Visitor::new();
    world.log_in(&mut visitor, &world.ann, "/headers").await;
    let before = world.server.announcement()["accounts"].clone();
    world.server.program.signal("INT");
    world.server.program.ended().await;
    world.server.start_again().await;
    assert_eq!(world.server.announcement()["accounts"], before, "enrolments stay");
    visitor.open(&world.page("/headers")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_demo_starts_over() {
    let mut world = World::demo().await;
    let mut visitor = Visitor::new();
    world.log_in(&mut visitor, &world.ann, "/headers").await;
    world.server.stop().await;
    let folder = world.config.parent().and_then(|folder| folder.to_str()).expect("UTF-8");
    let listen = format!("127.0.0.1:{}", world.port());
    let fresh = Server::start(&[
        "demo",
        "--json",
        "--listen",
        &listen,
        "--admin",
        "127.0.0.1:0",
        "--data",
        folder,
        "--fresh",
    ])
    .await;
    assert_ne!(
        fresh.announcement()["accounts"][0]["totp_uri"],
        world.server.announcement()["accounts"][0]["totp_uri"]
    );
    let answer = visitor.open(&world.page("/headers")).await;
    assert!(answer.onward().is_some(), "the old session is gone: {}", answer.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_commands_work_beside_the_demo() {
    let world = World::demo().await;
    let config = world.config.to_str().expect("UTF-8");
    command(&["check", "--config", config], "").await.expect(0);
    world.log_in(&mut Visitor::new(), &world.ann, "/headers").await;
    eventually("the session to be counted", async || {
        (world.open_sessions(&world.ann).await == 1).then_some(())
    })
    .await;
}
