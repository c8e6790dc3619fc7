//! SMS by OVHcloud: signed calls of its own kind
//! (<https://docs.ovhcloud.com/en/guides/web-cloud/messaging/sms/api-sms-cookbook>,
//! <https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api>).

use super::alphabet::is_gsm;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::io::clock::Clock;
use crate::io::courier::exchange::{Trouble, ask};
use crate::io::courier::{Accepted, Courier, CourierFault, Destination, Fate, Letter, Wording};
use async_trait::async_trait;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use data_encoding::HEXLOWER;
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// OVHcloud's messages.
pub struct OvhcloudSms {
    /// The name in configuration and logs.
    pub name: String,
    /// Where its interface is: `https://eu.api.ovh.com/1.0`.
    pub url: Url,
    /// The SMS account: `sms-ab12345-1`.
    pub service: String,
    /// The sender that people see; one that OVHcloud has approved.
    pub from: String,
    /// What we are known by.
    pub keys: Keys,
    /// The words.
    pub wording: Arc<dyn Wording>,
    /// Tells the moment, which is signed.
    pub clock: Arc<dyn Clock>,
    /// Asks; follows no redirect.
    pub client: Client,
}

/// The three keys of an application.
pub struct Keys {
    /// Names the application.
    pub application: String,
    /// Signs.
    pub secret: Secret<String>,
    /// What the account's owner has allowed the application.
    pub consumer: Secret<String>,
}

/// What is asked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Job<'a> {
    message: &'a str,
    receivers: [&'a str; 1],
    sender: &'a str,
    coding: &'static str,
    charset: &'static str,
    priority: &'static str,
    no_stop_clause: bool,
    sender_for_response: bool,
    /// In minutes.
    validity_period: u64,
}

/// What is answered.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    ids: Vec<u64>,
    valid_receivers: Vec<String>,
}

#[async_trait]
impl Courier for OvhcloudSms {
    fn name(&self) -> &str {
        &self.name
    }

    fn serves(&self, destination: Destination<'_>) -> bool {
        matches!(destination, Destination::Phone(_))
    }

    async fn send(&self, destination: Destination<'_>, letter: &Letter<'_>) -> Result<Accepted, CourierFault> {
        let sent = match destination {
            Destination::Phone(number) => {
                let text = self.wording.sms(letter)?;
                self.job(&Job {
                    message: &text,
                    receivers: [number.expose()],
                    sender: &self.from,
                    coding: if is_gsm(&text) { "7bit" } else { "8bit" },
                    charset: "UTF-8",
                    priority: "high",
                    no_stop_clause: true,
                    sender_for_response: false,
                    validity_period: letter.life().as_secs().div_ceil(60),
                })
                .await
            }
            Destination::Call(_) | Destination::Mailbox(_) => Err(Trouble::refused("carries SMS only")),
        };
        sent.map(Accepted::As).map_err(|trouble| trouble.of(&self.name))
    }
}

impl OvhcloudSms {
    async fn job(&self, job: &Job<'_>) -> Result<String, Trouble> {
        let unsent = |error: &dyn std::fmt::Display| Trouble::refused(error.to_string());
        let url = format!("{}/sms/{}/jobs", self.url.as_str().trim_end_matches('/'), self.service);
        let url = Url::parse(&url).map_err(|error| unsent(&error))?;
        let body = serde_json::to_string(job).map_err(|error| unsent(&error))?;
        let at = self.clock.now();
        let signature = self.keys.sign(("POST", url.as_str()), &body, at);
        let request = self
            .client
            .post(url)
            .header("Content-Type", "application/json; charset=utf-8")
            .header("X-Ovh-Application", &self.keys.application)
            .header("X-Ovh-Consumer", self.keys.consumer.expose())
            .header("X-Ovh-Timestamp", seconds(at))
            .header("X-Ovh-Signature", signature)
            .body(body);
        let secrets = [self.keys.secret.expose().as_str(), self.keys.consumer.expose().as_str()];
        let answer = ask(request).await?.taken(&secrets)?;
        let made: Made = answer.json(&secrets)?;
        match (made.ids.first(), made.valid_receivers.is_empty()) {
            (Some(id), false) => Ok(id.to_string()),
            (None, _) | (_, true) => Err(Trouble {
                why: format!("answered {}, but took no receiver", answer.status),
                fate: Fate::Refused,
            }),
        }
    }
}

impl Keys {
    /// `$1$` and the SHA-1 of everything that must not change on the way, in hexadecimal.
    fn sign(&self, (method, url): (&str, &str), body: &str, at: Timestamp) -> String {
        let (secret, consumer, at) = (self.secret.expose(), self.consumer.expose(), seconds(at));
        let signed = Secret::new(format!("{secret}+{consumer}+{method}+{url}+{body}+{at}"));
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, signed.expose().as_bytes());
        format!("$1${}", HEXLOWER.encode(hash.as_ref()))
    }
}

fn seconds(at: Timestamp) -> String {
    (at.as_millis() / 1000).to_string()
}

#[cfg(test)]
mod tests;
