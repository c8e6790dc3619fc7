//! Where Redis is: one server, what its Sentinels say is the master, or a cluster.
//!
//! ```text
//! redis://user:password@host:6379/0
//! redis+sentinel://user:password@one:26379/mymaster/0?node=two:26379&node=three:26379[&sentinel_auth=none]
//! redis+cluster://user:password@one:6379?node=two:6379&node=three:6379
//! ```
//! `rediss…` for TLS. No fault repeats the URL, which may hold a password.

use super::super::StoreFault;
use percent_encoding::percent_decode_str;
use redis::io::tcp::TcpSettings;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};
use std::time::Duration;
use url::Url;

/// Where the records are.
#[derive(Debug)]
pub(super) enum Place {
    /// In one server.
    One(ConnectionInfo),
    /// In whichever server Sentinels call the master of this name.
    Sentinel(Group, String),
    /// In the masters of a cluster.
    Cluster(Group),
}

/// Servers that are known beforehand, and how to speak to all of them.
#[derive(Debug)]
pub(super) struct Group {
    /// At least one, in the clear or in TLS, all alike.
    pub(super) nodes: Vec<ConnectionAddr>,
    /// Whether they speak TLS.
    pub(super) tls: bool,
    /// The login name; empty where there is none.
    pub(super) username: String,
    /// The password; empty where there is none.
    pub(super) password: String,
    /// The number of the database.
    pub(super) database: i64,
    /// Whether Sentinels ask for name and password too.
    pub(super) sentinels_ask: bool,
}

impl Place {
    /// Reads a URL.
    ///
    /// # Errors
    /// In words, without a password.
    pub(super) fn read(url: &str) -> Result<Self, StoreFault> {
        let (scheme, _) = url.split_once("://").unwrap_or_default();
        let (tls, kind) = match scheme.split_once('+') {
            Some(("redis", kind)) => (false, kind),
            Some(("rediss", kind)) => (true, kind),
            Some(_) | None => (false, ""),
        };
        match kind {
            "sentinel" => group(url, tls).and_then(|(group, path)| {
                let (name, database) = path.split_once('/').unwrap_or((&path, "0"));
                if name.is_empty() {
                    return Err(odd("it does not say what the Sentinels call the master"));
                }
                let database = database
                    .parse()
                    .map_err(|_| odd("the path ends in no number of a database"))?;
                Ok(Self::Sentinel(Group { database, ..group }, name.to_owned()))
            }),
            "cluster" => group(url, tls).and_then(|(group, path)| {
                if path.is_empty() {
                    Ok(Self::Cluster(group))
                } else {
                    Err(odd("a cluster has one database, and no name"))
                }
            }),
            _ => one(url).map(Self::One),
        }
    }
}

fn one(url: &str) -> Result<ConnectionInfo, StoreFault> {
    let place = url
        .into_connection_info()
        .map_err(|error| StoreFault(format!("not a Redis URL: {}", error.category())))?;
    if matches!(place.addr(), ConnectionAddr::TcpTls { insecure: true, .. }) {
        return Err(StoreFault(
            "#insecure is not served: a certificate that nobody checks protects nothing".to_owned(),
        ));
    }
    // RESP3, because with it the loss of a connection is noticed at once, not by the next verb.
    let settings = place.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(place.set_redis_settings(settings).set_tcp_settings(tcp()))
}

/// How sockets are set.
pub(super) fn tcp() -> TcpSettings {
    let tcp = TcpSettings::default().set_nodelay(true);
    // A server that vanished without a word: its connection is given up, and another one tried.
    #[cfg(target_os = "linux")]
    let tcp = tcp.set_user_timeout(Duration::from_secs(3));
    tcp
}

/// The servers a URL names, and its path.
fn group(url: &str, tls: bool) -> Result<(Group, String), StoreFault> {
    let url = Url::parse(url).map_err(|_| odd("it is no URL"))?;
    if url.fragment().is_some() {
        return Err(odd("it has a fragment"));
    }
    let (host, port) = (url.host_str().unwrap_or_default(), url.port());
    if host.is_empty() {
        return Err(odd("it names no host"));
    }
    let first = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let (mut nodes, mut sentinels_ask) = (vec![address(&first, tls)?], true);
    for (key, value) in url.query_pairs() {
        match (key.as_ref(), value.as_ref()) {
            ("node", node) => nodes.push(address(node, tls)?),
            ("sentinel_auth", "none") => sentinels_ask = false,
            _ => return Err(odd("after ? stand node=host:port and sentinel_auth=none only")),
        }
    }
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(String::from).map_err(|_| odd("name or password is no text"))
    };
    let group = Group {
        nodes,
        tls,
        username: decoded(url.username())?,
        password: decoded(url.password().unwrap_or_default())?,
        database: 0,
        sentinels_ask,
    };
    Ok((group, url.path().trim_matches('/').to_owned()))
}

/// `host:port`, as one server's URL names it.
fn address(node: &str, tls: bool) -> Result<ConnectionAddr, StoreFault> {
    let scheme = if tls { "rediss" } else { "redis" };
    let plain = !node.contains(['@', '/', '?', '#']);
    let info = Some(node).filter(|_| plain).and_then(|node| {
        let url = format!("{scheme}://{node}");
        url.as_str().into_connection_info().ok()
    });
    info.map(|info| info.addr().clone())
        .ok_or_else(|| odd("a node is no host:port"))
}

fn odd(why: &str) -> StoreFault {
    StoreFault(format!("not a Redis URL: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_is_none_is_a_fault_without_its_password() {
        for url in [
            "",
            "localhost:6379",
            "http://:hunter2@127.0.0.1",
            "redis://:hunter2@127.0.0.1:99999",
            "redis://u:hunter2@/x",
            "rediss://u:hunter2@redis.example/#insecure",
            "redis+sentinel://u:hunter2@one:26379",
            "redis+sentinel://u:hunter2@one:26379/name/x",
            "redis+sentinel://u:hunter2@one:26379/name?node=hunter2@two",
            "redis+sentinel://u:hunter2@one:26379/name?password=hunter2",
            "redis+cluster://u:hunter2@one:6379/1",
            "rediss+cluster://u:hunter2@one:6379#insecure",
            "redis+sockets://u:hunter2@one",
        ] {
            let fault = Place::read(url)
                .err()
                .map(|fault| fault.to_string())
                .unwrap_or_default();
            assert!(!fault.is_empty() && !fault.contains("hunter2"), "{url}: {fault}");
        }
    }

    #[test]
    fn groups_name_their_servers() -> Result<(), StoreFault> {
        let url = "rediss+sentinel://app:p%40ss@one/mymaster/2?node=two:26380&node=[::1]:26381&sentinel_auth=none";
        let Place::Sentinel(group, name) = Place::read(url)? else {
            return Err(odd("not Sentinels"));
        };
        let nodes: Vec<String> = group.nodes.iter().map(ToString::to_string).collect();
        assert_eq!(nodes, ["one:6379", "two:26380", "::1:26381"]);
        assert_eq!((name.as_str(), group.database, group.tls), ("mymaster", 2, true));
        assert_eq!((group.username.as_str(), group.password.as_str()), ("app", "p@ss"));
        assert!(!group.sentinels_ask);
        assert!(
            matches!(Place::read("redis+cluster://one:6379?node=two:6379")?, Place::Cluster(group) if group.nodes.len() == 2 && !group.tls)
        );
        Ok(())
    }
}
