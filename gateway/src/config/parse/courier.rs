//! `[courier]`: what carries codes, in which order, for which countries.

mod company;
mod email;
mod http;
mod limits;

use super::words::one_of;
use crate::config::duration::{Bounds, within};
use crate::config::problem::flaw;
use crate::config::raw::Section;
use crate::config::{Channel, CourierSpec, CouriersSpec, Listen, Provider};
use std::collections::BTreeMap;
use std::time::Duration;

/// Every provider of phones, by the kind of courier it can be.
pub(in crate::config) const PROVIDERS: [(&str, &str); 8] = [
    ("sms", "http"),
    ("sms", "twilio"),
    ("sms", "ovhcloud"),
    ("sms", "vonage"),
    ("sms", "sns"),
    ("sms", "outbox"),
    ("voice", "http"),
    ("voice", "twilio"),
];

/// Another one is tried within five seconds, so one alone may not take all of them.
const TIMEOUT: Bounds = Bounds {
    least: Duration::from_millis(100),
    most: Duration::from_secs(4),
    words: "100ms to 4s: another courier is tried within 5s",
};

/// All couriers, each under its own name. An outbox shows codes, so it needs a gateway that nobody else can reach.
pub(super) fn all(section: &Section<'_>, listen: Option<&Listen>) -> CouriersSpec {
    let mut names = Vec::new();
    let mut couriers = Vec::new();
    for (kind, channel) in [("sms", Channel::Sms), ("voice", Channel::Voice)] {
        for (at, phone) in section.sections(kind).iter().enumerate() {
            let name = name(phone, format!("{kind}-{}", at + 1), &mut names);
            couriers.extend(by_phone(phone, channel, listen).map(|provider| CourierSpec { name, provider }));
        }
    }
    for (at, email) in section.sections("email").iter().enumerate() {
        let name = name(email, format!("email-{}", at + 1), &mut names);
        couriers.extend(email::provider(email, listen).map(|provider| CourierSpec { name, provider }));
    }
    CouriersSpec {
        all: couriers,
        route: route(section, &names),
        limits: limits::read(&section.section("limits")),
        timeout: section
            .optional("timeout", within(&TIMEOUT))
            .unwrap_or(Duration::from_secs(3)),
    }
}

/// Which couriers are tried for a country.
fn route(section: &Section<'_>, names: &[String]) -> BTreeMap<String, Vec<String>> {
    let country = |key: &str, couriers: Vec<&str>| {
        let known =
            key.bytes().all(|byte| byte.is_ascii_uppercase()) && key.parse::<phonenumber::country::Id>().is_ok();
        if !known {
            return Err(flaw("not a country", r#"two capital letters (ISO 3166-1): "FR""#));
        }
        match couriers
            .iter()
            .find(|courier| !names.iter().any(|name| name == *courier))
        {
            Some(unknown) => Err(flaw(
                format!("no courier is called {unknown:?}"),
                format!("of: {}", names.join(", ")),
            )),
            None => Ok((key.to_owned(), couriers.into_iter().map(str::to_owned).collect())),
        }
    };
    section.entries_of_lists("route", country).into_iter().collect()
}

fn name(section: &Section<'_>, default: String, taken: &mut Vec<String>) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let given = section.optional("name", |text| {
        let fits = (1..=40).contains(&text.len()) && text.bytes().all(plain);
        if fits {
            Ok(text.to_owned())
        } else {
            Err(flaw("not a name", "1 to 40 of a-z, 0-9 and -"))
        }
    });
    let name = given.unwrap_or(default);
    if taken.contains(&name) {
        section.report(
            "name",
            flaw(
                format!("another courier is called {name}"),
                "give each a name of its own",
            ),
        );
    }
    taken.push(name.clone());
    name
}

fn by_phone(section: &Section<'_>, channel: Channel, listen: Option<&Listen>) -> Option<Provider> {
    let company = match channel {
        Channel::Sms => section.optional("provider", one_of(&SMS)),
        Channel::Voice => section.optional("provider", one_of(&VOICE)),
    };
    match company.unwrap_or(Company::Http) {
        Company::Http => http::template(section).map(|template| Provider::Http { channel, template }),
        Company::Twilio => company::twilio(section, channel),
        Company::Ovhcloud => company::ovhcloud(section),
        Company::Vonage => company::vonage(section),
        Company::Sns => company::sns(section),
        Company::Outbox => Some(outbox(section, "provider", listen)),
    }
}

/// Who carries what goes to phones.
#[derive(Clone, Copy)]
enum Company {
    Http,
    Twilio,
    Ovhcloud,
    Vonage,
    Sns,
    Outbox,
}

const SMS: [(&str, Company); 6] = [
    ("twilio", Company::Twilio),
    ("ovhcloud", Company::Ovhcloud),
    ("vonage", Company::Vonage),
    ("sns", Company::Sns),
    ("http", Company::Http),
    ("outbox", Company::Outbox),
];

const VOICE: [(&str, Company); 3] = [
    ("twilio", Company::Twilio),
    ("http", Company::Http),
    ("outbox", Company::Outbox),
];

fn outbox(section: &Section<'_>, key: &'static str, listen: Option<&Listen>) -> Provider {
    if listen.is_some_and(|listen| !(listen.http.ip().is_loopback() && listen.admin.ip().is_loopback())) {
        let hint = "listen.http and listen.admin on 127.0.0.1, or a courier that reaches people";
        section.report(
            key,
            flaw(
                "an outbox shows every code, and others than this machine could read it",
                hint,
            ),
        );
    }
    Provider::Outbox
}
