//! Our own pages: routes that call flows and phrase what comes of it with `auth_pages`.
//!
//! Called in-process by the proxy, so they share its listener, its limits and its upgrade; tested without a socket.

mod account;
mod arrival;
mod courier;
mod csrf;
mod depart;
mod enrol;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod login;
mod look;
mod objection;
mod recover;
mod refusal;
mod register;
mod saved_form;
mod second_factor;
mod setting_up;
mod tabs;
mod ticket;
pub mod told;
mod visitor;
mod welcome;

pub use refusal::{Asked, Told};
pub use saved_form::NotSent;

use crate::domain::id::FormId;
use crate::domain::return_to::FORM;
use crate::domain::settings::{Settings, Site};
use crate::edge::arrival::Arrival;
use crate::edge::reply;
use crate::flow::login::Logins;
use crate::flow::recovery::Recoveries;
use crate::flow::registration::Registrations;
use crate::flow::revocation::Revocations;
use crate::flow::subject::Subjects;
use crate::flow::{Fault, Outside};
use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use std::sync::Arc;
use tower::ServiceExt;
use visitor::Visitor;

/// What pages are answered with.
pub struct Desk {
    /// The configuration in force, for answers to requests that never got one of their own.
    pub settings: Arc<ArcSwap<Settings>>,
    /// What flows call.
    pub outside: Outside,
    /// Logs people in.
    pub logins: Logins,
    /// Replaces forgotten passwords.
    pub recoveries: Recoveries,
    /// Makes accounts for whoever registers.
    pub registrations: Registrations,
    /// Finds out who asks.
    pub subjects: Arc<Subjects>,
    /// What has been revoked.
    pub revocations: Arc<Revocations>,
}

/// All pages of ours, and our answers in place of an application's.
pub struct Pages {
    desk: Arc<Desk>,
    router: Router,
}

impl Pages {
    /// The pages over this desk.
    pub fn new(desk: Desk) -> Self {
        let desk = Arc::new(desk);
        let router = Router::new()
            .route("/.vestibule/login", get(login::page).post(login::submit))
            .route(
                "/.vestibule/second-factor",
                get(second_factor::page).post(second_factor::submit),
            )
            .route(
                "/.vestibule/methods",
                get(second_factor::methods).post(second_factor::choose),
            )
            .route("/.vestibule/resend", post(second_factor::resend))
            .route(visitor::RECOVER, get(recover::page).post(recover::ask))
            .route(visitor::RECOVER_CODE, get(recover::code_page).post(recover::answer))
            .route(
                visitor::RECOVER_PASSWORD,
                get(recover::password_page).post(recover::replace),
            )
            .route(super::link::OBJECTION, get(objection::page).post(objection::submit))
            .route("/.vestibule/logout", get(account::confirm_logout).post(account::logout))
            .merge(registration())
            .merge(wizard())
            .merge(own_account())
            .route("/.vestibule/ticket", get(ticket::redeem))
            .route("/.vestibule/courier/{name}/call/{ticket}", post(courier::called_back))
            .route(
                "/.vestibule/courier/{name}/receipt",
                get(courier::receipt).post(courier::receipt),
            )
            .route(visitor::ARRIVAL, get(arrival::events))
            .route("/.vestibule/here", get(tabs::here))
            .route("/.vestibule/form/{id}", get(saved_form::page).post(saved_form::send))
            .route("/.vestibule/jwks.json", get(jwks))
            .route("/.vestibule/assets/{name}", get(asset))
            .fallback(elsewhere)
            .with_state(Arc::clone(&desk));
        Self { desk, router }
    }

    /// Answers a request to one of our pages.
    pub async fn answer(&self, arrival: Arrival, mut request: Request<Body>) -> Response {
        let (id, site) = (arrival.circumstances.request_id.clone(), arrival.origin().clone());
        let headers = request.headers().clone();
        if is_elsewhere(&arrival.site, &request) {
            return self.failed(StatusCode::NOT_FOUND.as_u16(), &headers, &id);
        }
        request.extensions_mut().insert(arrival);
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if let Some(Closed(fault)) = response.extensions().get::<Closed>() {
            crate::edge::fault::report(fault, &id);
            return self.failed(StatusCode::SERVICE_UNAVAILABLE.as_u16(), &headers, &id);
        }
        let bare = response.status().is_client_error() && !response.headers().contains_key(CONTENT_TYPE);
        if bare {
            self.failed(response.status().as_u16(), &headers, &id)
        } else {
            reply::dress(response, Some(&site), &id)
        }
    }

    /// An answer in place of one that cannot be given.
    pub fn failed(&self, status: u16, headers: &HeaderMap, request_id: &str) -> Response {
        refusal::failed(&self.desk, status, (headers, request_id))
    }

    /// What is said of a form that is kept, which is for this path and query.
    ///
    /// # Errors
    /// When the way to its offer cannot be sealed.
    pub fn saved(&self, arrival: &Arrival, form: (FormId, &str), headers: &HeaderMap) -> Result<Response, Fault> {
        refusal::saved(&self.desk, arrival, (form, headers))
    }

    /// What is said in place of sending a form.
    pub fn not_sent(&self, arrival: &Arrival, why: NotSent) -> Response {
        saved_form::not_sent(arrival, why)
    }

    /// What a request is told that the rules did not admit.
    pub fn tell(&self, arrival: &Arrival, told: Told, asked: &Asked<'_>) -> Response {
        refusal::tell(&self.desk, arrival, told, asked)
    }
}

