//! A Pingora proxy that forwards and does nothing else: the floor that Vestibule is measured against.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use clap::{Args, ValueEnum};
use pingora::Result;
use pingora::apps::HttpServerOptions;
use pingora::http::ResponseHeader;
use pingora::listeners::ListenerConfig;
use pingora::listeners::tls::TlsSettings;
use pingora::prelude::HttpPeer;
use pingora::protocols::l4::stream::L4BufferSettings;
use pingora::proxy::{ProxyHttp, ProxyServiceBuilder, Session};
use pingora::server::configuration::ServerConf;
use pingora::server::{RunArgs, Server};

/// How the bare proxy is set up.
#[derive(Args)]
pub(crate) struct Setting {
    #[arg(long)]
    listen: SocketAddr,
    #[arg(long)]
    upstream: SocketAddr,
    #[arg(long, value_enum)]
    tuning: Tuning,
    /// With a key, for TLS with HTTP/2 and HTTP/1.1
    #[arg(long, requires = "key")]
    certificate: Option<PathBuf>,
    #[arg(long)]
    key: Option<PathBuf>,
    /// Answers 302 to there, and asks no upstream
    #[arg(long)]
    redirect: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tuning {
    /// As `gateway/src/app/serve.rs` does it.
    Vestibule,
    /// Pingora's own buffer and keep-alive.
    Pingora,
}

/// Serves until the process is killed.
pub(crate) fn run(setting: Setting) -> std::result::Result<(), Box<dyn Error + Send + Sync>> {
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
    let mut listener = ListenerConfig::tcp(setting.listen.to_string());
    if setting.tuning == Tuning::Vestibule {
        options.keepalive_request_limit = Some(10_000);
        listener = listener.l4_buffer(L4BufferSettings::default().read(4096));
    }
    if let (Some(certificate), Some(key)) = (&setting.certificate, &setting.key) {
        // Fails where one is installed.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut tls = TlsSettings::intermediate(&certificate.to_string_lossy(), &key.to_string_lossy())?;
        tls.enable_h2();
        listener = listener.tls(tls);
    }
    let proxy = ProxyServiceBuilder::new(&server.configuration, Bare { setting });
    let mut proxy = proxy.name("bare").server_options(options).build();
    proxy.add_listener(listener);
    server.add_service(proxy);
    server.run(RunArgs::default());
    Ok(())
}

struct Bare {
    setting: Setting,
}

#[async_trait]
impl ProxyHttp for Bare {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn request_filter(&self, session: &mut Session, (): &mut ()) -> Result<bool> {
        if self.setting.tuning == Tuning::Vestibule {
            session.set_keepalive(Some(75));
        }
        let Some(to) = &self.setting.redirect else {
            return Ok(false);
        };
        let mut answer = ResponseHeader::build(302, Some(2))?;
        answer.insert_header("location", to.as_str())?;
        answer.insert_header("content-length", "0")?;
        session.write_response_header(Box::new(answer), true).await?;
        Ok(true)
    }

    async fn upstream_peer(&self, _session: &mut Session, (): &mut ()) -> Result<Box<HttpPeer>> {
        let mut peer = HttpPeer::new(self.setting.upstream, false, String::new());
        peer.options.idle_timeout = Some(Duration::from_secs(60));
        Ok(Box::new(peer))
    }
}
