//! The certificates a configuration names.

use super::certification::doubled;
use crate::config::{Https, Problem};
use crate::domain::application::Applications;
use crate::edge::proxy::entrance::certificates::{Certificates, Pair, Unfit, Which};
use crate::edge::proxy::trust::{self, Trusts};
use crate::io::Fault;

const PAIR: &str = "a chain and the key of its first certificate, both in PEM";

/// Reads them all.
///
/// # Errors
/// Everything that is wrong with any of them.
pub(super) fn load(https: &Https) -> Result<Certificates, Fault> {
    read(https).map_err(fault)
}

/// The same, with the key of the configuration that each problem is about.
pub(super) fn read(https: &Https) -> Result<Certificates, Vec<Problem>> {
    let pairs: Vec<Pair> = https
        .certificates
        .iter()
        .map(|files| Pair {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
        })
        .collect();
    let certificates = Certificates::load(&pairs, https.fronts.as_deref())
        .map_err(|unfit| unfit.into_iter().map(problem).collect::<Vec<_>>())?;
    let doubled = https.acme.as_ref().map(|acme| doubled(acme, &certificates));
    match doubled.unwrap_or_default() {
        none if none.is_empty() => Ok(certificates),
        doubled => Err(doubled),
    }
}

/// What applications' servers show and are shown.
///
/// # Errors
/// Everything that is wrong with any of the files.
pub(super) fn trusts(applications: &Applications) -> Result<Trusts, Vec<Problem>> {
    let problem = |unfit: trust::Unfit| Problem {
        path: unfit.at,
        message: unfit.why,
        hint: "certificates in PEM; a key must be that of the first".to_owned(),
    };
    Trusts::load(applications).map_err(|unfit| unfit.into_iter().map(problem).collect())
}

/// The same, where there is nothing else to fall back on.
///
/// # Errors
/// Likewise.
pub(super) fn load_trusts(applications: &Applications) -> Result<Trusts, Fault> {
    trusts(applications).map_err(fault)
}

fn fault(problems: Vec<Problem>) -> Fault {
    let all: Vec<String> = problems.iter().map(Problem::to_string).collect();
    Fault::new("certificates", all.join("; "))
}

fn problem(Unfit { at, why }: Unfit) -> Problem {
    let (path, hint) = match at {
        Which::Pair(0) => ("listen.https".to_owned(), PAIR),
        Which::Pair(at) => (format!("listen.https.further[{}]", at - 1), PAIR),
        Which::Fronts => ("forward_auth.authority".to_owned(), "one or more certificates, in PEM"),
    };
    Problem {
        path,
        message: why,
        hint: hint.to_owned(),
    }
}
