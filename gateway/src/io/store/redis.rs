//! Redis or Valkey, 6.2 or newer: every verb is one command or one script on one key, so that it is atomic.
//!
//! A record is a string, sixteen digits of version and then the value; a count is Redis's own integer. Versions come
//! from the server's clock in microseconds and always rise within a record. A connection that was lost is made anew by
//! itself; verbs fail until it is there. Whether Redis writes to disk is its operator's business: what it loses is a
//! login, never a lock. Sentinel and Cluster are not spoken here.

use super::{DEADLINE, Entry, Inserted, Key, Replaced, Store, StoreFault, Ttl, Version, within_deadline};
use async_trait::async_trait;
use bytes::Bytes;
use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{Client, Cmd, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisError, Script};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::OnceCell;

/// Records in Redis.
pub struct RedisStore {
    client: Client,
    /// Made by the first verb, because a connection lives in the runtime that made it.
    connection: OnceCell<ConnectionManager>,
    insert: Script,
    replace: Script,
    count: Script,
}

impl RedisStore {
    /// A store at a `redis://`, `rediss://` or `redis+unix://` URL. A server that does not answer is no fault yet: the
    /// verbs are, until it does.
    ///
    /// # Errors
    /// When the URL is not one of these, the server does not let us in, or it may evict records before their end.
    pub async fn connect(url: &str) -> Result<Self, StoreFault> {
        let client = Client::open(target(url)?).map_err(fault)?;
        let first = tokio::time::timeout(DEADLINE, client.get_multiplexed_async_connection()).await;
        match first.unwrap_or_else(|_| Err((redis::ErrorKind::Io, "no answer within 900 ms").into())) {
            Ok(mut connection) => within_deadline(refuse_eviction(&mut connection)).await?,
            Err(error) if error.is_io_error() => {
                tracing::warn!(%error, "Redis does not answer; until it does, whoever needs a session is shown an outage")
            }
            Err(error) => return Err(fault(error)),
        }
        let [insert, replace, count] = [INSERT, REPLACE, COUNT].map(Script::new);
        Ok(Self {
            client,
            connection: OnceCell::new(),
            insert,
            replace,
            count,
        })
    }

    /// Puts a question, and puts it again if that error says that it may be: the connection may have died of an earlier
    /// restart without anybody noticing.
    async fn ask<T, F>(
        &self,
        may_repeat: fn(&RedisError) -> bool,
        question: impl Fn(ConnectionManager) -> F + Sync,
    ) -> Result<T, StoreFault>
    where
        T: Send,
        F: Future<Output = Result<T, RedisError>> + Send,
    {
        within_deadline(async {
            let connection = self.connection().await?;
            match question(connection.clone()).await {
                Err(error) if may_repeat(&error) => question(connection).await.map_err(fault),
                answer => answer.map_err(fault),
            }
        })
        .await
    }

    async fn connection(&self) -> Result<ConnectionManager, StoreFault> {
        let connect = || async {
            let mut connection = ConnectionManager::new_with_config(self.client.clone(), reconnecting())
                .await
                .map_err(fault)?;
            refuse_eviction(&mut connection).await?;
            Ok(connection)
        };
        self.connection.get_or_try_init(connect).await.cloned()
    }
}

/// Nothing is changed by asking twice.
const A_READ: fn(&RedisError) -> bool = RedisError::is_connection_dropped;
/// A change is sent again only if there was no server to receive it; otherwise it may have been done.
const A_CHANGE: fn(&RedisError) -> bool = RedisError::is_connection_refusal;

#[async_trait]
impl Store for RedisStore {
    async fn insert(&self, key: &Key, value: Bytes, ttl: Ttl) -> Result<Inserted, StoreFault> {
        let mut call = self.insert.key(name(key));
        call.arg(&*value).arg(millis(ttl));
        let call = &call;
        let done = self.ask(A_CHANGE, |mut redis| async move { call.invoke_async(&mut redis).await });
        Ok(if done.await? { Inserted::New } else { Inserted::Exists })
    }

    async fn get(&self, key: &Key) -> Result<Option<Entry>, StoreFault> {
        let command = &command("GET", key);
        let found = self.ask(A_READ, |mut redis| async move {
            command.query_async::<Option<Vec<u8>>>(&mut redis).await
        });
        found.await?.map(|record| entry(Bytes::from(record))).transpose()
    }

    async fn replace(&self, key: &Key, seen: Version, value: Bytes, ttl: Ttl) -> Result<Replaced, StoreFault> {
        let mut call = self.replace.key(name(key));
        call.arg(format!("{:0VERSION_DIGITS$}", seen.0))
            .arg(&*value)
            .arg(millis(ttl));
        let call = &call;
        let done = self.ask(A_CHANGE, |mut redis| async move { call.invoke_async(&mut redis).await });
        Ok(if done.await? { Replaced::Done } else { Replaced::Stale })
    }

    async fn take(&self, key: &Key) -> Result<Option<Bytes>, StoreFault> {
        let command = &command("GETDEL", key);
        let taken = self.ask(A_CHANGE, |mut redis| async move {
            command.query_async::<Option<Vec<u8>>>(&mut redis).await
        });
        taken
            .await?
            .map(|record| entry(Bytes::from(record)).map(|entry| entry.value))
            .transpose()
    }

