//! Whether a code may go out to a phone, whoever asks (SECURITY DO5).
//!
//! The narrowest bound is asked first, and the first that says no ends it: what is denied to one block counts on nothing
//! that others share. A denial is to its asker what any trouble on the way is; operators find it in the audit, counted
//! together with others.

use super::{Circumstances, Fault, Outside};
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::domain::authenticator::phone::PhoneNumber;
use crate::domain::authenticator::{Authenticator, Kind};
use crate::domain::id::UserId;
use crate::domain::sending::{Block, Bound, Cap, network};
use crate::domain::settings::Settings;
use crate::io::deliveries::Standing;
use crate::io::keys::Purpose;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Whether a code may go to this number, for this account where there is one; it is counted then. Where there is none,
/// somebody registers, and what strangers want to be sent must not use up what a number's owner may be sent: how much may go
/// to one number is a budget of registrations' own.
pub(super) async fn may_text(
    outside: &Outside,
    (number, account): (&PhoneNumber, Option<UserId>),
    (settings, circumstances): (&Settings, &Circumstances),
) -> Result<bool, Fault> {
    let denied = denies(outside, (number, account), (settings, circumstances)).await?;
    if let Some(bound) = denied {
        outside.denials.count(bound);
    }
    Ok(denied.is_none())
}

async fn denies(
    outside: &Outside,
    (number, account): (&PhoneNumber, Option<UserId>),
    (settings, circumstances): (&Settings, &Circumstances),
) -> Result<Option<Bound>, Fault> {
    let (country, block, caps) = (number.country(), Block::of(number), settings.sending);
    if !settings.countries.serve(country.as_deref()) {
        return Ok(Some(Bound::NotServed));
    }
    let owned = account.map(|_| (Bound::Number, caps.number, number.expose().to_owned()));
    let account = account.map(|account| (Bound::Account, caps.account, account.to_string()));
    let narrow = [
        owned,
        account,
        Some((Bound::Network, caps.network, network(circumstances.source))),
        Some((Bound::Block, caps.block, block.as_str().to_owned())),
    ];
    for (bound, cap, name) in narrow.into_iter().flatten() {
        if !counts(outside, (bound, cap), &name).await? {
            return Ok(Some(bound));
        }
    }
    let now = (outside.clock.now(), outside.entropy.id());
    if outside.deliveries.count(&block, caps.proven, now).await? == Standing::Stopped {
        return Ok(Some(Bound::Unproven));
    }
    let wide = [
        (Bound::Country, caps.country, country.unwrap_or_default()),
        (Bound::All, caps.all, String::new()),
    ];
    for (bound, cap, name) in wide {
        if !counts(outside, (bound, cap), &name).await? {
            take_back(outside, &block).await;
            return Ok(Some(bound));
        }
    }
    Ok(None)
}

/// Counts one more, and whether that is still within the cap.
async fn counts(outside: &Outside, (bound, cap): (Bound, Cap), name: &str) -> Result<bool, Fault> {
    let family = family(bound);
    let name = outside
        .keys
        .pseudonym(Purpose::Scope, &[family.as_bytes(), name.as_bytes()])?;
    let windows = (format!("{name}-hour"), format!("{name}-day"));
    let (hour, day) = tokio::try_join!(
        outside.records.count(family, &windows.0, HOUR),
        outside.records.count(family, &windows.1, DAY),
    )?;
    Ok(hour <= cap.hour && day <= cap.day)
}

fn family(bound: Bound) -> &'static str {
    match bound {
        Bound::NotServed => "sends-not-served",
        Bound::Number => "sends-number",
        Bound::Account => "sends-account",
        Bound::Network => "sends-network",
        Bound::Block => "sends-block",
        Bound::Unproven => "sends-unproven",
        Bound::Country => "sends-country",
        Bound::All => "sends-all",
    }
}

/// The block of what a code is sent to; nothing for a mailbox, and for what is sent none.
pub(super) fn block(authenticator: &Authenticator) -> Option<Block> {
    match &authenticator.kind {
        Kind::Phone(phone) => Some(Block::of(&phone.number)),
        Kind::Totp(_) | Kind::Mailbox(_) | Kind::EmergencyCodes(_) => None,
    }
}

/// Notes that a code which was counted has not left: nobody could have typed it.
pub(super) async fn take_back(outside: &Outside, block: &Block) {
    if let Err(fault) = outside.deliveries.take_back(block).await {
        tracing::warn!(%fault, "a code that was not sent stays counted");
    }
}

/// Notes that a code sent to a block was typed. The same answer sent again counts once, so that nobody makes a block look
/// better than it is. Whoever has typed it is let in also where that cannot be noted.
pub(super) async fn prove(outside: &Outside, block: Option<&Block>, asked: &str) {
    let Some(block) = block else { return };
    let noted = async {
        match outside.records.count("sends-proven", asked, HOUR).await? {
            1 => outside.deliveries.prove(block).await,
            _ => Ok(()),
        }
    };
    if let Err(fault) = noted.await {
        tracing::warn!(%fault, "a code that was typed is not counted");
    }
}

/// Codes that were not to be sent, since the last record.
#[derive(Debug, Default)]
pub struct Denials(Mutex<BTreeMap<Bound, u32>>);

impl Denials {
    pub(super) fn count(&self, bound: Bound) {
        self.add((bound, 1));
    }

    fn add(&self, (bound, times): (Bound, u32)) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(bound).or_default();
        *count = count.saturating_add(times);
    }

    /// Records how many there were since the last time, if any; called every few seconds.
    ///
    /// # Errors
    /// When the audit cannot be written; they are then counted into the next record.
    pub async fn flush(&self, outside: &Outside) -> Result<(), Fault> {
        let mut counts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        while let Some((bound, times)) = counts.pop_first() {
            let record = AuditRecord {
                id: outside.entropy.id(),
                at: outside.clock.now(),
                user: None,
                origin: Origin::Program,
                event: AuditEvent::CodesDenied { bound, times },
            };
            if let Err(fault) = outside.credentials.record(record).await {
                counts.into_iter().chain([(bound, times)]).for_each(|one| self.add(one));
                return Err(fault);
            }
        }
        Ok(())
    }
}
