//! The wizard: what is missing is set up inside the login, page by page, before anything opens.

use super::csrf::{Form, Pressed};
use super::login::{proceed, with_login_cookie};
use super::second_factor::UNDELIVERED;
use super::setting_up::{AppFields, Bench, MailboxFields, NumberFields, ProofFields};
use super::visitor::{ENROL, LOGIN, Visitor};
use super::{Closed, Desk, look};
use crate::domain::assurance::Method;
use crate::domain::authenticator::Face;
use crate::domain::secret::Secret;
use crate::edge::reply;
use crate::flow::login::{Bench as Stand, BenchStage, Enrolled};
use crate::flow::question::Delivery;
use auth_pages::{AddressProblem, Page, Problem, UnfinishedPage};
use axum::extract::State;
use axum::response::Response;
use http::{StatusCode, Uri};
use std::sync::Arc;

/// Shows what is to be done now, wherever the browser was before.
pub(super) async fn page(State(desk): State<Arc<Desk>>, visitor: Visitor, uri: Uri) -> Result<Response, Closed> {
    let Some(stand) = desk.logins.bench(&visitor.visit()).await? else {
        return Ok(reply::see_other(&visitor.page(LOGIN)));
    };
    let bench = bench(&desk, &visitor, &stand);
    let undelivered = uri
        .query()
        .is_some_and(|query| query.split('&').any(|mark| mark == UNDELIVERED));
    match &stand.stage {
        BenchStage::Proving(proving) => bench.prove(proving, undelivered.then_some(Problem::NotDelivered)),
        BenchStage::Unfinished(face) => unfinished(&desk, &visitor, face.as_ref()),
        BenchStage::Codes | BenchStage::HandedOut => bench.codes(),
        BenchStage::Choosing => match stand.methods.as_slice() {
            [Method::Totp] => bench.app_intro(),
            [Method::Email] => bench.mailbox(MailboxFields::default(), None),
            methods
                if methods
                    .iter()
                    .all(|method| matches!(method, Method::Sms | Method::Voice)) =>
            {
                bench.number(methods, (NumberFields::default(), None), None)
            }
            methods => bench.choose(methods),
        },
    }
}

