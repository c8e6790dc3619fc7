//! Setting up one more second factor, or another number in place of one, from the account.

use super::gate::{Turned, act, change, count};
use crate::domain::assurance::Authentication;
use crate::domain::authenticator::Face;
use crate::domain::grace::Grace;
use crate::domain::id::AuthenticatorId;
use crate::domain::secret::Secret;
use crate::edge::pages::Desk;
use crate::edge::pages::csrf::Form;
use crate::edge::pages::login::with_session_cookies;
use crate::edge::pages::second_factor::UNDELIVERED;
use crate::edge::pages::setting_up::{AppFields, Bench, MailboxFields, NumberFields, ProofFields, WhichFields};
use crate::edge::pages::visitor::{ACCOUNT_ENROL, EMERGENCY_CODES, OwnPage, SECURITY, Visitor};
use crate::edge::reply;
use crate::flow::account::{self, Done, Owner};
use crate::flow::draft;
use crate::flow::pace::Act;
use crate::flow::question::Delivery;
use auth_pages::{AddressProblem, Problem};
use axum::extract::{Query, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which authenticator a page is about.
#[derive(Default, Deserialize)]
pub(in crate::edge::pages) struct Of {
    #[serde(default)]
    of: String,
    #[serde(default)]
    undelivered: Option<String>,
    /// What a new number takes the place of.
    #[serde(default)]
    replaces: String,
}

/// Which kind to set up.
pub(in crate::edge::pages) async fn page(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::Enrol).await?;
    Ok(bench(&desk, &visitor).choose(&owner.settings.enrolable)?)
}

/// Get an app first.
pub(in crate::edge::pages) async fn app(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Turned> {
    change(&desk, &visitor, OwnPage::EnrolApp).await?;
    Ok(bench(&desk, &visitor).app_intro()?)
}

/// Makes a key for an app.
pub(in crate::edge::pages) async fn begin_app(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<AppFields>,
) -> Result<Response, Turned> {
    let owner = act(&desk, &visitor, OwnPage::EnrolApp).await?;
    let done = account::set_up(&desk.outside, &owner, fields.wish()).await?;
    on((&desk, &visitor), done, None).await
}

/// What was typed about a phone, and what it takes the place of.
#[derive(Default, Serialize, Deserialize)]
struct NumberDraft {
    #[serde(flatten)]
    fields: NumberFields,
    #[serde(default)]
    replaces: String,
}

/// Which phone; filled with what was typed before the sender had to prove themselves.
pub(in crate::edge::pages) async fn phone(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Query(of): Query<Of>,
) -> Result<Response, Turned> {
    let owner = if of.replaces.is_empty() {
        change(&desk, &visitor, OwnPage::EnrolPhone).await?
    } else {
        // Whoever has to prove themselves first comes back to the same number.
        let asked = NumberDraft {
            replaces: of.replaces.clone(),
            ..NumberDraft::default()
        };
        fresh_or_draft(&desk, &visitor, (OwnPage::EnrolPhone, &asked)).await?
    };
    let draft: NumberDraft = drafted(&desk, &owner).await?.unwrap_or_default();
    let replaces = of.replaces.parse().or_else(|_| draft.replaces.parse()).ok();
    ask_number((&desk, &visitor), &owner, (draft.fields, replaces), None).await
}

/// Sends a code to a phone.
pub(in crate::edge::pages) async fn begin_phone(
    State(desk): State<Arc<Desk>>,
    Query(of): Query<Of>,
    Form { visitor, fields }: Form<NumberFields>,
) -> Result<Response, Turned> {
    let replaces: Option<AuthenticatorId> = of.replaces.parse().ok();
    let draft = NumberDraft {
        fields: fields.clone(),
        replaces: of.replaces,
    };
    let owner = fresh_or_draft(&desk, &visitor, (OwnPage::EnrolPhone, &draft)).await?;
    count((&desk, &visitor), &owner, Act::Change).await?;
    let problem = match fields.wish(&owner.settings.countries, replaces) {
        Err(problem) => problem,
        Ok(wish) => {
            let done = account::set_up(&desk.outside, &owner, wish).await?;
            match address_problem(&done) {
                Some(problem) => problem,
                None => return on((&desk, &visitor), done, None).await,
            }
        }
    };
    ask_number((&desk, &visitor), &owner, (fields, replaces), Some(problem)).await
}

/// Which mailbox.
pub(in crate::edge::pages) async fn mailbox(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::EnrolMailbox).await?;
    let typed: MailboxFields = drafted(&desk, &owner).await?.unwrap_or_default();
    Ok(bench(&desk, &visitor).mailbox(typed, None)?)
}

