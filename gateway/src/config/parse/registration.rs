//! `[registration]`: who may make an account.

use super::words::one_of;
use crate::config::courier::CouriersSpec;
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::registration::{Domains, Mode, Rules};

/// The rules; by default operators make the accounts.
pub(super) fn read(section: &Section<'_>, couriers: &CouriersSpec) -> Rules {
    let words = [("closed", Mode::Closed), ("invite", Mode::Invite), ("open", Mode::Open)];
    let mode = section.optional("mode", one_of(&words)).unwrap_or(Mode::Closed);
    if mode != Mode::Closed && !couriers.carry_mail() {
        let message = "a code by e-mail proves an address, but there is no courier for it";
        section.report("mode", flaw(message, "add [[courier.email]], or write \"closed\""));
    }
    let domains = match section.list("domains", domain) {
        Some(domains) if !domains.is_empty() => Domains::Only(domains),
        Some(_) | None => Domains::All,
    };
    Rules { mode, domains }
}

/// What stands behind the @ of an address.
fn domain(text: &str) -> Result<String, Flaw> {
    let address = Mailbox::parse(&format!("someone@{text}"));
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    match address {
        Ok(_) if plain => Ok(text.to_ascii_lowercase()),
        Ok(_) | Err(_) => Err(flaw(
            format!("{text:?} is not the domain of an address"),
            "what stands behind the @: \"example.com\"",
        )),
    }
}
