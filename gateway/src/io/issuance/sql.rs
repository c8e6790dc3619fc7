//! Issuance in our own database.

use super::{Begun, Bundle, Issuance, Seen, Standing, Wanted};
use crate::domain::audit::AuditRecord;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::issuer::AccountKey;
use crate::io::keys::{KeyRing, Purpose};
use crate::io::sql::{Database, write_audit};
use crate::io::telemetry::observe;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The longest reason that is kept.
const LONGEST_REASON: usize = 1000;

/// Issuance in SQL tables, its keys sealed.
pub struct SqlIssuance {
    database: Database,
    keys: Arc<KeyRing>,
}

impl SqlIssuance {
    /// The issuance in this database, sealed by this key ring.
    pub fn new(database: Database, keys: Arc<KeyRing>) -> Self {
        Self { database, keys }
    }

    fn seal(&self, place: &str, value: &[u8]) -> Result<String, Fault> {
        let sealed = self.keys.seal(Purpose::Certificate, place.as_bytes(), value)?;
        Ok(STANDARD.encode(sealed))
    }

    fn open(&self, place: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        let sealed = STANDARD.decode(sealed).ok()?;
        self.keys.open(Purpose::Certificate, place.as_bytes(), &sealed).ok()
    }

    /// A host whose certificate these keys cannot open has none.
    fn standing(&self, issuer: &str, row: &AnyRow) -> Result<Standing, sqlx::Error> {
        let (host, bundle): (String, String) = (row.try_get("name")?, row.try_get("bundle")?);
        let read = || {
            let text = self.open(&place(issuer, &host), &bundle);
            let text = text.ok_or("the certificate was sealed by other keys".to_owned())?;
            Bundle::from_text(&host, &text).map_err(|unfit| unfit.to_string())
        };
        let mut problem: String = row.try_get("problem")?;
        let bundle = if bundle.is_empty() {
            None
        } else {
            read().map_err(|why| problem = why).ok()
        };
        Ok(Standing {
            bundle,
            serial: row.try_get("serial")?,
            failures: u32::try_from(row.try_get::<i64, _>("failures")?).unwrap_or(u32::MAX),
            wait_until: Timestamp::from_millis(row.try_get("wait_until")?),
            problem,
            host,
        })
    }
}

#[async_trait]
impl Issuance for SqlIssuance {
    async fn account(&self, issuer: &str, fresh: &AccountKey) -> Result<AccountKey, Fault> {
        let place = format!("issuer_accounts key {issuer}");
        let sealed = self.seal(&place, fresh.expose())?;
        let (name, ours) = (issuer.to_owned(), sealed.clone());
        let there: String = self
            .database
            .transaction(|mut transaction| async move {
                let query = sqlx::query(
                    "INSERT INTO issuer_accounts (issuer, key) VALUES ($1, $2) ON CONFLICT (issuer) DO NOTHING",
                );
                query.bind(name.clone()).bind(ours).execute(&mut *transaction).await?;
                let query = sqlx::query_scalar("SELECT key FROM issuer_accounts WHERE issuer = $1");
                let there = query.bind(name).fetch_one(&mut *transaction).await?;
                Ok((there, transaction))
            })
            .await?;
        if let Some(key) = self.open(&place, &there) {
            return Ok(Secret::new(key.to_vec()));
        }
        // Sealed by keys that are gone: the account is, too.
        let name = issuer.to_owned();
        self.database
            .transaction(|mut transaction| async move {
                let query = sqlx::query("UPDATE issuer_accounts SET key = $2 WHERE issuer = $1 AND key = $3");
                let query = query.bind(name).bind(sealed).bind(there);
                query.execute(&mut *transaction).await?;
                Ok(((), transaction))
            })
            .await?;
        Err(Fault::new(
            "issuance",
            format!("the account key for {issuer} was sealed by other keys; a new one is made"),
        ))
    }

