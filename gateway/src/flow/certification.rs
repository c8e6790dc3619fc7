//! Certificates of our own hosts by order: which is due, who orders it, and what the authority finds when it asks.
//!
//! ```text
//! look (SQL) -> is_due? -> begin: counted as failed, durable, one node of all -> order, answers in the store -> keep | fail
//! ```
//! Any node answers the authority, and all show what one has ordered. Nobody waits for any of it: what there is is shown.

use super::{Fault, Outside};
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::domain::certificate::{Failure, LEASE, is_due, pause, rest};
use crate::domain::time::Timestamp;
use crate::io::issuance::{Begun, Issuance, Standing, Wanted};
use crate::io::issuer::{AccountKey, Answers, Issuer, Outcome};
use crate::io::keys::Purpose;
use crate::io::store::Inserted;
use crate::io::store::records::Record;
use arc_swap::{ArcSwap, ArcSwapOption};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// How long an authority may come back to ask for a token.
const TOKEN_LIFE: Duration = Duration::from_secs(600);
/// How long a whole order may take; less than an authority keeps one open.
const ORDER_LIFE: Duration = Duration::from_secs(240);
/// The bounds of a token's length: 128 bits in base64url, and what no authority would need (RFC 8555 section 8.3).
const TOKEN_LENGTHS: std::ops::RangeInclusive<usize> = 22..=128;

/// What is ordered, from whom.
pub struct Plan {
    /// The authority.
    pub issuer: Arc<dyn Issuer>,
    /// The hosts.
    pub hosts: Vec<String>,
    /// How long the first order that fails waits.
    pub first_pause: Duration,
}

/// Keeps our hosts in certificates.
pub struct Certification {
    outside: Outside,
    issuance: Arc<dyn Issuance>,
    plan: ArcSwapOption<Plan>,
    known: ArcSwap<Vec<Standing>>,
}

/// How an order ended.
#[derive(Debug)]
pub enum Settled {
    /// There is a certificate.
    Issued {
        /// The host.
        host: String,
        /// How long it is good.
        until: Timestamp,
    },
    /// There is none.
    Failed {
        /// The host.
        host: String,
        /// Why.
        why: String,
        /// What an operator can do about it.
        hint: &'static str,
        /// When it is ordered again.
        again: Timestamp,
    },
}

/// What an authority is told.
#[derive(Serialize, Deserialize)]
struct Outstanding {
    host: String,
    answer: String,
}

impl Record for Outstanding {
    const FAMILY: &'static str = "outstanding";
}

impl Certification {
    /// Nothing is ordered yet.
    pub fn new(outside: Outside, issuance: Arc<dyn Issuance>) -> Self {
        Self {
            outside,
            issuance,
            plan: ArcSwapOption::empty(),
            known: ArcSwap::default(),
        }
    }

    /// From now on this is ordered, or nothing.
    pub fn replace(&self, plan: Option<Plan>) {
        self.plan.store(plan.map(Arc::new));
    }

    /// Whether anything is ordered at all.
    pub fn is_on(&self) -> bool {
        self.plan.load().is_some()
    }

