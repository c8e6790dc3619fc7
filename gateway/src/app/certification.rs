//! Certificates that are ordered: by what client, and from the moment they are there, shown to browsers.

use crate::config::{Acme, Problem};
use crate::domain::certificate::Validity;
use crate::edge::proxy::entrance::certificates::{Certificates, chain};
use crate::flow::certification::{Certification, Plan, Settled};
use crate::io::Fault;
use crate::io::clock::{Clock, SystemClock};
use crate::io::issuance::{Bundle, Standing};
use crate::io::issuer::acme::AcmeIssuer;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked what other nodes have ordered, and what is due.
const PERIOD: Duration = Duration::from_secs(2);
/// How long an authority may take for one answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the configuration orders.
///
/// # Errors
/// When the file of whoever certifies the authority cannot be used.
pub(super) fn plan(acme: &Acme) -> Result<Plan, Problem> {
    let client = client(acme)?;
    Ok(Plan {
        issuer: Arc::new(AcmeIssuer::new(&acme.directory, acme.contact.as_deref(), client)),
        hosts: acme.names.clone(),
        first_pause: acme.retry,
    })
}

/// A client that goes where it is sent and nowhere else.
#[expect(
    clippy::disallowed_methods,
    reason = "this is a part of app.rs, which makes HTTP clients"
)]
fn client(acme: &Acme) -> Result<reqwest::Client, Problem> {
    let problem = |message: String| Problem {
        path: "listen.acme.authority".to_owned(),
        message,
        hint: "certificates in PEM".to_owned(),
    };
    let mut builder = reqwest::Client::builder()
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE);
    if let Some(file) = &acme.authority {
        for root in chain(file).map_err(problem)? {
            let root = reqwest::Certificate::from_der(&root).map_err(|error| problem(error.to_string()))?;
            builder = builder.add_root_certificate(root);
        }
    }
    builder.build().map_err(|error| problem(error.to_string()))
}

/// Hosts whose certificates are in files already.
pub(super) fn doubled(acme: &Acme, files: &Certificates) -> Vec<Problem> {
    let doubled = acme.names.iter().filter(|name| files.has_file_for(name));
    let problem = |name: &String| Problem {
        path: "listen.acme.names".to_owned(),
        message: format!("{name} has a certificate in a file already"),
        hint: "list the other names here, or take the certificate out of listen.https".to_owned(),
    };
    doubled.map(problem).collect()
}

/// Shows what is issued.
pub(super) struct Window {
    pub(super) certification: Arc<Certification>,
    pub(super) certificates: Arc<Certificates>,
    placeholders: HashMap<String, Arc<CertifiedKey>>,
    /// The last that could be read of each host.
    last: HashMap<String, Bundle>,
    shown: Vec<Arc<CertifiedKey>>,
}

impl Window {
    pub(super) fn new(certification: Arc<Certification>, certificates: Arc<Certificates>) -> Self {
        Self {
            certification,
            certificates,
            placeholders: HashMap::new(),
            last: HashMap::new(),
            shown: Vec::new(),
        }
    }

    /// Shows what there is now. Where that is nothing, because another authority is asked now or what was issued cannot be
    /// read here, it is what was shown before, as long as that is good; else a certificate of our own making that nobody
    /// trusts.
    ///
    /// # Errors
    /// When the database fails, or no placeholder can be made; what was shown stays.
    pub(super) async fn refresh(&mut self) -> Result<(), Fault> {
        let known = self.certification.look().await?;
        self.last
            .retain(|host, _| known.iter().any(|standing| standing.host == *host));
        let (now, mut issued) = (SystemClock.now(), Vec::new());
        for Standing { host, bundle, .. } in known.iter() {
            let last = self.last.get(host).filter(|last| last.validity().covers(now));
            issued.push(match bundle.as_ref().or(last).cloned() {
                Some(bundle) => {
                    tell(host, bundle.validity());
                    let certified = bundle.certified();
                    self.last.insert(host.clone(), bundle);
                    certified
                }
                None => self.placeholder(host)?,
            });
        }
        let chains = |all: &[Arc<CertifiedKey>]| all.iter().map(|one| one.cert.clone()).collect::<Vec<_>>();
        if chains(&issued) != chains(&self.shown) {
            self.certificates.issue(issued.clone());
            self.shown = issued;
        }
        Ok(())
    }

    /// Keeps it so until the program ends.
    pub(super) async fn run(mut self) {
        loop {
            if let Err(fault) = self.refresh().await {
                tracing::warn!(%fault, "issued certificates could not be read; those that are shown stay");
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    fn placeholder(&mut self, host: &str) -> Result<Arc<CertifiedKey>, Fault> {
        if let Some(made) = self.placeholders.get(host) {
            return Ok(Arc::clone(made));
        }
        let made = Arc::new(make(host).map_err(|error| Fault::new("placeholder", error))?);
        self.placeholders.insert(host.to_owned(), Arc::clone(&made));
        Ok(made)
    }
}

/// Orders what is due until the program ends.
pub(super) async fn order(certification: Arc<Certification>) {
    loop {
        match certification.order_next().await {
            Ok(Some(Settled::Issued { host, until })) => {
                tracing::info!(host, until = %moment(until.as_millis()), "a certificate was issued");
                continue;
            }
            Ok(Some(Settled::Failed { host, why, hint, again })) => {
                let again = moment(again.as_millis());
                tracing::error!(host, why, hint, %again, "a certificate was not issued; what there is stays in use");
                continue;
            }
            Ok(None) => {}
            Err(fault) => tracing::warn!(%fault, "certificates could not be ordered"),
        }
        tokio::time::sleep(PERIOD).await;
    }
}

fn tell(host: &str, validity: Validity) {
    let seconds = |at: crate::domain::time::Timestamp| std::time::Duration::from_secs(at.as_seconds()).as_secs_f64();
    let name = "vestibule_certificate_not_after_seconds";
    metrics::gauge!(name, "host" => host.to_owned()).set(seconds(validity.until));
}

fn moment(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).map_or_else(|_| String::new(), |moment| moment.to_string())
}

fn make(host: &str) -> Result<CertifiedKey, Box<dyn std::error::Error + Send + Sync>> {
    let mut parameters = CertificateParams::new(vec![host.to_owned()])?;
    parameters.distinguished_name = DistinguishedName::new();
    let name = "No certificate was issued to this host yet";
    parameters.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate()?;
    let certificate = parameters.self_signed(&key)?;
    let private = PrivateKeyDer::try_from(key.serialize_der())?;
    let chain = vec![certificate.der().clone()];
    Ok(CertifiedKey::from_der(chain, private, &default_provider())?)
}