/// Get an app first.
pub(super) async fn app(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Closed> {
    match desk.logins.bench(&visitor.visit()).await? {
        Some(stand) if stand.methods.contains(&Method::Totp) => back(&desk, &visitor, &stand).app_intro(),
        Some(_) | None => Ok(reply::see_other(&visitor.page(ENROL))),
    }
}

/// Makes a key for an app.
pub(super) async fn begin_app(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<AppFields>,
) -> Result<Response, Closed> {
    let done = desk.logins.set_up(&visitor.visit(), fields.wish()).await?;
    on(&desk, &visitor, done).await
}

/// Which phone.
pub(super) async fn phone(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Closed> {
    match desk.logins.bench(&visitor.visit()).await? {
        Some(stand) => back(&desk, &visitor, &stand).number(&stand.methods, (NumberFields::default(), None), None),
        None => Ok(reply::see_other(&visitor.page(LOGIN))),
    }
}

/// Sends a code to a phone.
pub(super) async fn begin_phone(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<NumberFields>,
) -> Result<Response, Closed> {
    let problem = match fields.wish(&visitor.arrival.settings.countries, None) {
        Err(problem) => problem,
        Ok(wish) => {
            let done = desk.logins.set_up(&visitor.visit(), wish).await?;
            match too_soon(&done) {
                Some(problem) => problem,
                None => return on(&desk, &visitor, done).await,
            }
        }
    };
    match desk.logins.bench(&visitor.visit()).await? {
        Some(stand) => back(&desk, &visitor, &stand).number(&stand.methods, (fields, None), Some(problem)),
        None => Ok(reply::see_other(&visitor.page(LOGIN))),
    }
}

/// Which mailbox.
pub(super) async fn mailbox(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Closed> {
    match desk.logins.bench(&visitor.visit()).await? {
        Some(stand) => back(&desk, &visitor, &stand).mailbox(MailboxFields::default(), None),
        None => Ok(reply::see_other(&visitor.page(LOGIN))),
    }
}

/// Sends a code to a mailbox.
pub(super) async fn begin_mailbox(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<MailboxFields>,
) -> Result<Response, Closed> {
    let problem = match fields.wish() {
        Err(problem) => problem,
        Ok(wish) => {
            let done = desk.logins.set_up(&visitor.visit(), wish).await?;
            match too_soon(&done) {
                Some(problem) => problem,
                None => return on(&desk, &visitor, done).await,
            }
        }
    };
    match desk.logins.bench(&visitor.visit()).await? {
        Some(stand) => back(&desk, &visitor, &stand).mailbox(fields, Some(problem)),
        None => Ok(reply::see_other(&visitor.page(LOGIN))),
    }
}

/// Judges the first code.
pub(super) async fn prove(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<ProofFields>,
) -> Result<Response, Closed> {
    let code = Secret::new(fields.code);
    let done = desk
        .logins
        .prove(&visitor.visit(), (fields.authenticator.parse().ok(), &code))
        .await?;
    on(&desk, &visitor, done).await
}

/// Sends another code.
pub(super) async fn resend(
    State(desk): State<Arc<Desk>>,
    Form { visitor, .. }: Form<super::setting_up::WhichFields>,
) -> Result<Response, Closed> {
    let done = desk.logins.prove_again(&visitor.visit()).await?;
    on(&desk, &visitor, done).await
}

/// Takes another one instead.
pub(super) async fn drop(
    State(desk): State<Arc<Desk>>,
    Form { visitor, .. }: Form<super::setting_up::WhichFields>,
) -> Result<Response, Closed> {
    let done = desk.logins.drop_pending(&visitor.visit()).await?;
    on(&desk, &visitor, done).await
}

/// Makes emergency codes and shows them; loading the page again makes new ones.
pub(super) async fn codes(State(desk): State<Arc<Desk>>, Pressed(visitor): Pressed) -> Result<Response, Closed> {
    let done = desk.logins.hand_out_codes(&visitor.visit()).await?;
    on(&desk, &visitor, done).await
}

/// The person has kept the codes.
pub(super) async fn kept(State(desk): State<Arc<Desk>>, Pressed(visitor): Pressed) -> Result<Response, Closed> {
    let done = desk.logins.codes_kept(&visitor.visit()).await?;
    on(&desk, &visitor, done).await
}

/// Sends a code to what was left unfinished.
pub(super) async fn take_up(State(desk): State<Arc<Desk>>, Pressed(visitor): Pressed) -> Result<Response, Closed> {
    let done = desk.logins.take_up(&visitor.visit()).await?;
    on(&desk, &visitor, done).await
}

/// Leaves it for another day.
pub(super) async fn postpone(State(desk): State<Arc<Desk>>, Pressed(visitor): Pressed) -> Result<Response, Closed> {
    let done = desk.logins.postpone(&visitor.visit()).await?;
    on(&desk, &visitor, done).await
}

/// Forgets it.
pub(super) async fn forget(State(desk): State<Arc<Desk>>, Pressed(visitor): Pressed) -> Result<Response, Closed> {
    let done = desk.logins.forget_unfinished(&visitor.visit()).await?;
    on(&desk, &visitor, done).await
}

fn unfinished(desk: &Desk, visitor: &Visitor, face: Option<&Face>) -> Result<Response, Closed> {
    let form = |leaf: &str| look::form(desk, visitor, visitor.page(&format!("{ENROL}/{leaf}")));
    let page = Page::Unfinished(UnfinishedPage {
        ask: face.map(look::ask),
        send: form("take-up")?,
        later: form("later")?,
        forget: form("forget")?,
    });
    Ok(with_login_cookie(
        visitor,
        look::of(visitor).show(StatusCode::OK, &page),
    ))
}

/// Another address was tried a moment ago, if that is what came of it.
fn too_soon(done: &Enrolled) -> Option<AddressProblem> {
    match done {
        Enrolled::TooSoon(wait) => Some(AddressProblem::TooSoon {
            wait_seconds: wait.0.as_secs().max(1),
        }),
        Enrolled::On(_)
        | Enrolled::Codes(_)
        | Enrolled::Wrong
        | Enrolled::Throttled(_)
        | Enrolled::TooManyLists(_)
        | Enrolled::OnTooManyAccounts
        | Enrolled::Anothers
        | Enrolled::NotWanted
        | Enrolled::Login(_) => None,
    }
}

/// Phrases what comes of an act.
async fn on(desk: &Desk, visitor: &Visitor, done: Enrolled) -> Result<Response, Closed> {
    let problem = match done {
        Enrolled::Login(outcome) => return proceed(desk, visitor, outcome),
        Enrolled::On(Delivery::NotNeeded | Delivery::Sent) | Enrolled::NotWanted => {
            return Ok(reply::see_other(&visitor.page(ENROL)));
        }
        Enrolled::On(Delivery::Failed) => {
            return Ok(reply::see_other(&visitor.marked_page(ENROL, UNDELIVERED)));
        }
        Enrolled::Codes(codes) => {
            let stand = desk.logins.bench(&visitor.visit()).await?;
            return match stand {
                Some(stand) => bench(desk, visitor, &stand).codes_shown(&codes),
                None => Ok(reply::see_other(&visitor.page(LOGIN))),
            };
        }
        Enrolled::TooManyLists(wait) => return Ok(look::too_many_changes(visitor, wait)),
        Enrolled::Wrong => Problem::Wrong,
        Enrolled::Throttled(wait) => Problem::Throttled {
            wait_seconds: wait.0.as_secs().max(1),
        },
        Enrolled::TooSoon(wait) => Problem::ResendTooSoon {
            wait_seconds: wait.0.as_secs().max(1),
        },
        Enrolled::Anothers => {
            let _ = desk.logins.drop_pending(&visitor.visit()).await?;
            return match desk.logins.bench(&visitor.visit()).await? {
                Some(stand) => {
                    back(desk, visitor, &stand).mailbox(MailboxFields::default(), Some(AddressProblem::Anothers))
                }
                None => Ok(reply::see_other(&visitor.page(LOGIN))),
            };
        }
        Enrolled::OnTooManyAccounts => {
            let _ = desk.logins.drop_pending(&visitor.visit()).await?;
            return match desk.logins.bench(&visitor.visit()).await? {
                Some(stand) => back(desk, visitor, &stand).number(
                    &stand.methods,
                    (NumberFields::default(), None),
                    Some(AddressProblem::TooManyAccounts),
                ),
                None => Ok(reply::see_other(&visitor.page(LOGIN))),
            };
        }
    };
    match desk.logins.bench(&visitor.visit()).await? {
        Some(stand) => match &stand.stage {
            BenchStage::Proving(proving) => bench(desk, visitor, &stand).prove(proving, Some(problem)),
            BenchStage::Choosing | BenchStage::Unfinished(_) | BenchStage::Codes | BenchStage::HandedOut => {
                Ok(reply::see_other(&visitor.page(ENROL)))
            }
        },
        None => Ok(reply::see_other(&visitor.page(LOGIN))),
    }
}

fn bench<'a>(desk: &'a Desk, visitor: &'a Visitor, stand: &Stand) -> Bench<'a> {
    Bench {
        desk,
        visitor,
        folder: ENROL,
        progress: Some(stand.progress),
        grace: stand.grace,
        back_url: None,
        replaces: None,
    }
}

/// The same, with a way back to the choice.
fn back<'a>(desk: &'a Desk, visitor: &'a Visitor, stand: &Stand) -> Bench<'a> {
    Bench {
        back_url: Some(visitor.page(ENROL)),
        ..bench(desk, visitor, stand)
    }
}
