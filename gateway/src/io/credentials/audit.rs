//! Reading the audit: what happened, and whether the chains of it are whole.

use super::{Audited, Selection, Verified};
use crate::io::Fault;
use crate::io::keys::KeyRing;
use crate::io::sql::{Chain, Database, Link};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeSet;

/// How many records are read at once.
const PAGE: i64 = 1000;

/// What happened, newest first.
pub(super) async fn list(database: &Database, selection: &Selection) -> Result<Vec<Audited>, Fault> {
    let query = sqlx::query(
        "SELECT at, record FROM audit
         WHERE at >= $1 AND ($2 = '' OR user_id = $2) AND ($3 = '' OR kind = $3)
         ORDER BY at DESC, node, seq DESC LIMIT $4",
    );
    let user = selection.user.map(|user| user.to_string()).unwrap_or_default();
    let query = query.bind(selection.since.as_millis()).bind(user);
    let query = query.bind(selection.kind.clone()).bind(selection.most);
    let rows = database.read(query.fetch_all(database.pool())).await?;
    rows.iter()
        .map(|row| {
            let record: String = row.try_get("record").map_err(unreadable)?;
            serde_json::from_str(&record)
                .map(Audited)
                .map_err(|error| Fault::new("sql", error))
        })
        .collect()
}

/// The ends of all chains.
pub(super) async fn heads(database: &Database) -> Result<Vec<Link>, Fault> {
    let query = sqlx::query("SELECT node, seq, link FROM audit_heads ORDER BY node");
    let rows = database.read(query.fetch_all(database.pool())).await?;
    rows.iter().map(|row| end(row).map_err(unreadable)).collect()
}

/// Reads every chain from its beginning. Each end that is noted, here or elsewhere (`known`), must be passed on the way;
/// records may be added meanwhile.
pub(super) async fn verify(database: &Database, keys: &KeyRing, known: &[Link]) -> Result<Verified, Fault> {
    let mut expected: Vec<Link> = heads(database).await?;
    expected.extend_from_slice(known);
    expected.retain(|end| end.seq > 0);
    let mut walk = Walk::default();
    loop {
        let page = page(database, (&walk.node, walk.seq)).await?;
        for row in &page {
            walk.enter(&row.try_get::<String, _>("node").map_err(unreadable)?);
            match check(keys, row, (&walk.node, walk.seq, &walk.link)).map_err(unreadable)? {
                Checked::Right(right) => walk.link = right,
                Checked::Wrong(why) => return Ok(walk.broken(why)),
            }
            let here = |end: &Link| end.node == walk.node && end.seq == walk.seq;
            if expected.iter().any(|end| here(end) && end.link != walk.link) {
                return Ok(walk.broken("it is not the record that was the last once"));
            }
            expected.retain(|end| !here(end));
            walk.records += 1;
        }
        if page.is_empty() {
            break;
        }
    }
    if let Some(end) = expected.first() {
        let (node, seq) = (end.node.clone(), end.seq);
        let why = "it is gone, or one before it is";
        return Ok(Verified::Broken { node, seq, why });
    }
    let noted: BTreeSet<String> = heads(database).await?.into_iter().map(|end| end.node).collect();
    if let Some(node) = walk.nodes.difference(&noted).next() {
        let (node, seq) = (node.clone(), 1);
        let why = "the end of its chain is noted nowhere";
        return Ok(Verified::Broken { node, seq, why });
    }
    Ok(Verified::Whole {
        records: walk.records,
        chains: walk.nodes.len(),
    })
}

/// How far the reading of the chains is.
#[derive(Default)]
struct Walk {
    node: String,
    seq: i64,
    link: String,
    nodes: BTreeSet<String>,
    records: usize,
}

impl Walk {
    /// On to the next record, which this node wrote.
    fn enter(&mut self, node: &str) {
        if node != self.node {
            self.nodes.insert(node.to_owned());
            (self.node, self.seq, self.link) = (node.to_owned(), 0, String::new());
        }
        self.seq += 1;
    }

    fn broken(&self, why: &'static str) -> Verified {
        Verified::Broken {
            node: self.node.clone(),
            seq: self.seq,
            why,
        }
    }
}

async fn page(database: &Database, (node, seq): (&str, i64)) -> Result<Vec<AnyRow>, Fault> {
    let query = sqlx::query(
        "SELECT id, at, user_id, kind, record, node, seq, link FROM audit
         WHERE node <> '' AND (node > $1 OR (node = $1 AND seq > $2)) ORDER BY node, seq LIMIT $3",
    );
    let query = query.bind(node.to_owned()).bind(seq).bind(PAGE);
    database.read(query.fetch_all(database.pool())).await
}

enum Checked {
    /// It is what was written there; this is its link.
    Right(String),
    /// It is not.
    Wrong(&'static str),
}

fn check(keys: &KeyRing, row: &AnyRow, (node, seq, before): (&str, i64, &str)) -> Result<Checked, sqlx::Error> {
    if row.try_get::<i64, _>("seq")? != seq {
        return Ok(Checked::Wrong("it is gone"));
    }
    let text = |column: &str| row.try_get::<String, _>(column);
    let at: i64 = row.try_get("at")?;
    let (id, user, kind, record) = (text("id")?, text("user_id")?, text("kind")?, text("record")?);
    let columns = [id.as_str(), &at.to_string(), &user, &kind, &record];
    let link = Chain::link(keys, (node, seq, before), columns);
    let link = link.map_err(|fault| sqlx::Error::Decode(Box::new(fault)))?;
    Ok(if text("link")? == link {
        Checked::Right(link)
    } else {
        Checked::Wrong("it is not what was written there")
    })
}

fn end(row: &AnyRow) -> Result<Link, sqlx::Error> {
    Ok(Link {
        node: row.try_get("node")?,
        seq: row.try_get("seq")?,
        link: row.try_get("link")?,
    })
}

fn unreadable(error: sqlx::Error) -> Fault {
    Fault::new("sql", error)
}