/// Sends a code to a mailbox.
pub(in crate::edge::pages) async fn begin_mailbox(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<MailboxFields>,
) -> Result<Response, Turned> {
    let owner = fresh_or_draft(&desk, &visitor, (OwnPage::EnrolMailbox, &fields)).await?;
    count((&desk, &visitor), &owner, Act::Change).await?;
    let problem = match fields.wish() {
        Err(problem) => problem,
        Ok(wish) => {
            let done = account::set_up(&desk.outside, &owner, wish).await?;
            match address_problem(&done) {
                Some(problem) => problem,
                None => return on((&desk, &visitor), done, None).await,
            }
        }
    };
    Ok(bench(&desk, &visitor).mailbox(fields, Some(problem))?)
}

/// The first code of what is pending.
pub(in crate::edge::pages) async fn pending(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Query(of): Query<Of>,
) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::Security).await?;
    let problem = of.undelivered.is_some().then_some(Problem::NotDelivered);
    show_pending((&desk, &visitor), &owner, (of.of.parse().ok(), problem)).await
}

/// Judges the first code.
pub(in crate::edge::pages) async fn prove(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<ProofFields>,
) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::Security).await?;
    let Ok(id) = fields.authenticator.parse() else {
        return Ok(reply::see_other(SECURITY));
    };
    let done = account::prove(&desk.outside, &owner, (id, &Secret::new(fields.code))).await?;
    if let Done::Added(proof) = done {
        return added((&desk, &visitor), &owner, proof).await;
    }
    on((&desk, &visitor), done, Some((&owner, id))).await
}

/// On to what comes after something new counts: the first second factor brings emergency codes.
async fn added(
    (desk, visitor): (&Desk, &Visitor),
    owner: &Owner<'_>,
    proof: Authentication,
) -> Result<Response, Turned> {
    let has_codes = |own: &account::Own| matches!(own.face, Face::EmergencyCodes { .. });
    let all = account::authenticators(&desk.outside, owner).await?;
    let response = if all.iter().any(has_codes) {
        reply::see_other(&format!("{SECURITY}?done=added"))
    } else {
        reply::see_other(EMERGENCY_CODES)
    };
    // Whoever has just proven it is not asked for it again on the next page.
    let raised = desk.logins.raise_by(&visitor.visit(), &owner.known, proof).await?;
    Ok(match raised {
        Some(opened) => with_session_cookies((desk, visitor), &opened, response),
        None => response,
    })
}

/// Sends another code.
pub(in crate::edge::pages) async fn resend(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<WhichFields>,
) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::Security).await?;
    let Ok(id) = fields.authenticator.parse() else {
        return Ok(reply::see_other(SECURITY));
    };
    let done = account::send_again(&desk.outside, &owner, id).await?;
    on((&desk, &visitor), done, Some((&owner, id))).await
}

/// Forgets what is pending.
pub(in crate::edge::pages) async fn discard(
    State(desk): State<Arc<Desk>>,
    Form { visitor, fields }: Form<WhichFields>,
) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::Security).await?;
    if let Ok(id) = fields.authenticator.parse() {
        account::discard(&desk.outside, &owner, id).await?;
    }
    Ok(reply::see_other(ACCOUNT_ENROL))
}

/// What was wrong with an address, if that is what came of it.
fn address_problem(done: &Done) -> Option<AddressProblem> {
    match done {
        Done::AlreadyThere => Some(AddressProblem::AlreadyThere),
        Done::OnTooManyAccounts => Some(AddressProblem::TooManyAccounts),
        Done::Anothers => Some(AddressProblem::Anothers),
        Done::Yes
        | Done::Added(_)
        | Done::Waits(..)
        | Done::Wrong
        | Done::Throttled(_)
        | Done::TooSoon(_)
        | Done::IsTheLast
        | Done::NotThere
        | Done::NotOffered => None,
    }
}

