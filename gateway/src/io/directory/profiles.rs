//! What people may change of what the directory says about them.

use super::sql::SqlDirectory;
use super::{Changed, Seen, own};
use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::Authenticator;
use crate::domain::id::UserId;
use crate::io::Fault;
use crate::io::credentials::{Claim, Firsts};
use async_trait::async_trait;

/// An address on its way to another.
#[derive(Debug)]
pub struct Moving {
    /// The address as it was; it may have been empty.
    pub from: String,
    /// The old mailbox, so that it hears of changes for a while; nothing where there was none.
    pub former: Option<Authenticator>,
    /// The address to come, proven.
    pub to: String,
}

/// A directory in which people change their own entries.
#[async_trait]
pub trait Profiles: Send + Sync {
    /// Calls a user something else.
    async fn rename(&self, id: UserId, display_name: String, record: AuditRecord) -> Result<Changed, Fault>;
    /// Has mail go to another address, if it still goes to the one it came from, nobody else's goes there, and what was
    /// proven in this session still counts. The old one hears of changes for as long as they can be objected to.
    async fn move_mail(&self, id: UserId, moving: Moving, of: Seen, record: AuditRecord) -> Result<Changed, Fault>;
}

#[async_trait]
impl Profiles for SqlDirectory {
    async fn rename(&self, id: UserId, display_name: String, record: AuditRecord) -> Result<Changed, Fault> {
        own::rename(&self.database, (id, display_name), record).await
    }

    async fn move_mail(&self, id: UserId, moving: Moving, of: Seen, record: AuditRecord) -> Result<Changed, Fault> {
        let former = Firsts::seal(&self.keys, id, moving.former.as_slice())?;
        let claim = Claim::to(&self.keys, &moving.to)?;
        own::move_mail(
            &self.database,
            (id, moving.from, moving.to),
            (former, claim, of),
            record,
        )
        .await
    }
}
