//! Nobody asks for more than their share, and whoever has had it takes nothing from others.

use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::harness::patience::eventually;
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Request, Upstream};
use crate::harness::visitor::Visitor;
use crate::harness::wire::{Head, Wire};
use crate::harness::world::World;

const RULES: &str = "[[application.rule]]\npath = \"/open\"\nrequire = \"nothing\"\n\
                     [[application.rule]]\npath = \"/\"\nrequire = \"two_factor\"\n";
const HERE: Ipv4Addr = Ipv4Addr::new(127, 0, 7, 1);
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 7, 2);

async fn ask(world: &World, from: Ipv4Addr, (path, fields): (&str, &str)) -> Wire {
    let mut wire = Wire::connect_from(from, world.port()).await;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{fields}\r\n", world.host());
    wire.send(request).await.expect("an open connection");
    wire
}

fn is_too_many(head: &Head) -> bool {
    let wait = head
        .value("retry-after")
        .and_then(|seconds| seconds.parse::<u64>().ok());
    assert_eq!(head.status() == 429, wait.is_some_and(|seconds| seconds >= 1));
    head.status() == 429
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_has_so_many_requests_a_second() {
    let upstream = Upstream::start().await;
    let limits = "[limits]\nrequests_per_second = 20\n";
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(RULES).more(limits)).await;
    eventually("one request too many", async || {
        let mut wires = Vec::new();
        for _ in 0..40 {
            wires.push(ask(&world, HERE, ("/open", "")).await);
        }
        let mut refused = None;
        for wire in &mut wires {
            refused = refused.or(is_too_many(&wire.head().await.expect("an answer")).then_some(()));
        }
        refused
    })
    .await;
    let other = ask(&world, ELSEWHERE, ("/open", ""))
        .await
        .head()
        .await
        .expect("an answer");
    assert_eq!(other.status(), 200);
    eventually("another second", async || {
        let head = ask(&world, HERE, ("/open", "")).await.head().await.expect("an answer");
        (!is_too_many(&head)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_has_so_many_requests_a_second_from_wherever_they_come() {
    let upstream = Upstream::start().await;
    let limits = "[limits]\nsession_requests_per_second = 20\n";
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(RULES).more(limits)).await;
    let (mut ann, mut ben) = (Visitor::new(), Visitor::new());
    world.log_in(&mut ann, &world.ann, "/").await.expect(200);
    world.log_in(&mut ben, &world.ben, "/").await.expect(200);
    let cookie = |visitor: &Visitor| format!("Cookie: {}\r\n", visitor.cookies.header(&world.application));
    let (hers, his) = (cookie(&ann), cookie(&ben));
    eventually("one request too many", async || {
        let mut wires = Vec::new();
        for turn in 0..40 {
            let from = if turn % 2 == 0 { HERE } else { ELSEWHERE };
            wires.push(ask(&world, from, ("/", &hers)).await);
        }
        let mut refused = None;
        for wire in &mut wires {
            refused = refused.or(is_too_many(&wire.head().await.expect("an answer")).then_some(()));
        }
        refused
    })
    .await;
    for fields in [his.as_str(), ""] {
        let head = ask(&world, HERE, ("/", fields)).await.head().await.expect("an answer");
        assert_ne!(head.status(), 429, "others go on");
    }
    eventually("another second", async || {
        let head = ask(&world, HERE, ("/", &hers)).await.head().await.expect("an answer");
        (!is_too_many(&head)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_and_a_session_have_so_many_requests_at_a_time() {
    let word = Arc::new(Notify::new());
    let given = Arc::clone(&word);
    let upstream = Upstream::answering(move |request: &Request| match request.head.target() {
        "/open/slow" | "/slow" => {
            let (beginning, end) = ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", ".");
            Reply::Halves(beginning.to_owned(), Arc::clone(&given), end.to_owned())
        }
        _ => Reply::text("reached"),
    })
    .await;
    let limits = "[limits]\nrequests_at_a_time = 4\nsession_requests_at_a_time = 2\n";
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(RULES).more(limits)).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/").await.expect(200);
    let cookie = format!("Cookie: {}\r\n", ann.cookies.header(&world.application));

    // Wherever it comes from, a session is one; of a source, all count.
    for (most, sources, path, fields) in [
        (2, [HERE, ELSEWHERE, HERE], "/slow", cookie.as_str()),
        (4, [HERE, HERE, HERE], "/open/slow", ""),
    ] {
        let mut held = Vec::new();
        for number in 0..most {
            let mut wire = ask(&world, sources[number % 2], (path, fields)).await;
            // Its beginning may wait for more of it.
            eventually("the request to arrive", async || {
                let arrived = upstream
                    .requests()
                    .iter()
                    .filter(|own| own.head.target() == path)
                    .count();
                (arrived > number).then_some(())
            })
            .await;
            held.push(std::mem::replace(&mut wire, Wire::connect(world.port()).await));
        }
        let more = ask(&world, sources[2], (path, fields))
            .await
            .head()
            .await
            .expect("an answer");
        assert!(is_too_many(&more), "{}", more.status());
        for _ in 0..most {
            word.notify_one();
            tokio::task::yield_now().await;
        }
        drop(held);
        let fast = path
            .strip_suffix("/slow")
            .filter(|rest| !rest.is_empty())
            .unwrap_or("/");
        eventually("the share that was given back", async || {
            let head = ask(&world, sources[2], (fast, fields))
                .await
                .head()
                .await
                .expect("an answer");
            (head.status() == 200).then_some(())
        })
        .await;
    }
}
