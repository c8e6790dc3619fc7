//! `[second_factor]` and `[registration]`: who must have a second factor, which are offered, how people come to one.
//!
//! A method that nobody can enrol yet may be offered: until somebody has one, it never matches. A way of enrolling or
//! registering that is not built is refused, because without it the file would promise what does not happen.

use super::courier;
use super::words::{group, later, method};
use crate::config::problem::flaw;
use crate::config::raw::Section;
use crate::config::{CourierSpec, Listen};
use crate::domain::assurance::Method;
use crate::domain::policy::Duty;
use toml::Value;

/// Who must have a second factor, and which are offered.
pub(super) struct SecondFactor {
    /// Who must have one.
    pub(super) duty: Duty,
    /// Which are offered, strongest first.
    pub(super) methods: Vec<Method>,
}

/// What is offered, and what carries it: whatever is offered must also be carried.
pub(super) fn with_couriers(root: &Section<'_>, listen: Option<&Listen>) -> (SecondFactor, Vec<CourierSpec>) {
    let (offer, couriers) = (root.section("second_factor"), root.section("courier"));
    let specs = courier::all(&couriers, listen);
    let carried = |method: &Method| match method {
        Method::Sms => couriers.lists("sms"),
        Method::Email => couriers.lists("email"),
        Method::Password | Method::Totp | Method::Voice | Method::Webauthn | Method::EmergencyCode => true,
    };
    let named = methods(&offer);
    for method in named.iter().flatten().filter(|method| !carried(method)) {
        let word = method.word();
        let message = format!("{word} is offered, but there is no courier for it");
        let hint = format!("add [[courier.{word}]], or offer only what works: methods = [\"totp\", …]");
        offer.report("methods", flaw(message, hint));
    }
    let second_factor = SecondFactor {
        duty: duty(&offer).unwrap_or(Duty::Everyone),
        methods: named.unwrap_or_else(|| UNLESS_NAMED.into_iter().filter(carried).collect()),
    };
    enrolment(&offer);
    registration(&root.section("registration"));
    (second_factor, specs)
}

/// What is offered where the file names nothing, as far as it is carried. No voice: nothing carries calls yet.
const UNLESS_NAMED: [Method; 4] = [Method::Webauthn, Method::Totp, Method::Sms, Method::Email];

/// A section's `methods`, each once.
pub(super) fn methods(section: &Section<'_>) -> Option<Vec<Method>> {
    let methods = section.filled("methods", method)?;
    let again = methods
        .iter()
        .enumerate()
        .find(|(at, one)| methods.iter().take(*at).any(|other| other == *one));
    if let Some((_, method)) = again {
        section.report(
            "methods",
            flaw(
                format!("{} is named twice", method.word()),
                "name each once, strongest first",
            ),
        );
    }
    Some(methods)
}

fn duty(section: &Section<'_>) -> Option<Duty> {
    if let Some(Value::Table(_)) = section.value("required") {
        let required = section.section("required");
        required.must("groups", r#"{ groups = ["staff"] }"#);
        return required.filled("groups", group).map(Duty::Groups);
    }
    section.optional("required", |text| match text {
        "nobody" => Ok(Duty::Nobody),
        "everyone" => Ok(Duty::Everyone),
        _ => Err(flaw(
            format!("{text:?} is not known here"),
            r#"nobody, everyone or { groups = ["staff"] }"#,
        )),
    })
}

/// Anything will do, at once.
fn enrolment(section: &Section<'_>) {
    section.optional("enrol", later("any", &["app_and_phone", "verified_phone"]));
    let Some(value) = section.value("grace_days") else {
        return;
    };
    // The environment has no numbers, only text.
    let days = value.as_integer().or_else(|| value.as_str()?.parse().ok());
    let message = match days {
        Some(0) => return,
        Some(1..) => "a grace period is not available yet",
        Some(_) | None => "not a number of days",
    };
    section.report("grace_days", flaw(message, "0 for now"));
}

/// Nobody registers: operators make the users.
fn registration(section: &Section<'_>) {
    section.optional("mode", later("closed", &["invite", "open"]));
}
