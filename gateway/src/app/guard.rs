//! The same door inside another Pingora proxy: one call in each of its phases, and everything else of ours beside it.

use super::keeping::{self, Ground, Kept};
use super::{certificates, open};
use crate::config;
use crate::domain::settings::Settings;
use crate::edge::proxy::ending::Endings;
use crate::edge::proxy::entrance::Entrance;
use crate::edge::proxy::entrance::certificates::Certificates;
use crate::edge::proxy::{Forwarding, Gateway, Journey, protocol};
use crate::io::Fault;
use crate::io::sql::Asker;
use arc_swap::ArcSwap;
use pingora::apps::ServerApp;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::prelude::HttpPeer;
use pingora::proxy::{FailToProxy, HttpProxy, ProxyHttp, Session};
use pingora::server::configuration::ServerConf;
use pingora::services::listening::Service;
use pingora::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The port on which TLS ends here, and what is shown there.
type Secure = Option<(u16, Arc<Certificates>)>;

/// The door, for the phases of a [`ProxyHttp`] of yours.
///
/// Each phase that is named here is a call of the method of (nearly) the same name, with the [`Journey`] of the request,
/// before anything of your own. A clone is the same guard.
///
/// All of them must be called: without [`request`](Self::request) nobody is asked who they are, without
/// [`upstream_request`](Self::upstream_request) the upstream hears what clients say of themselves.
#[derive(Clone)]
pub struct Guard {
    gateway: Arc<Gateway>,
    certificates: Secure,
    /// What the guard does beside answering; ends with the last clone.
    _engine: Arc<Engine>,
}

impl Guard {
    /// Reads a configuration, opens what it names, and learns what has been revoked. From then on it keeps itself in
    /// order on threads of its own, and reads the file again when it changes or on SIGHUP.
    ///
    /// An application whose requests you send on by yourself has `upstream = "embedding"`; `listen.http` and
    /// `listen.admin` are not used, and no metrics are installed: what is counted goes to the recorder of yours, if it is
    /// there before.
    ///
    /// # Errors
    /// Everything that is wrong with the configuration, or the first thing that cannot be opened.
    pub fn new(file: impl AsRef<Path>) -> Result<Self, Fault> {
        // The first of all, so that every TLS connection of every library is made by one provider.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let file = file.as_ref().to_owned();
        // Whoever calls may be a runtime already, which must not wait for another.
        let begun = std::thread::spawn(move || Self::begin(file)).join();
        begun.unwrap_or_else(|_| Err(Fault::new("guard", "it broke while it began")))
    }

    fn begin(file: PathBuf) -> Result<Self, Fault> {
        let config = config::load(&file).map_err(|problems| Fault::new("configuration", problems))?;
        let shown = match &config.https {
            Some(https) => Some((https.address.port(), Arc::new(certificates::load(https)?))),
            None => None,
        };
        let engine = Engine(Some(Runtime::new().map_err(|error| Fault::new("runtime", error))?));
        let runtime = engine.runtime()?;
        let opened = runtime.block_on(open(&config, Asker::Request))?;
        let ground = Ground {
            file,
            config: Arc::new(config),
            opened: Arc::new(opened),
            certificates: shown.as_ref().map(|(_, certificates)| Arc::clone(certificates)),
        };
        let Kept { gateway, .. } = keeping::begin(runtime.handle(), ground, Forwarding::Theirs)?;
        Ok(Self {
            gateway: Arc::new(gateway),
            certificates: shown,
            _engine: Arc::new(engine),
        })
    }

    /// `request_filter`: who is it, and may it pass? `true` when the request was answered: pages of ours, a refusal, the
    /// way to the login. Whatever cannot be decided is 503.
    ///
    /// # Errors
    /// When the client is gone.
    pub async fn request(&self, session: &mut Session, journey: &mut Journey) -> Result<bool> {
        self.gateway.request_filter(session, journey).await
    }

    /// `request_body_filter`. Without it the sender of a body is taken for a slow one by [`service`](Self::service).
    ///
    /// # Errors
    /// Never, but Pingora's type says so.
    pub async fn request_body(&self, session: &mut Session, end_of_stream: bool, journey: &mut Journey) -> Result<()> {
        let gateway = &self.gateway;
        gateway
            .request_body_filter(session, &mut None, end_of_stream, journey)
            .await
    }

