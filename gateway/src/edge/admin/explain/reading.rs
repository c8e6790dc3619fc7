//! Each reading of a path, the rule it selects, and why the rules before that one do not match.

use super::words;
use crate::domain::access::AccessRequest;
use crate::domain::application::Application;
use crate::domain::policy::{Among, Match, Rule};
use serde::Serialize;

/// One way to read the path, and what the rules make of it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// The path.
    pub path: String,
    /// Whether it is compared letter by letter.
    pub letter_case: LetterCase,
    /// The place of the rule it selects, from 0; nothing where no rule matches.
    pub selected: Option<usize>,
    /// What became of each rule, in order.
    pub rules: Vec<Tried>,
}

/// How the letters of a reading are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterCase {
    /// As a server does that tells `a` from `A`.
    Exact,
    /// As a server does that takes them for the same; shown only where that selects another rule.
    Ignored,
}

/// What became of one rule.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// Its path.
    pub path: String,
    /// What it demands.
    pub require: String,
    /// What came of it.
    pub result: Fit,
    /// Why it does not match; empty where it does, or was not asked.
    pub why: Vec<String>,
}

/// Whether a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// It is the first that does.
    Selected,
    /// It does not.
    Unfit,
    /// An earlier one matches.
    NotAsked,
}

/// A reading that comes twice in a row selects another rule once letter case is ignored.
pub(super) fn all(application: &Application, request: &AccessRequest) -> Vec<Reading> {
    let mut readings: Vec<Reading> = Vec::new();
    for Match { reading, rule } in application.policy.matching(request) {
        let again = readings
            .last()
            .is_some_and(|last| last.path == reading && last.letter_case == LetterCase::Exact);
        let letter_case = if again { LetterCase::Ignored } else { LetterCase::Exact };
        let selected = rule.map(|(at, _)| at);
        let tried = |(at, rule): (usize, &Rule)| tried(rule, fit(at, selected), request, (reading, letter_case));
        let rules = application.policy.rules.iter().enumerate().map(tried).collect();
        readings.push(Reading {
            path: reading.to_owned(),
            letter_case,
            selected,
            rules,
        });
    }
    readings
}

fn fit(at: usize, selected: Option<usize>) -> Fit {
    match selected {
        Some(selected) if at == selected => Fit::Selected,
        Some(selected) if at > selected => Fit::NotAsked,
        Some(_) | None => Fit::Unfit,
    }
}

fn tried(rule: &Rule, result: Fit, request: &AccessRequest, (reading, letter_case): (&str, LetterCase)) -> Tried {
    let why = match result {
        Fit::Selected | Fit::NotAsked => Vec::new(),
        Fit::Unfit => misfits(rule, request, (reading, letter_case)),
    };
    Tried {
        path: rule.prefix.as_str().to_owned(),
        require: words::demand(rule),
        result,
        why,
    }
}

fn misfits(rule: &Rule, request: &AccessRequest, (reading, letter_case): (&str, LetterCase)) -> Vec<String> {
    let covered = match letter_case {
        LetterCase::Exact => rule.prefix.covers(reading),
        LetterCase::Ignored => rule.prefix.covers_folded(reading),
    };
    let mut why = Vec::new();
    if !covered {
        why.push("the path is not below it".to_owned());
    }
    if let Among::OneOf(methods) = &rule.http_methods
        && !methods.contains(&request.method)
    {
        why.push(format!("only for {}", words::listed(methods)));
    }
    if let Among::OneOf(networks) = &rule.networks
        && !networks.iter().any(|network| network.contains(&request.source))
    {
        why.push(format!("only from {}", words::listed(networks)));
    }
    why
}