    /// What an authority is to be told that asks `host` for a token; nothing for a token that is not outstanding there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn answer(&self, host: &str, token: &str) -> Result<Option<String>, Fault> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !self.is_on() || !TOKEN_LENGTHS.contains(&token.len()) || !token.bytes().all(plain) {
            return Ok(None);
        }
        let found = self.outside.records.get::<Outstanding>(&self.name(token)?).await?;
        let found = found.map(|(outstanding, _)| outstanding);
        Ok(found.filter(|found| found.host == host).map(|found| found.answer))
    }

    /// What is known of every host of the plan, in its order, as of the last look.
    pub fn known(&self) -> Arc<Vec<Standing>> {
        self.known.load_full()
    }

    /// Looks what there is now.
    ///
    /// # Errors
    /// When the database fails; what was known stays known.
    pub async fn look(&self) -> Result<Arc<Vec<Standing>>, Fault> {
        let plan = self.plan.load_full();
        let mut there = match &plan {
            Some(plan) => self.issuance.all(plan.issuer.name()).await?,
            None => Vec::new(),
        };
        let mut standing = |host: &String| {
            let at = there.iter().position(|standing| standing.host == *host);
            at.map_or_else(|| Standing::new(host), |at| there.swap_remove(at))
        };
        let hosts = plan.iter().flat_map(|plan| &plan.hosts);
        let known: Arc<Vec<Standing>> = Arc::new(hosts.map(&mut standing).collect());
        self.known.store(Arc::clone(&known));
        Ok(known)
    }

    /// Places the next order that is due, if there is one that nobody else has placed, and sees it through.
    ///
    /// # Errors
    /// When the database fails; the order has counted as failed then.
    pub async fn order_next(&self) -> Result<Option<Settled>, Fault> {
        let Some(plan) = self.plan.load_full() else {
            return Ok(None);
        };
        let (known, now) = (self.look().await?, self.outside.clock.now());
        let due = |standing: &&Standing| {
            let validity = standing.bundle.as_ref().map(|bundle| bundle.validity());
            is_due(validity, standing.wait_until, now)
        };
        let Some(standing) = known.iter().find(due) else {
            return Ok(None);
        };
        let wanted = Wanted {
            issuer: plan.issuer.name().to_owned(),
            host: standing.host.clone(),
        };
        let account = self
            .issuance
            .account(&wanted.issuer, &plan.issuer.new_account_key()?)
            .await?;
        let failures = standing.failures.saturating_add(1);
        let wait = pause(plan.first_pause, failures, Failure::Refused).max(LEASE);
        match self.issuance.begin(&wanted, standing.seen(), now + wait).await? {
            Begun::Theirs => Ok(None),
            Begun::Ours => self.pursue(&plan, (&wanted, failures), &account).await.map(Some),
        }
    }

    async fn pursue(
        &self,
        plan: &Plan,
        (wanted, failures): (&Wanted, u32),
        key: &AccountKey,
    ) -> Result<Settled, Fault> {
        let answers = Published {
            certification: self,
            host: &wanted.host,
        };
        let order = tokio::time::timeout(ORDER_LIFE, plan.issuer.order(&wanted.host, key, &answers));
        let outcome = tokio::select! {
            outcome = order => outcome.unwrap_or_else(|_| Err(Fault::new("acme", "the order took too long"))),
            never = self.hold(wanted) => match never {},
        };
        let (why, hint, failure, least) = match outcome {
            Ok(Outcome::Issued(bundle)) => {
                let until = bundle.validity().until;
                let host = wanted.host.clone();
                let issued = AuditEvent::CertificateIssued {
                    name: host.clone(),
                    until,
                };
                let next = self.outside.clock.now() + rest(plan.first_pause, bundle.validity());
                let record = self.record(issued);
                self.issuance.keep(wanted, (&bundle, next), record).await?;
                return Ok(Settled::Issued { host, until });
            }
            Ok(Outcome::Refused(refusal)) => (refusal.why, refusal.hint, Failure::Refused, refusal.wait),
            Err(fault) => {
                let hint = "let this machine reach the authority at listen.acme.directory, and trust its certificate \
                            (listen.acme.authority, where it is a private one)";
                (fault.to_string(), hint, Failure::Unreached, Duration::ZERO)
            }
        };
        let again = self.outside.clock.now() + pause(plan.first_pause, failures, failure).max(least);
        let host = wanted.host.clone();
        let failed = AuditEvent::CertificateNotIssued {
            name: host.clone(),
            why: why.clone(),
        };
        self.issuance.fail(wanted, (again, &why), self.record(failed)).await?;
        Ok(Settled::Failed { host, why, hint, again })
    }

    /// Lets nobody else order as long as this goes on; a database that is away for a moment does not end an order.
    async fn hold(&self, wanted: &Wanted) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(LEASE / 3).await;
            let until = self.outside.clock.now() + LEASE;
            if let Err(fault) = self.issuance.extend(wanted, until).await {
                tracing::warn!(%fault, host = wanted.host, "an order under way could not be held");
            }
        }
    }

    fn record(&self, event: AuditEvent) -> AuditRecord {
        AuditRecord {
            id: self.outside.entropy.id(),
            at: self.outside.clock.now(),
            user: None,
            origin: Origin::Program,
            event,
        }
    }

    /// What a token is kept under: whoever asks has chosen it.
    fn name(&self, token: &str) -> Result<String, Fault> {
        self.outside
            .keys
            .pseudonym(Purpose::Certificate, &[b"token", token.as_bytes()])
    }
}

/// Answers in the store, where every node finds them.
struct Published<'a> {
    certification: &'a Certification,
    host: &'a str,
}

#[async_trait]
impl Answers for Published<'_> {
    async fn publish(&self, token: &str, answer: &str) -> Result<(), Fault> {
        let outstanding = Outstanding {
            host: self.host.to_owned(),
            answer: answer.to_owned(),
        };
        let name = self.certification.name(token)?;
        let records = &self.certification.outside.records;
        let (Inserted::New | Inserted::Exists) = records.insert(&name, &outstanding, TOKEN_LIFE).await?;
        Ok(())
    }
}
