//! What our own writing changes for whoever is waited for.

use super::super::crowd::Crowd;
use super::super::streams::Clients;
use super::*;
use crate::domain::limits::{Limits, Requests};
use std::future::poll_fn;
use tokio::io::AsyncWriteExt;

const HEAD: &[u8] = &[0, 0, 1, 1, 4, 0, 0, 0, 1, 0x82];
/// Room for 64 KiB more, of the first stream and of all.
const ROOM: &[u8] = &[
    0, 0, 4, 8, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 1, 0, 0,
];

fn watched(inner: tokio::io::DuplexStream) -> Watched {
    let any = Requests {
        per_second: 1,
        at_a_time: 1,
    };
    let limits = Limits {
        header_timeout: Duration::from_secs(10),
        connections: 1,
        connections_per_source: 1,
        source: any,
        session: any,
    };
    let place = Arc::new(Crowd::default()).enter(&limits).unwrap();
    let pace = Pace::http2(Clients::One, limits.header_timeout, Instant::now());
    let line = Line::new((IpAddr::from([127, 0, 0, 1]), Wire::Tls), pace);
    Watched::new(Box::new(inner), Arc::new(line), place).unwrap()
}

#[tokio::test(start_paused = true)]
async fn whoever_is_given_room_and_makes_no_use_of_it_is_waited_for_no_longer() {
    let (mut client, server) = tokio::io::duplex(1024 * 1024);
    let mut watched = watched(server);
    let data = [&[0, 0x40, 0, 0, 0, 0, 0, 0, 1], [0; 16 * 1024].as_slice()].concat();
    client.write_all(&[[b'x'; 24].as_slice(), HEAD].concat()).await.unwrap();
    for _ in 0..4 {
        client.write_all(&data).await.unwrap();
    }
    // As the library above does it: reads as long as there is something, and writes when it is asked to.
    let (mut granted, mut space, start) = (false, [0; 4096], Instant::now());
    let mut later = Box::pin(tokio::time::sleep(Duration::from_secs(100)));
    let ended = poll_fn(|turn| {
        loop {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut watched).poll_read(turn, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                Poll::Ready(ended) => return Poll::Ready(ended),
                Poll::Pending => break,
            }
        }
        if !granted && later.as_mut().poll(turn).is_ready() {
            granted = true;
            assert!(Pin::new(&mut watched).poll_write(turn, ROOM).is_ready());
            assert!(Pin::new(&mut watched).poll_flush(turn).is_ready());
        }
        Poll::Pending
    });
    let ended = tokio::time::timeout(Duration::from_secs(1000), ended).await.unwrap();
    assert!(ended.is_err());
    let took = start.elapsed().as_secs();
    assert!((160..162).contains(&took), "its time began with its room: {took}");
}
