//! The certificates a configuration names.

use crate::config::{Https, Problem};
use crate::edge::proxy::entrance::certificates::{Certificates, Pair, Unfit};
use crate::io::Fault;

/// Reads them all.
///
/// # Errors
/// Everything that is wrong with any of them.
pub(super) fn load(https: &Https) -> Result<Certificates, Fault> {
    read(https).map_err(|problems| {
        let all: Vec<String> = problems.iter().map(Problem::to_string).collect();
        Fault::new("certificates", all.join("; "))
    })
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
    Certificates::load(&pairs).map_err(|unfit| unfit.into_iter().map(problem).collect())
}

fn problem(Unfit { at, why }: Unfit) -> Problem {
    let path = match at.checked_sub(1) {
        None => "listen.https".to_owned(),
        Some(further) => format!("listen.https.further[{further}]"),
    };
    Problem {
        path,
        message: why,
        hint: "a chain and the key of its first certificate, both in PEM".to_owned(),
    }
}
