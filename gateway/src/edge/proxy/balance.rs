//! An application's servers: their addresses, their health, whose turn it is.

use super::health::Connects;
use super::names::{Names, Resolver};
use super::trust::{Sharing, Trust, Trusts};
use super::tunnel::InTurn;
use crate::domain::application::{Application, Applications, Scheme, Upstream, UpstreamTls};
use arc_swap::ArcSwap;
use http::HeaderMap;
use http::header::{ACCEPT, UPGRADE};
use pingora::lb::selection::RoundRobin;
use pingora::lb::{Backend, Backends, LoadBalancer};
use pingora::prelude::HttpPeer;
use pingora::protocols::l4::socket::SocketAddr as PeerAddress;
use pingora::{Error, ErrorType, Result};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How often servers are looked at.
const PERIOD: Duration = Duration::from_secs(5);
/// How long a beginning waits for the first look at them; whoever is not looked at by then is taken to be well.
const FIRST: Duration = Duration::from_millis(700);
/// Of how many applications servers are connected to at a time, to see whether they are well.
const AT_A_TIME: usize = 256;
/// How long a connection to a server is kept without a request.
const IDLE: Duration = Duration::from_secs(60);
/// How long a stream may be silent.
const STREAM_IDLE: Duration = Duration::from_secs(3600);

/// The servers of all applications.
pub struct Balance {
    by_application: ArcSwap<ByApplication>,
    resolver: Resolver,
}

/// By the application's address. There are several where the configuration changed: whoever was admitted by the old one
/// is sent to its servers.
type ByApplication = HashMap<String, Vec<Servers>>;

/// Servers of one application.
#[derive(Clone)]
struct Servers {
    upstreams: Vec<Upstream>,
    tls: Option<UpstreamTls>,
    trust: Arc<Trust>,
    balancer: Arc<LoadBalancer<RoundRobin>>,
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

impl Exchange {
    /// What a request with this header begins.
    pub fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        if headers.contains_key(UPGRADE) {
            Self::Tunnel
        } else if accept.is_some_and(|accept| accept.contains("text/event-stream")) {
            Self::Stream
        } else {
            Self::Answer
        }
    }
}

impl Balance {
    /// The servers of these applications, not looked at yet.
    pub fn new(applications: &Applications, trusts: &Trusts) -> Self {
        let resolver = Resolver::of_this_machine();
        let servers = |application: &Application| Servers::of(application, (trusts, &resolver));
        let one = |application: &Arc<Application>| (key(application), vec![servers(application)]);
        Self {
            by_application: ArcSwap::from_pointee(applications.iter().filter(has_servers).map(one).collect()),
            resolver,
        }
    }

    /// Makes ready for the applications of a new configuration: looks at servers that are new, has all of
    /// them taken for whoever `trusts` say, and keeps those of the old one, `last`, for whoever it admitted.
    pub async fn prepare(&self, last: &Applications, (next, trusts): (&Applications, &Trusts)) {
        let known = self.by_application.load_full();
        let (mut all, mut unseen) = (ByApplication::new(), Vec::new());
        for application in next.iter().chain(last.iter()).filter(has_servers) {
            let servers = all.entry(key(application)).or_default();
            if servers.iter().any(|own| own.are_of(application)) {
                continue;
            }
            let is_next = next.iter().any(|one| Arc::ptr_eq(one, application));
            let mut same = known.get(application.origin.as_str()).into_iter().flatten();
            let same = same.find(|own| own.are_of(application));
            servers.push(match same {
                Some(same) if is_next => Servers {
                    trust: trusts.of(application),
                    ..same.clone()
                },
                Some(same) => same.clone(),
                None => {
                    let fresh = Servers::of(application, (trusts, &self.resolver));
                    unseen.push(fresh.clone());
                    fresh
                }
            });
        }
        look_at(unseen).await;
        self.by_application.store(Arc::new(all));
    }

    /// Looks at every server for the first time, though not for long.
    pub async fn begin(&self) {
        // What is cut short here is done by `run`.
        let _ = tokio::time::timeout(FIRST, self.look()).await;
    }

    /// Whose turn it is.
    ///
    /// # Errors
    /// When none of the application's servers is well.
    pub fn peer(&self, application: &Application, exchange: Exchange) -> Result<Box<HttpPeer>> {
        let all = self.by_application.load();
        let servers = all.get(application.origin.as_str()).into_iter().flatten();
        let mut servers = servers.filter(|servers| servers.are_of(application));
        let chosen = servers
            .next()
            .and_then(|servers| Some((&servers.trust, servers.balancer.select(b"", 16)?)));
        let (trust, backend) =
            chosen.ok_or_else(|| Error::explain(ErrorType::ConnectNoRoute, "no server of the application is well"))?;
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
        trust.apply(&mut peer, Sharing::Requests);
        if exchange == Exchange::Tunnel {
            peer.options.custom_l4 = Some(Arc::new(InTurn(application.patience.connect)));
            // Never taken from other requests' connections, nor left to them.
            trust.apply(&mut peer, Sharing::Nothing);
            peer.options.idle_timeout = Some(Duration::ZERO);
        }
        Ok(Box::new(peer))
    }

    /// Looks after the servers until the program ends.
    pub async fn run(&self) {
        loop {
            self.look().await;
            tokio::time::sleep(PERIOD).await;
        }
    }

    async fn look(&self) {
        let all = self.by_application.load_full();
        look_at(all.values().flatten().cloned()).await;
    }
}

impl Servers {
    fn are_of(&self, application: &Application) -> bool {
        self.upstreams == application.upstreams && self.tls == application.upstream_tls
    }

    fn of(application: &Application, (trusts, resolver): (&Trusts, &Resolver)) -> Self {
        let upstreams = application.upstreams.clone();
        let names = Box::new(Names::new(resolver, &upstreams));
        let mut balancer = LoadBalancer::from_backends(Backends::new(names));
        balancer.set_health_check(Box::new(Connects));
        Self {
            upstreams,
            tls: application.upstream_tls.clone(),
            trust: trusts.of(application),
            balancer: Arc::new(balancer),
        }
    }

    async fn look(self, places: Arc<Semaphore>) {
        // Names that cannot be resolved are told of where they are asked for.
        let _ = self.balancer.update().await;
        let _place = places.acquire_owned().await;
        self.balancer.backends().run_health_check(true).await;
    }
}

/// Resolves the names of all these servers and looks whether they are well, of all applications side by side.
async fn look_at(all: impl IntoIterator<Item = Servers>) {
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let looks = all.into_iter().map(|servers| servers.look(Arc::clone(&places)));
    let mut looks: JoinSet<()> = looks.collect();
    while looks.join_next().await.is_some() {}
}

fn has_servers(application: &&Arc<Application>) -> bool {
    !application.upstreams.is_empty()
}

fn key(application: &Application) -> String {
    application.origin.as_str().to_owned()
}

/// A server at one of its addresses.
pub(super) fn backend(address: std::net::SocketAddr, upstream: &Upstream) -> Backend {
    let mut backend = Backend {
        addr: PeerAddress::Inet(address),
        weight: 1,
        ext: Default::default(),
    };
    backend.ext.insert(upstream.clone());
    backend
}
