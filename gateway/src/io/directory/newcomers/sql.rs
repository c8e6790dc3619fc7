//! Accounts that people make for themselves, in our own database: whole, or not at all.

use super::{Accepted, DueLetter, HandedOver, Joined, Kept, Newcomer, Newcomers, Offered, Withdrawn, letters, links};
use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::id::UserId;
use crate::domain::invitation::Invitation;
use crate::domain::password::Password;
use crate::domain::time::Timestamp;
use crate::domain::user::{PasswordFrom, User};
use crate::io::Fault;
use crate::io::credentials::{Claim, Firsts, NextTry, take_turn};
use crate::io::directory::sql::SqlDirectory;
use crate::io::hashing::{Hashed, Place};
use crate::io::sql::{Transaction, write_audit};
use crate::io::telemetry::observe;
use async_trait::async_trait;
use std::time::Duration;

#[async_trait]
impl Newcomers for SqlDirectory {
    async fn keep(&self, password: Password, place: Place) -> Result<Kept, Fault> {
        Ok(match self.hash(password, place).await? {
            Hashed::Done(text) => Kept::As(text),
            Hashed::Busy => Kept::Busy,
        })
    }

    async fn knows(&self, mailbox: &Mailbox) -> Result<bool, Fault> {
        let query = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM users WHERE name = $1 OR lower(email) = lower($2))
             + (SELECT count(*) FROM authenticators WHERE address = $3)",
        );
        let address = mailbox.as_str().to_owned();
        let hash = Claim::to(&self.keys, &address)?.hash();
        let query = query.bind(address.to_lowercase()).bind(address).bind(hash);
        let known: i64 = self.database.read(query.fetch_one(self.database.pool())).await?;
        Ok(known > 0)
    }

    async fn join(&self, newcomer: Newcomer, record: AuditRecord) -> Result<Joined, Fault> {
        let told = record.clone();
        let firsts = Firsts::seal(&self.keys, newcomer.user.id, &newcomer.authenticators)?;
        let terms = Terms {
            number: firsts.number(),
            link: newcomer.invitation.clone().unwrap_or_default(),
            most_accounts: newcomer.most_accounts,
        };
        let claim = Claim::to(&self.keys, &newcomer.user.email)?;
        let (user, kept) = (newcomer.user, newcomer.kept);
        let (joined, new) = self
            .database
            .transaction(|mut transaction| async move {
                take_turn(&mut transaction).await?;
                let anothers = claim.is_anothers(&mut transaction, user.id).await?;
                if anothers || admit(&mut transaction, (&user, kept), &terms, record.at).await? == 0 {
                    let why = match why_not(&mut transaction, &user, &terms, record.at).await? {
                        Joined::OnTooManyAccounts | Joined::LinkEnded if anothers => Joined::Taken,
                        why @ (Joined::Done | Joined::Taken | Joined::OnTooManyAccounts | Joined::LinkEnded) => why,
                    };
                    return Ok(((why, false), transaction));
                }
                firsts.write(&mut transaction, user.id, record.at).await?;
                for group in &user.groups {
                    let query = sqlx::query("INSERT INTO memberships (user_id, group_name) VALUES ($1, $2)");
                    let query = query.bind(user.id.to_string()).bind(group.clone());
                    query.execute(&mut *transaction).await?;
                }
                links::use_up(&mut transaction, &terms.link, record.at).await?;
                write_audit(&mut transaction, &record).await?;
                Ok(((Joined::Done, true), transaction))
            })
            .await?;
        if new {
            observe(&told);
        }
        Ok(joined)
    }

    async fn offer(
        &self,
        (link, handed): (String, HandedOver),
        invitation: &Invitation,
        record: AuditRecord,
    ) -> Result<Offered, Fault> {
        let letter = match handed {
            HandedOver::InPerson => None,
            HandedOver::ByEmail(token) => Some(letters::seal(&self.keys, &link, &token)?),
        };
        links::offer(&self.database, (link, letter), invitation, record).await
    }

    async fn claim_letters(&self, now: Timestamp, lease: Duration) -> Result<Vec<DueLetter>, Fault> {
        letters::claim(&self.database, &self.keys, now, lease).await
    }

    async fn settle_letter(&self, (link, tries): (&str, u32), next: NextTry) -> Result<(), Fault> {
        letters::settle(&self.database, (link.to_owned(), tries), next).await
    }

    async fn withdraw(&self, mailbox: &Mailbox, record: AuditRecord) -> Result<Withdrawn, Fault> {
        links::withdraw(&self.database, mailbox.as_str().to_owned(), record).await
    }

    async fn invitation(&self, link: &str, now: Timestamp) -> Result<Option<Invitation>, Fault> {
        links::find(&self.database, link, now).await
    }

    async fn invitations(&self, now: Timestamp) -> Result<Vec<Invitation>, Fault> {
        links::all(&self.database, now).await
    }

    async fn accept(&self, (link, user): (&str, UserId), kept: String, record: AuditRecord) -> Result<Accepted, Fault> {
        links::accept(&self.database, (link.to_owned(), user), kept, record).await
    }
}

