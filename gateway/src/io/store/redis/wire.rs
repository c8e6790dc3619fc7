//! Connections, of each kind of place. They live in the runtime that made them, so the first verb makes them.

use super::super::{DEADLINE, StoreFault};
use super::place::{Group, Place, tcp};
use super::{eviction, fault};
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, Pipeline, ProtocolVersion, RedisError, RedisFuture, RedisResult,
    TlsMode, Value,
};
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};

const CONNECT: Duration = Duration::from_millis(800);

/// How a place is reached.
pub(super) enum Wire {
    /// A connection that was lost is made anew by itself.
    One(Client, OnceCell<ConnectionManager>),
    /// After a fault the Sentinels are asked again who the master is.
    Sentinel(Mutex<Master>),
    /// Finds its way among the nodes by itself.
    Cluster(Box<ClusterClient>, OnceCell<ClusterConnection>),
}

/// Why there is no connection.
pub(super) enum Unlinked {
    /// Nobody answers, or nobody is in charge; later, somebody may.
    Silent(RedisError),
    /// It would not do.
    Refused(StoreFault),
}

impl From<RedisError> for Unlinked {
    fn from(error: RedisError) -> Self {
        let leaderless = matches!(
            error.kind(),
            ErrorKind::MasterNameNotFoundBySentinel | ErrorKind::ClusterConnectionNotFound
        );
        if error.is_io_error() || error.is_timeout() || leaderless {
            Self::Silent(error)
        } else {
            Self::Refused(fault(error))
        }
    }
}

impl From<Unlinked> for StoreFault {
    fn from(why: Unlinked) -> Self {
        match why {
            Unlinked::Silent(error) => fault(error),
            Unlinked::Refused(fault) => fault,
        }
    }
}

/// The master as Sentinels named it last.
pub(super) struct Master {
    sentinels: SentinelClient,
    connection: Option<MultiplexedConnection>,
}

/// A connection for one verb.
#[derive(Clone)]
pub(super) enum Link {
    One(ConnectionManager),
    Master(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Wire {
    /// The way to a place; nothing is connected yet.
    pub(super) fn to(place: Place) -> RedisResult<Self> {
        Ok(match place {
            Place::One(info) => Self::One(Client::open(info)?, OnceCell::new()),
            Place::Sentinel(group, name) => Self::Sentinel(Mutex::new(Master {
                sentinels: sentinels(group, &name)?,
                connection: None,
            })),
            Place::Cluster(group) => Self::Cluster(Box::new(cluster(group)?), OnceCell::new()),
        })
    }

    /// A connection to where the records are now, which does not evict them.
    pub(super) async fn link(&self) -> Result<Link, Unlinked> {
        match self {
            Self::One(client, made) => {
                let connect = || async {
                    let mut made = ConnectionManager::new_with_config(client.clone(), reconnecting()).await?;
                    eviction::refuse(&mut made).await.map_err(Unlinked::Refused)?;
                    Ok(made)
                };
                made.get_or_try_init(connect).await.cloned().map(Link::One)
            }
            Self::Sentinel(master) => master.lock().await.connection().await.map(Link::Master),
            Self::Cluster(client, made) => {
                let connect = || async {
                    let mut made = client.get_async_connection().await?;
                    eviction::refuse_any(&mut made).await.map_err(Unlinked::Refused)?;
                    Ok(made)
                };
                made.get_or_try_init(connect).await.cloned().map(Link::Cluster)
            }
        }
    }

    /// A verb failed: the next one asks who the master is, which may be another by now.
    pub(super) async fn doubt(&self) {
        match self {
            Self::Sentinel(master) => master.lock().await.connection = None,
            Self::One(..) | Self::Cluster(..) => {}
        }
    }
}

impl Master {
    async fn connection(&mut self) -> Result<MultiplexedConnection, Unlinked> {
        if let Some(connection) = &self.connection {
            return Ok(connection.clone());
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(DEADLINE));
        let mut connection = self.sentinels.get_async_connection_with_config(&config).await?;
        eviction::refuse(&mut connection).await.map_err(Unlinked::Refused)?;
        self.connection = Some(connection.clone());
        Ok(connection)
    }
}

/// Gives up soon, and tries again with the next verb: so faults come at once, and so does recovery. The second try is for
/// a server that died just as it was connected to.
fn reconnecting() -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        .set_number_of_retries(1)
        .set_min_delay(Duration::from_millis(10))
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(DEADLINE))
        .set_pipeline_buffer_size(1024)
}

fn sentinels(group: Group, name: &str) -> RedisResult<SentinelClient> {
    let mut client = SentinelClientBuilder::new(group.nodes, name, SentinelServerType::Master)?
        .set_client_to_redis_db(group.database)
        .set_client_to_redis_protocol(ProtocolVersion::RESP3)
        .set_client_to_redis_tcp_settings(tcp())
        .set_client_to_sentinel_tcp_settings(tcp());
    if group.tls {
        client = client.set_client_to_redis_tls_mode(TlsMode::Secure);
    }
    if !group.username.is_empty() {
        client = client.set_client_to_redis_username(&group.username);
    }
    if !group.password.is_empty() {
        client = client.set_client_to_redis_password(&group.password);
    }
    if group.sentinels_ask && !group.username.is_empty() {
        client = client.set_client_to_sentinel_username(&group.username);
    }
    if group.sentinels_ask && !group.password.is_empty() {
        client = client.set_client_to_sentinel_password(&group.password);
    }
    client.build()
}

/// What is sent again after a redirection or a lost connection may then be done twice. That errs on the closed side: an
/// insert finds its own record, a take nothing, a count one more.
fn cluster(group: Group) -> RedisResult<ClusterClient> {
    let mut client = ClusterClient::builder(group.nodes)
        .use_protocol(ProtocolVersion::RESP3)
        .tcp_settings(tcp())
        .connection_timeout(CONNECT)
        .response_timeout(DEADLINE)
        .overall_response_timeout(Some(DEADLINE))
        .retries(3)
        .min_retry_wait(10)
        .max_retry_wait(100);
    if group.tls {
        client = client.tls(TlsMode::Secure);
    }
    if !group.username.is_empty() {
        client = client.username(&group.username);
    }
    if !group.password.is_empty() {
        client = client.password(&group.password);
    }
    client.build()
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(link) => link.req_packed_command(command),
            Self::Master(link) => link.req_packed_command(command),
            Self::Cluster(link) => link.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(link) => link.req_packed_commands(pipeline, offset, count),
            Self::Master(link) => link.req_packed_commands(pipeline, offset, count),
            Self::Cluster(link) => link.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(link) => link.get_db(),
            Self::Master(link) => link.get_db(),
            Self::Cluster(link) => link.get_db(),
        }
    }
}