    async fn count(&self, key: &Key, window: Ttl) -> Result<u32, StoreFault> {
        let mut call = self.count.key(name(key));
        call.arg(millis(window));
        let call = &call;
        let many = self.ask(A_CHANGE, |mut redis| async move {
            call.invoke_async::<u64>(&mut redis).await
        });
        Ok(u32::try_from(many.await?).unwrap_or(u32::MAX))
    }

    async fn ping(&self) -> Result<(), StoreFault> {
        self.ask(A_READ, |mut redis| async move {
            redis::cmd("PING").exec_async(&mut redis).await
        })
        .await
    }
}

/// Where and how to connect. No fault of this repeats the URL, which may hold a password.
fn target(url: &str) -> Result<ConnectionInfo, StoreFault> {
    let target = url
        .into_connection_info()
        .map_err(|error| StoreFault(format!("not a Redis URL: {}", error.category())))?;
    if matches!(target.addr(), ConnectionAddr::TcpTls { insecure: true, .. }) {
        return Err(StoreFault(
            "#insecure is not served: a certificate that nobody checks protects nothing".to_owned(),
        ));
    }
    // RESP3, because with it the loss of a connection is noticed at once, not by the next verb.
    let settings = target.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let tcp = TcpSettings::default().set_nodelay(true);
    // A server that vanished without a word: its connection is given up, and another one tried.
    #[cfg(target_os = "linux")]
    let tcp = tcp.set_user_timeout(Duration::from_secs(3));
    Ok(target.set_redis_settings(settings).set_tcp_settings(tcp))
}

/// Gives up soon, and tries again with the next verb: so faults come at once, and so does recovery. The second try is for
/// a server that died just as it was connected to.
fn reconnecting() -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        .set_number_of_retries(1)
        .set_min_delay(Duration::from_millis(10))
        .set_connection_timeout(Some(Duration::from_millis(800)))
        .set_response_timeout(Some(DEADLINE))
        .set_pipeline_buffer_size(1024)
}

/// Refuses a server that drops records when its memory is full: it would log people out and forget quotas silently.
async fn refuse_eviction(connection: &mut impl ConnectionLike) -> Result<(), StoreFault> {
    match eviction_policy(connection).await.map_err(fault)? {
        Some(policy) if policy != "noeviction" => Err(StoreFault(format!(
            "this Redis may drop records before their end (maxmemory-policy {policy}): set it to noeviction"
        ))),
        Some(_) => Ok(()),
        None => {
            tracing::warn!(
                "Redis does not say whether it evicts records; see to it that its maxmemory-policy is noeviction"
            );
            Ok(())
        }
    }
}

/// The policy, by `CONFIG GET` or, where that is forbidden as with most hosted ones, by `INFO`.
async fn eviction_policy(connection: &mut impl ConnectionLike) -> Result<Option<String>, RedisError> {
    let ask = |verb, words: &[&str]| redis::cmd(verb).arg(words).to_owned();
    let config = ask("CONFIG", &["GET", "maxmemory-policy"]);
    match config.query_async::<BTreeMap<String, String>>(connection).await {
        Ok(mut configured) => return Ok(configured.remove("maxmemory-policy")),
        Err(error) if error.is_io_error() => return Err(error),
        Err(_) => {}
    }
    match ask("INFO", &["memory"]).query_async::<String>(connection).await {
        Ok(told) => Ok(told
            .lines()
            .find_map(|line| line.strip_prefix("maxmemory_policy:"))
            .map(str::to_owned)),
        Err(error) if error.is_io_error() => Err(error),
        Err(_) => Ok(None),
    }
}

fn command(verb: &str, key: &Key) -> Cmd {
    let mut command = redis::cmd(verb);
    command.arg(name(key));
    command
}

fn name(key: &Key) -> String {
    format!("vestibule:{}", key.as_str())
}

fn millis(ttl: Ttl) -> u64 {
    u64::try_from(ttl.0.as_millis()).unwrap_or(u64::MAX).max(1)
}

fn entry(mut record: Bytes) -> Result<Entry, StoreFault> {
    let foreign = || StoreFault("a record was not written by Vestibule".to_owned());
    if record.len() < VERSION_DIGITS {
        return Err(foreign());
    }
    let version = record.split_to(VERSION_DIGITS);
    let version = std::str::from_utf8(&version)
        .ok()
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(foreign)?;
    Ok(Entry {
        value: record,
        version: Version(version),
    })
}

/// The text of a fault of Redis: what the server answered or what became of the connection.
fn fault(error: RedisError) -> StoreFault {
    StoreFault(format!("Redis: {error}"))
}

/// Sixteen digits of microseconds last until the year 2286, and fit the doubles that Lua counts with.
const VERSION_DIGITS: usize = 16;

const INSERT: &str = "
local now = redis.call('TIME')
local version = string.format('%016.0f', now[1] * 1000000 + now[2])
if redis.call('SET', KEYS[1], version .. ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return 0";
const REPLACE: &str = "
local seen = redis.call('GETRANGE', KEYS[1], 0, 15)
if seen ~= ARGV[1] then return 0 end
local now = redis.call('TIME')
local version = string.format('%016.0f', math.max(now[1] * 1000000 + now[2], seen + 1))
redis.call('SET', KEYS[1], version .. ARGV[2], 'PX', ARGV[3])
return 1";
const COUNT: &str = "
local many = redis.call('INCR', KEYS[1])
if many == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return many";

#[cfg(test)]
mod tests;
