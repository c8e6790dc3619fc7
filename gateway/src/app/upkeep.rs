//! What a gateway does beside answering: read the revocation log, count strangers, sweep what has expired, tell people of
//! changes, invite.

use crate::domain::secret::Token;
use crate::domain::settings::Settings;
use crate::edge::link::{OBJECTION, REGISTER, address};
use crate::flow::revocation::{PERIOD, Revocations};
use crate::flow::strangers::Strangers;
use crate::flow::{Outside, invitations, notices};
use crate::io::Fault;
use crate::io::store::sqlite::SqliteStore;
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::time::Duration;

/// Keeps a gateway in order as long as it runs.
pub struct Upkeep {
    pub(super) outside: Outside,
    pub(super) revocations: Arc<Revocations>,
    pub(super) strangers: Arc<Strangers>,
    pub(super) settings: Arc<ArcSwap<Settings>>,
    pub(super) embedded: Option<Arc<SqliteStore>>,
    /// How long a session can live at most.
    pub(super) memory: Duration,
}

const KEYS: Duration = Duration::from_secs(5);
const COUNT: Duration = Duration::from_secs(5);
const TELL: Duration = Duration::from_secs(1);
const HEADS: Duration = Duration::from_secs(3600);
const SWEEP: Duration = Duration::from_secs(600);
/// Spends and revocations are kept this much longer than a session can live.
const MARGIN: Duration = Duration::from_secs(24 * 3600);

impl Upkeep {
    /// Reads the whole revocation log, which must be known before anybody is admitted.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn prepare(&self) -> Result<(), Fault> {
        self.revocations.read(&self.outside, self.memory + MARGIN).await
    }

    /// Keeps the gateway in order until the program ends.
    pub async fn run(&self) {
        tokio::join!(self.follow(), self.tidy(), self.read_keys());
    }

    /// Reads what is revoked. Apart from everything else, because it must be known within a second.
    async fn follow(&self) {
        let mut log = tokio::time::interval(PERIOD);
        log.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            log.tick().await;
            self.read_log().await;
        }
    }

    async fn tidy(&self) {
        let (mut count, mut sweep) = (tokio::time::interval(COUNT), tokio::time::interval(SWEEP));
        let mut heads = tokio::time::interval(HEADS);
        loop {
            tokio::select! {
                _ = count.tick() => self.count().await,
                _ = sweep.tick() => self.sweep().await,
                _ = heads.tick() => self.export_heads().await,
            }
        }
    }

    /// Tells people what was changed about their accounts, removes what is due for it, and sends invitations, until the program ends. Apart
    /// from the rest, because a mail server takes its time.
    pub async fn tell(&self) {
        let mut due = tokio::time::interval(TELL);
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            due.tick().await;
            let settings = self.settings.load_full();
            if let Err(fault) = notices::reset_what_is_due(&self.outside).await {
                tracing::warn!(%fault, "a planned removal of second factors must wait");
            }
            if let Err(fault) = notices::deliver(&self.outside, &settings, OBJECTION).await {
                tracing::warn!(%fault, "notices must wait");
            }
            let page = |token: &Token| address(&settings.portal.origin, REGISTER, token);
            if let Err(fault) = invitations::deliver(&self.outside, page).await {
                tracing::warn!(%fault, "invitations must wait");
            }
        }
    }

    /// Writes down what was only counted so far.
    pub async fn finish(&self) {
        self.count().await;
    }

    async fn read_log(&self) {
        if let Err(fault) = self.prepare().await {
            tracing::warn!(%fault, "the revocation log could not be read");
        }
    }

    /// Reads keys that were made since, and uses those that are old enough now. Beside everything else, because a disk that
    /// hangs must stop nothing.
    async fn read_keys(&self) {
        let mut due = tokio::time::interval(KEYS);
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            due.tick().await;
            let keys = Arc::clone(&self.outside.keys);
            let read = tokio::task::spawn_blocking(move || keys.reload()).await;
            if let Err(fault) = read.unwrap_or_else(|stopped| Err(Fault::new("keys", stopped))) {
                tracing::error!(%fault, "the keys could not be read again; those that were read stay in force");
            }
        }
    }

    async fn count(&self) {
        if let Err(fault) = self.strangers.flush(&self.outside).await {
            tracing::warn!(%fault, "failures could not be recorded; they are kept and counted in");
        }
        if let Err(fault) = self.outside.denials.flush(&self.outside).await {
            tracing::warn!(%fault, "denied codes could not be recorded; they are kept and counted in");
        }
    }

    /// The ends of the audit's chains, where whoever can change the database cannot: in the log.
    async fn export_heads(&self) {
        match self.outside.credentials.audit_heads().await {
            Ok(heads) => heads.iter().for_each(|end| {
                tracing::info!(target: "audit", node = end.node, seq = end.seq, link = end.link, "end of the audit");
            }),
            Err(fault) => tracing::warn!(%fault, "the end of the audit could not be read"),
        }
    }

    async fn sweep(&self) {
        let before = self.outside.clock.now() - (self.memory + MARGIN);
        self.revocations.forget(before);
        if let Err(fault) = self.outside.credentials.sweep(before).await {
            tracing::warn!(%fault, "what has expired could not be swept");
        }
        if let Err(fault) = self.outside.deliveries.sweep(self.outside.clock.now()).await {
            tracing::warn!(%fault, "counts of yesterday could not be swept");
        }
        if let Some(store) = &self.embedded
            && let Err(fault) = store.sweep().await
        {
            tracing::warn!(%fault, "expired records could not be swept");
        }
    }
}
