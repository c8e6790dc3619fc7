//! The server of an application, which remembers every request as it came and can be as slow, large or ill-mannered
//! as a test needs.

use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

use super::patience::soon;
use super::wire::{Head, Wire};

pub(crate) struct Upstream {
    port: u16,
    requests: watch::Receiver<Vec<Request>>,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) head: Head,
    /// The first mebibyte of the body, framing taken off.
    pub(crate) body: Vec<u8>,
    pub(crate) length: u64,
    /// Whether the body was a beginning of `wire::pattern`.
    pub(crate) is_pattern: bool,
}

pub(crate) enum Reply {
    /// A whole response, written out.
    Raw(String),
    /// 200 with a body of `wire::pattern`, this long.
    Pattern(u64),
    /// The beginning of a response at once, and its end when the test says so.
    Halves(String, Arc<Notify>, String),
    /// None, and the connection stays open.
    Silence,
    /// None, and the connection ends.
    End,
}

impl Reply {
    pub(crate) fn text(text: &str) -> Reply {
        Reply::Raw(format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        ))
    }
}

impl Upstream {
    /// Answers everything with 200 and the text `reached`.
    pub(crate) async fn start() -> Upstream {
        Upstream::answering(|_| Reply::text("reached")).await
    }

    pub(crate) async fn answering(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let (sender, requests) = watch::channel(Vec::new());
        let (reply, sender) = (Arc::new(reply), Arc::new(sender));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&reply), Arc::clone(&sender)));
            }
        });
        Upstream { port, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// All requests so far, oldest first.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.borrow().clone()
    }

    /// The first request for `target`, as soon as it is here.
    pub(crate) async fn request_for(&self, target: &str) -> Request {
        let mut requests = self.requests.clone();
        let find = |requests: &Vec<Request>| requests.iter().find(|request| request.head.target() == target).cloned();
        let found = soon(target, requests.wait_for(|requests| find(requests).is_some())).await;
        found
            .ok()
            .and_then(|requests| find(&requests))
            .expect("the upstream runs")
    }
}

async fn serve<R: Fn(&Request) -> Reply>(stream: TcpStream, reply: Arc<R>, seen: Arc<watch::Sender<Vec<Request>>>) {
    let mut wire = Wire::over(stream);
    while let Some(head) = wire.head_or_end().await {
        let body = wire.body(&head).await;
        let is_last = head.value("connection") == Some("close");
        let request = Request {
            head,
            body: body.kept,
            length: body.length,
            is_pattern: body.is_pattern,
        };
        let reply = reply(&request);
        seen.send_modify(|requests| requests.push(request));
        let sent = match reply {
            Reply::Raw(response) => wire.send(response).await,
            Reply::Pattern(length) => send_pattern(&mut wire, length).await,
            Reply::Halves(beginning, word, end) => match wire.send(beginning).await {
                Ok(()) => {
                    word.notified().await;
                    wire.send(end).await
                }
                gone => gone,
            },
            Reply::Silence => std::future::pending().await,
            Reply::End => return,
        };
        if sent.is_err() || is_last {
            return;
        }
    }
}

async fn send_pattern(wire: &mut Wire, length: u64) -> std::io::Result<()> {
    wire.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"))
        .await?;
    wire.send_pattern(length).await
}

mod tests {
    use super::*;
    use crate::harness::wire::exchange;

    #[tokio::test(flavor = "multi_thread")]
    async fn requests_are_kept_as_they_came_and_bodies_freed_of_their_framing() {
        let upstream = Upstream::answering(|_| Reply::Pattern(200_000)).await;
        let request =
            "POST /x HTTP/1.1\r\nhOst: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
        let (head, body) = exchange(upstream.port, request).await.expect("an answer");
        assert_eq!((head.status(), body.length, body.is_pattern), (200, 200_000, true));
        let seen = upstream.request_for("/x").await;
        assert_eq!(seen.head.headers[0], ("hOst".to_owned(), "a".to_owned()));
        assert_eq!(
            (seen.body.as_slice(), seen.is_pattern),
            (b"hello world".as_slice(), false)
        );
        assert_eq!(upstream.requests().len(), 1);
    }
}
