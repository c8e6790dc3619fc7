//! Fronts that prove by a certificate that they may ask (`forward_auth.authority`). Browsers are asked for one too, and
//! show none: the authority is named to them, so that they have nothing to offer.
//!
//! A certificate is verified when it is shown. A resumed TLS session shows none again, so whose it is and how long it is
//! good is remembered; nothing outlives the authority, because its tickets end with it.

use super::certificates::chain;
use aws_lc_rs::digest::{SHA256, digest};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

/// Who certifies fronts.
#[derive(Debug)]
pub(super) struct Authority {
    verifier: Arc<dyn ClientCertVerifier>,
    /// What its file holds, by hash.
    content: Vec<u8>,
    /// The certificates that were good when they were shown, by hash, and until when they are (in seconds since 1970).
    good: Mutex<HashMap<Vec<u8>, u64>>,
}

impl Authority {
    /// Reads its certificates (PEM).
    ///
    /// # Errors
    /// In words, with the file's name.
    pub(super) fn load(file: &Path) -> Result<Self, String> {
        let (name, mut roots, mut content) = (file.display(), RootCertStore::empty(), Vec::new());
        for certificate in chain(file)? {
            content.extend_from_slice(digest(&SHA256, &certificate).as_ref());
            roots.add(certificate).map_err(|error| format!("{name}: {error}"))?;
        }
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).allow_unauthenticated();
        let verifier = verifier.build().map_err(|error| format!("{name}: {error}"))?;
        Ok(Self {
            verifier,
            content,
            good: Mutex::default(),
        })
    }

    /// Whether both hold the same certificates.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.content == other.content
    }

    /// Whether the certificate of this hash (SHA-256) was shown and is still good.
    pub(super) fn knows(&self, hash: &[u8]) -> bool {
        let good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        good.get(hash).is_some_and(|until| UnixTime::now().as_secs() <= *until)
    }

    fn note(&self, certificate: &CertificateDer<'_>) -> Result<(), Error> {
        let parsed = X509Certificate::from_der(certificate).map_err(|error| Error::General(error.to_string()))?;
        let until = parsed.1.validity().not_after.timestamp();
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        let now = UnixTime::now().as_secs();
        good.retain(|_, until| now <= *until);
        let hash = digest(&SHA256, certificate).as_ref().to_vec();
        good.insert(hash, u64::try_from(until).unwrap_or_default());
        Ok(())
    }
}

impl ClientCertVerifier for Authority {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.verifier.root_hint_subjects()
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.verifier.verify_client_cert(end_entity, intermediates, now)?;
        self.note(end_entity)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
