//! Running the gateway: Pingora for browsers, a small listener for operators, and what keeps both in order.

use super::keeping::{self, Ground, Kept};
use super::{Opened, certificates, guard, handover};
use crate::config::Config;
use crate::edge::admin::listener;
use crate::edge::proxy::entrance::certificates::Certificates;
use crate::edge::proxy::{Forwarding, Gateway};
use crate::io::Fault;
use axum::Router;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use pingora::listeners::ListenerConfig;
use pingora::protocols::l4::stream::L4BufferSettings;
use pingora::server::configuration::{Opt, ServerConf};
use pingora::server::{RunArgs, Server};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio::runtime::Handle;

/// The read buffer of a client's connection; Pingora's own is sixteen times that.
const READ_BUFFER: usize = 4096;

/// The addresses a program has bound or will bind.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// For browsers.
    pub http: SocketAddr,
    /// For operators.
    pub admin: SocketAddr,
}

/// Where a program's sockets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// It opens them.
    First,
    /// It takes them over from the one that is running.
    Successor,
}

/// What runs beside the gateway: pages on the operators' listener, and what to say once it listens.
pub struct Beside {
    /// Further pages for operators.
    pub admin: Router,
    /// The file the configuration was read from; it is read again when it changes.
    pub file: PathBuf,
    /// Whether the sockets are new.
    pub start: Start,
    /// Called once, when browsers can connect.
    pub announce: Box<dyn FnOnce(Addresses) + Send>,
}

/// Runs until the program is asked to end (SIGTERM: answers under way get `listen.drain`; SIGQUIT: the same, once a
/// successor has the sockets; SIGINT: at once).
///
/// # Errors
/// When an address cannot be bound or the revocation log cannot be read; nothing was served then.
pub fn serve(config: Config, opened: Opened, (runtime, beside): (&Handle, Beside)) -> Result<(), Fault> {
    let (config, opened) = (Arc::new(config), Arc::new(opened));
    let admin = operators(config.listen.admin, (runtime, beside.start))?;
    let address = |own: SocketAddr| match beside.start {
        Start::First => free(own),
        Start::Successor => Ok(own),
    };
    let server = server(&config, beside.start)?;
    let http = address(config.listen.http)?;
    let addresses = Addresses {
        http,
        admin: admin.local_addr().map_err(|error| Fault::new("listen.admin", error))?,
    };
    // Before anything that counts is made: a counter made earlier would count nowhere.
    let metrics = recorder()?;
    let secure = match &config.https {
        Some(https) => Some((address(https.address)?, Arc::new(certificates::load(https)?))),
        None => None,
    };
    let ground = Ground {
        file: beside.file,
        config: Arc::clone(&config),
        opened: Arc::clone(&opened),
        certificates: secure.as_ref().map(|(_, certificates)| Arc::clone(certificates)),
    };
    let Kept { gateway, upkeep } = keeping::begin(runtime, ground, Forwarding::Ours)?;
    let certification = Arc::clone(&gateway.certification);
    let state = listener::Watched {
        outside: opened.outside.clone(),
        revocations: Arc::clone(&upkeep.revocations),
        certification,
    };
    let router = listener::router(state, Arc::new(move || metrics.render())).merge(beside.admin);
    let leaving = Arc::clone(&gateway.leaving);
    runtime.spawn(async move {
        tokio::select! {
            () = serve_router(admin, router) => {}
            () = handover::asked(&leaving) => {}
        }
    });
    runtime.spawn(announce(addresses, beside.announce));
    run_pingora(gateway, (http, secure), server);
    runtime.block_on(upkeep.finish());
    Ok(())
}

/// Serves a router on a bound listener until the program ends.
pub async fn serve_router(listener: TcpListener, router: Router) {
    let served = async {
        listener.set_nonblocking(true)?;
        axum::serve(tokio::net::TcpListener::from_std(listener)?, router).await
    };
    if let Err(error) = served.await {
        tracing::error!(%error, "a listener ended");
    }
}

fn server(config: &Config, start: Start) -> Result<Server, Fault> {
    let options = Opt {
        upgrade: start == Start::Successor,
        ..Opt::default()
    };
    let conf = ServerConf {
        threads: std::thread::available_parallelism().map_or(2, usize::from),
        grace_period_seconds: Some(config.listen.drain.as_secs()),
        graceful_shutdown_timeout_seconds: Some(1),
        max_retries: 4,
        upgrade_sock: handover::socket(&config.keys)?,
        ..ServerConf::default()
    };
    Ok(Server::new_with_opt_and_conf(options, conf))
}

/// Where browsers connect in the plain, and in TLS.
type Doors = (SocketAddr, Option<(SocketAddr, Arc<Certificates>)>);

fn run_pingora(gateway: Gateway, (plain, secure): Doors, mut server: Server) {
    server.bootstrap();
    let settings = Arc::clone(&gateway.settings);
    let mut addresses = vec![plain];
    addresses.extend(secure.as_ref().map(|(address, _)| *address));
    let secure = secure.map(|(address, certificates)| (address.port(), certificates));
    let mut service = guard::service("gateway", (gateway, &server.configuration), (settings, secure));
    let buffers = L4BufferSettings::default().read(READ_BUFFER);
    for address in addresses {
        service.add_listener(ListenerConfig::tcp(address.to_string()).l4_buffer(buffers));
    }
    server.add_service(service);
    server.run(RunArgs::default());
}

/// The operators' listener. A successor listens beside the one it takes over from, which then leaves.
fn operators(address: SocketAddr, (runtime, start): (&Handle, Start)) -> Result<TcpListener, Fault> {
    let fault = |error| Fault::new("listen.admin", format!("{address}: {error}"));
    if start == Start::First && address.port() != 0 {
        // A port that is shared would hide that somebody else is there.
        TcpListener::bind(address).map_err(fault)?;
    }
    let _within = runtime.enter();
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }
    .map_err(fault)?;
    socket.set_reuseaddr(true).map_err(fault)?;
    socket.set_reuseport(true).map_err(fault)?;
    socket.bind(address).map_err(fault)?;
    let listener = socket.listen(1024).map_err(fault)?;
    listener.into_std().map_err(fault)
}

/// The address itself, or one with a free port in place of port 0, which Pingora could not tell us.
pub fn free(address: SocketAddr) -> Result<SocketAddr, Fault> {
    let bound = TcpListener::bind(address).and_then(|listener| listener.local_addr());
    bound.map_err(|error| Fault::new("listen.http", format!("{address}: {error}")))
}

async fn announce(addresses: Addresses, announce: Box<dyn FnOnce(Addresses) + Send>) {
    while tokio::net::TcpStream::connect(addresses.http).await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    announce(addresses);
}

fn recorder() -> Result<PrometheusHandle, Fault> {
    PrometheusBuilder::new()
        .install_recorder()
        .map_err(|error| Fault::new("metrics", error))
}
