//! SMS by Twilio (<https://www.twilio.com/docs/messaging/api/message-resource>).

use crate::io::courier::exchange::Trouble;
use crate::io::courier::twilio::Account;
use crate::io::courier::{Accepted, Callback, Courier, CourierFault, Destination, Letter, Tells, Wording};
use async_trait::async_trait;
use std::sync::Arc;

/// Twilio's messages.
pub struct TwilioSms {
    /// The name in configuration and logs.
    pub name: String,
    /// Whose messages they are.
    pub account: Account,
    /// Where Twilio finds us: scheme and host of the portal, without a slash at the end.
    pub portal: String,
    /// The words.
    pub wording: Arc<dyn Wording>,
}

#[async_trait]
impl Courier for TwilioSms {
    fn name(&self) -> &str {
        &self.name
    }

    fn serves(&self, destination: Destination<'_>) -> bool {
        matches!(destination, Destination::Phone(_))
    }

    fn tells(&self) -> bool {
        true
    }

    fn told(&self, callback: &Callback) -> Tells {
        self.account
            .told(&self.portal, callback, ("MessageSid", "MessageStatus"))
    }

    async fn send(&self, destination: Destination<'_>, letter: &Letter<'_>) -> Result<Accepted, CourierFault> {
        let sent = match destination {
            Destination::Phone(number) => self.message(number.expose(), &self.wording.sms(letter)?, letter).await,
            Destination::Call(_) | Destination::Mailbox(_) => Err(Trouble::refused("carries SMS only")),
        };
        sent.map(Accepted::As).map_err(|trouble| trouble.of(&self.name))
    }
}

impl TwilioSms {
    /// A message that is worth nothing once its code is not: Twilio drops it then.
    async fn message(&self, to: &str, text: &str, letter: &Letter<'_>) -> Result<String, Trouble> {
        let sender = if self.account.from.starts_with("MG") {
            "MessagingServiceSid"
        } else {
            "From"
        };
        let validity = letter.life().as_secs().to_string();
        let receipts = letter
            .parcel()
            .map(|parcel| self.account.receipts((&self.portal, &self.name), parcel));
        let mut fields = vec![
            ("To", to),
            (sender, &self.account.from),
            ("Body", text),
            ("ValidityPeriod", &validity),
        ];
        if let Some(receipts) = &receipts {
            fields.push(("StatusCallback", receipts));
        }
        self.account.make("Messages", &fields).await
    }
}
