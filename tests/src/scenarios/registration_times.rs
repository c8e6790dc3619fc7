//! How long the answer to a registration takes, for addresses that are known and for those that are not (Law 11): both
//! take the same way, past the same hash, and what differs happens behind a queue.

use crate::harness::is_long_run;
use crate::harness::newcomer::{filled, newcomer, open_world};
use crate::harness::visitor::Visitor;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

const ROUNDS: u8 = 30;

#[tokio::test(flavor = "multi_thread")]
async fn known_and_unknown_addresses_are_answered_in_the_same_time() {
    if !is_long_run() {
        return;
    }
    let world = open_world("").await;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // A source may register so often; the order changes from round to round.
        let source = Ipv4Addr::new(127, 0, 1, 1 + round / 5);
        let tries = [
            ("ann@example.test".to_owned(), true),
            (format!("nobody{round}@example.test"), false),
        ];
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for (address, is_known) in order.map(|at| &tries[at]) {
            let mut visitor = Visitor::at(source);
            let page = visitor.visit(&world.own_page("register")).await.expect(200);
            let form = filled(&page, &newcomer(address, "+33698765432"));
            let began = Instant::now();
            visitor.submit(&form).await.expect(303);
            let times = if *is_known { &mut known } else { &mut unknown };
            times.push(began.elapsed());
        }
    }
    let (known, unknown) = (median(known), median(unknown));
    eprintln!("median of {ROUNDS} answers: {known:?} for a known address, {unknown:?} for an unknown one");
    let (less, more) = (known.min(unknown), known.max(unknown));
    assert!(more < less * 3 / 2, "{known:?} and {unknown:?}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
