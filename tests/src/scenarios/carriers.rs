//! Codes arrive though a company fails, and what companies ask of us is answered to them alone.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use http::Method;

use crate::harness::messages::{Channel, Message};
use crate::harness::people::Person;
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Request, Upstream};
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

/// People who log in at once.
const CROWD: usize = 8;

/// A company that takes two messages and never answers again.
async fn company_that_dies() -> Upstream {
    let taken = AtomicUsize::new(0);
    Upstream::answering(move |_| match taken.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Reply::text("taken"),
        _ => Reply::Silence,
    })
    .await
}

fn first_courier(url: &str) -> Plan {
    Plan::new().more(&format!(
        r#"
[courier]
timeout = "1s"
[[courier.sms]]
name = "first"
url = "{url}/send"
headers = {{ "Content-Type" = "application/json" }}
body = '{{"to":"{{to}}","text":"{{text}}"}}'
"#
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_first_company_dies_in_a_flood_every_login_ends_with_one_code_and_two_messages_at_most() {
    let first = company_that_dies().await;
    let world = World::serve(first_courier(&first.url())).await;
    let mut crowd = Vec::new();
    for nth in 0..CROWD {
        crowd.push(add_person(&world, nth).await);
    }
    let logins = join_all(crowd.iter().map(async |person| {
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.page("/headers")).await;
        let second = visitor.enter_password(&login, person).await.expect(200);
        (visitor, second)
    }))
    .await;

    let mut arrived: HashMap<String, Vec<Message>> = HashMap::new();
    let sent = first.requests().iter().map(message).collect();
    for message in [sent, world.messages().await].concat() {
        arrived.entry(message.to.clone()).or_default().push(message);
    }
    for (person, (mut visitor, second)) in crowd.iter().zip(logins) {
        let messages = &arrived[person.phone()];
        assert!((1..=2).contains(&messages.len()), "{messages:?}");
        let mut codes: Vec<String> = messages.iter().map(Message::code).collect();
        codes.dedup();
        assert_eq!(codes.len(), 1, "{messages:?}");
        let answer = visitor.enter_code(&second, &codes[0]).await;
        visitor.follow(answer).await.expect(200);
    }
    let asked = first.requests().len();
    assert!(asked < 2 * CROWD, "the dead company was asked {asked} times");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_left_alone_costs_the_next_logins_nothing() {
    let first = Upstream::answering(|_| Reply::Raw("HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n".to_owned())).await;
    let world = World::serve(first_courier(&first.url())).await;
    for nth in 0..5 {
        let person = add_person(&world, nth).await;
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.page("/headers")).await;
        let second = visitor.enter_password(&login, &person).await.expect(200);
        let code = world.message_to(&person, Channel::Sms).await.code();
        let answer = visitor.enter_code(&second, &code).await;
        visitor.follow(answer).await.expect(200);
    }
    assert_eq!(first.requests().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_company_is_told_what_a_call_will_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = folder.path().join("token");
    std::fs::write(&token, "hunter2\n").expect("a writable folder");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&token, mode).expect("our own file");
    let world = World::serve(Plan::new().more(&format!(
        r#"
[[courier.voice]]
name = "calls"
provider = "twilio"
account = "AC0123"
token_file = "{}"
from = "+33700000000"
"#,
        token.display()
    )))
    .await;
    let mut stranger = Visitor::new();
    let ticket = "A".repeat(43);
    let signature = ("X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    for name in ["calls", "sms-1", "nobody"] {
        let page = world.own_page(&format!("courier/{name}/call/{ticket}"));
        stranger
            .send(Method::POST, &page, &[form, signature], "Digits=5")
            .await
            .expect(404);
        stranger
            .send(Method::POST, &page, &[form], "Digits=5")
            .await
            .expect(404);
        stranger.open(&page).await.expect(405);
    }
    let elsewhere = world.page(&format!("/.vestibule/courier/calls/call/{ticket}"));
    stranger
        .send(Method::POST, &elsewhere, &[form, signature], "Digits=5")
        .await
        .expect(404);
    let output = world.command(&["check"], "").await;
    for said in [world.server.program.log(), output.errors.clone(), output.expect(0)] {
        assert!(!said.contains("hunter2"), "{said}");
    }
}

fn message(request: &Request) -> Message {
    let sms: serde_json::Value = serde_json::from_slice(&request.body).expect("an SMS in JSON");
    let text = |key: &str| sms[key].as_str().expect("text").to_owned();
    Message {
        channel: Channel::Sms,
        to: text("to"),
        subject: String::new(),
        text: text("text"),
    }
}

/// Somebody with a phone and no app.
async fn add_person(world: &World, nth: usize) -> Person {
    let name = format!("person{nth}");
    world.add_person_with_phone(&name, &format!("+3361234570{nth}")).await
}
