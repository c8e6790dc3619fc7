//! The directory in our own database.

use super::change::{Objection, change, is_there};
use super::newcomers::Newcomers;
use super::profiles::Profiles;
use super::{Added, Changed, Directory, PasswordCheck, Recovered, Seen, mailboxes, own};
use crate::domain::assurance::{Authentication, Method, Prover};
use crate::domain::audit::{AuditRecord, Origin};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::id::{RecoveryId, UserId};
use crate::domain::limits::Source;
use crate::domain::password::Password;
use crate::domain::time::Timestamp;
use crate::domain::user::{PasswordFrom, Secrecy, Standing, User, UserName};
use crate::io::Fault;
use crate::io::clock::Clock;
use crate::io::credentials::{Claim, take_turn};
use crate::io::entropy::Entropy;
use crate::io::hashing::{HashPool, Hashed, Match, Place};
use crate::io::keys::KeyRing;
use crate::io::sql::{Database, Transaction, WITHDRAWN, write_audit};
use crate::io::telemetry::observe;
use async_trait::async_trait;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::sync::Arc;

/// People in the tables `users` and `memberships`.
pub struct SqlDirectory {
    pub(super) database: Database,
    pub(super) keys: Arc<KeyRing>,
    hashes: HashPool,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// What a stored user looks like.
struct Stored {
    user: User,
    password: String,
}

impl SqlDirectory {
    /// The directory in this database; what newcomers have proven is sealed by this key ring.
    pub fn new(
        (database, keys): (Database, Arc<KeyRing>),
        hashes: HashPool,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            database,
            keys,
            hashes,
            clock,
            entropy,
        }
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Stored>, Fault> {
        let query = sqlx::query(
            "SELECT id, name, display_name, email, standing, password, proofs_since, password_by_mailbox_at, kept_session, password_compromised_at, created_at FROM users WHERE id = $1",
        );
        self.one(query.bind(id.to_string()).fetch_optional(self.database.pool()))
            .await
    }

    async fn by_name(&self, name: &UserName) -> Result<Option<Stored>, Fault> {
        let query = sqlx::query(
            "SELECT id, name, display_name, email, standing, password, proofs_since, password_by_mailbox_at, kept_session, password_compromised_at, created_at FROM users WHERE name = $1",
        );
        self.one(
            query
                .bind(name.as_str().to_owned())
                .fetch_optional(self.database.pool()),
        )
        .await
    }

    async fn one(
        &self,
        row: impl Future<Output = Result<Option<AnyRow>, sqlx::Error>> + Send,
    ) -> Result<Option<Stored>, Fault> {
        let row = self.database.read(row).await?;
        row.map(|row| read_user(&row).map_err(|error| Fault::new("sql", error)))
            .transpose()
    }

    /// The user with their groups, which are read only once it is settled that somebody may know of them.
    async fn with_groups(&self, user: User) -> Result<User, Fault> {
        let query = sqlx::query_scalar("SELECT group_name FROM memberships WHERE user_id = $1 ORDER BY group_name");
        let groups = self
            .database
            .read(query.bind(user.id.to_string()).fetch_all(self.database.pool()))
            .await?;
        Ok(User { groups, ..user })
    }

    async fn complete(&self, stored: Option<Stored>) -> Result<Option<User>, Fault> {
        match stored {
            Some(stored) => Ok(Some(self.with_groups(stored.user).await?)),
            None => Ok(None),
        }
    }

    /// What is kept of a new password that somebody known chose.
    async fn hash_known(&self, password: Password) -> Result<Hashed<String>, Fault> {
        match self.hashes.place(None) {
            Some(place) => self.hash(password, place).await,
            None => Ok(Hashed::Busy),
        }
    }

    pub(super) async fn hash(&self, password: Password, place: Place) -> Result<Hashed<String>, Fault> {
        let mut salt = [0_u8; 16];
        self.entropy.fill(&mut salt);
        self.hashes.hash(password, salt, place).await
    }

    /// Keeps a right password under the pepper in use, unless it was changed meanwhile. The old form stays good where that fails.
    async fn keep_anew(&self, stored: &Stored, fresh: String) {
        let (id, old) = (stored.user.id.to_string(), stored.password.clone());
        let kept = self.database.transaction(|mut transaction| async move {
            let query = sqlx::query("UPDATE users SET password = $3 WHERE id = $1 AND password = $2");
            query.bind(id).bind(old).bind(fresh).execute(&mut *transaction).await?;
            Ok(((), transaction))
        });
        if let Err(fault) = kept.await {
            tracing::warn!(%fault, "a password stays under an older pepper for now");
        }
    }

