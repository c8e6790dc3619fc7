//! What the directory says of the owner, and what of it they change.

use super::enrol::{drafted, fresh_or_draft};
use super::gate::{Turned, act, change, count, look};
use super::shown::{self, done};
use crate::domain::assurance::Method;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::secret::Secret;
use crate::edge::pages::csrf::{Form, Pressed};
use crate::edge::pages::second_factor::UNDELIVERED;
use crate::edge::pages::setting_up::{MailboxFields, ProofFields, proof_status, status_of};
use crate::edge::pages::visitor::{ACCOUNT_ENROL, OwnPage, PROFILE, Visitor};
use crate::edge::pages::{Desk, look as sight};
use crate::edge::reply;
use crate::flow::account::{self, Done, Owner};
use crate::flow::pace::Act;
use crate::flow::profile::{self, Keeper};
use crate::flow::question::Delivery;
use auth_pages::{AddressProblem, Page, Problem, ProfileForms, ProfilePage, ProfileProblem, ProvePage, Way};
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

/// What people call the owner.
#[derive(Deserialize)]
pub(in crate::edge::pages) struct Name {
    name: String,
}

/// Whether the last code went out.
#[derive(Deserialize)]
pub(in crate::edge::pages) struct Sent {
    #[serde(default)]
    undelivered: Option<String>,
}

/// What is shown again of what was typed, and why.
#[derive(Default)]
struct Again {
    name: Option<String>,
    email: String,
    problem: Option<ProfileProblem>,
}

/// Who the owner is.
pub(in crate::edge::pages) async fn page(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Query(query): Query<shown::Query>,
) -> Result<Response, Turned> {
    let owner = look(&desk, &visitor, OwnPage::Profile).await?;
    let typed: MailboxFields = drafted(&desk, &owner).await?.unwrap_or_default();
    let again = Again {
        email: typed.email,
        ..Again::default()
    };
    show((&desk, &visitor), &owner, (again, done(&query))).await
}

/// Calls the owner something else.
pub(in crate::edge::pages) async fn rename(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<Name>,
) -> Result<Response, Turned> {
    let owner = act(&desk, &visitor, OwnPage::Profile).await?;
    if profile::rename(&desk.outside, &owner, &fields.name).await? {
        return Ok(reply::see_other(&format!("{PROFILE}?done=changed")));
    }
    let again = Again {
        name: Some(fields.name),
        problem: Some(ProfileProblem::Name),
        ..Again::default()
    };
    show((&desk, &visitor), &owner, (again, None)).await
}

/// Sends a code to another address.
pub(in crate::edge::pages) async fn begin(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<MailboxFields>,
) -> Result<Response, Turned> {
    let owner = fresh_or_draft(&desk, &visitor, (OwnPage::Profile, &fields)).await?;
    count((&desk, &visitor), &owner, Act::Change).await?;
    let problem = match Mailbox::parse(&fields.email) {
        Err(_) => AddressProblem::NotAnAddress,
        Ok(to) => match profile::begin(&desk.outside, &owner, to).await? {
            Done::AlreadyThere => AddressProblem::AlreadyThere,
            Done::Anothers => AddressProblem::Anothers,
            Done::TooSoon(wait) => AddressProblem::TooSoon {
                wait_seconds: wait.0.as_secs().max(1),
            },
            done @ (Done::Yes
            | Done::Added(_)
            | Done::Waits(..)
            | Done::Wrong
            | Done::Throttled(_)
            | Done::OnTooManyAccounts
            | Done::IsTheLast
            | Done::NotThere
            | Done::NotOffered) => return on((&desk, &visitor), &owner, done).await,
        },
    };
    let again = Again {
        email: fields.email,
        problem: Some(ProfileProblem::Address(problem)),
        ..Again::default()
    };
    show((&desk, &visitor), &owner, (again, None)).await
}

/// The code of a new address.
pub(in crate::edge::pages) async fn pending(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Query(sent): Query<Sent>,
) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::Profile).await?;
    let problem = sent.undelivered.is_some().then_some(Problem::NotDelivered);
    show_pending((&desk, &visitor), &owner, problem).await
}

/// Judges it.
pub(in crate::edge::pages) async fn prove(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<ProofFields>,
) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::Profile).await?;
    let done = profile::prove(&desk.outside, &owner, &Secret::new(fields.code)).await?;
    on((&desk, &visitor), &owner, done).await
}

/// Sends another.
pub(in crate::edge::pages) async fn resend(
    State(desk): State<Arc<Desk>>,
    Pressed(visitor): Pressed,
) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::Profile).await?;
    let done = profile::send_again(&desk.outside, &owner).await?;
    on((&desk, &visitor), &owner, done).await
}

