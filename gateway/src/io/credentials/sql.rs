//! Credentials in our own database; what each verb does is in the file beside this one that has its name.

use super::{
    Alarms, Charged, Confirmation, Confirmed, Credentials, DueNotice, Enrolled, Keep, KnownDevice, ListedSession,
    NextTry, Objected, Opening,
};
use super::{
    Audited, Selection, Verified, audit, authenticators, budgets, devices, notices, objections, pending, resealing,
    sessions, spends, sweep,
};
use super::{Pending, Removed, Resealed, Reset, Restrictions, Revocation, Scope, Spent};
use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::{Authenticator, Unspent};
use crate::domain::id::{AuthenticatorId, ChargeId, LoginId, RowId, SessionId, UserId};
use crate::domain::notice::{Contact, Notice};
use crate::domain::secret::TokenHash;
use crate::domain::session::Session;
use crate::domain::throttle::{Attempt, Budget};
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::keys::KeyRing;
use crate::io::sql::{Database, Link, write_audit};
use crate::io::telemetry::observe;
use async_trait::async_trait;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Credentials in SQL tables, sealed where they are secret.
pub struct SqlCredentials {
    database: Database,
    keys: Arc<KeyRing>,
}

impl SqlCredentials {
    /// The credentials in this database, sealed by this key ring.
    pub fn new(database: Database, keys: Arc<KeyRing>) -> Self {
        Self { database, keys }
    }
}

#[async_trait]
impl Credentials for SqlCredentials {
    async fn charge(&self, budgets: &[(Scope, Budget)], attempt: Attempt) -> Result<Charged, Fault> {
        budgets::charge(&self.database, budgets, attempt).await
    }

    async fn raise_alarm(&self, scope: &Scope, alarms: Alarms) -> Result<(), Fault> {
        budgets::raise_alarm(&self.database, scope, alarms).await
    }

    async fn refund(&self, budgets: &[(Scope, Budget)], charge: ChargeId) -> Result<(), Fault> {
        budgets::refund(&self.database, budgets, charge).await
    }

    async fn forgive(&self, scope: &Scope, record: AuditRecord) -> Result<(), Fault> {
        budgets::forgive(&self.database, scope, record).await
    }

    async fn commit(&self, unspent: Unspent, login: LoginId, record: AuditRecord) -> Result<Spent, Fault> {
        spends::commit(&self.database, unspent, login, record).await
    }

    async fn record(&self, record: AuditRecord) -> Result<(), Fault> {
        let told = record.clone();
        self.database
            .transaction(|mut transaction| async move {
                write_audit(&mut transaction, &record).await?;
                Ok(((), transaction))
            })
            .await?;
        observe(&told);
        Ok(())
    }

    async fn authenticators(&self, user: UserId) -> Result<Vec<Authenticator>, Fault> {
        authenticators::of(&self.database, &self.keys, user).await
    }

    async fn add_authenticator(
        &self,
        user: UserId,
        authenticator: &Authenticator,
        most_accounts: Option<i64>,
        record: AuditRecord,
    ) -> Result<Enrolled, Fault> {
        authenticators::add(
            (&self.database, &self.keys),
            user,
            (authenticator, most_accounts),
            record,
        )
        .await
    }

    async fn remove_authenticator(
        &self,
        user: UserId,
        authenticator: AuthenticatorId,
        keep: Keep,
        record: AuditRecord,
    ) -> Result<Removed, Fault> {
        authenticators::remove(&self.database, (user, authenticator), keep, record).await
    }

    async fn describe(&self, user: UserId, authenticator: AuthenticatorId, description: String) -> Result<(), Fault> {
        authenticators::describe(&self.database, (user, authenticator), description).await
    }

    async fn prefer(&self, user: UserId, authenticator: AuthenticatorId) -> Result<(), Fault> {
        authenticators::prefer(&self.database, (user, authenticator)).await
    }

    async fn put_pending(&self, user: UserId, pending: &Pending) -> Result<(), Fault> {
        pending::put((&self.database, &self.keys), user, pending).await
    }

    async fn pending(&self, user: UserId) -> Result<Vec<Pending>, Fault> {
        pending::of(&self.database, &self.keys, user).await
    }

    async fn discard_pending(&self, user: UserId, authenticator: AuthenticatorId) -> Result<(), Fault> {
        pending::discard(&self.database, (user, authenticator)).await
    }

