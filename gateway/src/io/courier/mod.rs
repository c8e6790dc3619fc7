//! What carries one-time codes to people.
//!
//! A courier is handed a destination and what to say; the words themselves come from [`Wording`], so that couriers
//! know no language and pages know no gateway. Couriers are tried in order: the next takes over when one fails.

pub mod email;
pub mod outbox;
pub mod sms;

use crate::domain::authenticator::challenge::Code;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::phone::PhoneNumber;
use arc_swap::ArcSwap;
use async_trait::async_trait;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Where a code goes.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'a> {
    /// By SMS.
    Phone(&'a PhoneNumber),
    /// By e-mail.
    Mailbox(&'a Mailbox),
}

/// A code to carry.
#[derive(Debug)]
pub struct Notice<'a> {
    /// The code.
    pub code: &'a Code,
    /// How long it is good for.
    pub life: Duration,
    /// The host of the page where it is to be typed, for the phone to fill it in there only.
    pub host: &'a str,
    /// Where the login came from.
    pub origin: IpAddr,
    /// The language of the page that asked for it, as in `Accept-Language`.
    pub language: &'a str,
}

/// A message in the words of a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailText {
    /// One line.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// Puts a notice into words; implemented by whoever knows the languages.
pub trait Wording: Send + Sync {
    /// The text of an SMS.
    ///
    /// # Errors
    /// When the texts are broken.
    fn sms(&self, notice: &Notice<'_>) -> Result<String, CourierFault>;
    /// The text of an e-mail.
    ///
    /// # Errors
    /// When the texts are broken.
    fn email(&self, notice: &Notice<'_>) -> Result<EmailText, CourierFault>;
}

/// A courier could not hand a message over. The text names the courier and what the company answered, never the
/// code or the whole address.
#[derive(Debug, thiserror::Error)]
#[error("courier {courier}: {why}")]
pub struct CourierFault {
    /// Which courier.
    pub courier: String,
    /// What it answered.
    pub why: String,
}

/// Carries codes.
#[async_trait]
pub trait Courier: Send + Sync {
    /// The name in configuration, logs and metrics.
    fn name(&self) -> &str;
    /// Whether it serves such destinations at all.
    fn serves(&self, destination: Destination<'_>) -> bool;
    /// Hands one message over; returns when the company (or the mail server) has accepted it.
    async fn send(&self, destination: Destination<'_>, notice: &Notice<'_>) -> Result<(), CourierFault>;
}

/// All couriers of a gateway, in the order of the configuration.
pub struct Couriers {
    couriers: ArcSwap<Vec<Arc<dyn Courier>>>,
}

/// How long one courier may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// No courier took the message; what each of them said, in order.
#[derive(Debug)]
pub struct Undelivered(pub Vec<CourierFault>);

impl Couriers {
    /// These couriers, in this order.
    pub fn new(couriers: Vec<Arc<dyn Courier>>) -> Self {
        Self {
            couriers: ArcSwap::from_pointee(couriers),
        }
    }

    /// Uses those of `fresh` from now on; what is under way goes on as it began.
    pub fn replace(&self, fresh: Self) {
        self.couriers.store(fresh.couriers.into_inner());
    }

    /// Hands a message to the first courier that takes it, within five seconds in all.
    ///
    /// # Errors
    /// [`Undelivered`] when none did; empty when none serves such destinations.
    pub async fn send(&self, destination: Destination<'_>, notice: &Notice<'_>) -> Result<(), Undelivered> {
        let couriers = self.couriers.load_full();
        let mut faults = Vec::new();
        let all = async {
            for courier in couriers.iter().filter(|courier| courier.serves(destination)) {
                match tokio::time::timeout(PATIENCE, courier.send(destination, notice)).await {
                    Ok(Ok(())) => return true,
                    Ok(Err(fault)) => faults.push(fault),
                    Err(_) => faults.push(CourierFault {
                        courier: courier.name().to_owned(),
                        why: "no answer in 3 s".into(),
                    }),
                }
            }
            false
        };
        let delivered = tokio::time::timeout(Duration::from_secs(5), all).await.unwrap_or(false);
        if delivered { Ok(()) } else { Err(Undelivered(faults)) }
    }
}
