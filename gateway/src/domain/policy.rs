//! The rules, and what they say of one request.
//!
//! The first rule that matches decides; none means deny. Every reading of the path must be admitted (Law 7). Pure:
//! `vestibule explain` walks the same [`Policy::matching`] as [`decide`].

use super::access::AccessRequest;
use super::application::Application;
use super::assurance::{Level, MaxAge, Method, Need};
use super::enrolment::{self, Enrolled, Piece, Plan};
use super::grace::Terms;
use super::path::Prefix;
use super::settings::Settings;
use super::time::Timestamp;
use super::user::{Secrecy, Subject, User};
use ipnet::IpNet;
use std::sync::Arc;

/// The rules of one application, first match first.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The rules in order.
    pub rules: Vec<Rule>,
    /// Who must have a second factor.
    pub duty: Duty,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The paths it is about.
    pub prefix: Prefix,
    /// The HTTP methods it is about.
    pub http_methods: Among<http::Method>,
    /// The networks it is about.
    pub networks: Among<IpNet>,
    /// Who may pass: members of one of these groups.
    pub groups: Among<String>,
    /// What they must have proven.
    pub require: Require,
}

/// Everything, or one of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Among<T> {
    /// No restriction.
    All,
    /// One of these.
    OneOf(Vec<T>),
}

impl<T> Among<T> {
    fn any(&self, test: impl Fn(&T) -> bool) -> bool {
        match self {
            Self::All => true,
            Self::OneOf(list) => list.iter().any(test),
        }
    }
}

/// What a rule demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Require {
    /// Nothing: open to everybody.
    Nothing,
    /// A login with this proof.
    Proof(Need),
    /// Nobody passes.
    Deny,
}

/// Who must have a second factor, wherever they log in (`second_factor.required`), and which (`second_factor.enrol`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Who.
    pub whom: Whom,
    /// What they must set up.
    pub plan: Plan,
    /// How long they may put it off.
    pub grace: Terms,
}

/// Who must have a second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Nobody must; applications may still demand one.
    Nobody,
    /// Everybody.
    Everyone,
    /// Members of one of these groups.
    Groups(Vec<String>),
}

impl Duty {
    /// Whether somebody in these groups must have a second factor.
    pub fn binds(&self, groups: &[String]) -> bool {
        match &self.whom {
            Whom::Nobody => false,
            Whom::Everyone => true,
            Whom::Groups(bound) => bound.iter().any(|group| groups.contains(group)),
        }
    }

    /// Whether this user must set something up before they get anywhere; not as long as they may put it off.
    pub fn is_owed_by(&self, user: &User, enrolled: &Enrolled, now: Timestamp) -> bool {
        self.insists(user, now) && !self.plan.is_fulfilled_by(enrolled)
    }

    /// Whether this user must have a second factor by now.
    pub fn insists(&self, user: &User, now: Timestamp) -> bool {
        self.binds(&user.groups) && !self.grace.left(user.created_at, now).lasts()
    }

    /// What this user must set up, out of what is offered.
    pub fn missing(&self, user: &User, enrolled: &Enrolled, offered: &[Method]) -> Vec<Piece> {
        if self.binds(&user.groups) {
            self.plan.missing(enrolled, offered)
        } else {
            Vec::new()
        }
    }
}

/// What the rules say of one request.
#[derive(Debug)]
pub enum Decision {
    /// It may pass.
    Admit(Permit),
    /// It may pass once this is proven.
    Authenticate(Need),
    /// It may not pass.
    Refuse(Refusal),
}

/// Why a request is refused whoever sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No rule matches it.
    NoRule,
    /// The rule says deny.
    Denied,
    /// The user is in none of the rule's groups.
    NotAMember,
}

/// The proof that a request was admitted; made by [`decide`] alone and used up by the request it was made for.
#[derive(Debug)]
pub struct Permit {
    application: Arc<Application>,
    subject: Subject,
    demanded: Demanded,
}

/// How much was asked for what a permit admits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Demanded {
    Less,
    TwoFactors,
}

impl Permit {
    /// Whether any reading of the request is behind two factors.
    pub fn is_behind_two_factors(&self) -> bool {
        self.demanded == Demanded::TwoFactors
    }

    /// The application the request may pass to.
    pub fn application(&self) -> &Arc<Application> {
        &self.application
    }

    /// Who it is from.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }
}