    /// `upstream_peer`, for whoever has no servers of their own: those that the configuration names, in turn. It may be
    /// left out.
    ///
    /// # Errors
    /// When none of them is well, or the request was not admitted.
    pub async fn upstream_peer(&self, session: &mut Session, journey: &mut Journey) -> Result<Box<HttpPeer>> {
        self.gateway.upstream_peer(session, journey).await
    }

    /// `upstream_request_filter`: takes everything away that a client may not say, and our cookies; then says who came.
    ///
    /// # Errors
    /// When the request was not admitted, or who came cannot be said; nothing must be forwarded then.
    pub async fn upstream_request(
        &self,
        session: &mut Session,
        request: &mut RequestHeader,
        journey: &mut Journey,
    ) -> Result<()> {
        self.gateway.upstream_request_filter(session, request, journey).await
    }

    /// `response_filter`: nothing of an upstream's answer may pass for ours, and streams are looked after.
    ///
    /// # Errors
    /// When a line cannot be written; the answer must not go out then.
    pub async fn response(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        journey: &mut Journey,
    ) -> Result<()> {
        self.gateway.response_filter(session, response, journey).await
    }

    /// `error_while_proxy`: what was sent once is sent again only where it does no harm twice. Without it Pingora sends again
    /// whatever fails on a connection that had been idle, a DELETE too.
    pub fn error_while_proxy(
        &self,
        peer: &HttpPeer,
        session: &mut Session,
        (error, client_reused): (Box<Error>, bool),
        journey: &mut Journey,
    ) -> Box<Error> {
        self.gateway
            .error_while_proxy(peer, session, error, journey, client_reused)
    }

    /// `fail_to_proxy`: a page of ours in place of an answer that did not come. Pingora's own is as safe.
    pub async fn failed(&self, session: &mut Session, error: &Error, journey: &mut Journey) -> FailToProxy {
        self.gateway.fail_to_proxy(session, error, journey).await
    }

    /// `logging`: the request is over, and is counted.
    pub async fn logging(&self, session: &mut Session, error: Option<&Error>, journey: &mut Journey) {
        self.gateway.logging(session, error, journey).await;
    }

    /// Your proxy as a Pingora service that keeps the laws below and beside the phases, too: slow and greedy clients,
    /// the balancer's line, the limits of HTTP/2, and streams that end with their session. Give it plain TCP listeners;
    /// on the port of `listen.https` it ends TLS by the certificates of the configuration.
    pub fn service<P>(
        &self,
        name: &str,
        proxy: P,
        conf: &Arc<ServerConf>,
    ) -> Service<impl ServerApp + Send + Sync + use<P>>
    where
        P: ProxyHttp + Send + Sync + 'static,
        P::CTX: Send + Sync,
    {
        let settings = Arc::clone(&self.gateway.settings);
        service(name, (proxy, conf), (settings, self.certificates.clone()))
    }
}

/// Everything between a listener and the phases of a proxy.
pub(super) fn service<P>(
    name: &str,
    (proxy, conf): (P, &Arc<ServerConf>),
    (settings, secure): (Arc<ArcSwap<Settings>>, Secure),
) -> Service<impl ServerApp + Send + Sync + use<P>>
where
    P: ProxyHttp + Send + Sync + 'static,
    P::CTX: Send + Sync,
{
    let mut proxy = HttpProxy::new(proxy, Arc::clone(conf));
    proxy.server_options = Some(protocol::server_options());
    proxy.h2_options = Some(protocol::h2_options());
    proxy.handle_init_modules();
    let mut entrance = Entrance::new(Endings::of(proxy), settings);
    if let Some((port, certificates)) = secure {
        entrance = entrance.with_tls(port, certificates);
    }
    Service::new(name.to_owned(), entrance)
}

/// The threads of a guard. They end with it, wherever it is dropped.
struct Engine(Option<Runtime>);

impl Engine {
    fn runtime(&self) -> Result<&Runtime, Fault> {
        self.0.as_ref().ok_or_else(|| Fault::new("runtime", "it has ended"))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
