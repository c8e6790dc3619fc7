//! What carries codes, as configured.

use crate::domain::secret::Secret;
use crate::domain::sending::Caps;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use url::Url;

/// All couriers, and who is tried when.
#[derive(Debug)]
pub struct CouriersSpec {
    /// First those for SMS, then those for calls, then those for e-mail, each in the order of the file.
    pub all: Vec<CourierSpec>,
    /// Names of couriers in the order they are tried, by country.
    pub route: BTreeMap<String, Vec<String>>,
    /// How long one may take.
    pub timeout: Duration,
    /// How many codes may go out to phones.
    pub limits: Caps,
}

impl CouriersSpec {
    /// Whether one of them carries e-mail.
    pub(super) fn carry_mail(&self) -> bool {
        self.all.iter().any(|courier| match courier.provider {
            Provider::Smtp { .. } | Provider::Outbox => true,
            Provider::Http { .. }
            | Provider::Twilio { .. }
            | Provider::Ovhcloud { .. }
            | Provider::Vonage { .. }
            | Provider::Sns { .. } => false,
        })
    }
}

/// One courier.
pub struct CourierSpec {
    /// Its name in logs and callbacks: lower-case letters, digits and `-`, unlike any other courier's.
    pub name: String,
    /// Who carries.
    pub provider: Provider,
}

/// What goes to a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Text messages.
    Sms,
    /// Calls.
    Voice,
}

/// Who carries codes, and what they know us by.
pub enum Provider {
    /// An HTTP gateway.
    Http {
        /// What it carries.
        channel: Channel,
        /// How it is asked.
        template: HttpTemplate,
    },
    /// Twilio.
    Twilio {
        /// What it carries.
        channel: Channel,
        /// Where its interface is; https, or http on this machine.
        url: Url,
        /// The account: `AC…`.
        account: String,
        /// The account's token.
        token: Secret<String>,
        /// The sender.
        from: String,
    },
    /// OVHcloud.
    Ovhcloud {
        /// Where its interface is.
        url: Url,
        /// The SMS account: `sms-ab12345-1`.
        service: String,
        /// Names the application.
        application_key: String,
        /// Signs.
        application_secret: Secret<String>,
        /// What the account's owner has allowed.
        consumer_key: Secret<String>,
        /// The sender.
        from: String,
    },
    /// Vonage.
    Vonage {
        /// Where its interface is.
        url: Url,
        /// The account.
        key: String,
        /// What we are known by.
        secret: Secret<String>,
        /// What receipts are signed with; none are asked for without it.
        signature: Option<Secret<String>>,
        /// The sender.
        from: String,
    },
    /// AWS SNS.
    Sns {
        /// Where its interface is.
        url: Url,
        /// The region: `eu-west-3`.
        region: String,
        /// Names the access key: `AKIA…`.
        access_key: String,
        /// The access key itself.
        secret: Secret<String>,
        /// The sender.
        from: String,
    },
    /// A mail server.
    Smtp {
        /// `smtps://host:port` (TLS at once) or `smtp://host:port` (STARTTLS, which only a server on this machine
        /// may lack); nothing but scheme, host and port.
        url: Url,
        /// The sender: `login@example.com` or `Example <login@example.com>`.
        from: String,
        /// User name and password for the server.
        login: Option<(String, Secret<String>)>,
    },
    /// Sends nothing and shows everything, to whoever can reach the operators' listener; only where all of `listen`
    /// is on this machine.
    Outbox,
}

/// How an HTTP gateway is asked.
pub struct HttpTemplate {
    /// Where requests go; https, or http on this machine.
    pub url: Url,
    /// POST or PUT.
    pub method: http::Method,
    /// Headers, sorted by name; `Content-Type` is JSON or a form. Values may hold `{secret}`.
    pub headers: Vec<(String, String)>,
    /// The body, with `{to}` and `{text}`, perhaps `{secret}`.
    pub body: String,
    /// What stands for `{secret}`; there exactly when something mentions it.
    pub secret: Option<Secret<String>>,
}

/// The name alone: URLs, headers and bodies may hold keys of the company's.
impl fmt::Debug for CourierSpec {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CourierSpec({})", self.name)
    }
}