/// What must hold besides, for an account to be made.
struct Terms {
    /// The keyed hash of the phone number; empty where there is none.
    number: String,
    /// The name of the link; empty where there is none.
    link: String,
    most_accounts: i64,
}

/// Writes the user if everything else holds; one statement, so that nothing is left where it does not. Of two at once, the
/// name lets one in.
async fn admit(
    transaction: &mut Transaction,
    (user, kept): (&User, String),
    terms: &Terms,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let query = sqlx::query(
        "INSERT INTO users
         (id, name, display_name, email, standing, password, proofs_since, created_at, password_by_mailbox_at)
         SELECT $1, $2, $3, $4, 'active', $5, $6, $6, $7
         WHERE ($8 = '' OR EXISTS (SELECT 1 FROM invitations WHERE name = $8 AND used_at = 0 AND expires_at > $6))
         AND ($9 = '' OR (SELECT count(DISTINCT user_id) FROM authenticators WHERE address = $9) < $10)
         ON CONFLICT DO NOTHING",
    );
    let since = match user.password_from {
        PasswordFrom::Elsewhere | PasswordFrom::Withdrawn | PasswordFrom::NotYet => 0,
        PasswordFrom::Mailbox(since) => since.as_millis(),
    };
    let query = query
        .bind(user.id.to_string())
        .bind(user.name.as_str().to_owned())
        .bind(user.display_name.clone())
        .bind(user.email.clone());
    let query = query.bind(kept).bind(now.as_millis()).bind(since);
    let query = query
        .bind(terms.link.clone())
        .bind(terms.number.clone())
        .bind(terms.most_accounts);
    Ok(query.execute(&mut **transaction).await?.rows_affected())
}

/// Why nothing was written: in the order in which it concerns the newcomer.
async fn why_not(
    transaction: &mut Transaction,
    user: &User,
    terms: &Terms,
    now: Timestamp,
) -> Result<Joined, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT count(*) FROM users WHERE id = $1");
    let there: i64 = query.bind(user.id.to_string()).fetch_one(&mut **transaction).await?;
    if there > 0 {
        return Ok(Joined::Done);
    }
    let query = sqlx::query_scalar("SELECT count(*) FROM users WHERE name = $1 OR lower(email) = lower($2)");
    let query = query.bind(user.name.as_str().to_owned()).bind(user.email.clone());
    let taken: i64 = query.fetch_one(&mut **transaction).await?;
    if taken > 0 {
        return Ok(Joined::Taken);
    }
    let usable = links::is_usable(transaction, &terms.link, now).await?;
    Ok(if terms.link.is_empty() || usable {
        Joined::OnTooManyAccounts
    } else {
        Joined::LinkEnded
    })
}
