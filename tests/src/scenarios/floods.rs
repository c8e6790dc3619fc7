//! Many at once: what strangers do to the login does not touch those who are in.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::harness::form::Form;
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

/// Strangers, and the addresses they come from: few enough at each that every one of them may try.
const STRANGERS: usize = 200;
const ADDRESSES: u8 = 8;

/// A proxied page takes milliseconds; whoever waits this long waits for a password to be hashed.
const LONGEST: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_logins_does_not_delay_those_who_are_in() {
    let upstream = Upstream::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url())).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/").await.expect(200);
    let strangers = at_the_login(&world).await;

    let flood = tokio::spawn(join_all(
        strangers
            .into_iter()
            .map(|(mut visitor, form)| async move { visitor.submit(&form).await.status }),
    ));
    let mut took = Vec::new();
    while !flood.is_finished() {
        let start = Instant::now();
        ann.open(&world.page("/during")).await.expect(200);
        took.push(start.elapsed());
    }
    let statuses = flood.await.expect("a flood");

    took.sort();
    let count = |status: u16| statuses.iter().filter(|own| **own == status).count();
    let (judged, most, median) = (count(422), took.last(), took.get(took.len() / 2));
    eprintln!(
        "{judged} of {STRANGERS} logins judged; meanwhile {} answers, median {median:?}, longest {most:?}",
        took.len()
    );
    assert!(
        judged > 0 && count(429) + count(503) + judged == STRANGERS,
        "{statuses:?}"
    );
    assert!(took.len() > 10 && most < Some(&LONGEST), "{took:?}");
}

/// Strangers with the filled form in front of them, each under another made-up name.
async fn at_the_login(world: &World) -> Vec<(Visitor, Form)> {
    let places: Vec<Visitor> = (1..=ADDRESSES)
        .map(|place| Visitor::at(Ipv4Addr::new(127, 0, place, 1)))
        .collect();
    let arrive = async |number: usize| {
        let mut visitor = places[number % places.len()].clone();
        let page = visitor.visit(&world.page("/")).await.expect(200);
        let form = page
            .form_with("password")
            .fill("username", &format!("made-up-{number}"))
            .fill("password", "a guess");
        (visitor, form)
    };
    join_all((0..STRANGERS).map(arrive)).await
}
