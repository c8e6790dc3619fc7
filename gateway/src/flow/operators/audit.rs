//! What happened, and whether the record of it is whole.

use super::Refusal;
use super::shown::moment;
use crate::domain::time::Timestamp;
use crate::domain::user::UserName;
use crate::flow::operators::Outcome;
use crate::flow::{Fault, Outside};
use crate::io::credentials::{Selection, Verified};
use crate::io::sql::Link;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Which records an operator wants.
#[derive(Debug)]
pub struct Wanted {
    /// Not older than this.
    pub age: Duration,
    /// Only about this person.
    pub user: Option<UserName>,
    /// Only of this kind; empty is any.
    pub kind: String,
    /// At most so many, the newest.
    pub most: u32,
}

/// Something that happened.
#[derive(Debug, Serialize)]
pub struct Happened {
    /// When (RFC 3339, UTC).
    pub at: String,
    /// Whom it is about, as they log in now; empty for nobody.
    pub name: String,
    /// The record as it was written.
    pub record: Value,
}

/// The end of a node's chain, as an operator keeps it elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// The node.
    pub node: String,
    /// How many records it has written.
    pub seq: i64,
    /// The keyed hash of all of them.
    pub link: String,
}

/// What happened, newest first.
///
/// # Errors
/// When SQL fails.
pub async fn audit(outside: &Outside, wanted: &Wanted) -> Result<Outcome<Vec<Happened>>, Fault> {
    let user = match &wanted.user {
        None => None,
        Some(name) => match outside.directory.find(name).await? {
            Some(user) => Some(user.id),
            None => return Ok(Outcome::Refused(Refusal::NoSuchUser)),
        },
    };
    let selection = Selection {
        since: outside.clock.now() - wanted.age,
        user,
        kind: wanted.kind.clone(),
        most: i64::from(wanted.most),
    };
    let users = outside.directory.all().await?.into_iter();
    let names: BTreeMap<String, String> = users
        .map(|user| (user.id.to_string(), user.name.as_str().to_owned()))
        .collect();
    let mut all = Vec::new();
    for record in outside.credentials.audit(&selection).await? {
        let at = record.0.get("at").and_then(Value::as_i64).unwrap_or_default();
        let id = record.0.get("user").and_then(Value::as_str).unwrap_or_default();
        all.push(Happened {
            at: moment(Timestamp::from_millis(at))?,
            name: names.get(id).cloned().unwrap_or_else(|| id.to_owned()),
            record: record.0,
        });
    }
    Ok(Outcome::Done(all))
}

/// The ends of all chains, to be kept where nobody who can change the database can.
///
/// # Errors
/// When SQL fails.
pub async fn audit_heads(outside: &Outside) -> Result<Vec<Head>, Fault> {
    let all = outside.credentials.audit_heads().await?.into_iter();
    Ok(all.map(|Link { node, seq, link }| Head { node, seq, link }).collect())
}

/// What comes of verifying the audit.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing was changed.
    Whole {
        /// How many records there are.
        records: usize,
        /// How many nodes have written them.
        nodes: usize,
    },
    /// This is the first record that is not what was written.
    Broken {
        /// The node that wrote it.
        node: String,
        /// The how manyeth of that node.
        seq: i64,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Reads the audit from its beginning; `kept` are heads of before.
///
/// # Errors
/// When SQL fails.
pub async fn verify_audit(outside: &Outside, kept: Vec<Head>) -> Result<Verdict, Fault> {
    let known: Vec<Link> = kept
        .into_iter()
        .map(|Head { node, seq, link }| Link { node, seq, link })
        .collect();
    Ok(match outside.credentials.verify_audit(&known).await? {
        Verified::Whole { records, chains } => Verdict::Whole { records, nodes: chains },
        Verified::Broken { node, seq, why } => Verdict::Broken { node, seq, why },
    })
}
