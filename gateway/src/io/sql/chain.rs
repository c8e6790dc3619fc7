//! The audit as a chain: each record carries a keyed hash of itself and of the one before it on the same node, so that an
//! edit, a deletion or a swap shows (SECURITY LG4). The key is in the key directory, not in SQL. That the end was cut off
//! shows by an end that was exported before: into the log every hour, and by `audit head`.
//!
//! One chain for each node, because whoever adds a record holds the end of its chain until the transaction is over.

use super::Transaction;
use crate::domain::audit::AuditRecord;
use crate::io::Fault;
use crate::io::keys::{KeyRing, Purpose};
use sqlx::Row;
use std::sync::Arc;

/// The chain that this program's records are added to.
#[derive(Clone)]
pub struct Chain {
    keys: Arc<KeyRing>,
    node: Arc<str>,
}

/// The end of a chain: whoever keeps it elsewhere can tell later that nothing before it was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Which node's chain.
    pub node: String,
    /// The how manyeth record it is, from 1.
    pub seq: i64,
    /// The keyed hash of it and all before.
    pub link: String,
}

impl Chain {
    /// The chain of the node of this name.
    pub fn new(keys: Arc<KeyRing>, node: &str) -> Self {
        Self {
            keys,
            node: node.into(),
        }
    }

    /// The link of a record that follows on another link.
    ///
    /// # Errors
    /// When the key ring is empty, which loading rules out.
    pub(in crate::io) fn link(
        keys: &KeyRing,
        (node, seq, before): (&str, i64, &str),
        columns: [&str; 5],
    ) -> Result<String, Fault> {
        let seq = seq.to_be_bytes();
        let mut parts: Vec<&[u8]> = vec![node.as_bytes(), &seq, before.as_bytes()];
        parts.extend(columns.iter().map(|column| column.as_bytes()));
        keys.pseudonym(Purpose::Audit, &parts)
    }

    /// Adds a record; one that is there already stays as it is.
    pub(super) async fn add(&self, transaction: &mut Transaction, record: &AuditRecord) -> Result<(), sqlx::Error> {
        let text = serde_json::to_string(record).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        let query = sqlx::query(
            "INSERT INTO audit_heads (node, seq, link) VALUES ($1, 1, '')
             ON CONFLICT (node) DO UPDATE SET seq = audit_heads.seq + 1
             RETURNING seq, link",
        );
        let end = query.bind(self.node.to_string()).fetch_one(&mut **transaction).await?;
        let (seq, before): (i64, String) = (end.try_get("seq")?, end.try_get("link")?);
        let (id, at) = (record.id.to_string(), record.at.as_millis());
        let user = record.user.map(|user| user.to_string()).unwrap_or_default();
        let kind = record.event.word();
        let columns = [id.as_str(), &at.to_string(), &user, kind, &text];
        let link = Self::link(&self.keys, (&self.node, seq, &before), columns);
        let link = link.map_err(|fault| sqlx::Error::Encode(Box::new(fault)))?;
        let query = sqlx::query(
            "INSERT INTO audit (id, at, user_id, kind, record, node, seq, link) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (id) DO NOTHING",
        );
        let query = query.bind(id.clone()).bind(at).bind(user).bind(kind).bind(text);
        let query = query.bind(self.node.to_string()).bind(seq).bind(link.clone());
        let (seq, link) = match query.execute(&mut **transaction).await?.rows_affected() {
            0 => (seq - 1, before),
            _ => (seq, link),
        };
        let query = sqlx::query("UPDATE audit_heads SET seq = $2, link = $3 WHERE node = $1");
        let query = query.bind(self.node.to_string()).bind(seq).bind(link);
        query.execute(&mut **transaction).await?;
        Ok(())
    }
}
