//! `[[application.rule]]`.

use super::second_factor::{SecondFactor, methods};
use super::words::{group, http_method, network, one_of};
use crate::config::duration::duration;
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::domain::assurance::{Level, MaxAge, Method, Need};
use crate::domain::path::Prefix;
use crate::domain::policy::{Among, Require, Rule};
use crate::domain::return_to::is_ours;

/// The rules of one application that understands these HTTP methods, in order.
pub(super) fn all(application: &Section<'_>, offer: &SecondFactor, understood: &[http::Method]) -> Vec<Rule> {
    let sections = application.sections("rule");
    if sections.is_empty() {
        let hint = r#"add [[application.rule]] with path = "/" and require = "two_factor""#;
        application.report("rule", flaw("no rule: every request would be refused", hint));
    }
    let mut rules: Vec<(usize, Rule)> = Vec::new();
    for (at, section) in sections.iter().enumerate() {
        let Some(rule) = read(section, offer, understood) else {
            continue;
        };
        if let Some((before, earlier)) = rules.iter().find(|(_, earlier)| shadows(earlier, &rule)) {
            let message = format!(
                "never matches: rule[{before}] ({}) comes first and takes all of it",
                earlier.prefix.as_str()
            );
            section.report("path", flaw(message, "put the narrower rule first, or remove it"));
        }
        rules.push((at, rule));
    }
    rules.into_iter().map(|(_, rule)| rule).collect()
}

fn read(section: &Section<'_>, offer: &SecondFactor, understood: &[http::Method]) -> Option<Rule> {
    let prefix = section.required("path", r#"which paths: path = "/""#, prefix);
    let hint = r#"what to ask for: require = "two_factor" (or nothing, one_factor, phishing_resistant, deny)"#;
    let demand = section.required("require", hint, one_of(&DEMANDS));
    let http_methods = section.filled("http_methods", |text| understood_method(text, understood));
    let networks = section.filled("networks", network);
    let groups = section.filled("groups", group);
    let methods = methods(section);
    let max_age = section.optional("max_age", duration);
    not_offered(section, methods.as_deref().unwrap_or_default(), &offer.methods);
    let methods = methods.unwrap_or_else(|| offer.methods.clone());
    let demand = demand?;
    without_effect(section, demand);
    passable(section, demand, &methods);
    let proof = |level| {
        Require::Proof(Need {
            level,
            methods,
            max_age: max_age.map_or(MaxAge::Session, MaxAge::Within),
        })
    };
    let require = match demand {
        Demand::Nothing => Require::Nothing,
        Demand::OneFactor => proof(Level::OneFactor),
        Demand::TwoFactor => proof(Level::TwoFactor),
        Demand::PhishingResistant => proof(Level::PhishingResistant),
        Demand::Deny => Require::Deny,
    };
    let (http_methods, networks, groups) = (among(http_methods), among(networks), among(groups));
    Some(Rule {
        prefix: prefix?,
        http_methods,
        networks,
        groups,
        require,
    })
}

fn understood_method(text: &str, understood: &[http::Method]) -> Result<http::Method, Flaw> {
    let method = http_method(text)?;
    if understood.contains(&method) {
        return Ok(method);
    }
    let hint = "add it to the application's http_methods";
    Err(flaw(format!("{method} is refused before the rules are asked"), hint))
}

fn among<T>(list: Option<Vec<T>>) -> Among<T> {
    list.map_or(Among::All, Among::OneOf)
}

#[derive(Clone, Copy)]
enum Demand {
    Nothing,
    OneFactor,
    TwoFactor,
    PhishingResistant,
    Deny,
}

const DEMANDS: [(&str, Demand); 5] = [
    ("nothing", Demand::Nothing),
    ("one_factor", Demand::OneFactor),
    ("two_factor", Demand::TwoFactor),
    ("phishing_resistant", Demand::PhishingResistant),
    ("deny", Demand::Deny),
];

fn prefix(text: &str) -> Result<Prefix, Flaw> {
    let hint = "begin with / and write it decoded, without dots, ; or empty segments: /admin/";
    let prefix = Prefix::parse(text).map_err(|_| flaw(format!("{text:?} is not a plain path"), hint))?;
    if is_ours(prefix.as_str()) {
        return Err(flaw(
            "everything below /.vestibule/ is the gateway's own",
            "rules are about the application's paths",
        ));
    }
    Ok(prefix)
}

fn not_offered(section: &Section<'_>, methods: &[Method], offered: &[Method]) {
    for method in methods.iter().filter(|method| !offered.contains(method)) {
        let message = format!("{} is not among second_factor.methods", method.word());
        section.report("methods", flaw(message, "add it there, or leave it out here"));
    }
}

/// Keys that would promise something which the rule does not do.
fn without_effect(section: &Section<'_>, demand: Demand) {
    let (idle, word): (&[&'static str], _) = match demand {
        Demand::Nothing => (&["groups", "methods", "max_age"], "nothing"),
        Demand::Deny => (&["groups", "methods", "max_age"], "deny"),
        Demand::OneFactor => (&["methods"], "one_factor"),
        Demand::TwoFactor => (&[], "two_factor"),
        Demand::PhishingResistant => (&[], "phishing_resistant"),
    };
    for key in idle.iter().filter(|key| section.has(key)) {
        let message = format!("has no effect where require = {word:?}");
        section.report(key, flaw(message, r#"leave it out, or require = "two_factor""#));
    }
}

/// A passkey alone resists phishing. An empty list was wrong in itself, and is reported as such.
fn passable(section: &Section<'_>, demand: Demand, methods: &[Method]) {
    let proof = match demand {
        Demand::PhishingResistant => methods,
        Demand::Nothing | Demand::OneFactor | Demand::TwoFactor | Demand::Deny => return,
    };
    if proof.is_empty() || proof.contains(&Method::Webauthn) {
        return;
    }
    let (key, hint) = if section.has("methods") {
        ("methods", "add webauthn")
    } else {
        ("require", "add webauthn to second_factor.methods")
    };
    let message = "nobody could ever pass: only webauthn resists phishing, and it does not count here";
    section.report(key, flaw(message, hint));
}

/// Whether the first rule matches every request that the second could.
fn shadows(first: &Rule, second: &Rule) -> bool {
    first.prefix.covers(second.prefix.as_str())
        && includes(&first.http_methods, &second.http_methods, |one, other| one == other)
        && includes(&first.networks, &second.networks, |one, other| one.contains(other))
}

fn includes<T>(wide: &Among<T>, narrow: &Among<T>, covers: impl Fn(&T, &T) -> bool) -> bool {
    match (wide, narrow) {
        (Among::All, _) => true,
        (Among::OneOf(_), Among::All) => false,
        (Among::OneOf(wide), Among::OneOf(narrow)) => {
            narrow.iter().all(|one| wide.iter().any(|other| covers(other, one)))
        }
    }
}
