//! One-use links in our own database.

use super::letters::{self, SealedToken};
use super::{Accepted, Offered, Withdrawn};
use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::id::UserId;
use crate::domain::invitation::{Guest, Invitation, Invited};
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::credentials::Revoked;
use crate::io::sql::{Database, Transaction, write_audit, write_revocation};
use crate::io::telemetry::observe;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Hands out a link, in place of the one before it for the same person.
pub(super) async fn offer(
    database: &Database,
    (link, letter): (String, Option<SealedToken>),
    invitation: &Invitation,
    record: AuditRecord,
) -> Result<Offered, Fault> {
    let (email, display_name, groups, user) = match &invitation.invited {
        Invited::Guest(guest) => {
            let email = guest.mailbox.as_str().to_owned();
            (
                email,
                guest.display_name.clone(),
                guest.groups.as_slice(),
                String::new(),
            )
        }
        Invited::Member(user) => (String::new(), String::new(), [].as_slice(), user.to_string()),
    };
    let member_of = serde_json::to_string(groups).map_err(|error| Fault::new("sql", error))?;
    let (ends, told) = (invitation.expires_at, record.clone());
    let offered = database
        .transaction(|mut transaction| async move {
            let query = sqlx::query("DELETE FROM invitations WHERE lower(email) = lower($1) AND user_id = $2");
            let query = query.bind(email.clone()).bind(user.clone());
            query.execute(&mut *transaction).await?;
            let query = sqlx::query(
                "INSERT INTO invitations
                 (name, email, display_name, member_of, user_id, created_at, expires_at, used_at)
                 SELECT $1, $2, $3, $4, $5, $6, $7, 0
                 WHERE ($5 = '' AND NOT EXISTS
                        (SELECT 1 FROM users WHERE name = lower($2) OR lower(email) = lower($2)))
                 OR ($5 <> '' AND EXISTS (SELECT 1 FROM users WHERE id = $5 AND password = ''))",
            );
            let query = query.bind(link.clone()).bind(email).bind(display_name);
            let query = query.bind(member_of).bind(user);
            let query = query.bind(record.at.as_millis()).bind(ends.as_millis());
            if query.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok((Offered::Needless, transaction));
            }
            if let Some(letter) = letter {
                letters::write(&mut transaction, (link, letter), record.at).await?;
            }
            write_audit(&mut transaction, &record).await?;
            Ok((Offered::Done, transaction))
        })
        .await?;
    if offered == Offered::Done {
        observe(&told);
    }
    Ok(offered)
}

/// Ends the invitation of an address.
pub(super) async fn withdraw(database: &Database, email: String, record: AuditRecord) -> Result<Withdrawn, Fault> {
    let told = record.clone();
    let withdrawn = database
        .transaction(|mut transaction| async move {
            let query = sqlx::query(
                "DELETE FROM invitations
                 WHERE lower(email) = lower($1) AND user_id = '' AND used_at = 0 AND expires_at > $2",
            );
            let query = query.bind(email).bind(record.at.as_millis());
            if query.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok((Withdrawn::NotThere, transaction));
            }
            write_audit(&mut transaction, &record).await?;
            Ok((Withdrawn::Done, transaction))
        })
        .await?;
    if withdrawn == Withdrawn::Done {
        observe(&told);
    }
    Ok(withdrawn)
}

/// What a link is for, while it can be used.
pub(super) async fn find(database: &Database, link: &str, now: Timestamp) -> Result<Option<Invitation>, Fault> {
    let query = sqlx::query(
        "SELECT email, display_name, member_of, user_id, expires_at FROM invitations
         WHERE name = $1 AND used_at = 0 AND expires_at > $2",
    );
    let query = query.bind(link.to_owned()).bind(now.as_millis());
    let row = database.read(query.fetch_optional(database.pool())).await?;
    row.map(|row| read(&row)).transpose()
}

/// Every link that can be used.
pub(super) async fn all(database: &Database, now: Timestamp) -> Result<Vec<Invitation>, Fault> {
    let query = sqlx::query(
        "SELECT email, display_name, member_of, user_id, expires_at FROM invitations
         WHERE used_at = 0 AND expires_at > $1 ORDER BY expires_at, name",
    );
    let rows = database
        .read(query.bind(now.as_millis()).fetch_all(database.pool()))
        .await?;
    rows.iter().map(read).collect()
}

/// Uses a link up, and sets the first password of its person.
pub(super) async fn accept(
    database: &Database,
    (link, user): (String, UserId),
    kept: String,
    record: AuditRecord,
) -> Result<Accepted, Fault> {
    let told = record.clone();
    let accepted = database
        .transaction(|mut transaction| async move {
            let query = sqlx::query(
                "UPDATE invitations SET used_at = $3
                 WHERE name = $1 AND user_id = $2 AND used_at = 0 AND expires_at > $3",
            );
            let query = query.bind(link).bind(user.to_string()).bind(record.at.as_millis());
            if query.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok((Accepted::LinkEnded, transaction));
            }
            let query = sqlx::query(
                "UPDATE users SET password = $2, proofs_since = $3
                 WHERE id = $1 AND password = '' AND standing = 'active'",
            );
            let query = query.bind(user.to_string()).bind(kept).bind(record.at.as_millis());
            if query.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok((Accepted::LinkEnded, transaction));
            }
            write_revocation(&mut transaction, record.id, record.at, Revoked::Facts(user)).await?;
            write_audit(&mut transaction, &record).await?;
            Ok((Accepted::Done, transaction))
        })
        .await?;
    if accepted == Accepted::Done {
        observe(&told);
    }
    Ok(accepted)
}

/// Uses a link up in the transaction that makes an account by it.
pub(super) async fn use_up(transaction: &mut Transaction, link: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    let query = sqlx::query("UPDATE invitations SET used_at = $2 WHERE name = $1");
    let query = query.bind(link.to_owned()).bind(now.as_millis());
    query.execute(&mut **transaction).await?;
    Ok(())
}

/// Whether a link can be used.
pub(super) async fn is_usable(transaction: &mut Transaction, link: &str, now: Timestamp) -> Result<bool, sqlx::Error> {
    let query =
        sqlx::query_scalar("SELECT count(*) FROM invitations WHERE name = $1 AND used_at = 0 AND expires_at > $2");
    let query = query.bind(link.to_owned()).bind(now.as_millis());
    let usable: i64 = query.fetch_one(&mut **transaction).await?;
    Ok(usable > 0)
}

fn read(row: &AnyRow) -> Result<Invitation, Fault> {
    let unreadable = |error: sqlx::Error| Fault::new("sql", error);
    let text = |column: &str| row.try_get::<String, _>(column).map_err(unreadable);
    let user = text("user_id")?;
    let invited = if user.is_empty() {
        Invited::Guest(Guest {
            mailbox: Mailbox::parse(&text("email")?).map_err(|error| Fault::new("sql", error))?,
            display_name: text("display_name")?,
            groups: serde_json::from_str(&text("member_of")?).map_err(|error| Fault::new("sql", error))?,
        })
    } else {
        Invited::Member(user.parse().map_err(|error| Fault::new("sql", error))?)
    };
    let expires_at = row.try_get("expires_at").map_err(unreadable)?;
    Ok(Invitation {
        invited,
        expires_at: Timestamp::from_millis(expires_at),
    })
}
