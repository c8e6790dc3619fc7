//! The least there is to do: five calls, Pingora's own service, and the servers that the configuration names. What is then
//! left to do is a table in `gateway/src/lib.rs`.
//!
//! ```sh
//! cargo run --example embed_small -- vestibule.toml 127.0.0.1:8080
//! ```

use async_trait::async_trait;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::prelude::{HttpPeer, Server, http_proxy_service};
use pingora::proxy::{ProxyHttp, Session};
use pingora::{Error, Result};
use vestibule::{Guard, Journey};

struct Small(Guard);

#[async_trait]
impl ProxyHttp for Small {
    type CTX = Journey;

    fn new_ctx(&self) -> Journey {
        Journey::default()
    }

    async fn request_filter(&self, session: &mut Session, journey: &mut Journey) -> Result<bool> {
        self.0.request(session, journey).await
    }

    async fn upstream_peer(&self, session: &mut Session, journey: &mut Journey) -> Result<Box<HttpPeer>> {
        self.0.upstream_peer(session, journey).await
    }

    async fn upstream_request_filter(
        &self,
        session: &mut Session,
        request: &mut RequestHeader,
        journey: &mut Journey,
    ) -> Result<()> {
        self.0.upstream_request(session, request, journey).await
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        journey: &mut Journey,
    ) -> Result<()> {
        self.0.response(session, response, journey).await
    }

    fn error_while_proxy(
        &self,
        peer: &HttpPeer,
        session: &mut Session,
        error: Box<Error>,
        journey: &mut Journey,
        client_reused: bool,
    ) -> Box<Error> {
        self.0.error_while_proxy(peer, session, (error, client_reused), journey)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(config), Some(listen)) = (words.next(), words.next()) else {
        return Err("usage: embed_small CONFIG LISTEN".into());
    };
    let mut pingora = Server::new(None)?;
    pingora.bootstrap();
    let mut service = http_proxy_service(&pingora.configuration, Small(Guard::new(config)?));
    service.add_tcp(&listen);
    pingora.add_service(service);
    pingora.run_forever();
}
