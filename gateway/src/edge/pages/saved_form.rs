//! "Send the form you filled in?", on the host of the application it is for. What is in the form is never shown.
//!
//! Whoever says yes gets a page that leaves by itself for the form's own address, and a cookie for one request: by that
//! the proxy knows that this load of the page is to be the form (`edge/proxy/resend.rs`). So the answer comes from where
//! the application expects it, and a redirect in it may lead anywhere, which `form-action 'self'` would forbid.

use super::csrf::Pressed;
use super::told::moment;
use super::visitor::Visitor;
use super::{Closed, Desk, look, refusal};
use crate::domain::application::Application;
use crate::domain::id::FormId;
use crate::domain::policy::Decision;
use crate::domain::return_to::{FORM, ReturnTo};
use crate::domain::saved_form::{SavedForm, State as Became};
use crate::domain::settings::Site;
use crate::domain::user::Subject;
use crate::edge::arrival::Arrival;
use crate::edge::cookie::Jar;
use crate::edge::fault;
use crate::edge::reply;
use crate::flow::return_target::ReturnTarget;
use crate::flow::saved_form;
use auth_pages::{FormOfferPage, FormUnderWayPage, Page, Trouble};
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use std::sync::Arc;

/// Why a form is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// There is none, or none for this person in this browser.
    Gone,
    /// It was, and was answered.
    Answered,
    /// It was, and nobody knows what became of it.
    Unanswered,
    /// It just was, and the application's answer did not come: under this status.
    Lost(StatusCode),
    /// It cannot be now, under this status, and waits again.
    Waits(StatusCode, FormId),
}

impl NotSent {
    /// What has become of a form that somebody else has claimed.
    pub fn of(form: &SavedForm) -> Self {
        match form.state {
            Became::Answered => Self::Answered,
            Became::Sent(_) | Became::Waiting(_) => Self::Unanswered,
        }
    }

    fn trouble(self) -> Trouble {
        match self {
            Self::Gone => Trouble::FormGone,
            Self::Answered => Trouble::FormAnswered,
            Self::Unanswered | Self::Lost(_) => Trouble::FormUnanswered,
            Self::Waits(_, id) => Trouble::FormWaits {
                form_url: format!("{FORM}{id}"),
            },
        }
    }
}

/// The page that says why.
pub(super) fn not_sent(arrival: &Arrival, why: NotSent) -> Response {
    let trouble = why.trouble();
    let status = match why {
        NotSent::Lost(status) | NotSent::Waits(status, _) => status,
        NotSent::Gone | NotSent::Answered | NotSent::Unanswered => {
            StatusCode::from_u16(trouble.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
    };
    let id = &arrival.circumstances.request_id;
    let look = look::Look::new(&arrival.settings, &arrival.circumstances.language, id);
    let page = look.show(status, &Page::Trouble(trouble));
    let page = match status {
        StatusCode::SERVICE_UNAVAILABLE => reply::retry_after(page, fault::RETRY_AFTER),
        _ => page,
    };
    let page = reply::with_cookie(page, Jar::Sending.expire(arrival.origin()));
    reply::dress(page, Some(arrival.origin()), id)
}

/// A form that its sender can be asked about.
struct Offered {
    id: FormId,
    form: SavedForm,
    application: Arc<Application>,
}

/// Asks.
pub(super) async fn page(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    visitor: Visitor,
) -> Result<Response, Closed> {
    let offered = match offered(&desk, &visitor, (&id, &headers)).await? {
        Ok(offered) => offered,
        Err(answer) => return Ok(answer),
    };
    let page = FormOfferPage {
        form: look::form(&desk, &visitor, format!("{FORM}{}", offered.id))?,
        application: offered.application.name.clone(),
        at: moment(offered.form.at),
        home_url: "/".to_owned(),
    };
    let response = look::of(&visitor).show(StatusCode::OK, &Page::FormOffer(page));
    Ok(super::login::with_login_cookie(&visitor, response))
}

/// Whoever asked for it is on the way to send it, unless more has to be proven first.
pub(super) async fn send(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Pressed(visitor): Pressed,
) -> Result<Response, Closed> {
    let Offered { id, form, application } = match offered(&desk, &visitor, (&id, &headers)).await? {
        Ok(offered) => offered,
        Err(answer) => return Ok(answer),
    };
    if !is_admitted(&desk, &visitor, (&form, id)) {
        return to_login(&desk, &visitor, ((id, &form.target), &headers));
    }
    let token = saved_form::wish(&desk.outside, (id, &form.target)).await?;
    let url = format!("{}{}", application.origin.as_str(), form.target);
    let page = Page::FormUnderWay(FormUnderWayPage { url });
    let response = look::of(&visitor).show(StatusCode::OK, &page);
    Ok(reply::with_cookie(
        response,
        Jar::Sending.set(visitor.arrival.origin(), &token),
    ))
}

/// The form, for its sender in the browser it came from; whoever has no session here logs in first.
async fn offered(
    desk: &Desk,
    visitor: &Visitor,
    (id, headers): (&str, &HeaderMap),
) -> Result<Result<Offered, Response>, Closed> {
    let arrival = &visitor.arrival;
    let gone = || Ok(Err(not_sent(arrival, NotSent::Gone)));
    let (Site::Application(application) | Site::Shared(application)) = &arrival.site else {
        return gone();
    };
    let browser = Jar::Form.read(arrival.origin(), headers);
    let Some((browser, id)) = browser.zip(id.parse::<FormId>().ok()) else {
        return gone();
    };
    let form = saved_form::find(&desk.outside, &browser, id).await?;
    let Some(form) = form.filter(|form| form.origin == application.origin.as_str()) else {
        return gone();
    };
    let Some((_, known)) = &visitor.session else {
        return Ok(Err(to_login(desk, visitor, ((id, &form.target), headers))?));
    };
    if known.user.id != form.user {
        return gone();
    }
    Ok(match form.state {
        Became::Waiting(_) => Ok(Offered {
            id,
            form,
            application: Arc::clone(application),
        }),
        Became::Sent(_) | Became::Answered => Err(not_sent(arrival, NotSent::of(&form))),
    })
}

fn to_login(desk: &Desk, visitor: &Visitor, (form, headers): ((FormId, &str), &HeaderMap)) -> Result<Response, Closed> {
    let (address, cookie) = refusal::way_to_offer(&desk.outside, &visitor.arrival, (form, headers))?;
    Ok(reply::with_cookie(reply::see_other(&address), cookie))
}

/// Whether the rules admit it as far as its address tells; what they say when it is sent counts.
fn is_admitted(desk: &Desk, visitor: &Visitor, (form, id): (&SavedForm, FormId)) -> bool {
    let here = format!("{}{}", form.origin, form.target);
    let to = ReturnTo::parse(&visitor.arrival.settings, &here);
    let subject = match &visitor.session {
        Some((_, known)) => Subject::User(Arc::clone(known)),
        None => Subject::Anonymous,
    };
    let decided = to.ok().and_then(|to| {
        let target = ReturnTarget {
            to: to.offering(id),
            nonce: None,
        };
        desk.logins.wanted(&visitor.visit(), &target, &subject)
    });
    !matches!(decided, Some(Decision::Authenticate(_)))
}