    /// Sets one column of a user.
    async fn set(&self, id: UserId, (column, value): (Column, String), record: AuditRecord) -> Result<Changed, Fault> {
        let update = sqlx::query(column.update()).bind(id.to_string()).bind(value);
        let update = update.bind(record.at.as_millis());
        change(&self.database, (id, update, column.objection()), None, record).await
    }
}

/// A column that can be changed, and what becomes of earlier proofs.
#[derive(Clone, Copy)]
enum Column {
    Password,
    GivenPassword,
    Disabled,
    Enabled,
}

impl Column {
    fn objection(self) -> Objection {
        match self {
            Self::Password => Objection::Forbids,
            Self::GivenPassword | Self::Disabled | Self::Enabled => Objection::Ignored,
        }
    }

    fn update(self) -> &'static str {
        match self {
            Self::Password => {
                "UPDATE users SET password = $2, proofs_since = $3, password_set_at = $3, password_compromised_at = 0
                 WHERE id = $1
                 AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.user_id = users.id AND a.frozen_at > $3)"
            }
            Self::GivenPassword => {
                "UPDATE users SET password = $2, proofs_since = $3, password_set_at = $3, password_by_mailbox_at = 0,
                 password_compromised_at = 0 WHERE id = $1"
            }
            Self::Disabled => "UPDATE users SET standing = $2, proofs_since = $3 WHERE id = $1",
            Self::Enabled => "UPDATE users SET standing = $2 WHERE id = $1 AND $3 > 0",
        }
    }
}

#[async_trait]
impl Directory for SqlDirectory {
    fn place(&self, stranger: Option<Source>) -> Option<Place> {
        self.hashes.place(stranger)
    }