    async fn confirm(&self, pending: Pending, confirmation: Confirmation) -> Result<Confirmed, Fault> {
        pending::confirm((&self.database, &self.keys), pending, confirmation).await
    }

    async fn knows_device(&self, user: UserId, device: TokenHash) -> Result<bool, Fault> {
        devices::knows(&self.database, user, device).await
    }

    async fn know_device(&self, user: UserId, device: TokenHash, seen: (Timestamp, IpAddr)) -> Result<(), Fault> {
        devices::know(&self.database, (user, device), seen).await
    }

    async fn devices(&self, user: UserId) -> Result<Vec<KnownDevice>, Fault> {
        devices::of(&self.database, user).await
    }

    async fn forget_device(&self, user: UserId, device: TokenHash, record: AuditRecord) -> Result<bool, Fault> {
        devices::forget(&self.database, (user, device), record).await
    }

    async fn open_session(&self, opening: Opening<'_>, record: AuditRecord) -> Result<(), Fault> {
        sessions::open(&self.database, opening, record).await
    }

    async fn raise_session(&self, session: &Session, record: AuditRecord) -> Result<(), Fault> {
        sessions::raise(&self.database, session, record).await
    }

    async fn note_seen(&self, session: SessionId, at: Timestamp) -> Result<(), Fault> {
        sessions::note_seen(&self.database, session, at).await
    }

    async fn end_session(&self, session: SessionId, record: AuditRecord) -> Result<(), Fault> {
        sessions::end(&self.database, session, record).await
    }

    async fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<ListedSession>, Fault> {
        sessions::of(&self.database, user, now).await
    }

    async fn revocations(&self, since: Timestamp) -> Result<Vec<Revocation>, Fault> {
        sessions::revocations(&self.database, since).await
    }

    async fn claim_notices(&self, now: Timestamp, lease: Duration) -> Result<Vec<DueNotice>, Fault> {
        notices::claim(&self.database, now, lease).await
    }

    async fn settle_notice(&self, of: (RowId, u32), told: &[String], next: NextTry) -> Result<(), Fault> {
        notices::settle(&self.database, of, told, next).await
    }

    async fn notice(&self, notice: RowId) -> Result<Option<Notice>, Fault> {
        notices::of(&self.database, notice).await
    }

    async fn contacts(&self, user: UserId) -> Result<Vec<Contact>, Fault> {
        notices::contacts(&self.database, &self.keys, user).await
    }

    async fn object(&self, notice: &Notice, record: AuditRecord) -> Result<Objected, Fault> {
        objections::object(&self.database, notice, record).await
    }

    async fn restrictions(&self, user: UserId) -> Result<Restrictions, Fault> {
        notices::restrictions(&self.database, user).await
    }

    async fn unfreeze(&self, user: UserId, record: AuditRecord) -> Result<(), Fault> {
        notices::unfreeze(&self.database, user, record).await
    }

    async fn plan_reset(&self, user: UserId, plan: (Timestamp, String), record: AuditRecord) -> Result<(), Fault> {
        objections::plan_reset(&self.database, user, plan, record).await
    }

    async fn cancel_reset(&self, user: UserId, record: AuditRecord) -> Result<bool, Fault> {
        objections::cancel_reset(&self.database, user, record).await
    }

    async fn resets_due(&self, now: Timestamp) -> Result<Vec<(UserId, String)>, Fault> {
        objections::resets_due(&self.database, now).await
    }

    async fn reset_second_factor(&self, user: UserId, when: Reset, record: AuditRecord) -> Result<bool, Fault> {
        objections::reset(&self.database, user, when, record).await
    }

    async fn audit(&self, selection: &Selection) -> Result<Vec<Audited>, Fault> {
        audit::list(&self.database, selection).await
    }

    async fn audit_heads(&self) -> Result<Vec<Link>, Fault> {
        audit::heads(&self.database).await
    }

    async fn verify_audit(&self, known: &[Link]) -> Result<Verified, Fault> {
        audit::verify(&self.database, &self.keys, known).await
    }

    async fn reseal(&self) -> Result<Resealed, Fault> {
        resealing::reseal(&self.database, &self.keys).await
    }

    async fn sweep(&self, before: Timestamp) -> Result<(), Fault> {
        sweep::sweep(&self.database, before).await
    }

    async fn ping(&self) -> Result<(), Fault> {
        self.database.ping().await
    }
}
