//! Whether this node could decide a request now.

use super::revocation::Revocations;
use super::{Fault, Outside};

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
