//! Forms that really came from our own pages: a token bound to the browser's cookie, and the browser's own word for
//! where the form was (ASVS 5.0 V3.5.1). Nothing else makes a [`Form`] or a [`Pressed`].

use super::visitor::Visitor;
use super::{Closed, Desk, look, tabs};
use crate::edge::door::read::FETCH_SITE;
use crate::flow::Fault;
use crate::flow::form_token;
use auth_pages::{Page, Trouble};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, ORIGIN};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A form that its visitor sent from one of our pages.
pub(super) struct Form<T> {
    /// Who sent it.
    pub(super) visitor: Visitor,
    /// What is in it.
    pub(super) fields: T,
}

/// A form with nothing in it but its proof: its visitor pressed a button.
pub(super) struct Pressed(pub(super) Visitor);

#[derive(Deserialize)]
struct Nothing {}

#[derive(Deserialize)]
struct Proof {
    csrf: String,
}

/// The token for a form on a page shown to this visitor: bound to the session where there is one, else to the login.
///
/// # Errors
/// When the key ring fails.
pub(super) fn token(desk: &Desk, visitor: &Visitor) -> Result<String, Fault> {
    form_token::of(&desk.outside, &anchor(visitor))
}

fn anchor(visitor: &Visitor) -> [&[u8]; 2] {
    let session = visitor
        .session
        .as_ref()
        .map_or(&[][..], |(token, _)| token.as_bytes().as_slice());
    [visitor.login.expose().as_slice(), session]
}

impl<T: DeserializeOwned> FromRequest<Arc<Desk>> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, desk)
            .await
            .map_err(IntoResponse::into_response)?;
        let foreign = !comes_from_here(&visitor, &parts.headers);
        let page = parts.uri.clone();
        let urlencoded = is_urlencoded(&parts.headers);
        let request = Request::from_parts(parts, body);
        let body = Bytes::from_request(request, desk)
            .await
            .map_err(|_| StatusCode::BAD_REQUEST.into_response())?;
        if !urlencoded || !has_each_name_once(&body) {
            return Err(StatusCode::BAD_REQUEST.into_response());
        }
        let proven = match serde_urlencoded::from_bytes::<Proof>(&body) {
            Ok(Proof { csrf }) => {
                visitor.brought_login && is_right(desk, &visitor, &csrf).map_err(IntoResponse::into_response)?
            }
            Err(_) => false,
        };
        if foreign || !proven {
            return Err(if foreign {
                refused(&visitor)
            } else {
                tabs::out_of_date(desk, &visitor, &page)
                    .await
                    .unwrap_or_else(IntoResponse::into_response)
            });
        }
        let fields = serde_urlencoded::from_bytes(&body).map_err(|_| StatusCode::BAD_REQUEST.into_response())?;
        Ok(Self { visitor, fields })
    }
}

impl FromRequest<Arc<Desk>> for Pressed {
    type Rejection = Response;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Self, Response> {
        let form = Form::<Nothing>::from_request(request, desk).await?;
        Ok(Self(form.visitor))
    }
}

/// The one way our forms are sent (WHATWG URL section 5).
fn is_urlencoded(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let bare = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    bare.is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// A name given twice, or as a list, would mean one thing here and another elsewhere.
pub(super) fn has_each_name_once(body: &[u8]) -> bool {
    let Ok(pairs) = serde_urlencoded::from_bytes::<Vec<(String, String)>>(body) else {
        return false;
    };
    let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let lists = names.iter().any(|name| name.contains(['[', ']']));
    !lists && names.windows(2).all(|pair| pair.first() != pair.last())
}

fn is_right(desk: &Desk, visitor: &Visitor, typed: &str) -> Result<bool, Closed> {
    Ok(form_token::matches(&desk.outside, &anchor(visitor), typed)?)
}

/// The browser's word, where it gives one; `Origin` is in every POST of every browser of the last years.
fn comes_from_here(visitor: &Visitor, headers: &HeaderMap) -> bool {
    let same = |value: &http::HeaderValue| value.as_bytes() == visitor.arrival.origin().as_str().as_bytes();
    let site = headers
        .get(FETCH_SITE)
        .is_none_or(|site| site.as_bytes() == b"same-origin");
    headers.get_all(ORIGIN).iter().all(same) && site
}

/// A form of somebody else's.
fn refused(visitor: &Visitor) -> Response {
    let page = Page::Trouble(Trouble::Stale);
    super::login::with_login_cookie(visitor, look::of(visitor).show(StatusCode::FORBIDDEN, &page))
}
