//! What the listener shows to browsers: the first certificate that is for the name they ask for, else the first of all;
//! those from files come before those that were issued to us. Both are replaced at once, between two handshakes.

use super::fronts::Authority;
use arc_swap::{ArcSwap, ArcSwapOption};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A chain and its key, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The certificate, followed by those that certify it.
    pub certificate: PathBuf,
    /// The key it is for.
    pub key: PathBuf,
}

/// The certificates in use.
#[derive(Debug)]
pub struct Certificates {
    files: ArcSwap<Vec<Arc<CertifiedKey>>>,
    issued: ArcSwap<Vec<Arc<CertifiedKey>>>,
    /// Who certifies fronts.
    fronts: ArcSwapOption<Authority>,
}

/// What is wrong with a file or two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Which.
    pub at: Which,
    /// What is wrong, for operators.
    pub why: String,
}

/// Which files of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// A pair, from zero.
    Pair(usize),
    /// Those who certify fronts.
    Fronts,
}

impl Certificates {
    /// Reads all pairs, and who certifies fronts where somebody does.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn load(pairs: &[Pair], fronts: Option<&Path>) -> Result<Self, Vec<Unfit>> {
        let fronts = fronts.map(Authority::load).transpose();
        let fronts = fronts.map_err(|why| Unfit { at: Which::Fronts, why });
        match (read_all(pairs), fronts) {
            (Ok(all), Ok(fronts)) => Ok(Self {
                files: ArcSwap::from_pointee(all),
                issued: ArcSwap::default(),
                fronts: ArcSwapOption::from_pointee(fronts),
            }),
            (all, fronts) => Err(all.err().into_iter().flatten().chain(fronts.err()).collect()),
        }
    }

    /// Shows those of `fresh` from now on, in place of those from files, and believes who certifies fronts there.
    pub fn replace(&self, fresh: Self) {
        self.files.store(fresh.files.into_inner());
        let (last, next) = (self.fronts.load_full(), fresh.fronts.into_inner());
        let same = last
            .as_ref()
            .zip(next.as_ref())
            .is_some_and(|(one, two)| one.is_same(two));
        if !same {
            self.fronts.store(next);
        }
    }

    /// Who certifies fronts.
    pub(super) fn fronts(&self) -> Option<Arc<Authority>> {
        self.fronts.load_full()
    }

    /// Shows these from now on, in place of those that were issued before.
    pub fn issue(&self, issued: Vec<Arc<CertifiedKey>>) {
        self.issued.store(Arc::new(issued));
    }

    /// Whether one from a file is for this name.
    pub fn has_file_for(&self, name: &str) -> bool {
        let files = self.files.load();
        ServerName::try_from(name).is_ok_and(|name| files.iter().any(|one| is_for(one, &name)))
    }
}

fn read_all(pairs: &[Pair]) -> Result<Vec<Arc<CertifiedKey>>, Vec<Unfit>> {
    let provider = default_provider();
    let (mut all, mut unfit) = (Vec::new(), Vec::new());
    for (at, pair) in pairs.iter().enumerate() {
        match certified(pair, &provider) {
            Ok((certified, _)) => all.push(Arc::new(certified)),
            Err(why) => unfit.push(Unfit {
                at: Which::Pair(at),
                why,
            }),
        }
    }
    if unfit.is_empty() { Ok(all) } else { Err(unfit) }
}

/// A chain and its key, which is for its first certificate; also as it was read.
///
/// # Errors
/// In words, with the file's name.
pub fn certified(pair: &Pair, provider: &CryptoProvider) -> Result<(CertifiedKey, PrivateKeyDer<'static>), String> {
    let chain = chain(&pair.certificate)?;
    let key = key(&pair.key)?;
    let certified = CertifiedKey::from_der(chain, key.clone_key(), provider);
    let certified = certified.map_err(|error| format!("{}: {error}", pair.key.display()))?;
    certified
        .end_entity_cert()
        .and_then(ParsedCertificate::try_from)
        .map_err(|error| format!("{}: {error}", pair.certificate.display()))?;
    Ok((certified, key))
}

/// The certificates in a file; at least one.
///
/// # Errors
/// In words, with the file's name.
pub fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let name = file.display();
    let all = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    let all: Vec<_> = all.map_err(|error| format!("{name}: {error}"))?;
    if all.is_empty() {
        Err(format!("{name}: no certificate in it (PEM)"))
    } else {
        Ok(all)
    }
}

/// The key in a file.
///
/// # Errors
/// In words, with the file's name.
pub fn key(file: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| format!("{}: {error}", file.display()))
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let (files, issued) = (self.files.load(), self.issued.load());
        let mut all = files.iter().chain(issued.iter());
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let named = name.and_then(|name| all.clone().find(|one| is_for(one, &name)));
        named.or(all.next()).cloned()
    }
}

fn is_for(certified: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let parsed = certified.end_entity_cert().and_then(ParsedCertificate::try_from);
    parsed.is_ok_and(|parsed| verify_server_name(&parsed, name).is_ok())
}
