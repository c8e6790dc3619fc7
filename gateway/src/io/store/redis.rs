//! Redis or Valkey, 6.2 or newer, one server, behind Sentinels or a cluster (`redis/place.rs`): every verb is one command
//! or one script on one key, so that it is atomic.
//!
//! A record is a string, sixteen digits of version and then the value; a count is Redis's own integer. Versions come
//! from the server's clock in microseconds and always rise within a record. A connection that was lost is made anew by
//! itself; verbs fail until it is there. Whether Redis writes to disk is its operator's business: what it loses is a
//! login, never a lock.

mod eviction;
mod place;
mod wire;

use super::{DEADLINE, Entry, Inserted, Key, Replaced, Store, StoreFault, Ttl, Version, within_deadline};
use async_trait::async_trait;
use bytes::Bytes;
use place::Place;
use redis::{Cmd, RedisError, Script};
use wire::{Link, Unlinked, Wire};

/// Records in Redis.
pub struct RedisStore {
    wire: Wire,
    insert: Script,
    replace: Script,
    count: Script,
}

impl RedisStore {
    /// A store at a `redis://`, `rediss://`, `redis+unix://`, `redis+sentinel://` or `redis+cluster://` URL. A server that
    /// does not answer is no fault yet: the verbs are, until it does.
    ///
    /// # Errors
    /// When the URL is not one of these, the server does not let us in, or it may evict records before their end.
    pub async fn connect(url: &str) -> Result<Self, StoreFault> {
        // Apart from those that verbs use: a connection lives in the runtime that made it.
        let trial = Wire::to(Place::read(url)?).map_err(fault)?;
        match tokio::time::timeout(DEADLINE, trial.link()).await {
            Ok(Ok(_)) => {}
            Ok(Err(Unlinked::Refused(fault))) => return Err(fault),
            Ok(Err(Unlinked::Silent(error))) => warn(&error.to_string()),
            Err(_) => warn("no answer within 900 ms"),
        }
        let wire = Wire::to(Place::read(url)?).map_err(fault)?;
        let [insert, replace, count] = [INSERT, REPLACE, COUNT].map(Script::new);
        Ok(Self {
            wire,
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
        question: impl Fn(Link) -> F + Sync,
    ) -> Result<T, StoreFault>
    where
        T: Send,
        F: Future<Output = Result<T, RedisError>> + Send,
    {
        let answer = within_deadline(async {
            let link = self.wire.link().await?;
            match question(link.clone()).await {
                Err(error) if may_repeat(&error) => {
                    self.wire.doubt().await;
                    question(self.wire.link().await?).await.map_err(fault)
                }
                answer => answer.map_err(fault),
            }
        })
        .await;
        if answer.is_err() {
            self.wire.doubt().await;
        }
        answer
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

fn warn(error: &str) {
    tracing::warn!(
        error,
        "Redis does not answer; until it does, whoever needs a session is shown an outage"
    );
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
