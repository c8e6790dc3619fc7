//! `[second_factor]`: who must have a second factor, which are offered, how people come to one.
//!
//! A grace period counts from a day that the file names, not from one that the program remembers: every node says the same.
//!
//! A method that nobody can enrol yet may be offered: until somebody has one, it never matches. A way of enrolling that
//! is not built is refused, because without it the file would promise what does not happen.

use super::courier;
use super::words::{group, method, one_of};
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::config::{CouriersSpec, Listen};
use crate::domain::assurance::Method;
use crate::domain::authenticator::phone::Countries;
use crate::domain::authenticator::totp::Digits;
use crate::domain::enrolment::{ENROLABLE, Enrolled, Enrolment, Plan};
use crate::domain::grace::Terms;
use crate::domain::policy::{Duty, Whom};
use crate::domain::time::Timestamp;
use toml::Value;

/// Who must have a second factor, and which are offered.
pub(super) struct SecondFactor {
    /// Who must have one, and which.
    pub(super) duty: Duty,
    /// Which are offered, strongest first.
    pub(super) methods: Vec<Method>,
    /// Which of them people can set up themselves.
    pub(super) enrolable: Vec<Method>,
    /// Whose phone numbers can be set up.
    pub(super) countries: Countries,
    /// How many digits the codes of new apps have.
    pub(super) totp_digits: Digits,
    /// On how many accounts a number may be.
    pub(super) accounts_per_number: i64,
}

/// What is offered, and what carries it: whatever is offered must also be carried.
pub(super) fn with_couriers(root: &Section<'_>, listen: Option<&Listen>) -> (SecondFactor, CouriersSpec) {
    let (offer, couriers) = (root.section("second_factor"), root.section("courier"));
    let specs = courier::all(&couriers, listen);
    let carried = |method: &Method| match method {
        Method::Sms => couriers.lists("sms"),
        Method::Email => couriers.lists("email"),
        Method::Password | Method::Totp | Method::Voice | Method::Webauthn | Method::EmergencyCode => true,
    };
    // Named, calls need no courier: until somebody has one, they never match.
    let usual = |method: &Method| match method {
        Method::Voice => couriers.lists("voice"),
        Method::Password | Method::Totp | Method::Sms | Method::Email | Method::Webauthn | Method::EmergencyCode => {
            carried(method)
        }
    };
    let named = methods(&offer);
    for method in named.iter().flatten().filter(|method| !carried(method)) {
        let word = method.word();
        let message = format!("{word} is offered, but there is no courier for it");
        let hint = format!("add [[courier.{word}]], or offer only what works: methods = [\"totp\", …]");
        offer.report("methods", flaw(message, hint));
    }
    let methods = named.unwrap_or_else(|| UNLESS_NAMED.into_iter().filter(usual).collect());
    let can_be_proven = |method: &Method| ENROLABLE.contains(method) && usual(method);
    let enrolable: Vec<Method> = methods.iter().copied().filter(can_be_proven).collect();
    let second_factor = SecondFactor {
        duty: Duty {
            whom: whom(&offer).unwrap_or(Whom::Everyone),
            plan: plan(&offer, &enrolable),
            grace: grace(&offer),
        },
        methods,
        enrolable,
        countries: countries(&offer),
        totp_digits: offer.number("totp_digits", digits).unwrap_or(Digits::Six),
        accounts_per_number: accounts_per_number(&offer),
    };
    (second_factor, specs)
}

/// What is offered where the file names nothing, as far as it is carried.
const UNLESS_NAMED: [Method; 5] = [
    Method::Webauthn,
    Method::Totp,
    Method::Sms,
    Method::Voice,
    Method::Email,
];

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

fn whom(section: &Section<'_>) -> Option<Whom> {
    if let Some(Value::Table(_)) = section.value("required") {
        let required = section.section("required");
        required.must("groups", r#"{ groups = ["staff"] }"#);
        return required.filled("groups", group).map(Whom::Groups);
    }
    section.optional("required", |text| match text {
        "nobody" => Ok(Whom::Nobody),
        "everyone" => Ok(Whom::Everyone),
        _ => Err(flaw(
            format!("{text:?} is not known here"),
            r#"nobody, everyone or { groups = ["staff"] }"#,
        )),
    })
}

/// What must be set up. A plan that nobody could fulfil is refused: it would lock everybody out.
fn plan(section: &Section<'_>, enrolable: &[Method]) -> Plan {
    let words = [
        ("any", Plan::Any),
        ("app_and_phone", Plan::AppAndPhone),
        ("verified_phone", Plan::VerifiedPhone),
    ];
    let plan = section.optional("enrol", one_of(&words)).unwrap_or(Plan::Any);
    let impossible = plan != Plan::Any && Enrolment::begin(plan.missing(&Enrolled::default(), enrolable)).is_none();
    if impossible {
        section.report(
            "enrol",
            flaw(
                "asks for what nobody could set up",
                "a phone takes [[courier.sms]] and \"sms\" among second_factor.methods, an app takes \"totp\"",
            ),
        );
    }
    plan
}

fn digits(count: i64) -> Result<Digits, Flaw> {
    let digits = u8::try_from(count).ok().and_then(Digits::from_count);
    digits.ok_or_else(|| flaw(format!("apps do not show codes of {count} digits"), "6, 7 or 8"))
}

fn countries(section: &Section<'_>) -> Countries {
    let country = |text: &str| {
        let fits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        let known = fits && text.parse::<phonenumber::country::Id>().is_ok();
        if known {
            Ok(text.to_owned())
        } else {
            Err(flaw(
                format!("{text:?} is not a country"),
                r#"two capital letters (ISO 3166-1): "FR""#,
            ))
        }
    };
    match section.list("phone_countries", country) {
        Some(served) if !served.is_empty() => Countries::Only(served),
        Some(_) | None => Countries::All,
    }
}

/// Someone may have an account for work and one at home; more on one number is a farm.
fn accounts_per_number(section: &Section<'_>) -> i64 {
    let Some(value) = section.value("accounts_per_phone") else {
        return 3;
    };
    match value.as_integer().or_else(|| value.as_str()?.parse().ok()) {
        Some(most @ 1..=1000) => most,
        Some(_) | None => {
            section.report("accounts_per_phone", flaw("not a number of accounts", "1 to 1000"));
            3
        }
    }
}

/// How long enrolling may be put off; not at all unless the file says so.
fn grace(section: &Section<'_>) -> Terms {
    // The environment has no numbers, only text.
    let days = section
        .value("grace_days")
        .map(|value| value.as_integer().or_else(|| value.as_str()?.parse().ok()));
    let days = match days {
        None => 0,
        Some(Some(days @ 0..=365)) => u32::try_from(days).unwrap_or(0),
        Some(_) => {
            section.report("grace_days", flaw("not a number of days", "0 to 365"));
            return Terms::NONE;
        }
    };
    let since = section.optional("grace_from", day).unwrap_or(Timestamp::from_millis(0));
    if days == 0 && section.value("grace_from").is_some() {
        let hint = "say for how many days enrolling may be put off: grace_days = 14";
        section.report("grace_from", flaw("says nothing without grace_days", hint));
    }
    Terms { days, since }
}

/// The beginning of a day in UTC.
fn day(text: &str) -> Result<Timestamp, Flaw> {
    let date: Option<jiff::civil::Date> = text.parse().ok();
    let begins = date.and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok());
    begins
        .map(|begins| Timestamp::from_millis(begins.timestamp().as_millisecond()))
        .ok_or_else(|| flaw(format!("{text:?} is not a day"), r#"year, month and day: "2026-12-01""#))
}