/// Leaves the address as it is.
pub(in crate::edge::pages) async fn forget(
    State(desk): State<Arc<Desk>>,
    Pressed(visitor): Pressed,
) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::Profile).await?;
    profile::forget(&desk.outside, &owner).await?;
    Ok(reply::see_other(PROFILE))
}

/// Phrases what comes of an act about the address.
async fn on(at: (&Desk, &Visitor), owner: &Owner<'_>, done: Done) -> Result<Response, Turned> {
    let problem = match done {
        Done::Yes | Done::Added(_) => return Ok(reply::see_other(&format!("{PROFILE}?done=changed"))),
        Done::Waits(_, Delivery::Failed) => {
            return Ok(reply::see_other(&format!("{PROFILE}/email/prove?{UNDELIVERED}=")));
        }
        Done::Waits(_, Delivery::NotNeeded | Delivery::Sent) => {
            return Ok(reply::see_other(&format!("{PROFILE}/email/prove")));
        }
        Done::Wrong => Problem::Wrong,
        Done::Throttled(wait) => Problem::Throttled {
            wait_seconds: wait.0.as_secs().max(1),
        },
        Done::TooSoon(wait) => Problem::ResendTooSoon {
            wait_seconds: wait.0.as_secs().max(1),
        },
        Done::Anothers => {
            let again = Again {
                problem: Some(ProfileProblem::Address(AddressProblem::Anothers)),
                ..Again::default()
            };
            return show(at, owner, (again, None)).await;
        }
        Done::OnTooManyAccounts | Done::AlreadyThere | Done::IsTheLast | Done::NotThere | Done::NotOffered => {
            return Ok(reply::see_other(PROFILE));
        }
    };
    show_pending(at, owner, Some(problem)).await
}

async fn show_pending(
    (desk, visitor): (&Desk, &Visitor),
    owner: &Owner<'_>,
    problem: Option<Problem>,
) -> Result<Response, Turned> {
    let Some(unproven) = profile::unproven(&desk.outside, owner).await? else {
        return Ok(reply::see_other(PROFILE));
    };
    let form = |leaf: &str| sight::form(desk, visitor, format!("{PROFILE}/email/{leaf}"));
    let page = ProvePage {
        way: Way {
            progress: None,
            back_url: Some(PROFILE.to_owned()),
            later: None,
            cancel: None,
        },
        form: form("prove")?,
        resend: form("resend")?,
        drop: form("drop")?,
        authenticator: unproven.id.to_string(),
        ask: sight::ask(&unproven.face),
        digits: unproven.digits,
        resend_wait_seconds: unproven.resend_after.as_secs(),
        problem,
    };
    let response = sight::of(visitor).show(proof_status(problem), &Page::Prove(page));
    Ok(super::with_login_cookie(visitor, response))
}

async fn show(
    (desk, visitor): (&Desk, &Visitor),
    owner: &Owner<'_>,
    (again, done): (Again, Option<auth_pages::Done>),
) -> Result<Response, Turned> {
    let (user, enrolable) = (&owner.known.user, &owner.settings.enrolable);
    let own = account::authenticators(&desk.outside, owner).await?;
    let is_phone = |method: Method| matches!(method, Method::Sms | Method::Voice);
    let form = |leaf: &str| sight::form(desk, visitor, format!("{PROFILE}/{leaf}"));
    let changes = match profile::keeper(&desk.outside) {
        Keeper::Themselves => Some(ProfileForms {
            name: form("name")?,
            email: form("email")?,
        }),
        Keeper::Elsewhere => None,
    };
    let waiting = profile::unproven(&desk.outside, owner).await?;
    let page = ProfilePage {
        username: user.name.as_str().to_owned(),
        name: again.name.unwrap_or_else(|| user.display_name.clone()),
        email: user.email.clone(),
        typed_email: again.email,
        changes,
        waiting: waiting.map(|one| (sight::ask(&one.face), format!("{PROFILE}/email/prove"))),
        phones: own.iter().filter(|one| is_phone(one.method)).map(shown::item).collect(),
        add_phone_url: enrolable
            .iter()
            .any(|method| is_phone(*method))
            .then(|| format!("{ACCOUNT_ENROL}/phone")),
        done,
        problem: again.problem,
    };
    let status = match again.problem {
        None => StatusCode::OK,
        Some(ProfileProblem::Name) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(ProfileProblem::Address(problem)) => status_of(Some(problem)),
    };
    let response = sight::of(visitor).show(status, &Page::Profile(page));
    Ok(super::with_login_cookie(visitor, response))
}
