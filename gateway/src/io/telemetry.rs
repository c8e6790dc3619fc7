//! Log lines and counters, derived from audit records, and from what companies tell of messages.

use crate::domain::audit::{AuditRecord, Origin};
use crate::domain::parcel::Arrival;
use std::time::Duration;

/// Tells operators what was recorded: one structured line and one count.
pub fn observe(record: &AuditRecord) {
    let kind = record.event.word();
    metrics::counter!("vestibule_events_total", "kind" => kind).increment(1);
    let user = record.user.map(|user| user.to_string()).unwrap_or_default();
    let detail = serde_json::to_string(&record.event).unwrap_or_default();
    match &record.origin {
        Origin::Request { id, source } => tracing::info!(target: "audit", kind, user, request = id, %source, detail),
        Origin::Command => tracing::info!(target: "audit", kind, user, by = "command", detail),
        Origin::Program => tracing::info!(target: "audit", kind, user, by = "program", detail),
    }
}

/// What a company told of a message.
#[derive(Clone, Debug)]
pub enum Heard<'a> {
    /// Something new.
    News {
        /// The company's name for the message.
        message: &'a str,
        /// What.
        arrival: Arrival,
        /// Where it was sent.
        country: String,
        /// How long after that.
        after: Duration,
    },
    /// The same, when the code was worth nothing any more.
    Late(&'a str),
    /// What it had told before.
    Repeated(&'a str),
    /// Something of another message than the one that was sent.
    OfAnother(&'a str),
    /// Something of a message that nobody knows.
    Unknown(&'a str),
    /// Nothing: somebody else did, or on the way it was changed.
    Forged,
}

/// Tells operators what a company told of a message: how long it took, or why it is worth nothing.
pub fn observe_receipt(courier: &str, heard: &Heard<'_>) {
    let (word, message) = match heard {
        Heard::News { message, arrival, .. } => (arrival_word(*arrival), *message),
        Heard::Late(message) => ("late", *message),
        Heard::Repeated(message) => ("repeated", *message),
        Heard::OfAnother(message) => ("of_another_message", *message),
        Heard::Unknown(message) => ("unknown", *message),
        Heard::Forged => ("forged", ""),
    };
    let courier = courier.to_owned();
    metrics::counter!("vestibule_receipts_total", "courier" => courier.clone(), "receipt" => word).increment(1);
    if let Heard::News {
        arrival: Arrival::Delivered,
        country,
        after,
        ..
    } = heard
    {
        let country = country.clone();
        metrics::histogram!("vestibule_delivery_seconds", "courier" => courier.clone(), "country" => country)
            .record(after.as_secs_f64());
    }
    match heard {
        // Anybody can send one, and as many as they like: they are counted, and fill no log.
        Heard::Forged => {}
        Heard::News { .. } | Heard::Late(_) | Heard::Repeated(_) | Heard::OfAnother(_) | Heard::Unknown(_) => {
            tracing::info!(target: "receipt", courier, receipt = word, message = shown(message));
        }
    }
}

fn arrival_word(arrival: Arrival) -> &'static str {
    match arrival {
        Arrival::OnItsWay => "on_its_way",
        Arrival::NotDelivered => "not_delivered",
        Arrival::Delivered => "delivered",
    }
}

/// A company's name for a message, as companies write them.
fn shown(message: &str) -> String {
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
    message.chars().filter(plain).take(64).collect()
}
