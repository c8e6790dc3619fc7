//! Caddy (`forward_auth`), Traefik (ForwardAuth) and HAProxy (with the Lua of `config/fronts`). They ask by
//! `X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri`, and hand on to their client whatever is not 200: our pages as they
//! are, the redirect to the login and its cookie among them.

use super::one;
use super::question::{self, FORWARDED_HOST, FORWARDED_METHOD, FORWARDED_PROTO, FORWARDED_URI, Odd, Question};
use http::HeaderMap;

/// What is asked.
pub(super) fn ask(headers: &HeaderMap) -> Result<Question, Odd> {
    let scheme = std::str::from_utf8(one(headers, &FORWARDED_PROTO)?).map_err(|_| Odd::Malformed)?;
    Ok(Question {
        method: question::method(headers, &FORWARDED_METHOD)?,
        scheme: Some(question::scheme(scheme)?),
        host: question::host(headers, &FORWARDED_HOST)?,
        target: question::target(one(headers, &FORWARDED_URI)?)?,
    })
}
