//! An account at Twilio, for messages and calls alike.
//!
//! Requests are forms with HTTP Basic authentication and are answered in JSON
//! (<https://www.twilio.com/docs/usage/requests-to-twilio>); requests of Twilio's are signed with the account's token
//! (<https://www.twilio.com/docs/usage/security>).

use super::exchange::{Trouble, ask};
use super::{Callback, Tells};
use crate::domain::id::ChallengeId;
use crate::domain::parcel::{Arrival, Receipt};
use crate::domain::secret::Secret;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, Url};
use serde::Deserialize;
use url::form_urlencoded;

/// An account.
pub struct Account {
    /// Where its interface is: `https://api.twilio.com`.
    pub url: Url,
    /// Its name: `AC…`.
    pub sid: String,
    /// What we are known by, and what Twilio signs with.
    pub token: Secret<String>,
    /// The number we send and call from, or a messaging service (`MG…`).
    pub from: String,
    /// Asks; follows no redirect.
    pub client: Client,
}

/// What Twilio made of a request.
#[derive(Deserialize)]
struct Made {
    sid: String,
    #[serde(default)]
    status: String,
    error_code: Option<u64>,
}

impl Account {
    /// Makes something of this kind (`Messages`, `Calls`); the name that Twilio gave it.
    pub(super) async fn make(&self, kind: &str, fields: &[(&str, &str)]) -> Result<String, Trouble> {
        let url = format!(
            "{}/2010-04-01/Accounts/{}/{kind}.json",
            self.url.as_str().trim_end_matches('/'),
            self.sid
        );
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let token = self.token.expose();
        let request = self
            .client
            .post(url)
            .basic_auth(&self.sid, Some(token))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body);
        // An answer that repeats our headers has the token in this spelling.
        let basic = Secret::new(STANDARD.encode(format!("{}:{token}", self.sid)));
        let secrets = [token.as_str(), basic.expose().as_str()];
        let answer = ask(request).await?.taken(&secrets)?;
        let made: Made = answer.json(&secrets)?;
        match made.error_code {
            None if !matches!(made.status.as_str(), "failed" | "undelivered" | "canceled") => Ok(made.sid),
            code => Err(Trouble::refused(format!(
                "{} is {}, error {}",
                made.sid,
                made.status,
                code.unwrap_or_default()
            ))),
        }
    }

    /// Where Twilio is to tell what becomes of a message.
    pub(super) fn receipts(&self, (portal, courier): (&str, &str), parcel: ChallengeId) -> String {
        format!("{portal}/.vestibule/courier/{courier}/receipt?parcel={parcel}")
    }

    /// What Twilio tells of a message or call, in the fields of these names
    /// (<https://www.twilio.com/docs/messaging/guides/track-outbound-message-status>).
    pub(super) fn told(&self, portal: &str, callback: &Callback, (id, status): (&str, &str)) -> Tells {
        let Some((_, parcel)) = callback.target.split_once("?parcel=") else {
            return Tells::Nothing;
        };
        if !self.signed(&format!("{portal}{}", callback.target), callback) {
            return Tells::Forged;
        }
        let field = |wanted: &str| {
            let mut fields = form_urlencoded::parse(&callback.body);
            fields
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned())
        };
        let (Ok(parcel), Some(message), Some(status)) = (parcel.parse(), field(id), field(status)) else {
            return Tells::Nothing;
        };
        let arrival = match status.as_str() {
            "delivered" | "read" | "completed" => Arrival::Delivered,
            "undelivered" | "failed" | "busy" | "no-answer" | "canceled" => Arrival::NotDelivered,
            _ => Arrival::OnItsWay,
        };
        Tells::Receipt(Receipt {
            parcel,
            message,
            arrival,
        })
    }

    /// Whether Twilio signed this request, which came to `url` (HMAC-SHA1 over the URL and the sorted form). Signatures
    /// without a value, or two of them, are none.
    pub(super) fn signed(&self, url: &str, callback: &Callback) -> bool {
        let mut given = callback.headers.iter().filter(|(name, _)| name == "x-twilio-signature");
        let (Some((_, given)), None) = (given.next(), given.next()) else {
            return false;
        };
        let Ok(given) = STANDARD.decode(given) else {
            return false;
        };
        let mut fields: Vec<(String, String)> = form_urlencoded::parse(&callback.body).into_owned().collect();
        fields.sort();
        fields.dedup();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.token.expose().as_bytes());
        let mut signing = hmac::Context::with_key(&key);
        signing.update(url.as_bytes());
        for (name, value) in &fields {
            signing.update(name.as_bytes());
            signing.update(value.as_bytes());
        }
        verify_slices_are_equal(signing.sign().as_ref(), &given).is_ok()
    }
}

#[cfg(test)]
mod tests;
