//! A proxy of somebody else's with Vestibule as its door: a shop that knows its own servers, and has people log in with
//! two factors before they reach them.
//!
//! ```sh
//! cargo run --example embed -- vestibule.toml 127.0.0.1:8080 10.0.0.5:8080
//! ```

use async_trait::async_trait;
use bytes::Bytes;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::prelude::{HttpPeer, Server};
use pingora::proxy::{FailToProxy, ProxyHttp, Session};
use pingora::{Error, Result};
use vestibule::{Guard, Journey};

struct Shop {
    guard: Guard,
    server: String,
}

#[async_trait]
impl ProxyHttp for Shop {
    type CTX = Journey;

    fn new_ctx(&self) -> Journey {
        Journey::default()
    }

    async fn request_filter(&self, session: &mut Session, journey: &mut Journey) -> Result<bool> {
        self.guard.request(session, journey).await
    }

    async fn request_body_filter(
        &self,
        session: &mut Session,
        _: &mut Option<Bytes>,
        end_of_stream: bool,
        journey: &mut Journey,
    ) -> Result<()> {
        self.guard.request_body(session, end_of_stream, journey).await
    }

    async fn upstream_peer(&self, _: &mut Session, _: &mut Journey) -> Result<Box<HttpPeer>> {
        Ok(Box::new(HttpPeer::new(&self.server, false, String::new())))
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        request: &mut RequestHeader,
        journey: &mut Journey,
    ) -> Result<()> {
        self.guard.upstream_request(session, request, journey).await?;
        // The shop's own business.
        request.insert_header("Shop-Customer", journey.user().unwrap_or("nobody"))
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        journey: &mut Journey,
    ) -> Result<()> {
        self.guard.response(session, response, journey).await
    }

    fn error_while_proxy(
        &self,
        peer: &HttpPeer,
        session: &mut Session,
        error: Box<Error>,
        journey: &mut Journey,
        client_reused: bool,
    ) -> Box<Error> {
        self.guard
            .error_while_proxy(peer, session, (error, client_reused), journey)
    }

    async fn fail_to_proxy(&self, session: &mut Session, error: &Error, journey: &mut Journey) -> FailToProxy {
        self.guard.failed(session, error, journey).await
    }

    async fn logging(&self, session: &mut Session, error: Option<&Error>, journey: &mut Journey) {
        self.guard.logging(session, error, journey).await;
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(config), Some(listen), Some(server)) = (words.next(), words.next(), words.next()) else {
        return Err("usage: embed CONFIG LISTEN SERVER".into());
    };
    let guard = Guard::new(config)?;
    let shop = Shop {
        guard: guard.clone(),
        server,
    };
    let mut pingora = Server::new(None)?;
    pingora.bootstrap();
    let mut service = guard.service("shop", shop, &pingora.configuration);
    service.add_tcp(&listen);
    pingora.add_service(service);
    pingora.run_forever();
}
