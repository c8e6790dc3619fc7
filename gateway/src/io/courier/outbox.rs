//! The demo's courier: messages go nowhere but into memory, where a page shows them.
//!
//! It keeps the last two hundred and forgets them all when the program ends. Nothing in `flow` or `domain` knows of it;
//! it is never put together with a courier that reaches people.

use super::{Accepted, Courier, CourierFault, Destination, Fate, Letter, Wording};
use crate::io::clock::Clock;
use async_trait::async_trait;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// A message as it would have arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// How it went.
    pub channel: Channel,
    /// The whole number or address.
    pub to: String,
    /// The subject of an e-mail; others have none, and show an empty one.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// When, in UTC (RFC 3339).
    pub at: String,
}

/// How a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// To a phone, as text.
    Sms,
    /// To a phone, as a call: what is said in it.
    Voice,
    /// To a mailbox.
    Email,
}

/// The messages sent so far.
pub struct Outbox {
    wording: Arc<dyn Wording>,
    clock: Arc<dyn Clock>,
    messages: Mutex<VecDeque<Message>>,
}

/// How many messages are kept.
const MOST: usize = 200;

impl Outbox {
    /// An empty one.
    pub fn new(wording: Arc<dyn Wording>, clock: Arc<dyn Clock>) -> Self {
        Self {
            wording,
            clock,
            messages: Mutex::default(),
        }
    }

    /// The last two hundred messages, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.messages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    fn keep(&self, message: Message) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() >= MOST {
            messages.pop_front();
        }
        messages.push_back(message);
    }

    fn moment(&self) -> Result<String, CourierFault> {
        let at = jiff::Timestamp::from_millisecond(self.clock.now().as_millis());
        at.map(|at| format!("{at:.3}")).map_err(|error| CourierFault {
            courier: self.name().to_owned(),
            why: error.to_string(),
            fate: Fate::Refused,
        })
    }
}

#[async_trait]
impl Courier for Outbox {
    fn name(&self) -> &str {
        "outbox"
    }

    fn serves(&self, _: Destination<'_>) -> bool {
        true
    }

    async fn send(&self, destination: Destination<'_>, letter: &Letter<'_>) -> Result<Accepted, CourierFault> {
        let at = self.moment()?;
        self.keep(match destination {
            Destination::Phone(number) => Message {
                channel: Channel::Sms,
                to: number.expose().to_owned(),
                subject: String::new(),
                text: self.wording.sms(letter)?,
                at,
            },
            Destination::Call(number) => Message {
                channel: Channel::Voice,
                to: number.expose().to_owned(),
                subject: String::new(),
                text: self.wording.call(letter)?.code,
                at,
            },
            Destination::Mailbox(mailbox) => {
                let email = self.wording.email(letter)?;
                Message {
                    channel: Channel::Email,
                    to: mailbox.as_str().to_owned(),
                    subject: email.subject,
                    text: email.text,
                    at,
                }
            }
        });
        Ok(Accepted::Unnamed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CallText, CodeLetter, EmailText, Occasion};
    use super::*;
    use crate::domain::authenticator::challenge::Code;
    use crate::domain::authenticator::mailbox::Mailbox;
    use crate::domain::authenticator::phone::PhoneNumber;
    use crate::domain::time::Timestamp;
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    struct Words;

    impl Wording for Words {
        fn sms(&self, letter: &Letter<'_>) -> Result<String, CourierFault> {
            Ok(format!("sms {}", letter.code()))
        }

        fn call(&self, letter: &Letter<'_>) -> Result<CallText, CourierFault> {
            Ok(CallText {
                language: "en-US".to_owned(),
                invitation: "press a key".to_owned(),
                code: format!("call {}", letter.code()),
                farewell: String::new(),
            })
        }

        fn email(&self, letter: &Letter<'_>) -> Result<EmailText, CourierFault> {
            let code = letter.code();
            Ok(EmailText {
                subject: format!("subject {code}"),
                text: format!("email {code}"),
                html: String::new(),
            })
        }
    }

    struct StoppedClock;

    impl Clock for StoppedClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(1_700_000_000_250)
        }
    }

    async fn send(outbox: &Outbox, destination: Destination<'_>, number: u32) {
        let code = Code::of_number(number);
        let origin = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let letter = CodeLetter {
            occasion: Occasion::Login,
            code: &code,
            life: Duration::from_secs(300),
            host: "h",
            origin,
            language: "en",
            parcel: None,
        };
        outbox.send(destination, &Letter::Code(&letter)).await.unwrap();
    }

    #[tokio::test]
    async fn messages_are_shown_as_the_outbox_page_promises() {
        let outbox = Outbox::new(Arc::new(Words), Arc::new(StoppedClock));
        send(
            &outbox,
            Destination::Phone(&PhoneNumber::parse("+33612345612").unwrap()),
            1,
        )
        .await;
        send(
            &outbox,
            Destination::Mailbox(&Mailbox::parse("ann@example.com").unwrap()),
            2,
        )
        .await;
        send(
            &outbox,
            Destination::Call(&PhoneNumber::parse("+33612345612").unwrap()),
            3,
        )
        .await;
        let expected = serde_json::json!([
            {"channel": "sms", "to": "+33612345612", "subject": "", "text": "sms 000001", "at": "2023-11-14T22:13:20.250Z"},
            {"channel": "email", "to": "ann@example.com", "subject": "subject 000002", "text": "email 000002", "at": "2023-11-14T22:13:20.250Z"},
            {"channel": "voice", "to": "+33612345612", "subject": "", "text": "call 000003", "at": "2023-11-14T22:13:20.250Z"},
        ]);
        assert_eq!(serde_json::to_value(outbox.messages()).unwrap(), expected);
    }

    #[tokio::test]
    async fn the_oldest_leave_first() {
        let outbox = Outbox::new(Arc::new(Words), Arc::new(StoppedClock));
        let number = PhoneNumber::parse("+33612345612").unwrap();
        for code in 0..=200 {
            send(&outbox, Destination::Phone(&number), code).await;
        }
        let messages = outbox.messages();
        assert_eq!(
            (messages.len(), messages[0].text.as_str(), messages[199].text.as_str()),
            (200, "sms 000001", "sms 000200")
        );
    }
}
