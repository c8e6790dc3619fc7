//! Codes by e-mail, through one mail server.
//!
//! `smtps://` is TLS from the start (RFC 8314), `smtp+starttls://` is STARTTLS or nothing, and so is `smtp://`, except
//! to this machine itself, where it is plain. There is no STARTTLS "if offered": whoever sits on the line could take the
//! offer away and read the code. A message counts as sent once the mail server has accepted it; what bounces later is
//! not known here.

use super::exchange::{Trouble, unusable};
use super::{Accepted, Courier, CourierFault, Destination, EmailText, Fate, Letter, Wording};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::host::Authority;
use crate::domain::secret::Secret;
use async_trait::async_trait;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox as Sender, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use url::Url;

/// A mail server.
pub struct SmtpCourier {
    name: String,
    from: Sender,
    wording: Arc<dyn Wording>,
    server: AsyncSmtpTransportBuilder,
    /// Made by the first message, because its pool of connections lives in the runtime that made it.
    transport: OnceLock<AsyncSmtpTransport<Tokio1Executor>>,
}

impl SmtpCourier {
    /// A courier of this name through the server at this URL, sending as `from` (`Example <login@example.com>`), with
    /// the user and password that the server wants, if it does.
    ///
    /// # Errors
    /// When URL or sender is not one; the text says what is wrong with it.
    pub fn new(
        (name, url): (&str, &str),
        from: &str,
        login: Option<(String, Secret<String>)>,
        wording: Arc<dyn Wording>,
    ) -> Result<Self, CourierFault> {
        let unfit = |why: String| unusable(name, why);
        let Server { host, port, security } = Server::parse(url).map_err(unfit)?;
        let from = from
            .parse()
            .map_err(|_| unusable(name, "the sender is not an address such as Example <login@example.com>"))?;
        let tls = security.tls(&host).map_err(unfit)?;
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&host)
            .port(port)
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let Some((user, password)) = login {
            server = server.credentials(Credentials::new(user, password.expose().clone()));
        }
        Ok(Self {
            name: name.to_owned(),
            from,
            wording,
            server,
            transport: OnceLock::new(),
        })
    }

    fn message(&self, to: &Mailbox, words: EmailText) -> Result<Message, String> {
        let to: Address = to
            .as_str()
            .parse()
            .map_err(|_| "the address cannot be written in a header".to_owned())?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(to.into())
            .subject(words.subject)
            .message_id(None)
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(words.text, words.html));
        message.map_err(|error| error.to_string())
    }

    async fn deliver(&self, message: Message) -> Result<Accepted, Trouble> {
        let transport = self.transport.get_or_init(|| self.server.clone().build());
        match tokio::time::timeout(PATIENCE, transport.send(message)).await {
            Ok(answer) => answer.map(|_| Accepted::Unnamed).map_err(|error| told(&error)),
            Err(_) => Err(Trouble {
                why: "no answer in 3 s".to_owned(),
                fate: Fate::Unclear,
            }),
        }
    }
}

#[async_trait]
impl Courier for SmtpCourier {
    fn name(&self) -> &str {
        &self.name
    }

    fn serves(&self, destination: Destination<'_>) -> bool {
        matches!(destination, Destination::Mailbox(_))
    }

    async fn send(&self, destination: Destination<'_>, letter: &Letter<'_>) -> Result<Accepted, CourierFault> {
        let sent = match destination {
            Destination::Mailbox(to) => match self.message(to, self.wording.email(letter)?) {
                Ok(message) => self.deliver(message).await,
                Err(why) => Err(Trouble::refused(why)),
            },
            Destination::Phone(_) | Destination::Call(_) => Err(Trouble::refused("reaches no phone")),
        };
        sent.map_err(|trouble| trouble.of(&self.name))
    }
}

/// Where a mail server is and how it is spoken to.
#[derive(Debug, PartialEq, Eq)]
struct Server {
    host: String,
    port: u16,
    security: Security,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    Plain,
    StartTls,
    Tls,
}

impl Server {
    fn parse(text: &str) -> Result<Self, String> {
        let url =
            Url::parse(text).map_err(|_| "the server is not a URL such as smtp://mail.example.net:587".to_owned())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("user and password have keys of their own and may not stand in the URL".to_owned());
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err("the URL is scheme, host and port, and nothing after them".to_owned());
        }
        let authority = Authority::of(&url).map_err(|error| error.to_string())?;
        let (security, usual) = match url.scheme() {
            "smtps" => (Security::Tls, 465),
            "smtp+starttls" => (Security::StartTls, 587),
            "smtp" if authority.is_loopback() => (Security::Plain, 25),
            "smtp" => (Security::StartTls, 587),
            _ => return Err("the scheme is none of smtp, smtps and smtp+starttls".to_owned()),
        };
        // An IPv6 address without its brackets, as sockets and certificates have it.
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        Ok(Self {
            host,
            port: url.port().unwrap_or(usual),
            security,
        })
    }
}

impl Security {
    fn tls(self, host: &str) -> Result<Tls, String> {
        let parameters = || TlsParameters::new(host.to_owned()).map_err(|error| error.to_string());
        Ok(match self {
            Self::Plain => Tls::None,
            Self::StartTls => Tls::Required(parameters()?),
            Self::Tls => Tls::Wrapper(parameters()?),
        })
    }
}

/// What became of a message. Of an answer only its number, because mail servers repeat the address in the text. A
/// server that answers 4xx is busy or wants to see us again later (RFC 5321 section 4.2.1): another may take the message.
fn told(error: &lettre::transport::smtp::Error) -> Trouble {
    match error.status() {
        Some(code) => Trouble {
            why: format!("the mail server answered {code}"),
            fate: if error.is_transient() {
                Fate::Unreachable
            } else {
                Fate::Refused
            },
        },
        None => Trouble {
            why: error.to_string(),
            fate: if was_never_sent(error) {
                Fate::Unreachable
            } else {
                Fate::Unclear
            },
        },
    }
}

/// Whether there was no connection to send over.
fn was_never_sent(error: &lettre::transport::smtp::Error) -> bool {
    let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    let refused = causes
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::ConnectionRefused);
    refused || error.is_tls() || error.is_client()
}

/// Tells programs not to answer: no "I am on holiday" for a code (RFC 3834 section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// How long connecting, greeting and handing over may take in all.
const PATIENCE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests;
