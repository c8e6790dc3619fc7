//! The operators' listener: is it alive, is it ready, what has it counted.

use crate::flow::Outside;
use crate::flow::certification::Certification;
use crate::flow::readiness::{self, Readiness};
use crate::flow::revocation::Revocations;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::json;
use std::sync::Arc;

/// What readiness is judged by.
#[derive(Clone)]
pub struct Watched {
    /// What flows call.
    pub outside: Outside,
    /// The revocation log as this node knows it.
    pub revocations: Arc<Revocations>,
    /// The certificates that are ordered.
    pub certification: Arc<Certification>,
}

/// Health and metrics; `metrics` renders the counters in Prometheus' text form.
pub fn router(watched: Watched, metrics: Arc<dyn Fn() -> String + Send + Sync>) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "alive\n" }))
        .route("/health/ready", get(ready))
        .route(
            "/metrics",
            get(move || async move { ([(CONTENT_TYPE, "text/plain; version=0.0.4")], metrics()) }),
        )
        .with_state(watched)
}

/// 200 when store and SQL answer and the revocation log is fresh, else 503 with what does not. What is wrong with
/// certificates is said, but is no reason to keep browsers away, and with them the authority that is to issue some.
async fn ready(State(watched): State<Watched>) -> Response {
    match readiness::of(&watched.outside, &watched.revocations).await {
        Readiness::Ready => {
            let wanting = readiness::wanting(&watched.certification.known(), watched.outside.clock.now());
            let lines: String = wanting.iter().map(|line| format!("{line}\n")).collect();
            (StatusCode::OK, format!("ready\n{lines}")).into_response()
        }
        Readiness::NotReady(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            let body = json!({ "not_ready": faults }).to_string();
            (
                StatusCode::SERVICE_UNAVAILABLE,
                [(CONTENT_TYPE, "application/json")],
                body,
            )
                .into_response()
        }
    }
}
