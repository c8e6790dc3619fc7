//! Calls by Twilio, which speaks what we write in TwiML (<https://www.twilio.com/docs/voice/twiml>).
//!
//! Who answers hears whose call it is and is asked to press a key; only then Twilio asks us for the rest, which has the
//! code in it. So a voice mailbox records no code. What is still to be said lies in the store, under the hash of a
//! ticket that Twilio alone is told, for as long as the code is good.

use crate::domain::secret::Token;
use crate::io::Fault;
use crate::io::courier::exchange::Trouble;
use crate::io::courier::template::Escape;
use crate::io::courier::twilio::Account;
use crate::io::courier::{
    Accepted, Answered, CallText, Callback, Courier, CourierFault, Destination, Letter, Tells, Wording,
};
use crate::io::entropy::Entropy;
use crate::io::store::Inserted;
use crate::io::store::records::{Record, Records};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Twilio's calls.
pub struct TwilioVoice {
    /// The name in configuration and logs.
    pub name: String,
    /// Whose calls they are.
    pub account: Account,
    /// Where Twilio finds us: scheme and host of the portal, without a slash at the end.
    pub portal: String,
    /// The words.
    pub wording: Arc<dyn Wording>,
    /// Keeps what is still to be said.
    pub records: Records,
    /// Draws tickets.
    pub entropy: Arc<dyn Entropy>,
}

/// What is said once a key was pressed.
#[derive(Serialize, Deserialize)]
struct Call {
    script: String,
}

impl Record for Call {
    const FAMILY: &'static str = "call";
}

#[async_trait]
impl Courier for TwilioVoice {
    fn name(&self) -> &str {
        &self.name
    }

    fn serves(&self, destination: Destination<'_>) -> bool {
        matches!(destination, Destination::Call(_))
    }

    fn tells(&self) -> bool {
        true
    }

    fn told(&self, callback: &Callback) -> Tells {
        self.account.told(&self.portal, callback, ("CallSid", "CallStatus"))
    }

    async fn send(&self, destination: Destination<'_>, letter: &Letter<'_>) -> Result<Accepted, CourierFault> {
        let sent = match destination {
            Destination::Call(number) => self.call(number.expose(), &self.wording.call(letter)?, letter).await,
            Destination::Phone(_) | Destination::Mailbox(_) => Err(Trouble::refused("calls only")),
        };
        sent.map(Accepted::As).map_err(|trouble| trouble.of(&self.name))
    }

    async fn called_back(&self, callback: &Callback) -> Result<Answered, Fault> {
        let Some(ticket) = callback.target.strip_prefix(&self.place()) else {
            return Ok(Answered::Nothing);
        };
        let url = format!("{}{}", self.portal, callback.target);
        let Ok(ticket) = Token::parse(ticket) else {
            return Ok(Answered::Nothing);
        };
        if !self.account.signed(&url, callback) {
            return Ok(Answered::Nothing);
        }
        let call = self.records.get::<Call>(&ticket.hash().to_string()).await?;
        Ok(call.map_or(Answered::Nothing, |(call, _)| Answered::Script(call.script)))
    }
}

impl TwilioVoice {
    async fn call(&self, to: &str, said: &CallText, letter: &Letter<'_>) -> Result<String, Trouble> {
        let ticket = self.entropy.token();
        let call = Call {
            script: script(&[say(said, &said.code)?]),
        };
        let kept = self
            .records
            .insert(&ticket.hash().to_string(), &call, letter.life())
            .await;
        match kept {
            Ok(Inserted::New) => {}
            Ok(Inserted::Exists) => return Err(Trouble::refused("a ticket was drawn twice")),
            Err(fault) => return Err(Trouble::refused(fault.to_string())),
        }
        let action = format!("{}{}{}", self.portal, self.place(), ticket.to_text());
        let gather = format!(
            r#"<Gather input="dtmf" numDigits="1" finishOnKey="" timeout="10" method="POST" action="{}">{}</Gather>"#,
            xml(&action)?,
            say(said, &said.invitation)?
        );
        let first = script(&[gather, say(said, &said.farewell)?]);
        let receipts = letter
            .parcel()
            .map(|parcel| self.account.receipts((&self.portal, &self.name), parcel));
        let mut fields = vec![
            ("To", to),
            ("From", self.account.from.as_str()),
            ("Twiml", &first),
            ("Timeout", RINGS),
        ];
        if let Some(receipts) = &receipts {
            fields.push(("StatusCallback", receipts));
        }
        self.account.make("Calls", &fields).await
    }

    /// Where Twilio asks for the rest, without the ticket at its end.
    fn place(&self) -> String {
        format!("/.vestibule/courier/{}/call/", self.name)
    }
}

/// How many seconds it rings.
const RINGS: &str = "30";

fn script(verbs: &[String]) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><Response>{}</Response>"#,
        verbs.concat()
    )
}

fn say(said: &CallText, text: &str) -> Result<String, Trouble> {
    Ok(format!(
        r#"<Say language="{}">{}</Say>"#,
        xml(&said.language)?,
        xml(text)?
    ))
}

fn xml(text: &str) -> Result<String, Trouble> {
    Escape::Xml
        .write(text)
        .map_err(|error| Trouble::refused(error.to_string()))
}

#[cfg(test)]
mod tests;
