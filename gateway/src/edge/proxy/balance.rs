//! An application's servers: their addresses, their health, whose turn it is.

use super::tunnel::InTurn;
use crate::domain::application::{Application, Applications, Scheme, Upstream};
use async_trait::async_trait;
use pingora::lb::discovery::ServiceDiscovery;
use pingora::lb::health_check::TcpHealthCheck;
use pingora::lb::selection::RoundRobin;
use pingora::lb::{Backend, Backends, LoadBalancer};
use pingora::prelude::HttpPeer;
use pingora::protocols::l4::socket::SocketAddr as PeerAddress;
use pingora::{Error, ErrorType, Result};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// How often servers are looked at.
const PERIOD: Duration = Duration::from_secs(5);
/// How long a connection to a server is kept without a request.
const IDLE: Duration = Duration::from_secs(60);
/// How long a stream may be silent.
const STREAM_IDLE: Duration = Duration::from_secs(3600);

/// The servers of all applications.
pub struct Balance {
    by_application: HashMap<String, Arc<LoadBalancer<RoundRobin>>>,
}

/// What an application's server is asked for: one answer, or something that may be silent for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// One request, one answer.
    Answer,
    /// An event stream.
    Stream,
    /// A WebSocket.
    Tunnel,
}

impl Balance {
    /// The servers of these applications, not looked at yet.
    pub fn new(applications: &Applications) -> Self {
        let balancer = |application: &Arc<Application>| {
            let names = Box::new(Names {
                upstreams: application.upstreams.clone(),
            });
            let mut balancer = LoadBalancer::from_backends(Backends::new(names));
            balancer.set_health_check(TcpHealthCheck::new());
            (application.origin.as_str().to_owned(), Arc::new(balancer))
        };
        Self {
            by_application: applications.iter().map(balancer).collect(),
        }
    }

    /// Whose turn it is.
    ///
    /// # Errors
    /// When none of the application's servers is well.
    pub fn peer(&self, application: &Application, exchange: Exchange) -> Result<Box<HttpPeer>> {
        let balancer = self.by_application.get(application.origin.as_str());
        let backend = balancer.and_then(|balancer| balancer.select(b"", 16));
        let backend =
            backend.ok_or_else(|| Error::explain(ErrorType::ConnectNoRoute, "no server of the application is well"))?;
        let upstream = backend
            .ext
            .get::<Upstream>()
            .ok_or_else(|| Error::explain(ErrorType::InternalError, "a server without a name"))?;
        let mut peer = HttpPeer::new(
            backend.addr.clone(),
            upstream.scheme == Scheme::Https,
            upstream.host.clone(),
        );
        let silence = match exchange {
            Exchange::Answer => application.patience.answer,
            Exchange::Stream | Exchange::Tunnel => STREAM_IDLE,
        };
        peer.options.connection_timeout = Some(application.patience.connect);
        peer.options.total_connection_timeout = Some(application.patience.connect * 2);
        peer.options.read_timeout = Some(silence);
        peer.options.write_timeout = Some(application.patience.answer);
        peer.options.idle_timeout = Some(IDLE);
        if exchange == Exchange::Tunnel {
            peer.options.custom_l4 = Some(Arc::new(InTurn(application.patience.connect)));
            // Never taken from other requests' connections, nor left to them.
            peer.group_key = 1;
            peer.options.idle_timeout = Some(Duration::ZERO);
        }
        Ok(Box::new(peer))
    }

    /// Looks after the servers until the program ends.
    pub async fn run(&self) {
        loop {
            tokio::time::sleep(PERIOD).await;
            self.look().await;
        }
    }

    /// Resolves every name and looks at every server once.
    pub async fn look(&self) {
        for (application, balancer) in &self.by_application {
            if let Err(error) = balancer.update().await {
                tracing::warn!(application, %error, "the names of its servers could not be resolved");
            }
            balancer.backends().run_health_check(true).await;
        }
    }
}

/// Resolves the names of an application's servers; never in the way of a request.
struct Names {
    upstreams: Vec<Upstream>,
}

#[async_trait]
impl ServiceDiscovery for Names {
    async fn discover(&self) -> Result<(BTreeSet<Backend>, HashMap<u64, bool>)> {
        let mut found = BTreeSet::new();
        for upstream in &self.upstreams {
            match tokio::net::lookup_host((upstream.host.as_str(), upstream.port)).await {
                Ok(addresses) => found.extend(addresses.map(|address| backend(address, upstream))),
                Err(error) => tracing::warn!(host = upstream.host, %error, "a server's name could not be resolved"),
            }
        }
        if found.is_empty() {
            Err(Error::explain(ErrorType::ConnectNoRoute, "no address"))
        } else {
            Ok((found, HashMap::new()))
        }
    }
}

fn backend(address: std::net::SocketAddr, upstream: &Upstream) -> Backend {
    let mut backend = Backend {
        addr: PeerAddress::Inet(address),
        weight: 1,
        ext: Default::default(),
    };
    backend.ext.insert(upstream.clone());
    backend
}
