//! A company's SMS gateway as the `http` provider knows it: takes a POST of `{"to", "text"}` and says 200.

use std::sync::{Arc, Mutex};

use serde::Deserialize;

use super::messages::{Channel, Message};
use super::upstream::{Reply, Request, Upstream};

pub(crate) struct SmsGateway {
    server: Upstream,
    taken: Arc<Mutex<Vec<Message>>>,
}

#[derive(Deserialize)]
struct Sms {
    to: String,
    text: String,
}

impl SmsGateway {
    pub(crate) async fn start() -> SmsGateway {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let inbox = Arc::clone(&taken);
        let server = Upstream::answering(move |request: &Request| {
            let sms: Sms = serde_json::from_slice(&request.body).expect("an SMS in JSON");
            let message = Message {
                channel: Channel::Sms,
                to: sms.to,
                subject: String::new(),
                text: sms.text,
            };
            inbox.lock().expect("no panic elsewhere").push(message);
            Reply::text("taken")
        });
        SmsGateway {
            server: server.await,
            taken,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/send", self.server.url())
    }

    /// Everything received so far, oldest first.
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.taken.lock().expect("no panic elsewhere").clone()
    }
}
