//! SMS by Vonage (<https://developer.vonage.com/en/api/sms>). A refusal comes with status 200 and an error inside.

mod receipt;

use super::alphabet::is_gsm;
use crate::domain::secret::Secret;
use crate::io::courier::exchange::{Trouble, ask, without_secrets};
use crate::io::courier::{Accepted, Callback, Courier, CourierFault, Destination, Fate, Letter, Tells, Wording};
use async_trait::async_trait;
use reqwest::{Client, Url};
use serde::Deserialize;
use std::sync::Arc;
use url::form_urlencoded;

/// Vonage's messages.
pub struct VonageSms {
    /// The name in configuration and logs.
    pub name: String,
    /// Where its interface is: `https://rest.nexmo.com`.
    pub url: Url,
    /// The account.
    pub key: String,
    /// What we are known by.
    pub secret: Secret<String>,
    /// What Vonage signs receipts with; without it, it is not asked for any.
    pub signature: Option<Secret<String>>,
    /// Where Vonage finds us: scheme and host of the portal, without a slash at the end.
    pub portal: String,
    /// The sender that people see.
    pub from: String,
    /// The words.
    pub wording: Arc<dyn Wording>,
    /// Asks; follows no redirect.
    pub client: Client,
}

#[derive(Deserialize)]
struct Made {
    messages: Vec<Part>,
}

/// One segment of a message.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Part {
    status: String,
    message_id: Option<String>,
    error_text: Option<String>,
}

#[async_trait]
impl Courier for VonageSms {
    fn name(&self) -> &str {
        &self.name
    }

    fn serves(&self, destination: Destination<'_>) -> bool {
        matches!(destination, Destination::Phone(_))
    }

    fn tells(&self) -> bool {
        self.signature.is_some()
    }

    fn told(&self, callback: &Callback) -> Tells {
        let signature = self.signature.as_ref();
        signature.map_or(Tells::Nothing, |signature| receipt::read(signature, callback))
    }

    async fn send(&self, destination: Destination<'_>, letter: &Letter<'_>) -> Result<Accepted, CourierFault> {
        let sent = match destination {
            Destination::Phone(number) => self.message(number.expose(), &self.wording.sms(letter)?, letter).await,
            Destination::Call(_) | Destination::Mailbox(_) => Err(Trouble::refused("carries SMS only")),
        };
        sent.map_err(|trouble| trouble.of(&self.name))
    }
}

impl VonageSms {
    async fn message(&self, to: &str, text: &str, letter: &Letter<'_>) -> Result<Accepted, Trouble> {
        let secret = self.secret.expose().as_str();
        let body = self.form(to, text, letter);
        let url = format!("{}/sms/json", self.url.as_str().trim_end_matches('/'));
        let request = self
            .client
            .post(url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body);
        let answer = ask(request).await?.taken(&[secret])?;
        let made: Made = answer.json(&[secret])?;
        let Some(first) = made.messages.first() else {
            return Err(answer.unreadable(&[secret]));
        };
        match made.messages.iter().find(|part| part.status != "0") {
            None => Ok(first.message_id.clone().map_or(Accepted::Unnamed, Accepted::As)),
            Some(part) => Err(refusal(part, secret)),
        }
    }

    fn form(&self, to: &str, text: &str, letter: &Letter<'_>) -> String {
        let secret = self.secret.expose().as_str();
        // In milliseconds, whole seconds only.
        let life = format!("{}000", letter.life().as_secs());
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("api_key", &self.key)
            .append_pair("api_secret", secret)
            .append_pair("from", &self.from)
            .append_pair("to", to.trim_start_matches('+'))
            .append_pair("text", text)
            .append_pair("type", if is_gsm(text) { "text" } else { "unicode" })
            .append_pair("ttl", &life);
        if let (Some(parcel), true) = (letter.parcel(), self.tells()) {
            let callback = format!("{}/.vestibule/courier/{}/receipt", self.portal, self.name);
            form.append_pair("client-ref", &parcel.to_string())
                .append_pair("callback", &callback);
        }
        form.finish()
    }
}

/// Throttled (1) and internal (5) errors are about Vonage, any other about the message or our account.
fn refusal(part: &Part, secret: &str) -> Trouble {
    let text = without_secrets(part.error_text.as_deref().unwrap_or_default(), &[secret]);
    Trouble {
        why: format!("answered 200 OK with status {}: {text}", part.status),
        fate: match part.status.as_str() {
            "1" => Fate::Unreachable,
            "5" => Fate::Unclear,
            _ => Fate::Refused,
        },
    }
}

#[cfg(test)]
mod tests;
