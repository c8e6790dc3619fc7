//! What the account's pages share: items, moments, and the word for what was just done.

use crate::domain::authenticator::Preference;
use crate::edge::pages::look as sight;
use crate::edge::pages::told::moment;
use crate::edge::pages::visitor::SECURITY;
use crate::flow::account::Own;
use auth_pages::{Done, Item};
use serde::Deserialize;

/// What was just done, as the address of the page says it.
#[derive(Default, Deserialize)]
pub(in crate::edge::pages) struct Query {
    #[serde(default)]
    done: String,
}

/// The word as a page says it; nothing for a word of somebody else's.
pub(super) fn done(query: &Query) -> Option<Done> {
    match query.done.as_str() {
        "added" => Some(Done::Added),
        "removed" => Some(Done::Removed),
        "changed" => Some(Done::Changed),
        "password" => Some(Done::PasswordChanged),
        "ended" => Some(Done::Ended),
        "forgotten" => Some(Done::Forgotten),
        _ => None,
    }
}

/// An authenticator as the list shows it.
pub(super) fn item(own: &Own) -> Item {
    Item {
        url: format!("{SECURITY}/{}", own.id),
        ask: sight::ask(&own.face),
        description: own.description.clone(),
        added: moment(own.added_at),
        used: own.last_used_at.map(moment).unwrap_or_default(),
        preferred: own.preference == Preference::First,
    }
}
