//! Where every fault ends: the door closes, the operator is told what broke, the visitor only that it is so (Law 6).

use crate::flow::Fault;

/// How long a visitor is asked to wait, in seconds.
pub const RETRY_AFTER: u64 = 1;

/// Tells operators of a fault; what the visitor sees is phrased by whoever answers, and has none of it.
pub fn report(fault: &Fault, request_id: &str) {
    metrics::counter!("vestibule_faults_total", "what" => fault.what).increment(1);
    tracing::error!(target: "fault", request = request_id, what = fault.what, why = %fault.why, "closed the door");
}
