//! People who come through one trusted proxy share its connection: what one of them does, the others do not feel.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::http2::{MORE_THAN_CAN_BE, world};
use crate::harness::certificates::Authority;
use crate::harness::http2::{Http2, Outcome, RESET, WINDOW_UPDATE, frame, get, post};
use crate::harness::upstream::Upstream;

const FRONT: Ipv4Addr = Ipv4Addr::new(127, 0, 5, 1);
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 6, 1);
const ANN: (&str, &str) = ("x-forwarded-for", "192.0.2.1");
const BEN: (&str, &str) = ("x-forwarded-for", "192.0.2.2");
/// So many are under way that this one is not begun.
const REFUSED: Outcome = Outcome::Reset(7);
/// More than one client may give up at once.
const MANY: u32 = 300;
/// Longer than a body that stands still is waited for.
const STALL: Duration = Duration::from_secs(7);

/// Frames of Ann's on this stream, after which Ben asks.
type Abuse = (&'static str, fn(u32, &str) -> Vec<u8>);

const ABUSES: [Abuse; 3] = [
    ("malformed targets", |stream, host| {
        get(stream, host, "no-slash", &[ANN])
    }),
    ("streams given up", |stream, host| {
        [get(stream, host, "/", &[ANN]), frame(RESET, 0, stream, &[0, 0, 0, 8])].concat()
    }),
    ("streams to be given up", |stream, host| {
        [
            get(stream, host, "/", &[ANN]),
            frame(WINDOW_UPDATE, 0, stream, &MORE_THAN_CAN_BE),
        ]
        .concat()
    }),
];

/// Ben's request after all of hers, which is refused only as long as too many of them are under way (RFC 9113 section 8.7).
async fn ben(front: &mut Http2, host: &str) -> Outcome {
    let mut outcome = REFUSED;
    for stream in (MANY * 2 + 1..).step_by(2).take(100) {
        front.send(get(stream, host, "/ben", &[BEN])).await;
        outcome = front.outcome(stream).await;
        if outcome != REFUSED {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn one_does_not_end_the_requests_of_the_others() {
    let authority = Authority::new();
    let upstream = Upstream::start().await;
    let trusting = "trusted_proxies = [\"127.0.5.0/24\"]";
    let world = world(&authority, &upstream.url(), |plan| plan.listen(trusting)).await;
    let host = world.host();
    for (what, abuse) in ABUSES {
        for (from, expected) in [(FRONT, true), (STRANGER, false)] {
            let mut front = Http2::connect(from, world.port(), &authority).await;
            for number in 0..MANY {
                front.send(abuse(number * 2 + 1, &host)).await;
            }
            let outcome = ben(&mut front, &host).await;
            assert_eq!(
                outcome == Outcome::Answered(200),
                expected,
                "{what} from {from}: {outcome:?}"
            );
        }
    }

    for (from, expected) in [(FRONT, Outcome::Answered(200)), (STRANGER, Outcome::Closed)] {
        let mut front = Http2::connect(from, world.port(), &authority).await;
        front.send(post(1, &host, &[ANN, ("content-length", "100000")])).await;
        // Nobody answers her, and only her own request could be over.
        let stalled = timeout_at(Instant::now() + STALL, front.outcome(1)).await;
        assert_eq!(stalled.is_err(), from == FRONT, "{from}: {stalled:?}");
        front.send(get(3, &host, "/ben", &[BEN])).await;
        assert_eq!(front.outcome(3).await, expected, "a body that stands still from {from}");
    }
}
