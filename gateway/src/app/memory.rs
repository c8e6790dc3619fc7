//! What is in memory stays there: secrets of everybody who logs in are among it.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Writes no core dump, and lets nobody but root look into the process from outside.
pub(super) fn keep_private() {
    let nothing = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let limited = setrlimit(Resource::Core, nothing);
    let closed = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if let Err(error) = limited.and(closed) {
        tracing::warn!(%error, "core dumps cannot be forbidden here; see to it that none is kept");
    }
}