    async fn all(&self, issuer: &str) -> Result<Vec<Standing>, Fault> {
        let query = sqlx::query(
            "SELECT name, bundle, serial, failures, wait_until, problem FROM issued_certificates
             WHERE issuer = $1 ORDER BY name",
        );
        let query = query.bind(issuer.to_owned()).fetch_all(self.database.pool());
        let rows = self.database.read(query).await?;
        let standing = |row: &AnyRow| self.standing(issuer, row).map_err(|error| Fault::new("sql", error));
        rows.iter().map(standing).collect()
    }

    async fn begin(&self, wanted: &Wanted, seen: Seen, wait_until: Timestamp) -> Result<Begun, Fault> {
        let Wanted { issuer, host } = wanted.clone();
        self.database
            .transaction(|mut transaction| async move {
                let query = sqlx::query(
                    "INSERT INTO issued_certificates (issuer, name, bundle, serial, failures, wait_until, problem)
                     VALUES ($1, $2, '', 0, 1, $4, '')
                     ON CONFLICT (issuer, name)
                     DO UPDATE SET failures = issued_certificates.failures + 1, wait_until = $4
                     WHERE issued_certificates.wait_until = $3 AND issued_certificates.serial = $5",
                );
                let query = query.bind(issuer).bind(host);
                let query = query.bind(seen.wait_until.as_millis()).bind(wait_until.as_millis());
                let query = query.bind(seen.serial);
                let begun = match query.execute(&mut *transaction).await?.rows_affected() {
                    0 => Begun::Theirs,
                    _ => Begun::Ours,
                };
                Ok((begun, transaction))
            })
            .await
    }

    async fn extend(&self, wanted: &Wanted, wait_until: Timestamp) -> Result<(), Fault> {
        let Wanted { issuer, host } = wanted.clone();
        self.database
            .transaction(|mut transaction| async move {
                let query = sqlx::query(
                    "UPDATE issued_certificates SET wait_until = $3 WHERE issuer = $1 AND name = $2 AND wait_until < $3",
                );
                let query = query.bind(issuer).bind(host).bind(wait_until.as_millis());
                query.execute(&mut *transaction).await?;
                Ok(((), transaction))
            })
            .await
    }

    async fn keep(
        &self,
        wanted: &Wanted,
        (bundle, wait_until): (&Bundle, Timestamp),
        record: AuditRecord,
    ) -> Result<(), Fault> {
        let text = bundle.to_text().map_err(|error| Fault::new("issuance", error))?;
        let sealed = self.seal(&place(&wanted.issuer, &wanted.host), text.as_bytes())?;
        let Wanted { issuer, host } = wanted.clone();
        let told = record.clone();
        self.database
            .transaction(|mut transaction| async move {
                let query = sqlx::query(
                    "UPDATE issued_certificates
                     SET bundle = $3, serial = serial + 1, failures = 0, wait_until = $4, problem = ''
                     WHERE issuer = $1 AND name = $2",
                );
                let query = query.bind(issuer).bind(host).bind(sealed).bind(wait_until.as_millis());
                query.execute(&mut *transaction).await?;
                write_audit(&mut transaction, &record).await?;
                Ok(((), transaction))
            })
            .await?;
        observe(&told);
        Ok(())
    }

    async fn fail(&self, wanted: &Wanted, (until, why): (Timestamp, &str), record: AuditRecord) -> Result<(), Fault> {
        let Wanted { issuer, host } = wanted.clone();
        let why: String = why.chars().take(LONGEST_REASON).collect();
        let told = record.clone();
        self.database
            .transaction(|mut transaction| async move {
                let query = sqlx::query(
                    "UPDATE issued_certificates SET wait_until = $3, problem = $4 WHERE issuer = $1 AND name = $2",
                );
                let query = query.bind(issuer).bind(host).bind(until.as_millis()).bind(why);
                query.execute(&mut *transaction).await?;
                write_audit(&mut transaction, &record).await?;
                Ok(((), transaction))
            })
            .await?;
        observe(&told);
        Ok(())
    }
}

/// What a bundle is sealed to.
fn place(issuer: &str, host: &str) -> String {
    format!("issued_certificates bundle {issuer} {host}")
}
