//! Authorities that speak ACME (RFC 8555), which ask the host itself over plain http (HTTP-01).
//!
//! The account is made, or found again, by its key at the beginning of each order: so an authority that has forgotten it
//! is no trouble, and nothing but the key must be kept.

mod http;
mod refusal;

use super::{AccountKey, Answers, Issuer, Outcome, Refusal};
use crate::domain::secret::Secret;
use crate::io::Fault;
use crate::io::issuance::Bundle;
use async_trait::async_trait;
use http::Http;
use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Error, Identifier, Key, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::time::Duration;

/// How long an authority may take to look at the host, and to issue.
const PATIENCE: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_millis(250))
    .backoff(1.5)
    .timeout(Duration::from_secs(90));

/// An authority by the URL of its directory.
pub struct AcmeIssuer {
    directory: String,
    contact: Vec<String>,
    http: Http,
}

/// Why an order ends early.
enum Broken {
    /// The authority said no.
    Refused(Refusal),
    /// It could not be asked, or the answer could not be published.
    Fault(Fault),
}

impl AcmeIssuer {
    /// The authority with this directory, asked by this client; `contact` is where it writes to, if anywhere.
    pub fn new(directory: &str, contact: Option<&str>, client: reqwest::Client) -> Self {
        Self {
            directory: directory.to_owned(),
            contact: contact.map(|address| format!("mailto:{address}")).into_iter().collect(),
            http: Http::new(client),
        }
    }

    async fn account(&self, key: &AccountKey) -> Result<Account, Error> {
        let pkcs8 = PrivatePkcs8KeyDer::from(key.expose().as_slice());
        let pair = Key::from_pkcs8_der(pkcs8.clone_key())?;
        let key = (pair, PrivateKeyDer::Pkcs8(pkcs8.clone_key()));
        let builder = Account::builder_with_http(Box::new(self.http.clone()));
        let (account, _) = builder.create_from_key(key, self.directory.clone()).await?;
        if !self.contact.is_empty() {
            let contact: Vec<&str> = self.contact.iter().map(String::as_str).collect();
            account.update_contacts(&contact).await?;
        }
        Ok(account)
    }

    async fn pursue(&self, host: &str, key: &AccountKey, answers: &dyn Answers) -> Result<Bundle, Broken> {
        let broken = |error| self.broken(error);
        let account = self.account(key).await.map_err(broken)?;
        let wanted = [Identifier::Dns(host.to_owned())];
        let mut order = account.new_order(&NewOrder::new(&wanted)).await.map_err(broken)?;
        self.prove(&mut order, answers).await?;
        match order.poll_ready(&PATIENCE).await {
            Ok(OrderStatus::Ready) => {}
            Ok(_) => return Err(self.explained(&mut order, None).await),
            Err(error) => return Err(self.explained(&mut order, Some(error)).await),
        }
        let key = Secret::new(order.finalize().await.map_err(broken)?);
        let chain = order.poll_certificate(&PATIENCE).await.map_err(broken)?;
        Bundle::new(host, chain, key).map_err(|unfit| Broken::Fault(Fault::new("acme", unfit)))
    }

    /// Publishes the answers to whatever the authority wants to ask the host, and lets it ask.
    async fn prove(&self, order: &mut Order, answers: &dyn Answers) -> Result<(), Broken> {
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(|error| self.broken(error))?;
            if authorization.status != AuthorizationStatus::Pending {
                continue;
            }
            let mut challenge = authorization
                .challenge(ChallengeType::Http01)
                .ok_or_else(|| Broken::Refused(refusal::without_http01()))?;
            let answer = challenge.key_authorization();
            let published = answers.publish(&challenge.token, answer.as_str()).await;
            published.map_err(Broken::Fault)?;
            challenge.set_ready().await.map_err(|error| self.broken(error))?;
        }
        Ok(())
    }

    /// An order that went wrong, by what the authority says of the host it asked.
    async fn explained(&self, order: &mut Order, error: Option<Error>) -> Broken {
        let mut authorizations = order.authorizations();
        while let Some(Ok(mut authorization)) = authorizations.next().await {
            let Ok(state) = authorization.refresh().await else {
                continue;
            };
            if let Some(problem) = state.challenges.iter().find_map(|challenge| challenge.error.as_ref()) {
                return Broken::Refused(refusal::of(problem, self.http.wait()));
            }
        }
        match error {
            Some(error) => self.broken(error),
            None => Broken::Refused(refusal::without_reason()),
        }
    }

    fn broken(&self, error: Error) -> Broken {
        if let Error::Api(problem) = &error {
            return Broken::Refused(refusal::of(problem, self.http.wait()));
        }
        Broken::Fault(Fault::new("acme", format!("{}: {}", self.directory, told(&error))))
    }
}

#[async_trait]
impl Issuer for AcmeIssuer {
    fn name(&self) -> &str {
        &self.directory
    }

    fn new_account_key(&self) -> Result<AccountKey, Fault> {
        let (_, key) = Key::generate_pkcs8().map_err(|error| Fault::new("acme", error))?;
        Ok(Secret::new(key.secret_pkcs8_der().to_vec()))
    }

    async fn order(&self, host: &str, account: &AccountKey, answers: &dyn Answers) -> Result<Outcome, Fault> {
        match self.pursue(host, account, answers).await {
            Ok(bundle) => Ok(Outcome::Issued(bundle)),
            Err(Broken::Refused(refusal)) => Ok(Outcome::Refused(refusal)),
            Err(Broken::Fault(fault)) => Err(fault),
        }
    }
}

/// An error with all that caused it, which is where the words are that help.
fn told(error: &Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        words = format!("{words}: {deeper}");
        cause = deeper.source();
    }
    words
}
