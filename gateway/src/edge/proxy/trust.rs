//! Whom an application's servers are taken for in TLS, and as whom we come to them: read from files, before anything is
//! sent. A server must always be who it is said to be, and its certificate must be valid; there is no way around that.

use super::entrance::certificates::{Pair, certified, chain};
use crate::domain::application::{Application, Applications, UpstreamTls};
use aws_lc_rs::digest::{Context, SHA256};
use pingora::prelude::HttpPeer;
use pingora::utils::tls::{CertKey, WrappedX509, parse_x509};
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

/// What applications have of their own, by their addresses.
#[derive(Clone, Default)]
pub struct Trusts(HashMap<String, Arc<Trust>>);

/// What one application has of its own.
#[derive(Default)]
pub(super) struct Trust {
    /// Who certifies its servers; whoever this machine trusts where there is nobody.
    authorities: Option<Arc<[WrappedX509]>>,
    /// What its servers are shown.
    shown: Option<Arc<CertKey>>,
    /// The name in its servers' certificates, where it is not the one they are reached by.
    name: Option<String>,
    /// Tells its connections from those of others: what Pingora compares leaves out who certifies, and of what is shown it
    /// knows the serial number only.
    group: u64,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// The key that names it.
    pub at: String,
    /// What is wrong, for operators.
    pub why: String,
}

impl Trusts {
    /// Reads the files of all applications.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn load(applications: &Applications) -> Result<Self, Vec<Unfit>> {
        let (mut all, mut unfit) = (HashMap::new(), Vec::new());
        for application in applications.iter() {
            match application.upstream_tls.as_ref().map(Trust::load).transpose() {
                Ok(Some(trust)) => {
                    all.insert(application.origin.as_str().to_owned(), Arc::new(trust));
                }
                Ok(None) => {}
                Err(wrong) => unfit.push(wrong),
            }
        }
        unfit.sort_by(|one, other| one.at.cmp(&other.at));
        if unfit.is_empty() { Ok(Self(all)) } else { Err(unfit) }
    }

    /// What an application has.
    pub(super) fn of(&self, application: &Application) -> Arc<Trust> {
        self.0.get(application.origin.as_str()).cloned().unwrap_or_default()
    }
}

impl Trust {
    fn load(said: &UpstreamTls) -> Result<Self, Unfit> {
        let unfit = |key: &str| {
            let at = format!("{}.{key}", said.at);
            move |why| Unfit { at, why }
        };
        let mut seen = Context::new(&SHA256);
        let authorities = said.authority.as_deref().map(|file| authorities(file, &mut seen));
        let authorities = authorities.transpose().map_err(unfit("authority"))?;
        seen.update(b"|");
        let shown = said.shown.as_ref().map(|(certificate, key)| {
            let pair = Pair {
                certificate: certificate.clone(),
                key: key.clone(),
            };
            shown(&pair, &mut seen)
        });
        let shown = shown.transpose().map_err(unfit("certificate"))?;
        let digest = seen.finish();
        let (first, _) = digest.as_ref().split_first_chunk().unwrap_or((&[0; 8], &[]));
        Ok(Self {
            authorities: authorities.map(Arc::from),
            shown: shown.map(Arc::new),
            name: said.name.clone(),
            group: u64::from_be_bytes(*first),
        })
    }

    /// Has a server asked who it is, and shown who we are. What is shared with nothing has connections of its own.
    pub(super) fn apply(&self, peer: &mut HttpPeer, sharing: Sharing) {
        peer.options.ca.clone_from(&self.authorities);
        peer.client_cert_key.clone_from(&self.shown);
        if let Some(name) = &self.name {
            peer.sni.clone_from(name);
        }
        peer.group_key = match sharing {
            Sharing::Requests => self.group & !1,
            Sharing::Nothing => self.group | 1,
        };
    }
}

/// What may come over a connection one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sharing {
    /// Requests of whoever knows its server by the same files.
    Requests,
    /// Nothing else.
    Nothing,
}

/// All certificates of a file, each of somebody who may certify others.
fn authorities(file: &Path, seen: &mut Context) -> Result<Vec<WrappedX509>, String> {
    let mut store = RootCertStore::empty();
    let mut all = Vec::new();
    for der in chain(file)? {
        let told = |error: rustls::Error| format!("{}: {error}", file.display());
        store.add(der.clone()).map_err(told)?;
        all.push(read(&der, file, seen)?);
    }
    Ok(all)
}

fn shown(pair: &Pair, seen: &mut Context) -> Result<CertKey, String> {
    let key = certified(pair, &default_provider())?.1;
    let mut all = Vec::new();
    for der in chain(&pair.certificate)? {
        read(&der, &pair.certificate, seen)?;
        all.push(der.as_ref().to_vec());
    }
    Ok(CertKey::new(all, key.secret_der().to_vec()))
}

/// A certificate as Pingora holds it, which gives up the process over one that it cannot read.
fn read(der: &CertificateDer<'_>, file: &Path, seen: &mut Context) -> Result<WrappedX509, String> {
    X509Certificate::from_der(der).map_err(|error| format!("{}: {error}", file.display()))?;
    seen.update(&der.len().to_be_bytes());
    seen.update(der);
    Ok(WrappedX509::new(der.as_ref().to_vec(), parse_x509))
}
