//! WebSocket handshakes with a server that answers at once: every one of them opens a tunnel that stays open.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::patience::soon;
use crate::harness::settings::Plan;
use crate::harness::world::World;

/// With `tests/run --long`, as many as the race behind it needs to show itself without the cure.
const MANY: usize = 20_000;
const FEW: usize = 1_000;
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn no_tunnel_is_lost_when_the_server_answers_at_once() {
    let handshakes = if std::env::var_os("VESTIBULE_TESTS_LONG").is_some() {
        MANY
    } else {
        FEW
    };
    let rules = "[[application.rule]]\npath = \"/\"\nrequire = \"nothing\"\n";
    let limits = "[limits]\nrequests_per_second = 1000000\n";
    let world = World::serve(Plan::new().upstream(&echo().await).rules(rules).more(limits)).await;
    let (host, port) = (world.application.authority().to_owned(), world.port());
    let workers = (0..AT_ONCE).map(|_| {
        let host = host.clone();
        tokio::spawn(async move {
            let mut lost = 0;
            for _ in 0..handshakes / AT_ONCE {
                lost += usize::from(!echoes(&host, port).await);
            }
            lost
        })
    });
    let mut lost = 0;
    for worker in workers.collect::<Vec<_>>() {
        lost += worker.await.expect("no panic");
    }
    assert_eq!(lost, 0, "of {handshakes}");
}

/// Whether a tunnel opens and carries a message both ways.
async fn echoes(host: &str, port: u16) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a gateway");
    let request = format!(
        "GET /socket HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("a connection");
    soon("a tunnel", async {
        let mut seen = Vec::new();
        if !read_until(&mut stream, &mut seen, b"\r\n\r\n").await || !seen.starts_with(b"HTTP/1.1 101") {
            return false;
        }
        stream.write_all(b"ping").await.is_ok() && read_until(&mut stream, &mut Vec::new(), b"ping").await
    })
    .await
}

/// A server that upgrades whatever comes, and then sends back what it gets.
async fn echo() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                if read_until(&mut stream, &mut head, b"\r\n\r\n").await {
                    let upgraded =
                        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
                    stream.write_all(upgraded).await.ok();
                    let (mut from, mut to) = stream.split();
                    tokio::io::copy(&mut from, &mut to).await.ok();
                }
            });
        }
    });
    format!("http://{address}")
}

/// Reads until the end of what was read is `end`; false when the stream ends before.
async fn read_until(stream: &mut TcpStream, seen: &mut Vec<u8>, end: &[u8]) -> bool {
    let mut piece = [0_u8; 512];
    while !seen.ends_with(end) {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return false,
            Ok(count) => seen.extend_from_slice(&piece[..count]),
        }
    }
    true
}
