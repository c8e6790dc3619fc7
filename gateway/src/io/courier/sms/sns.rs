//! SMS by AWS SNS: `Publish` to a number (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>), signed by
//! `signature.rs`.

mod signature;

use crate::io::clock::Clock;
use crate::io::courier::exchange::{Trouble, ask};
use crate::io::courier::{Accepted, Courier, CourierFault, Destination, Letter, Wording};
use async_trait::async_trait;
use reqwest::{Client, Url};
use signature::Signer;
use std::sync::Arc;
use url::form_urlencoded;

pub use signature::AccessKey;

/// Amazon's messages.
pub struct SnsSms {
    /// The name in configuration and logs.
    pub name: String,
    /// Where its interface is: `https://sns.eu-west-3.amazonaws.com`.
    pub url: Url,
    /// Its region: `eu-west-3`.
    pub region: String,
    /// What we are known by.
    pub key: AccessKey,
    /// The sender that people see, where a country shows one.
    pub from: String,
    /// The words.
    pub wording: Arc<dyn Wording>,
    /// Tells the moment, which is signed.
    pub clock: Arc<dyn Clock>,
    /// Asks; follows no redirect.
    pub client: Client,
}

#[async_trait]
impl Courier for SnsSms {
    fn name(&self) -> &str {
        &self.name
    }

    fn serves(&self, destination: Destination<'_>) -> bool {
        matches!(destination, Destination::Phone(_))
    }

    async fn send(&self, destination: Destination<'_>, letter: &Letter<'_>) -> Result<Accepted, CourierFault> {
        let sent = match destination {
            Destination::Phone(number) => self.publish(number.expose(), &self.wording.sms(letter)?).await,
            Destination::Call(_) | Destination::Mailbox(_) => Err(Trouble::refused("carries SMS only")),
        };
        sent.map(Accepted::As).map_err(|trouble| trouble.of(&self.name))
    }
}

impl SnsSms {
    async fn publish(&self, to: &str, text: &str) -> Result<String, Trouble> {
        let body = self.form(to, text);
        let signer = Signer {
            key: &self.key,
            region: &self.region,
            at: self.clock.now(),
        };
        let signed = signer.headers(&self.url, &body).map_err(Trouble::refused)?;
        let mut request = self.client.post(self.url.clone());
        for (name, value) in signed {
            request = request.header(name, value);
        }
        let secret = self.key.secret.expose().as_str();
        let answer = ask(request.body(body)).await?.taken(&[secret])?;
        message_id(&answer.body).ok_or_else(|| answer.unreadable(&[secret]))
    }

    fn form(&self, to: &str, text: &str) -> String {
        let attributes = [
            ("AWS.SNS.SMS.SMSType", "Transactional"),
            ("AWS.SNS.SMS.SenderID", &self.from),
        ];
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", "Publish")
            .append_pair("Version", "2010-03-31")
            .append_pair("PhoneNumber", to)
            .append_pair("Message", text);
        for (at, (name, value)) in (1..).zip(attributes) {
            let key = format!("MessageAttributes.entry.{at}");
            form.append_pair(&format!("{key}.Name"), name)
                .append_pair(&format!("{key}.Value.DataType"), "String")
                .append_pair(&format!("{key}.Value.StringValue"), value);
        }
        form.finish()
    }
}

/// The one `<MessageId>` of a `<PublishResponse>`.
fn message_id(body: &str) -> Option<String> {
    let (_, response) = body.split_once("<PublishResponse")?;
    let (id, rest) = response.split_once("<MessageId>")?.1.split_once("</MessageId>")?;
    let whole = rest.contains("</PublishResponse>");
    let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (whole && plain).then(|| id.to_owned())
}

#[cfg(test)]
mod tests;
