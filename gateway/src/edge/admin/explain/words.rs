//! An explanation for people.

use super::{Explanation, Fit, LetterCase, Ruling, Tried};
use crate::domain::assurance::{Level, MaxAge, Method, Need};
use crate::domain::policy::{Among, Require, Rule};
use crate::edge::admin::answer::tame;
use std::fmt::Display;

/// The whole of it.
pub(super) fn text(explanation: &Explanation) -> String {
    let Explanation {
        application,
        method,
        path,
        source,
        readings,
        ruling,
        ..
    } = explanation;
    let mut lines = vec![format!(
        "{method} {} of {}, from {source}, {}",
        tame(path),
        tame(application),
        sender(explanation)
    )];
    for reading in readings {
        let folded = match reading.letter_case {
            LetterCase::Exact => "",
            LetterCase::Ignored => ", by a server that ignores letter case",
        };
        lines.push(format!("\nread as {}{folded}", tame(&reading.path)));
        lines.extend(reading.rules.iter().enumerate().map(line));
        if reading.selected.is_none() {
            lines.push("  no rule matches".to_owned());
        }
    }
    lines.push(format!("\n{}", decided(ruling)));
    lines.join("\n")
}

/// What a rule demands.
pub(super) fn demand(rule: &Rule) -> String {
    let groups = match &rule.groups {
        Among::All => String::new(),
        Among::OneOf(groups) => format!(", of members of {}", listed(groups)),
    };
    match &rule.require {
        Require::Nothing => "nothing".to_owned(),
        Require::Deny => "deny".to_owned(),
        Require::Proof(need) => format!("{}{groups}", proof(need)),
    }
}

/// Some values in a row.
pub(super) fn listed<T: Display>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

fn sender(explanation: &Explanation) -> String {
    let Some(user) = &explanation.user else {
        return "by somebody without a session".to_owned();
    };
    let groups = if explanation.groups.is_empty() {
        "no group".to_owned()
    } else {
        listed(&explanation.groups)
    };
    format!(
        "by {} ({}), who has proven {}",
        tame(user),
        tame(&groups),
        listed(&explanation.proven)
    )
}

fn line((at, tried): (usize, &Tried)) -> String {
    let result = match tried.result {
        Fit::Selected => format!("selected, asks for: {}", tried.require),
        Fit::Unfit => format!("no: {}", tried.why.join("; ")),
        Fit::NotAsked => "not asked".to_owned(),
    };
    format!("  rule[{at}] {:<16} {}", tried.path, tame(&result))
}

/// What is decided.
pub(super) fn decided(ruling: &Ruling) -> String {
    match ruling {
        Ruling::Admit => "admit: the request passes to the application".to_owned(),
        Ruling::Authenticate { need } => format!("authenticate: it passes once this is proven: {}", proof(need)),
        Ruling::Refuse { reason } => format!("refuse: {reason}"),
    }
}

fn proof(need: &Need) -> String {
    let methods = || {
        need.methods
            .iter()
            .map(|method| Method::word(*method))
            .collect::<Vec<_>>()
            .join(" or ")
    };
    let level = match need.level {
        Level::OneFactor => "one_factor (the password)".to_owned(),
        Level::TwoFactor if need.methods.is_empty() => "two_factor, by a method that does not exist".to_owned(),
        Level::TwoFactor => format!("two_factor (the password, and {})", methods()),
        Level::PhishingResistant => format!("phishing_resistant ({})", methods()),
    };
    match need.max_age {
        MaxAge::Session => level,
        MaxAge::Within(span) => format!("{level}, within the last {} s", span.as_secs()),
    }
}
