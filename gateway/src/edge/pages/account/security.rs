//! What proves a person: the list, each of it, and the emergency codes.

use super::enrol::bench;
use super::gate::{Turned, act, change, count, look};
use super::shown::{self, done};
use crate::domain::authenticator::{Face, Preference};
use crate::domain::id::AuthenticatorId;
use crate::edge::pages::csrf::{Form, Pressed};
use crate::edge::pages::setting_up::{Bench, description};
use crate::edge::pages::visitor::{ACCOUNT_ENROL, EMERGENCY_CODES, OwnPage, SECURITY, Visitor};
use crate::edge::pages::{Desk, look as sight};
use crate::edge::reply;
use crate::flow::account::{self, Done, Own, Owner};
use crate::flow::pace::Act;
use auth_pages::{EmergencyPage, ItemPage, Page, SecurityPage, Waiting};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;

/// What an item is called.
#[derive(Deserialize)]
pub(in crate::edge::pages) struct Description {
    description: String,
}

/// Everything that proves the owner.
pub(in crate::edge::pages) async fn page(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Query(query): Query<shown::Query>,
) -> Result<Response, Turned> {
    let owner = look(&desk, &visitor, OwnPage::Security).await?;
    let own = account::authenticators(&desk.outside, &owner).await?;
    let pending = account::waiting(&desk.outside, &owner).await?;
    let waiting = pending.iter().map(|one| Waiting {
        url: format!("{ACCOUNT_ENROL}/prove?of={}", one.id),
        ask: sight::ask(&one.face),
    });
    let page = SecurityPage {
        items: own
            .iter()
            .filter(|one| codes_left(one).is_none())
            .map(shown::item)
            .collect(),
        waiting: waiting.collect(),
        add_url: ACCOUNT_ENROL.to_owned(),
        codes_left: own.iter().find_map(codes_left),
        codes_url: EMERGENCY_CODES.to_owned(),
        done: done(&query),
    };
    Ok(super::with_login_cookie(
        &visitor,
        sight::of(&visitor).show(StatusCode::OK, &Page::Security(page)),
    ))
}