    async fn check_password(&self, name: &UserName, password: Password, place: Place) -> Result<PasswordCheck, Fault> {
        let stored = self.by_name(name).await?;
        let hash = stored
            .as_ref()
            .map(|stored| stored.password.as_str())
            .filter(|hash| !hash.is_empty() && *hash != WITHDRAWN);
        let right = match self.hashes.verify(password, hash, place).await? {
            Hashed::Busy => return Ok(PasswordCheck::Busy),
            Hashed::Done(Match::No) => false,
            Hashed::Done(Match::Yes) => true,
            Hashed::Done(Match::YesKeep(fresh)) => {
                if let Some(stored) = &stored {
                    self.keep_anew(stored, fresh).await;
                }
                true
            }
        };
        match stored {
            Some(Stored { user, .. }) if right && user.standing == Standing::Active => {
                let proof = Authentication::proven(Method::Password, Prover::Password, self.clock.now());
                Ok(PasswordCheck::Correct(self.with_groups(user).await?, proof))
            }
            Some(_) | None => Ok(PasswordCheck::Wrong),
        }
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, Fault> {
        self.complete(self.by_id(id).await?).await
    }

    async fn find(&self, name: &UserName) -> Result<Option<User>, Fault> {
        self.complete(self.by_name(name).await?).await
    }

    async fn find_by_mailbox(&self, mailbox: &Mailbox) -> Result<Option<User>, Fault> {
        let query = sqlx::query(
            "SELECT id, name, display_name, email, standing, password, proofs_since, password_by_mailbox_at, kept_session, password_compromised_at, created_at FROM users
             WHERE lower(email) = lower($1) LIMIT 2",
        );
        let rows = query.bind(mailbox.as_str().to_owned()).fetch_all(self.database.pool());
        match self.database.read(rows).await?.as_slice() {
            [row] => {
                let stored = read_user(row).map_err(|error| Fault::new("sql", error))?;
                self.complete(Some(stored)).await
            }
            [] | [..] => Ok(None),
        }
    }

    async fn all(&self) -> Result<Vec<User>, Fault> {
        let query = sqlx::query(
            "SELECT id, name, display_name, email, standing, password, proofs_since, password_by_mailbox_at, kept_session, password_compromised_at, created_at FROM users ORDER BY name",
        );
        let rows = self.database.read(query.fetch_all(self.database.pool())).await?;
        let mut users = Vec::with_capacity(rows.len());
        for row in rows {
            let stored = read_user(&row).map_err(|error| Fault::new("sql", error))?;
            users.push(self.with_groups(stored.user).await?);
        }
        Ok(users)
    }

    async fn add(&self, user: &User, record: AuditRecord) -> Result<Added, Fault> {
        let claim = Claim::to(&self.keys, &user.email)?;
        let user = user.clone();
        let told = record.clone();
        let added = self
            .database
            .transaction(|mut transaction| async move {
                take_turn(&mut transaction).await?;
                if claim.is_anothers(&mut transaction, user.id).await? {
                    let there = is_there(&mut transaction, &user.name).await?;
                    let why = if there { Added::NameTaken } else { Added::AddressTaken };
                    return Ok((why, transaction));
                }
                if insert_user(&mut transaction, &user, record.at).await? == 0 {
                    return Ok((Added::NameTaken, transaction));
                }
                for group in &user.groups {
                    let query = sqlx::query(
                        "INSERT INTO memberships (user_id, group_name) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    );
                    query
                        .bind(user.id.to_string())
                        .bind(group.clone())
                        .execute(&mut *transaction)
                        .await?;
                }
                write_audit(&mut transaction, &record).await?;
                Ok((Added::New, transaction))
            })
            .await?;
        if added == Added::New {
            observe(&told);
        }
        Ok(added)
    }

    async fn set_standing(&self, id: UserId, standing: Standing, record: AuditRecord) -> Result<Changed, Fault> {
        let change = match standing {
            Standing::Active => (Column::Enabled, ACTIVE.to_owned()),
            Standing::Disabled => (Column::Disabled, DISABLED.to_owned()),
        };
        self.set(id, change, record).await
    }

    async fn change_password(
        &self,
        id: UserId,
        password: Password,
        of: Seen,
        record: AuditRecord,
    ) -> Result<Changed, Fault> {
        match self.hash_known(password).await? {
            Hashed::Busy => Err(Fault::new("hashing", "too many passwords are being checked; try again")),
            Hashed::Done(hash) => own::change_password(&self.database, (id, hash), of, record).await,
        }
    }

    async fn set_password(&self, id: UserId, password: Password, record: AuditRecord) -> Result<Changed, Fault> {
        match self.hash_known(password).await? {
            Hashed::Busy => Err(Fault::new("hashing", "too many passwords are being checked; try again")),
            Hashed::Done(hash) => {
                let column = match record.origin {
                    Origin::Command => Column::GivenPassword,
                    Origin::Request { .. } | Origin::Program => Column::Password,
                };
                self.set(id, (column, hash), record).await
            }
        }
    }

    async fn recover_password(
        &self,
        id: UserId,
        password: Password,
        by: (RecoveryId, String),
        record: AuditRecord,
    ) -> Result<Recovered, Fault> {
        match self.hash_known(password).await? {
            Hashed::Busy => Ok(Recovered::Busy),
            Hashed::Done(hash) => mailboxes::recover(&self.database, (id, hash), by, record).await,
        }
    }

    async fn trust_mailbox(&self, id: UserId, record: AuditRecord) -> Result<Changed, Fault> {
        mailboxes::trust(&self.database, id, record).await
    }

    fn newcomers(&self) -> Option<&dyn Newcomers> {
        Some(self)
    }

    fn profiles(&self) -> Option<&dyn Profiles> {
        Some(self)
    }

    async fn ping(&self) -> Result<(), Fault> {
        self.database.ping().await
    }
}

const ACTIVE: &str = "active";
const DISABLED: &str = "disabled";

async fn insert_user(transaction: &mut Transaction, user: &User, now: Timestamp) -> Result<u64, sqlx::Error> {
    let query = sqlx::query(
        "INSERT INTO users (id, name, display_name, email, standing, password, proofs_since, created_at)
         VALUES ($1, $2, $3, $4, $5, '', $6, $7) ON CONFLICT (name) DO NOTHING",
    );
    let query = query
        .bind(user.id.to_string())
        .bind(user.name.as_str().to_owned())
        .bind(user.display_name.clone());
    let query = query
        .bind(user.email.clone())
        .bind(ACTIVE)
        .bind(user.proofs_since.as_millis())
        .bind(now.as_millis());
    Ok(query.execute(&mut **transaction).await?.rows_affected())
}

fn read_user(row: &AnyRow) -> Result<Stored, sqlx::Error> {
    let decode = |error: &dyn std::fmt::Display| sqlx::Error::Decode(error.to_string().into());
    let password: String = row.try_get("password")?;
    let proofs_since = Timestamp::from_millis(row.try_get("proofs_since")?);
    let user = User {
        id: row
            .try_get::<String, _>("id")?
            .parse()
            .map_err(|error: crate::domain::id::NotAnId| decode(&error))?,
        name: UserName::parse(&row.try_get::<String, _>("name")?).map_err(|error| decode(&error))?,
        display_name: row.try_get("display_name")?,
        email: row.try_get("email")?,
        groups: Vec::new(),
        standing: if row.try_get::<String, _>("standing")? == ACTIVE {
            Standing::Active
        } else {
            Standing::Disabled
        },
        proofs_since,
        outlasting: own::outlasting(&row.try_get::<String, _>("kept_session")?, proofs_since),
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        password_from: match row.try_get("password_by_mailbox_at")? {
            _ if password.is_empty() => PasswordFrom::NotYet,
            _ if password == WITHDRAWN => PasswordFrom::Withdrawn,
            0 => PasswordFrom::Elsewhere,
            since => PasswordFrom::Mailbox(Timestamp::from_millis(since)),
        },
        secrecy: match row.try_get("password_compromised_at")? {
            0 => Secrecy::Kept,
            1.. | i64::MIN..0 => Secrecy::Compromised,
        },
    };
    Ok(Stored { user, password })
}
