//! Authorities that issue certificates: asked for one host at a time, by an account that a key stands for.
//!
//! A backend places one order and sees it through; when to order, and what to do with the answer, is not its business.

pub mod acme;

use super::Fault;
use super::issuance::Bundle;
use crate::domain::secret::Secret;
use async_trait::async_trait;
use std::time::Duration;

/// The key of an account, in PKCS #8.
pub type AccountKey = Secret<Vec<u8>>;

/// An authority.
#[async_trait]
pub trait Issuer: Send + Sync {
    /// What tells it from others: certificates and accounts are kept under this name.
    fn name(&self) -> &str;
    /// A key for an account that it does not know yet.
    ///
    /// # Errors
    /// When the system gives no randomness.
    fn new_account_key(&self) -> Result<AccountKey, Fault>;
    /// Orders a certificate for a host, which it asks for `answers` on the way. May be dropped at any moment.
    ///
    /// # Errors
    /// When it could not be reached, broke off, or the answers could not be published.
    async fn order(&self, host: &str, account: &AccountKey, answers: &dyn Answers) -> Result<Outcome, Fault>;
}

/// What the authority is to find when it asks the host itself (HTTP-01, RFC 8555 section 8.3).
#[async_trait]
pub trait Answers: Send + Sync {
    /// From now on, whoever asks for this token is told this.
    ///
    /// # Errors
    /// When it cannot be told to everybody who might be asked.
    async fn publish(&self, token: &str, answer: &str) -> Result<(), Fault>;
}

/// What came of an order.
#[derive(Debug)]
pub enum Outcome {
    /// A certificate.
    Issued(Bundle),
    /// The authority will not issue one as things are.
    Refused(Refusal),
}

/// Why an authority did not issue a certificate, for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In its words.
    pub why: String,
    /// What to do about it.
    pub hint: &'static str,
    /// How long it wants to be left alone.
    pub wait: Duration,
}
