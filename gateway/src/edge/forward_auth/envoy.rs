//! Envoy (`ext_authz` over HTTP, with our prefix as its `path_prefix`). It asks by the request itself: its method, its
//! `Host`, and its path and query behind the prefix; and hands on to its client whatever is not 200.

use super::ENVOY;
use super::question::{self, Odd, Question};
use http::header::HOST;
use http::request::Parts;

/// What is asked.
pub(super) fn ask(head: &Parts) -> Result<Question, Odd> {
    let whole = head.uri.path_and_query().ok_or(Odd::Missing)?.as_str();
    let asked = whole.strip_prefix(ENVOY).ok_or(Odd::Malformed)?;
    if asked.is_empty() || asked.starts_with('?') {
        return Err(Odd::Missing);
    }
    Ok(Question {
        method: head.method.clone(),
        scheme: None,
        host: question::host(&head.headers, &HOST)?,
        target: question::target(asked.as_bytes())?,
    })
}
