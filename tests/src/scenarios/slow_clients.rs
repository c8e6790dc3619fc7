//! Whoever is slow, or says too much, or comes too often, costs little and hinders nobody.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::harness::patience::{eventually, soon};
use crate::harness::recorder::Recorder;
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;
use crate::harness::visitor::Visitor;
use crate::harness::wire::Wire;
use crate::harness::world::World;

const OPEN: &str = "[[application.rule]]\npath = \"/\"\nrequire = \"nothing\"\n";
const QUICK: &str = "[limits]\nheader_timeout = \"500ms\"\n";
const MEGABYTE: u64 = 1024 * 1024;

/// Between two bytes of somebody who dribbles; many of them together take longer than anybody may.
const DRIBBLE: Duration = Duration::from_millis(50);

/// Dribbles until there is an answer, if any.
async fn dribble(wire: &mut Wire, byte: &str) -> Option<u16> {
    soon("the end of a slow client", async {
        loop {
            tokio::select! {
                head = wire.head_or_end() => return head.map(|head| head.status()),
                () = sleep(DRIBBLE) => {}
            }
            // The gateway may have closed meanwhile.
            let _ = wire.send(byte).await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_has_one_deadline() {
    let upstream = Recorder::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(OPEN).more(QUICK)).await;
    let mut silent = Wire::connect(world.port()).await;
    assert!(silent.head().await.is_none(), "closed without a word");

    let mut slow = Wire::connect(world.port()).await;
    assert_eq!(dribble(&mut slow, "X").await, Some(408));
    let mut lines = Wire::connect(world.port()).await;
    let start = format!("GET / HTTP/1.1\r\nHost: {}\r\n", world.host());
    lines.send(start).await.expect("an open connection");
    assert_eq!(dribble(&mut lines, "X: y\r\n").await, Some(408));
    assert!(lines.head().await.is_none(), "closed");

    let request = format!("GET /whole HTTP/1.1\r\nHost: {}\r\n\r\n", world.host());
    let mut kept = Wire::connect(world.port()).await;
    for _ in 0..2 {
        kept.send(&request).await.expect("an open connection");
        let head = kept.head().await.expect("an answer");
        assert_eq!((head.status(), kept.body(&head).await.text().as_str()), (200, "ok"));
        sleep(DRIBBLE * 20).await; // longer than a head may take: a connection at rest has more time
    }
    assert_eq!(dribble(&mut kept, "X").await, Some(408));
    assert_eq!(upstream.take().matches("GET").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_must_keep_coming() {
    let upstream = Upstream::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(OPEN)).await;
    let mut wire = Wire::connect(world.port()).await;
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: 100000\r\n\r\n",
        world.host()
    );
    wire.send(head).await.expect("an open connection");
    assert_eq!(dribble(&mut wire, "x").await, Some(408));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_has_so_many_connections() {
    let upstream = Recorder::start().await;
    let limits = "[limits]\nconnections_per_source = 3\n";
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(OPEN).more(limits)).await;
    let (here, elsewhere) = (Ipv4Addr::new(127, 0, 9, 1), Ipv4Addr::new(127, 0, 9, 2));
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", world.host());
    let ask = async |from| {
        let mut wire = Wire::connect_from(from, world.port()).await;
        let _ = wire.send(&request).await;
        wire.head().await.map(|_| wire)
    };
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(ask(here).await.expect("a place"));
    }
    assert!(ask(here).await.is_none(), "one too many");
    assert!(ask(elsewhere).await.is_some(), "others have their own");
    held.pop();
    eventually("the place that was left", async || ask(here).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_survives_a_bomb_of_unfinished_heads_and_is_given_back() {
    let upstream = Recorder::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(OPEN)).await;
    let before = world.server.program.memory();
    let start = format!("GET / HTTP/1.1\r\nHost: {}\r\n", world.host());
    let line = format!("X: {}\r\n", "x".repeat(990));
    let bombs = [start.clone() + &line.repeat(900), start + &line.repeat(30)];
    for bomb in &bombs {
        let throw = async || {
            let mut wire = Wire::connect(world.port()).await;
            // The gateway closes before it has read everything.
            let _ = wire.send(bomb).await;
            wire
        };
        let held = join_all((0..300).map(|_| throw())).await;
        drop(held);
    }
    let grown = world.server.program.peak_memory().saturating_sub(before);
    eprintln!("grew by {} MB at most", grown / MEGABYTE);
    assert!(grown < 64 * MEGABYTE, "grew by {} MB", grown / MEGABYTE);
    eventually("memory to be given back", async || {
        let left = world.server.program.memory().saturating_sub(before);
        (left < 16 * MEGABYTE).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_do_not_hinder_others() {
    let upstream = Upstream::start().await;
    let limits = "[limits]\nsession_requests_per_second = 1000000\n";
    let world = World::serve(Plan::new().upstream(&upstream.url()).more(limits)).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/").await.expect(200);
    let (port, host) = (world.port(), world.host());
    let dribbler = |number: u16| {
        let [high, low] = number.to_be_bytes();
        let start = format!("GET / HTTP/1.1\r\nHost: {host}\r\n");
        async move {
            let mut wire = Wire::connect_from(Ipv4Addr::new(127, 8, high, low), port).await;
            let _ = wire.send(start).await;
            dribble(&mut wire, "X: y\r\n").await
        }
    };
    let slow = tokio::spawn(join_all((0..500).map(dribbler)));
    let mut took = Vec::new();
    while !slow.is_finished() {
        let start = Instant::now();
        ann.open(&world.page("/during")).await.expect(200);
        took.push(start.elapsed());
    }
    let ended = slow.await.expect("slow clients");
    took.sort();
    eprintln!(
        "{} answers meanwhile, median {:?}",
        took.len(),
        took.get(took.len() / 2)
    );
    assert!(
        ended.iter().all(|status| matches!(status, Some(408 | 431))),
        "{ended:?}"
    );
    assert!(took.len() > 10, "{took:?}");
}
