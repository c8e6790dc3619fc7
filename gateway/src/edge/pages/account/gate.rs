//! Who may look at an account, and who may change it: a change wants a proof at the account's highest level, no older
//! than five minutes (Law 12). Whoever lacks it is sent to prove, and comes straight back.

use super::super::visitor::{ACCOUNT, LOGIN, OwnPage, PASSWORD, Visitor};
use super::super::{Closed, Desk};
use crate::domain::notice::Changes;
use crate::domain::policy::{own_changes, own_pages};
use crate::domain::user::{Known, Secrecy};
use crate::edge::pages::look as sight;
use crate::edge::reply;
use crate::flow::account::{self, Owner};
use crate::flow::pace::{self, Act, Pace};
use auth_pages::Trouble;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Why somebody does not get to a page, as an answer.
pub(in crate::edge::pages) enum Turned {
    /// To this answer.
    Away(Box<Response>),
    /// Something broke.
    Closed(Closed),
}

impl From<Closed> for Turned {
    fn from(closed: Closed) -> Self {
        Self::Closed(closed)
    }
}

impl From<crate::flow::Fault> for Turned {
    fn from(fault: crate::flow::Fault) -> Self {
        Self::Closed(fault.into())
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::Away(response) => *response,
            Self::Closed(closed) => closed.into_response(),
        }
    }
}

/// Somebody who may look at this page of their account.
pub(in crate::edge::pages) async fn look<'a>(
    desk: &Desk,
    visitor: &'a Visitor,
    page: OwnPage,
) -> Result<Owner<'a>, Turned> {
    let settings = &visitor.arrival.settings;
    if !visitor.is_on_portal() {
        let portal = settings.portal.origin.as_str();
        return Err(away(&format!("{portal}{ACCOUNT}")));
    }
    let Some((_, known)) = visitor.session.clone() else {
        return Err(away(&to_login(page)));
    };
    let now = desk.outside.clock.now();
    let need = own_pages(settings, &known.user, &known.enrolled, now);
    if !need.is_met_by(&known.session.authentications, now) {
        return Err(away(&to_login(page)));
    }
    if known.user.secrecy == Secrecy::Compromised && page != OwnPage::Password {
        return Err(away(PASSWORD));
    }
    owner(desk, visitor, known).await
}

/// Somebody who may change things from this page of their account.
pub(in crate::edge::pages) async fn change<'a>(
    desk: &Desk,
    visitor: &'a Visitor,
    page: OwnPage,
) -> Result<Owner<'a>, Turned> {
    let owner = look(desk, visitor, page).await?;
    let now = desk.outside.clock.now();
    let need = own_changes(owner.settings, &owner.known.user, &owner.known.enrolled, now);
    if !need.is_met_by(&owner.known.session.authentications, now) {
        return Err(away(&to_login(page)));
    }
    if account::changes(&desk.outside, &owner).await? == Changes::Frozen {
        let page = sight::of(visitor).trouble(Trouble::ChangesFrozen);
        return Err(Turned::Away(Box::new(page)));
    }
    Ok(owner)
}

/// Somebody who changes something from this page of their account now: it is counted, because it will be told to all
/// their addresses.
pub(in crate::edge::pages) async fn act<'a>(
    desk: &Desk,
    visitor: &'a Visitor,
    page: OwnPage,
) -> Result<Owner<'a>, Turned> {
    let owner = change(desk, visitor, page).await?;
    count((desk, visitor), &owner, Act::Change).await?;
    Ok(owner)
}

/// Counts what an owner is about to do.
pub(in crate::edge::pages) async fn count(
    (desk, visitor): (&Desk, &Visitor),
    owner: &Owner<'_>,
    act: Act,
) -> Result<(), Turned> {
    match pace::count(&desk.outside, owner, act).await? {
        Pace::Borne => Ok(()),
        Pace::TooFast(wait) => Err(Turned::Away(Box::new(sight::too_many_changes(visitor, wait)))),
    }
}

fn to_login(page: OwnPage) -> String {
    format!("{LOGIN}?page={}", page.word())
}

async fn owner<'a>(desk: &Desk, visitor: &'a Visitor, known: Arc<Known>) -> Result<Owner<'a>, Turned> {
    Ok(Owner {
        from: desk.logins.device_of_owner(&visitor.visit(), &known).await?,
        known,
        settings: &visitor.arrival.settings,
        circumstances: &visitor.arrival.circumstances,
    })
}

fn away(address: &str) -> Turned {
    Turned::Away(Box::new(reply::see_other(address)))
}