/// A new account, or the first password of one.
fn registration() -> Router<Arc<Desk>> {
    use crate::edge::link::{FIRST_PASSWORD, REGISTER};
    use visitor::{REGISTER_CODE, REGISTER_NUMBER, REGISTER_RESEND};
    Router::new()
        .route(REGISTER, get(register::page).post(register::begin))
        .route(REGISTER_CODE, get(register::code_page).post(register::answer))
        .route(REGISTER_NUMBER, get(register::code_page).post(register::answer))
        .route(REGISTER_RESEND, post(register::resend))
        .route(FIRST_PASSWORD, get(welcome::page).post(welcome::choose))
}

/// What is missing, set up inside a login.
fn wizard() -> Router<Arc<Desk>> {
    Router::new()
        .route("/.vestibule/enrol", get(enrol::page))
        .route("/.vestibule/enrol/app", get(enrol::app).post(enrol::begin_app))
        .route("/.vestibule/enrol/phone", get(enrol::phone).post(enrol::begin_phone))
        .route(
            "/.vestibule/enrol/mailbox",
            get(enrol::mailbox).post(enrol::begin_mailbox),
        )
        .route("/.vestibule/enrol/prove", get(enrol::page).post(enrol::prove))
        .route("/.vestibule/enrol/resend", post(enrol::resend))
        .route("/.vestibule/enrol/drop", post(enrol::drop))
        .route("/.vestibule/enrol/take-up", get(enrol::page).post(enrol::take_up))
        .route("/.vestibule/enrol/later", get(enrol::page).post(enrol::postpone))
        .route("/.vestibule/enrol/forget", get(enrol::page).post(enrol::forget))
        .route("/.vestibule/enrol/codes", get(enrol::page).post(enrol::codes))
        .route("/.vestibule/enrol/kept", get(enrol::page).post(enrol::kept))
}

/// The account.
fn own_account() -> Router<Arc<Desk>> {
    use account::{enrol, password, profile, security, sessions};
    use visitor::PROFILE;
    let item = "/.vestibule/account/security/{id}";
    Router::new()
        .route("/.vestibule/account", get(account::page))
        .route("/.vestibule/account/security", get(security::page))
        .route(item, get(security::item))
        .route(&format!("{item}/describe"), post(security::describe))
        .route(&format!("{item}/prefer"), post(security::prefer))
        .route(&format!("{item}/remove"), post(security::remove))
        .route(
            "/.vestibule/account/emergency-codes",
            get(security::codes).post(security::make_codes),
        )
        .route(
            "/.vestibule/account/emergency-codes/delete",
            post(security::delete_codes),
        )
        .route("/.vestibule/account/enrol", get(enrol::page))
        .route("/.vestibule/account/enrol/app", get(enrol::app).post(enrol::begin_app))
        .route(
            "/.vestibule/account/enrol/phone",
            get(enrol::phone).post(enrol::begin_phone),
        )
        .route(
            "/.vestibule/account/enrol/mailbox",
            get(enrol::mailbox).post(enrol::begin_mailbox),
        )
        .route(
            "/.vestibule/account/enrol/prove",
            get(enrol::pending).post(enrol::prove),
        )
        .route("/.vestibule/account/enrol/resend", post(enrol::resend))
        .route("/.vestibule/account/enrol/drop", post(enrol::discard))
        .route("/.vestibule/account/enrol/kept", post(security::kept))
        .route("/.vestibule/account/sessions", get(sessions::page))
        .route("/.vestibule/account/sessions/end", post(sessions::end))
        .route("/.vestibule/account/sessions/forget", post(sessions::forget))
        .route("/.vestibule/account/sessions/end-others", post(sessions::end_others))
        .route(PROFILE, get(profile::page))
        .route(&format!("{PROFILE}/name"), post(profile::rename))
        .route(&format!("{PROFILE}/email"), post(profile::begin))
        .route(
            &format!("{PROFILE}/email/prove"),
            get(profile::pending).post(profile::prove),
        )
        .route(&format!("{PROFILE}/email/resend"), post(profile::resend))
        .route(&format!("{PROFILE}/email/drop"), post(profile::forget))
        .route(
            "/.vestibule/account/password",
            get(password::page).post(password::submit),
        )
}

/// Whether a page is not on this host: an application's has the way to the portal, its ticket, the offer of a form, and
/// our assets.
fn is_elsewhere(site: &Site, request: &Request<Body>) -> bool {
    let path = request.uri().path();
    let here = [visitor::LOGIN, visitor::LOGOUT, visitor::ACCOUNT, visitor::TICKET].contains(&path);
    let offer = path.starts_with(FORM);
    let there = here || offer || path.starts_with("/.vestibule/assets/");
    matches!(site, Site::Application(_)) && (!there || (request.method() == http::Method::POST && !offer))
}

/// A fault on its way out of a page.
#[derive(Clone)]
struct Closed(Arc<Fault>);

impl From<Fault> for Closed {
    fn from(fault: Fault) -> Self {
        Self(Arc::new(fault))
    }
}

impl IntoResponse for Closed {
    fn into_response(self) -> Response {
        let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

async fn jwks(State(desk): State<Arc<Desk>>) -> Response {
    let mut response = reply::json(StatusCode::OK, &desk.outside.keys.jwks());
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}

async fn asset(Path(name): Path<String>) -> Response {
    let Some(asset) = auth_pages::assets::find(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.bytes).into_response()
}

/// Everything else: the portal's first page leads to the account, the rest is not found.
async fn elsewhere(visitor: Visitor, request: Request<Body>) -> Response {
    if visitor.is_on_portal() && request.uri().path() == "/" {
        reply::see_other(visitor::ACCOUNT)
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}
