//! The server of an application that keeps every byte it was sent, as it came, and says `ok` to whatever looks like a
//! request.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Recorder {
    port: u16,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Recorder {
    pub(crate) async fn start() -> Recorder {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(record(stream, Arc::clone(&kept)));
            }
        });
        Recorder { port, bytes }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Everything that has come since the last look.
    pub(crate) fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.bytes.lock().expect("no panic elsewhere"));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

async fn record(mut stream: TcpStream, kept: Arc<Mutex<Vec<u8>>>) {
    let mut piece = [0; 4096];
    let mut end = Vec::new();
    while let Ok(length @ 1..) = stream.read(&mut piece).await {
        let bytes = &piece[..length];
        kept.lock().expect("no panic elsewhere").extend_from_slice(bytes);
        end.extend_from_slice(bytes);
        if end.windows(4).any(|window| window == b"\r\n\r\n") {
            end.clear();
            if stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                .await
                .is_err()
            {
                return;
            }
        }
    }
}