/// Phrases what comes of an act; `pending` is what is asked for its code again.
async fn on(
    (desk, visitor): (&Desk, &Visitor),
    done: Done,
    pending: Option<(&Owner<'_>, AuthenticatorId)>,
) -> Result<Response, Turned> {
    let problem = match done {
        Done::Waits(id, Delivery::Failed) => {
            return Ok(reply::see_other(&format!(
                "{ACCOUNT_ENROL}/prove?of={id}&{UNDELIVERED}="
            )));
        }
        Done::Waits(id, Delivery::NotNeeded | Delivery::Sent) => {
            return Ok(reply::see_other(&format!("{ACCOUNT_ENROL}/prove?of={id}")));
        }
        Done::Wrong => Problem::Wrong,
        Done::Throttled(wait) => Problem::Throttled {
            wait_seconds: wait.0.as_secs().max(1),
        },
        Done::TooSoon(wait) => Problem::ResendTooSoon {
            wait_seconds: wait.0.as_secs().max(1),
        },
        Done::Anothers => {
            let page = bench(desk, visitor).mailbox(MailboxFields::default(), Some(AddressProblem::Anothers))?;
            return Ok(page);
        }
        Done::Yes
        | Done::Added(_)
        | Done::OnTooManyAccounts
        | Done::AlreadyThere
        | Done::IsTheLast
        | Done::NotThere
        | Done::NotOffered => {
            return Ok(reply::see_other(SECURITY));
        }
    };
    match pending {
        Some((owner, id)) => show_pending((desk, visitor), owner, (Some(id), Some(problem))).await,
        None => Ok(reply::see_other(SECURITY)),
    }
}

async fn show_pending(
    (desk, visitor): (&Desk, &Visitor),
    owner: &Owner<'_>,
    (id, problem): (Option<AuthenticatorId>, Option<Problem>),
) -> Result<Response, Turned> {
    let proving = match id {
        Some(id) => account::show(&desk.outside, owner, id).await?,
        None => None,
    };
    match proving {
        Some(proving) => Ok(bench(desk, visitor).prove(&proving, problem)?),
        None => Ok(reply::see_other(SECURITY)),
    }
}

async fn ask_number(
    (desk, visitor): (&Desk, &Visitor),
    owner: &Owner<'_>,
    (typed, replaces): (NumberFields, Option<AuthenticatorId>),
    problem: Option<AddressProblem>,
) -> Result<Response, Turned> {
    let own = account::authenticators(&desk.outside, owner).await?;
    let old = replaces.and_then(|id| own.iter().find(|one| one.id == id));
    let number = old.and_then(|old| match &old.face {
        Face::Sms { to } | Face::Voice { to } => Some(to.clone()),
        Face::App { .. } | Face::Email { .. } | Face::EmergencyCodes { .. } => None,
    });
    let methods: Vec<_> = match old {
        Some(old) => vec![old.method],
        None => owner.settings.enrolable.clone(),
    };
    let bench = Bench {
        replaces: old.map(|old| old.id),
        ..bench(desk, visitor)
    };
    Ok(bench.number(&methods, (typed, number), problem)?)
}

/// The owner, if the session is fresh; else what was typed is kept while they prove themselves.
pub(super) async fn fresh_or_draft<'a, F: Serialize + Sync>(
    desk: &Desk,
    visitor: &'a Visitor,
    (page, fields): (OwnPage, &F),
) -> Result<Owner<'a>, Turned> {
    let turned = match change(desk, visitor, page).await {
        Ok(owner) => return Ok(owner),
        Err(turned) => turned,
    };
    if let Some((_, known)) = &visitor.session {
        let text = serde_urlencoded::to_string(fields).unwrap_or_default();
        draft::keep(&desk.outside, known, text).await?;
    }
    Err(turned)
}

/// What was typed before its sender proved themselves anew.
pub(super) async fn drafted<F: serde::de::DeserializeOwned>(
    desk: &Desk,
    owner: &Owner<'_>,
) -> Result<Option<F>, Turned> {
    let kept = draft::take(&desk.outside, &owner.known).await?;
    Ok(kept.and_then(|text| serde_urlencoded::from_str(&text).ok()))
}

pub(super) fn bench<'a>(desk: &'a Desk, visitor: &'a Visitor) -> Bench<'a> {
    Bench {
        desk,
        visitor,
        folder: ACCOUNT_ENROL,
        progress: None,
        grace: Grace::Over,
        back_url: Some(SECURITY.to_owned()),
        replaces: None,
    }
}