/// One second factor.
pub(in crate::edge::pages) async fn item(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Turned> {
    let owner = look(&desk, &visitor, OwnPage::Security).await?;
    match find(&desk, &owner, &id).await? {
        Some(own) => show_item(&desk, &visitor, (&own, Last::No)),
        None => Ok(reply::see_other(SECURITY)),
    }
}

/// Calls it something else.
pub(in crate::edge::pages) async fn describe(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    Form { visitor, fields }: Form<Description>,
) -> Result<Response, Turned> {
    let owner = look(&desk, &visitor, OwnPage::Security).await?;
    if let Some(own) = find(&desk, &owner, &id).await? {
        account::describe(&desk.outside, &owner, (own.id, description(&fields.description))).await?;
    }
    Ok(reply::see_other(&format!("{SECURITY}?done=changed")))
}

/// Has it asked first.
pub(in crate::edge::pages) async fn prefer(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    Pressed(visitor): Pressed,
) -> Result<Response, Turned> {
    let owner = look(&desk, &visitor, OwnPage::Security).await?;
    if let Some(own) = find(&desk, &owner, &id).await? {
        account::prefer(&desk.outside, &owner, own.id).await?;
    }
    Ok(reply::see_other(&format!("{SECURITY}?done=changed")))
}

/// Removes it.
pub(in crate::edge::pages) async fn remove(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    Pressed(visitor): Pressed,
) -> Result<Response, Turned> {
    let owner = act(&desk, &visitor, OwnPage::Security).await?;
    let Some(own) = find(&desk, &owner, &id).await? else {
        return Ok(reply::see_other(SECURITY));
    };
    match account::remove(&desk.outside, &owner, (own.id, own.method)).await? {
        Done::IsTheLast => show_item(&desk, &visitor, (&own, Last::Yes)),
        Done::Yes
        | Done::Added(_)
        | Done::Waits(..)
        | Done::Wrong
        | Done::Throttled(_)
        | Done::TooSoon(_)
        | Done::OnTooManyAccounts
        | Done::Anothers
        | Done::AlreadyThere
        | Done::NotThere
        | Done::NotOffered => Ok(reply::see_other(&format!("{SECURITY}?done=removed"))),
    }
}

/// The emergency codes.
pub(in crate::edge::pages) async fn codes(State(desk): State<Arc<Desk>>, visitor: Visitor) -> Result<Response, Turned> {
    let owner = change(&desk, &visitor, OwnPage::EmergencyCodes).await?;
    let own = account::authenticators(&desk.outside, &owner).await?;
    let form = |address: &str| sight::form(&desk, &visitor, address.to_owned());
    let page = EmergencyPage {
        left: own.iter().find_map(codes_left),
        make: form(EMERGENCY_CODES)?,
        delete: form(&format!("{EMERGENCY_CODES}/delete"))?,
    };
    Ok(super::with_login_cookie(
        &visitor,
        sight::of(&visitor).show(StatusCode::OK, &Page::Emergency(page)),
    ))
}

/// Makes codes and shows them, once.
pub(in crate::edge::pages) async fn make_codes(
    State(desk): State<Arc<Desk>>,
    Pressed(visitor): Pressed,
) -> Result<Response, Turned> {
    let owner = act(&desk, &visitor, OwnPage::EmergencyCodes).await?;
    count((&desk, &visitor), &owner, Act::EmergencyCodes).await?;
    let bench = Bench {
        back_url: None,
        ..bench(&desk, &visitor)
    };
    match account::make_codes(&desk.outside, &owner).await? {
        Some(codes) => Ok(bench.codes_shown(&codes)?),
        None => Ok(reply::see_other(ACCOUNT_ENROL)),
    }
}

/// The owner has kept the codes.
pub(in crate::edge::pages) async fn kept(
    State(desk): State<Arc<Desk>>,
    Pressed(visitor): Pressed,
) -> Result<Response, Turned> {
    look(&desk, &visitor, OwnPage::Security).await?;
    Ok(reply::see_other(&format!("{SECURITY}?done=added")))
}

/// Deletes all codes.
pub(in crate::edge::pages) async fn delete_codes(
    State(desk): State<Arc<Desk>>,
    Pressed(visitor): Pressed,
) -> Result<Response, Turned> {
    let owner = act(&desk, &visitor, OwnPage::EmergencyCodes).await?;
    let own = account::authenticators(&desk.outside, &owner).await?;
    if let Some(list) = own.iter().find(|one| codes_left(one).is_some()) {
        let _ = account::remove(&desk.outside, &owner, (list.id, list.method)).await?;
    }
    Ok(reply::see_other(&format!("{SECURITY}?done=removed")))
}

/// Whether a second factor is the last, and could not be removed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    No,
    Yes,
}

fn show_item(desk: &Desk, visitor: &Visitor, (own, last): (&Own, Last)) -> Result<Response, Turned> {
    let here = format!("{SECURITY}/{}", own.id);
    let form = |leaf: &str| sight::form(desk, visitor, format!("{here}/{leaf}"));
    let change_url = match own.face {
        Face::Sms { .. } | Face::Voice { .. } => Some(format!("{ACCOUNT_ENROL}/phone?replaces={}", own.id)),
        Face::App { .. } | Face::Email { .. } | Face::EmergencyCodes { .. } => None,
    };
    let page = ItemPage {
        item: shown::item(own),
        describe: form("describe")?,
        prefer: match own.preference {
            Preference::First => None,
            Preference::Usual => Some(form("prefer")?),
        },
        change_url,
        remove: form("remove")?,
        is_the_last: last == Last::Yes,
    };
    let status = match last {
        Last::Yes => StatusCode::UNPROCESSABLE_ENTITY,
        Last::No => StatusCode::OK,
    };
    let response = sight::of(visitor).show(status, &Page::Item(page));
    Ok(super::with_login_cookie(visitor, response))
}

async fn find(desk: &Desk, owner: &Owner<'_>, id: &str) -> Result<Option<Own>, Turned> {
    let Ok(id) = id.parse::<AuthenticatorId>() else {
        return Ok(None);
    };
    let own = account::authenticators(&desk.outside, owner).await?;
    Ok(own.into_iter().find(|one| one.id == id && codes_left(one).is_none()))
}

fn codes_left(own: &Own) -> Option<usize> {
    match own.face {
        Face::EmergencyCodes { left } => Some(left),
        Face::App { .. } | Face::Sms { .. } | Face::Voice { .. } | Face::Email { .. } => None,
    }
}
