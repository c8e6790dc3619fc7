//! A Pingora proxy that forwards and does nothing else: the floor that Vestibule is measured against.

use std::net::SocketAddr;

use async_trait::async_trait;
use clap::ValueEnum;
use pingora::Result;
use pingora::apps::HttpServerOptions;
use pingora::listeners::ListenerConfig;
use pingora::prelude::HttpPeer;
use pingora::protocols::l4::stream::L4BufferSettings;
use pingora::proxy::{ProxyHttp, ProxyServiceBuilder, Session};
use pingora::server::configuration::ServerConf;
use pingora::server::{RunArgs, Server};
use std::time::Duration;

/// How the bare proxy is set up.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tuning {
    /// As `gateway/src/app/serve.rs` does it.
    Vestibule,
    /// Pingora's own buffer and keep-alive.
    Pingora,
}

/// Serves until the process is killed.
pub(crate) fn run(listen: SocketAddr, upstream: SocketAddr, tuning: Tuning) {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let mut server = Server::new_with_opt_and_conf(
        None,
        ServerConf {
            threads,
            ..ServerConf::default()
        },
    );
    server.bootstrap();
    let mut options = HttpServerOptions::default();
    let mut listener = ListenerConfig::tcp(listen.to_string());
    if tuning == Tuning::Vestibule {
        options.keepalive_request_limit = Some(10_000);
        listener = listener.l4_buffer(L4BufferSettings::default().read(4096));
    }
    let proxy = ProxyServiceBuilder::new(&server.configuration, Bare { upstream, tuning });
    let mut proxy = proxy.name("bare").server_options(options).build();
    proxy.add_listener(listener);
    server.add_service(proxy);
    server.run(RunArgs::default());
}

struct Bare {
    upstream: SocketAddr,
    tuning: Tuning,
}

#[async_trait]
impl ProxyHttp for Bare {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn request_filter(&self, session: &mut Session, (): &mut ()) -> Result<bool> {
        if self.tuning == Tuning::Vestibule {
            session.set_keepalive(Some(75));
        }
        Ok(false)
    }

    async fn upstream_peer(&self, _session: &mut Session, (): &mut ()) -> Result<Box<HttpPeer>> {
        let mut peer = HttpPeer::new(self.upstream, false, String::new());
        peer.options.idle_timeout = Some(Duration::from_secs(60));
        Ok(Box::new(peer))
    }
}
