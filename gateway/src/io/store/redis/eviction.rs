//! A server that drops records when its memory is full is refused: it would log people out and forget quotas silently.

use super::super::StoreFault;
use super::fault;
use redis::Value;
use redis::aio::ConnectionLike;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo};

const SETTING: &str = "maxmemory-policy";

/// Refuses a server that may evict.
///
/// # Errors
/// When it may, or does not answer.
pub(super) async fn refuse(connection: &mut impl ConnectionLike) -> Result<(), StoreFault> {
    let configured = ask("CONFIG", &["GET", SETTING]).query_async::<Value>(connection).await;
    judge(match configured {
        Ok(answer) => policies(&answer),
        Err(error) if error.is_io_error() => return Err(fault(error)),
        // `CONFIG` is forbidden with most hosted ones.
        Err(_) => match ask("INFO", &["memory"]).query_async::<String>(connection).await {
            Ok(told) => told
                .lines()
                .find_map(|line| line.strip_prefix("maxmemory_policy:"))
                .map(str::to_owned)
                .into_iter()
                .collect(),
            Err(error) if error.is_io_error() => return Err(fault(error)),
            Err(_) => Vec::new(),
        },
    })
}

/// Refuses a cluster of which any node may, replicas too: each may become a master.
///
/// # Errors
/// When one may, or does not answer.
pub(super) async fn refuse_any(cluster: &mut ClusterConnection) -> Result<(), StoreFault> {
    let all = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllNodes, None));
    match cluster.route_command(ask("CONFIG", &["GET", SETTING]), all).await {
        Ok(answer) => judge(policies(&answer)),
        Err(error) if error.is_io_error() => Err(fault(error)),
        Err(_) => judge(Vec::new()),
    }
}

fn ask(verb: &str, words: &[&str]) -> redis::Cmd {
    redis::cmd(verb).arg(words).to_owned()
}

fn judge(policies: Vec<String>) -> Result<(), StoreFault> {
    if policies.is_empty() {
        tracing::warn!("Redis does not say whether it evicts records; see to it that its {SETTING} is noeviction");
    }
    match policies.into_iter().find(|policy| policy != "noeviction") {
        Some(policy) => Err(StoreFault(format!(
            "this Redis may drop records before their end ({SETTING} {policy}): set it to noeviction"
        ))),
        None => Ok(()),
    }
}

/// Every policy in an answer, of one server or of many.
fn policies(answer: &Value) -> Vec<String> {
    let mut words = Vec::new();
    flatten(answer, &mut words);
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs
        .filter(|(name, _)| *name == SETTING)
        .map(|(_, policy)| policy.clone())
        .collect()
}

fn flatten(value: &Value, words: &mut Vec<String>) {
    if let Value::Map(pairs) = value {
        for (key, value) in pairs {
            flatten(key, words);
            flatten(value, words);
        }
    } else if let Value::Array(items) = value {
        for item in items {
            flatten(item, words);
        }
    } else if let Ok(word) = redis::from_redis_value::<String>(value.clone()) {
        words.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_many_that_may_evict_is_found() {
        let word = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let of = |policy: &str| Value::Map(vec![(word(SETTING), word(policy))]);
        let old = |policy: &str| Value::Array(vec![word(SETTING), word(policy)]);
        let nodes = |one, two| Value::Map(vec![(word("a:1"), one), (word("b:2"), two)]);
        for (answer, all) in [
            (of("noeviction"), vec!["noeviction"]),
            (old("allkeys-lru"), vec!["allkeys-lru"]),
            (
                nodes(of("noeviction"), old("volatile-ttl")),
                vec!["noeviction", "volatile-ttl"],
            ),
            (Value::Array(Vec::new()), vec![]),
        ] {
            assert_eq!(policies(&answer), all);
        }
        assert!(judge(vec!["noeviction".to_owned()]).is_ok());
        assert!(judge(vec!["noeviction".to_owned(), "allkeys-lfu".to_owned()]).is_err());
    }
}
