//! A certificate that was issued, with the chain above it and its key, looked at before anybody is shown it.

use crate::domain::certificate::Validity;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use zeroize::Zeroizing;

/// A certificate that is for its host, and the key it is for.
#[derive(Clone, Debug)]
pub struct Bundle {
    chain: String,
    key: Arc<Secret<String>>,
    certified: Arc<CertifiedKey>,
    validity: Validity,
}

/// What is wrong with a certificate, for operators.
#[derive(Debug, thiserror::Error)]
#[error("the certificate cannot be used: {0}")]
pub struct Unfit(String);

impl Bundle {
    /// A chain in PEM, the host's own certificate first, and its key in PEM.
    ///
    /// # Errors
    /// When it is not for this host, or the key is another's.
    pub fn new(host: &str, chain: String, key: Secret<String>) -> Result<Self, Unfit> {
        let certificates = CertificateDer::pem_slice_iter(chain.as_bytes()).collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(unfit)?;
        let first = certificates.first().ok_or_else(|| unfit("there is none"))?.clone();
        let private = PrivateKeyDer::from_pem_slice(key.expose().as_bytes()).map_err(unfit)?;
        let certified = CertifiedKey::from_der(certificates, private, &default_provider()).map_err(unfit)?;
        let name = ServerName::try_from(host).map_err(unfit)?;
        let parsed = ParsedCertificate::try_from(&first).map_err(unfit)?;
        verify_server_name(&parsed, &name).map_err(unfit)?;
        Ok(Self {
            validity: validity(&first)?,
            certified: Arc::new(certified),
            key: Arc::new(key),
            chain,
        })
    }

    /// From when to when it is good.
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// As it is shown in a handshake.
    pub fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }

    /// To be sealed; what [`Bundle::from_text`] reads.
    ///
    /// # Errors
    /// Never for what was read before.
    pub(super) fn to_text(&self) -> Result<Zeroizing<String>, serde_json::Error> {
        let (chain, key) = (self.chain.as_str(), self.key.expose().as_str());
        serde_json::to_string(&Written { chain, key }).map(Zeroizing::new)
    }

    /// What was sealed.
    ///
    /// # Errors
    /// When it was not, or is unfit for this host.
    pub(super) fn from_text(host: &str, text: &[u8]) -> Result<Self, Unfit> {
        let read: Read = serde_json::from_slice(text).map_err(unfit)?;
        Self::new(host, read.chain, Secret::new(read.key))
    }
}

#[derive(Serialize)]
struct Written<'a> {
    chain: &'a str,
    key: &'a str,
}

#[derive(Deserialize)]
struct Read {
    chain: String,
    key: String,
}

fn validity(certificate: &CertificateDer<'_>) -> Result<Validity, Unfit> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(unfit)?;
    let moment = |time: x509_parser::time::ASN1Time| Timestamp::from_millis(time.timestamp().saturating_mul(1000));
    Ok(Validity {
        from: moment(parsed.validity().not_before),
        until: moment(parsed.validity().not_after),
    })
}

fn unfit(why: impl std::fmt::Display) -> Unfit {
    Unfit(why.to_string())
}
