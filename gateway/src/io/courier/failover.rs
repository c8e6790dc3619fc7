//! Which courier is tried, and which takes over when one fails.
//!
//! Couriers are tried in the order of the configuration, or as `[courier.route]` has it for the number's country, all
//! within five seconds. The same code may arrive twice, never three times: once two companies may have sent it, nobody
//! else is asked. A courier that keeps failing is left alone for a while (`circuit.rs`).

use super::circuit::Circuit;
use super::{Accepted, Answered, Callback, Courier, CourierFault, Destination, Fate, Letter, Tells};
use crate::domain::parcel::Taken;
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::clock::Clock;
use arc_swap::ArcSwap;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// All couriers of a gateway.
pub struct Couriers {
    roster: ArcSwap<Roster>,
    clock: Arc<dyn Clock>,
}

/// The couriers of one configuration.
struct Roster {
    carriers: Vec<Carrier>,
    routes: Routes,
}

/// Who is tried for which country, and how long each may take.
#[derive(Clone, Debug)]
pub struct Routes {
    /// Names of couriers in the order they are tried, by country (ISO 3166-1 alpha-2).
    pub by_country: BTreeMap<String, Vec<String>>,
    /// How long one courier may take.
    pub patience: Duration,
}

struct Carrier {
    courier: Arc<dyn Courier>,
    circuit: Circuit,
}

/// How long all couriers together may take.
const IN_ALL: Duration = Duration::from_secs(5);
/// How many companies may have sent the same code.
const COPIES: usize = 2;

/// A message that a courier took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// Its company tells what becomes of it.
    Followed(Taken),
    /// Nothing more will be heard of it.
    Over,
}

impl Handed {
    fn over(accepted: Accepted, courier: &dyn Courier) -> Self {
        match accepted {
            Accepted::As(message) if courier.tells() => Self::Followed(Taken {
                courier: courier.name().to_owned(),
                message,
            }),
            Accepted::As(_) | Accepted::Unnamed => Self::Over,
        }
    }
}

/// No courier took the message; what each of them said, in order.
#[derive(Debug)]
pub struct Undelivered(pub Vec<CourierFault>);

impl Undelivered {
    /// Whether it is certain that the message has not left.
    pub fn is_certain(&self) -> bool {
        unclear(&self.0) == 0
    }
}

impl Couriers {
    /// These couriers, in this order.
    pub fn new(couriers: Vec<Arc<dyn Courier>>, routes: Routes, clock: Arc<dyn Clock>) -> Self {
        let carrier = |courier| Carrier {
            courier,
            circuit: Circuit::default(),
        };
        let roster = Roster {
            carriers: couriers.into_iter().map(carrier).collect(),
            routes,
        };
        Self {
            roster: ArcSwap::from_pointee(roster),
            clock,
        }
    }

    /// Uses those of `fresh` from now on; what is under way goes on as it began. Nobody rests any more: what failed may
    /// be what was changed.
    pub fn replace(&self, fresh: Self) {
        self.roster.store(fresh.roster.into_inner());
    }

    /// Hands a message to the first courier that takes it, within five seconds in all.
    ///
    /// # Errors
    /// [`Undelivered`] when none did; empty when none serves such destinations, or all of them rest.
    pub async fn send(&self, destination: Destination<'_>, letter: &Letter<'_>) -> Result<Handed, Undelivered> {
        let roster = self.roster.load_full();
        let mut faults = Vec::new();
        let all = async {
            for carrier in roster.chosen(destination) {
                if unclear(&faults) >= COPIES {
                    break;
                }
                if !carrier.circuit.admits(self.clock.now()) {
                    continue;
                }
                match carrier.send(destination, letter, roster.routes.patience).await {
                    Ok(accepted) => {
                        carrier.circuit.worked();
                        return Some(Handed::over(accepted, carrier.courier.as_ref()));
                    }
                    Err(fault) => {
                        carrier.note(fault.fate, self.clock.now());
                        faults.push(fault);
                    }
                }
            }
            None
        };
        match tokio::time::timeout(IN_ALL, all).await {
            Ok(Some(accepted)) => {
                told(&faults);
                Ok(accepted)
            }
            Ok(None) => Err(Undelivered(faults)),
            Err(_) => {
                faults.push(CourierFault {
                    courier: "the next one".to_owned(),
                    why: format!("no answer when {} ms for all together were over", IN_ALL.as_millis()),
                    fate: Fate::Unclear,
                });
                Err(Undelivered(faults))
            }
        }
    }

    /// What a request of the company behind this courier tells of a message.
    pub fn told(&self, name: &str, callback: &Callback) -> Tells {
        let roster = self.roster.load_full();
        let carrier = roster.carriers.iter().find(|carrier| carrier.courier.name() == name);
        carrier.map_or(Tells::Nothing, |carrier| carrier.courier.told(callback))
    }

    /// Answers a request of the company behind this courier.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn called_back(&self, name: &str, callback: &Callback) -> Result<Answered, Fault> {
        let roster = self.roster.load_full();
        match roster.carriers.iter().find(|carrier| carrier.courier.name() == name) {
            Some(carrier) => carrier.courier.called_back(callback).await,
            None => Ok(Answered::Nothing),
        }
    }
}

impl Roster {
    /// Those that serve the destination: as its country has it where that names any, else as configured.
    fn chosen(&self, destination: Destination<'_>) -> Vec<&Carrier> {
        let serving: Vec<&Carrier> = self
            .carriers
            .iter()
            .filter(|carrier| carrier.courier.serves(destination))
            .collect();
        let named = country(destination).and_then(|country| self.routes.by_country.get(&country));
        let routed: Vec<&Carrier> = named
            .into_iter()
            .flatten()
            .filter_map(|name| serving.iter().find(|carrier| carrier.courier.name() == name).copied())
            .collect();
        if routed.is_empty() { serving } else { routed }
    }
}

impl Carrier {
    async fn send(
        &self,
        destination: Destination<'_>,
        letter: &Letter<'_>,
        patience: Duration,
    ) -> Result<Accepted, CourierFault> {
        let sending = self.courier.send(destination, letter);
        let answer = tokio::time::timeout(patience, sending).await;
        answer.unwrap_or_else(|_| {
            Err(CourierFault {
                courier: self.courier.name().to_owned(),
                why: format!("no answer in {} ms", patience.as_millis()),
                fate: Fate::Unclear,
            })
        })
    }

    /// A refusal is about the message; anything else is about the courier.
    fn note(&self, fate: Fate, now: Timestamp) {
        match fate {
            Fate::Refused => self.circuit.worked(),
            Fate::Unreachable | Fate::Unclear => self.circuit.failed(now),
        }
    }
}

/// How many companies may have sent it, though none said so.
fn unclear(faults: &[CourierFault]) -> usize {
    faults.iter().filter(|fault| fault.fate == Fate::Unclear).count()
}

/// Those that failed before another took over; what comes of a message that nobody took is the caller's to tell.
fn told(faults: &[CourierFault]) {
    for fault in faults {
        tracing::warn!(%fault, "another courier took over");
    }
}

/// The country of a number; nothing for a mailbox, and for a number that belongs to none.
fn country(destination: Destination<'_>) -> Option<String> {
    match destination {
        Destination::Mailbox(_) => None,
        Destination::Phone(number) | Destination::Call(number) => number.country(),
    }
}

#[cfg(test)]
mod tests;
