//! Whether this node could decide a request now.

use super::revocation::Revocations;
use super::{Fault, Outside};
use crate::domain::time::Timestamp;
use crate::io::issuance::{Bundle, Standing};

/// Whether a node can do its work.
#[derive(Debug)]
pub enum Readiness {
    /// It can.
    Ready,
    /// It cannot, because of these.
    NotReady(Vec<Fault>),
}

/// Asks the store and SQL, and looks at the age of the revocation log.
pub async fn of(outside: &Outside, revocations: &Revocations) -> Readiness {
    let (store, directory, credentials) = tokio::join!(
        outside.records.ping(),
        outside.directory.ping(),
        outside.credentials.ping()
    );
    let mut faults: Vec<Fault> = [store.map_err(Fault::from), directory, credentials]
        .into_iter()
        .filter_map(Result::err)
        .collect();
    if !revocations.is_fresh(outside.clock.now()) {
        faults.push(Fault::new("revocation log", "not read for too long"));
    }
    if faults.is_empty() {
        Readiness::Ready
    } else {
        Readiness::NotReady(faults)
    }
}

/// What is wrong with the certificates that are ordered, a line for each host.
pub fn wanting(known: &[Standing], now: Timestamp) -> Vec<String> {
    let of = |standing: &Standing| {
        let host = &standing.host;
        let what = match standing.bundle.as_ref().map(Bundle::validity) {
            None => "has no certificate yet, and shows a placeholder",
            Some(validity) if !validity.covers(now) => "shows a certificate that is not good now",
            Some(validity) if validity.renewal() <= now => "shows a certificate that is to be renewed",
            Some(_) => return None,
        };
        let why = match standing.problem.as_str() {
            "" => "it is ordered".to_owned(),
            problem => format!("the last order failed: {problem}"),
        };
        Some(format!("{host} {what}; {why}"))
    };
    known.iter().filter_map(of).collect()
}
