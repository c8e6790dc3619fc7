//! Reading the audit: what happened, and whether the chains of it are whole.

use super::{Audited, Selection, Verified};
use crate::io::Fault;
use crate::io::keys::KeyRing;
use crate::io::sql::{Chain, Database, Link};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

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

/// Reads every chain from its beginning. `known` are ends kept elsewhere, which must still be there.
pub(super) async fn verify(database: &Database, keys: &KeyRing, known: &[Link]) -> Result<Verified, Fault> {
    let ends: BTreeMap<String, Link> = heads(database)
        .await?
        .into_iter()
        .map(|end| (end.node.clone(), end))
        .collect();
    let mut records = 0;
    let (mut node, mut seq, mut link) = (String::new(), 0, String::new());
    let broken = |node: &str, seq: i64, why: &'static str| Verified::Broken {
        node: node.to_owned(),
        seq,
        why,
    };
    loop {
        let page = page(database, (&node, seq)).await?;
        for row in &page {
            let next: String = row.try_get("node").map_err(unreadable)?;
            if next != node {
                if let Some(why) = cut(&ends, (&node, seq, &link)) {
                    return Ok(broken(&node, seq + 1, why));
                }
                (node, seq, link) = (next, 0, String::new());
            }
            seq += 1;
            match check(keys, row, (&node, seq, &link)).map_err(unreadable)? {
                Checked::Right(right) => link = right,
                Checked::Wrong(why) => return Ok(broken(&node, seq, why)),
            }
            let same = |end: &&Link| end.node == node && end.seq == seq;
            if known.iter().find(same).is_some_and(|end| end.link != link) {
                return Ok(broken(&node, seq, "it is not the record that was the last once"));
            }
            records += 1;
        }
        if page.is_empty() {
            break;
        }
    }
    if let Some(why) = cut(&ends, (&node, seq, &link)) {
        return Ok(broken(&node, seq + 1, why));
    }
    missing(database, &ends, known).await.map(|missing| match missing {
        Some((node, seq)) => broken(&node, seq, "it was there once, and is gone"),
        None => Verified::Whole {
            records,
            chains: ends.len(),
        },
    })
}

/// A chain, or the end of one, of which nothing is left.
async fn missing(
    database: &Database,
    ends: &BTreeMap<String, Link>,
    known: &[Link],
) -> Result<Option<(String, i64)>, Fault> {
    for end in known.iter().chain(ends.values()) {
        let query = sqlx::query_scalar("SELECT count(*) FROM audit WHERE node = $1 AND seq = $2");
        let query = query.bind(end.node.clone()).bind(end.seq);
        let there: i64 = database.read(query.fetch_one(database.pool())).await?;
        if there == 0 && end.seq > 0 {
            return Ok(Some((end.node.clone(), end.seq)));
        }
    }
    Ok(None)
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

/// What is wrong with the end of a chain that was read to its last record.
fn cut(ends: &BTreeMap<String, Link>, (node, seq, link): (&str, i64, &str)) -> Option<&'static str> {
    if node.is_empty() {
        return None;
    }
    match ends.get(node) {
        Some(end) if end.seq == seq && end.link == link => None,
        Some(end) if end.seq > seq => Some("it is gone"),
        Some(_) | None => Some("the end of the chain was changed"),
    }
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