/// Which rule a reading of the path selects.
#[derive(Clone, Copy, Debug)]
pub struct Match<'a> {
    /// The reading.
    pub reading: &'a str,
    /// The rule's place in the configuration, from 0, and the rule; nothing when no rule matches.
    pub rule: Option<(usize, &'a Rule)>,
}

impl Policy {
    /// The rule that each reading of the request's path selects, letter by letter and with letter case ignored.
    pub fn matching<'a>(&'a self, request: &'a AccessRequest) -> impl Iterator<Item = Match<'a>> {
        request.path.readings().flat_map(move |reading| {
            let exact = self.first(request, |prefix| prefix.covers(reading));
            let folded = self.first(request, |prefix| prefix.covers_folded(reading));
            let differs = exact.map(|(at, _)| at) != folded.map(|(at, _)| at);
            [Some(exact), differs.then_some(folded)]
                .into_iter()
                .flatten()
                .map(move |rule| Match { reading, rule })
        })
    }

    fn first(&self, request: &AccessRequest, covers: impl Fn(&Prefix) -> bool) -> Option<(usize, &Rule)> {
        self.rules.iter().enumerate().find(|(_, rule)| {
            covers(&rule.prefix)
                && rule.http_methods.any(|method| *method == request.method)
                && rule.networks.any(|network| network.contains(&request.source))
        })
    }
}

/// Decides one request to an application.
pub fn decide(application: &Arc<Application>, request: &AccessRequest, subject: &Subject, now: Timestamp) -> Decision {
    let mut needed: Option<Need> = None;
    let mut demanded = Demanded::Less;
    for matched in application.policy.matching(request) {
        let Some((_, rule)) = matched.rule else {
            return Decision::Refuse(Refusal::NoRule);
        };
        if matches!(&rule.require, Require::Proof(need) if need.level >= Level::TwoFactor) {
            demanded = Demanded::TwoFactors;
        }
        match judge(&application.policy.duty, rule, subject, now) {
            Verdict::Pass => {}
            Verdict::Prove(need) => {
                needed = Some(match needed {
                    Some(other) => other.and(need),
                    None => need,
                });
            }
            Verdict::Refuse(refusal) => return Decision::Refuse(refusal),
        }
    }
    match needed {
        Some(need) => Decision::Authenticate(need),
        None => Decision::Admit(Permit {
            application: Arc::clone(application),
            subject: subject.clone(),
            demanded,
        }),
    }
}

enum Verdict {
    Pass,
    Prove(Need),
    Refuse(Refusal),
}

fn judge(duty: &Duty, rule: &Rule, subject: &Subject, now: Timestamp) -> Verdict {
    let need = match &rule.require {
        Require::Nothing => return Verdict::Pass,
        Require::Deny => return Verdict::Refuse(Refusal::Denied),
        Require::Proof(need) => need,
    };
    let known = match subject {
        Subject::Anonymous => return Verdict::Prove(need.clone()),
        Subject::User(known) => known,
    };
    if !rule.groups.any(|group| known.user.groups.contains(group)) {
        return Verdict::Refuse(Refusal::NotAMember);
    }
    let owes = duty.is_owed_by(&known.user, &known.enrolled, now);
    if owes || known.user.secrecy == Secrecy::Compromised {
        return Verdict::Prove(Need {
            level: need.level.max(Level::TwoFactor),
            ..need.clone()
        });
    }
    if need.is_met_by(&known.session.authentications, now) {
        Verdict::Pass
    } else {
        Verdict::Prove(need.clone())
    }
}

/// The need of our own pages: the password, and a second factor from whoever has or owes one.
pub fn own_pages(settings: &Settings, user: &User, enrolled: &Enrolled, now: Timestamp) -> Need {
    let level = if enrolled.has_second_factor() || settings.duty.insists(user, now) {
        Level::TwoFactor
    } else {
        Level::OneFactor
    };
    Need {
        level,
        methods: settings.methods.clone(),
        max_age: MaxAge::Session,
    }
}

/// The need for a change of what proves a user: what they have, at its strongest, proven within five minutes (Law 12).
pub fn own_changes(settings: &Settings, user: &User, enrolled: &Enrolled, now: Timestamp) -> Need {
    let strong: Vec<Method> = enrolled
        .methods()
        .iter()
        .copied()
        .filter(|method| *method != Method::Email)
        .collect();
    let own = own_pages(settings, user, enrolled, now);
    Need {
        methods: if strong.is_empty() { own.methods } else { strong },
        max_age: MaxAge::Within(enrolment::FRESH),
        ..own
    }
}

#[cfg(test)]
mod tests;
