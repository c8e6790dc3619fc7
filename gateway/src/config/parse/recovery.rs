//! `[recovery]`: what becomes of forgotten passwords.

use super::words::one_of;
use crate::config::courier::CouriersSpec;
use crate::config::duration::{Bounds, within};
use crate::config::problem::flaw;
use crate::config::raw::Section;
use crate::domain::recovery::{EmailDelay, Replacement, Rules};
use std::time::Duration;

/// Less would be no delay to somebody who has just taken a mailbox over.
const DELAY: Bounds = Bounds {
    least: Duration::from_secs(24 * 3600),
    most: Duration::from_secs(90 * 24 * 3600),
    words: "\"never\", or 1d to 90d",
};

/// The rules; by default a code by e-mail replaces a password where mail is carried at all.
pub(super) fn read(section: &Section<'_>, couriers: &CouriersSpec) -> Rules {
    let carried = couriers.carry_mail();
    let usual = if carried { Replacement::Email } else { Replacement::None };
    let words = [("email", Replacement::Email), ("off", Replacement::None)];
    let password = section.optional("password", one_of(&words)).unwrap_or(usual);
    if password == Replacement::Email && !carried {
        let message = "a code by e-mail is promised, but there is no courier for it";
        section.report("password", flaw(message, "add [[courier.email]], or write \"off\""));
    }
    let email_delay = section.optional("email_delay", |text| match text {
        "never" => Ok(EmailDelay::Never),
        span => within(&DELAY)(span).map(EmailDelay::After),
    });
    Rules {
        password,
        email_delay: email_delay.unwrap_or(EmailDelay::Never),
    }
}
