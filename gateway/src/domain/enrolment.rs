//! Setting up what proves a person: what is missing, and the way from choosing it to its first right answer.
//!
//! ```text
//!              Begun                 Proven            Made                Kept
//!  Choosing ---------> Proving(asked) ------> Choosing -----> HandedOut -------> (all pieces there: done)
//!     ^                   |  ^   |
//!     +---- Dropped ------+  +---+ Begun (another number, a new code)
//! ```
//!
//! What is being set up is *pending*: it lies beside the account's authenticators and counts for nothing until its first
//! right answer moves it over, in one transaction, at `io/credentials`. A login leads through here when something is
//! missing ([`super::login`] delegates); the account pages do it with one piece of the person's own choice.

use super::assurance::Method;
use super::authenticator::challenge::Asked;
use super::grace::Grace;
use super::id::AuthenticatorId;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How fresh a proof must be for a change of what proves its owner (SP 800-63B section 4.1.2.1).
pub const FRESH: Duration = Duration::from_secs(300);

/// What a person can set up alone.
pub const ENROLABLE: [Method; 4] = [Method::Totp, Method::Sms, Method::Voice, Method::Email];

/// The second factors a user has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enrolled(Vec<Method>);

impl Enrolled {
    /// Somebody with these.
    pub fn new(methods: Vec<Method>) -> Self {
        Self(methods)
    }

    /// Whether there is a second factor at all. Emergency codes stand in for one; they are none.
    pub fn has_second_factor(&self) -> bool {
        self.0.iter().any(|method| *method != Method::EmergencyCode)
    }

    /// What there is, each as often as it is there.
    pub fn methods(&self) -> &[Method] {
        &self.0
    }

    fn has_one_of(&self, methods: &[Method]) -> bool {
        methods.iter().any(|method| self.0.contains(method))
    }
}

/// What everybody who must have a second factor must set up (`second_factor.enrol`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Any second factor.
    Any,
    /// A phone as the way back, then an app.
    AppAndPhone,
    /// A phone.
    VerifiedPhone,
}

const PHONE: [Method; 2] = [Method::Sms, Method::Voice];

impl Plan {
    /// Whether nothing is missing.
    pub fn is_fulfilled_by(self, enrolled: &Enrolled) -> bool {
        match self {
            Self::Any => enrolled.has_second_factor(),
            Self::AppAndPhone => enrolled.has_one_of(&PHONE) && enrolled.has_one_of(&[Method::Totp]),
            Self::VerifiedPhone => enrolled.has_one_of(&PHONE),
        }
    }

    /// What is missing, in the order in which it is set up; emergency codes come with the rest, never alone.
    pub fn missing(self, enrolled: &Enrolled, offered: &[Method]) -> Vec<Piece> {
        if self.is_fulfilled_by(enrolled) {
            return Vec::new();
        }
        let wanted: &[&[Method]] = match self {
            Self::Any => &[&ENROLABLE],
            Self::AppAndPhone => &[&PHONE, &[Method::Totp]],
            Self::VerifiedPhone => &[&PHONE],
        };
        let missing = wanted.iter().filter(|methods| !enrolled.has_one_of(methods));
        let pieces = missing.map(|methods| Piece::one_of(methods, |method| offered.contains(&method)));
        with_emergency_codes(pieces.collect(), enrolled)
    }
}

/// The same pieces, with emergency codes after them where there are none yet.
pub fn with_emergency_codes(mut pieces: Vec<Piece>, enrolled: &Enrolled) -> Vec<Piece> {
    if !pieces.is_empty() && !enrolled.has_one_of(&[Method::EmergencyCode]) {
        pieces.push(Piece(vec![Method::EmergencyCode]));
    }
    pieces
}

/// One thing to set up: an authenticator of one of these methods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece(Vec<Method>);

impl Piece {
    /// One of these, as far as they are wanted.
    pub fn one_of(methods: &[Method], wanted: impl Fn(Method) -> bool) -> Self {
        Self(methods.iter().copied().filter(|method| wanted(*method)).collect())
    }

    /// What it may be, the most recommended first.
    pub fn methods(&self) -> &[Method] {
        &self.0
    }

    /// Whether it is a list of emergency codes.
    pub fn is_emergency_codes(&self) -> bool {
        self.0 == [Method::EmergencyCode]
    }
}

/// Setting up, under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Enrolment {
    /// What is still missing, the next thing first; never empty.
    missing: Vec<Piece>,
    /// How many pieces there were, so that progress can be shown.
    pub began_with: usize,
    /// How far the next thing is.
    pub stage: Stage,
    /// What the person began before and may leave again; nothing where policy insists.
    #[serde(default)]
    unfinished: Option<AuthenticatorId>,
    /// Whether it may wait for another day, though policy demands it.
    #[serde(default)]
    grace: Grace,
}

/// How far the next thing is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its kind, or its address, is not known yet.
    Choosing,
    /// It is pending: this question was put to it.
    Proving(Asked),
    /// The emergency codes are on the person's screen.
    HandedOut,
}

/// Something that happened while setting up.
#[derive(Debug)]
pub enum Event {
    /// A pending authenticator is asked this.
    Begun(Asked),
    /// It gave its first right answer, and counts from now on.
    Proven(Method),
    /// The person wants another one instead.
    Dropped,
    /// Emergency codes were made and shown.
    Made,
    /// The person has kept them.
    Kept,
    /// The person leaves it for another day.
    Postponed,
}

/// What comes of one step.
#[must_use]
#[derive(Debug)]
pub enum Step {
    /// More is to be done.
    Goes(Enrolment),
    /// Everything is there.
    Finished,
}

impl Enrolment {
    /// Begins; finished at once when nothing can be set up.
    pub fn begin(missing: Vec<Piece>) -> Option<Self> {
        let possible = !missing.is_empty() && missing.iter().all(|piece| !piece.methods().is_empty());
        possible.then_some(Self {
            began_with: missing.len(),
            missing,
            stage: Stage::Choosing,
            unfinished: None,
            grace: Grace::Over,
        })
    }

    /// The same, which may wait as long as this lasts.
    pub fn within(self, grace: Grace) -> Self {
        Self { grace, ..self }
    }

    /// Takes up again what was left unfinished, though nothing demands it.
    pub fn take_up((id, method): (AuthenticatorId, Method)) -> Self {
        Self {
            began_with: 1,
            missing: vec![Piece(vec![method])],
            stage: Stage::Choosing,
            unfinished: Some(id),
            grace: Grace::Over,
        }
    }

    /// What was left unfinished, where that is all this is about.
    pub fn unfinished(&self) -> Option<AuthenticatorId> {
        self.unfinished
    }

    /// How long it may wait.
    pub fn grace(&self) -> Grace {
        self.grace
    }

    /// What is to be set up now.
    pub fn piece(&self) -> &[Method] {
        self.missing.first().map_or(&[], Piece::methods)
    }

    /// Whether what is to be set up now are emergency codes.
    pub fn hands_out_codes(&self) -> bool {
        self.missing.first().is_some_and(Piece::is_emergency_codes)
    }

    /// Everything that is still missing.
    pub fn missing(&self) -> &[Piece] {
        &self.missing
    }

    /// The question a pending authenticator waits with.
    pub fn asked(&self) -> Option<&Asked> {
        match &self.stage {
            Stage::Proving(asked) => Some(asked),
            Stage::Choosing | Stage::HandedOut => None,
        }
    }
}

/// Takes an enrolment one step further.
pub fn step(enrolment: Enrolment, event: Event) -> Step {
    match (&enrolment.stage, event) {
        (Stage::Choosing | Stage::Proving(_), Event::Begun(asked)) => at(enrolment, Stage::Proving(asked)),
        (Stage::Choosing | Stage::Proving(_) | Stage::HandedOut, Event::Proven(method)) => without(enrolment, method),
        (Stage::Choosing | Stage::Proving(_), Event::Dropped) => at(enrolment, Stage::Choosing),
        (Stage::Choosing | Stage::Proving(_) | Stage::HandedOut, Event::Made) if enrolment.hands_out_codes() => {
            at(enrolment, Stage::HandedOut)
        }
        (Stage::Choosing | Stage::Proving(_) | Stage::HandedOut, Event::Postponed)
            if enrolment.unfinished.is_some() || enrolment.grace.lasts() =>
        {
            Step::Finished
        }
        (Stage::HandedOut, Event::Kept) => without(enrolment, Method::EmergencyCode),
        (Stage::HandedOut, Event::Begun(_) | Event::Dropped)
        | (Stage::Choosing | Stage::Proving(_), Event::Kept)
        | (Stage::Choosing | Stage::Proving(_) | Stage::HandedOut, Event::Made | Event::Postponed) => {
            Step::Goes(enrolment)
        }
    }
}

fn at(enrolment: Enrolment, stage: Stage) -> Step {
    Step::Goes(Enrolment { stage, ..enrolment })
}

/// The same without the pieces that this method is.
fn without(mut enrolment: Enrolment, method: Method) -> Step {
    enrolment.missing.retain(|piece| !piece.methods().contains(&method));
    if enrolment.missing.is_empty() {
        return Step::Finished;
    }
    at(enrolment, Stage::Choosing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Method::{Email, EmergencyCode, Sms, Totp, Voice, Webauthn};

    #[test]
    fn what_is_missing_follows_from_the_plan() {
        let offered = [Totp, Sms, Email];
        let codes = vec![EmergencyCode];
        for (plan, enrolled, expected) in [
            (Plan::Any, vec![], vec![vec![Totp, Sms, Email], codes.clone()]),
            (Plan::Any, vec![EmergencyCode], vec![vec![Totp, Sms, Email]]),
            (Plan::Any, vec![Email], vec![]),
            (Plan::Any, vec![Webauthn], vec![]),
            (Plan::VerifiedPhone, vec![Totp], vec![vec![Sms], codes.clone()]),
            (Plan::VerifiedPhone, vec![Voice], vec![]),
            (Plan::AppAndPhone, vec![], vec![vec![Sms], vec![Totp], codes.clone()]),
            (Plan::AppAndPhone, vec![Sms, EmergencyCode], vec![vec![Totp]]),
            (Plan::AppAndPhone, vec![Totp], vec![vec![Sms], codes.clone()]),
            (Plan::AppAndPhone, vec![Totp, Sms], vec![]),
        ] {
            let pieces = plan.missing(&Enrolled::new(enrolled.clone()), &offered);
            let pieces: Vec<_> = pieces.iter().map(|piece| piece.methods().to_vec()).collect();
            assert_eq!(pieces, expected, "{plan:?} {enrolled:?}");
        }
    }

    fn begun(plan: Plan) -> Option<Enrolment> {
        Enrolment::begin(plan.missing(&Enrolled::default(), &ENROLABLE))
    }

    fn walk(mut enrolment: Enrolment, events: Vec<Event>) -> Option<Enrolment> {
        for event in events {
            match step(enrolment, event) {
                Step::Goes(next) => enrolment = next,
                Step::Finished => return None,
            }
        }
        Some(enrolment)
    }

    fn asked() -> Asked {
        Asked::App(AuthenticatorId::from_bytes([1; 16]))
    }

    #[test]
    fn nothing_is_skipped() -> Result<(), &'static str> {
        let begin = || begun(Plan::AppAndPhone).ok_or("something is missing");
        for (events, expected) in [
            (vec![], vec![Sms, Voice]),
            (vec![Event::Kept], vec![Sms, Voice]),
            (vec![Event::Made, Event::Kept], vec![Sms, Voice]),
            (vec![Event::Begun(asked()), Event::Dropped], vec![Sms, Voice]),
            (vec![Event::Begun(asked()), Event::Proven(Voice)], vec![Totp]),
            (vec![Event::Proven(Sms), Event::Proven(Totp)], vec![EmergencyCode]),
            (
                vec![Event::Proven(Sms), Event::Proven(Totp), Event::Kept],
                vec![EmergencyCode],
            ),
            (
                vec![Event::Proven(Sms), Event::Proven(Totp), Event::Made, Event::Made],
                vec![EmergencyCode],
            ),
        ] {
            let shown = format!("{events:?}");
            let now = walk(begin()?, events).ok_or("finished too early")?;
            assert_eq!(now.piece(), expected, "{shown}");
        }
        let all = vec![Event::Proven(Sms), Event::Proven(Totp), Event::Made, Event::Kept];
        assert!(walk(begin()?, all).is_none());
        Ok(())
    }

    #[test]
    fn only_what_nothing_demands_can_be_left() -> Result<(), &'static str> {
        let taken_up = Enrolment::take_up((AuthenticatorId::from_bytes([1; 16]), Sms));
        for events in [
            vec![Event::Postponed],
            vec![Event::Begun(asked()), Event::Postponed],
            vec![Event::Begun(asked()), Event::Dropped, Event::Postponed],
            vec![Event::Begun(asked()), Event::Proven(Sms)],
        ] {
            let shown = format!("{events:?}");
            assert!(walk(taken_up.clone(), events).is_none(), "{shown}");
        }
        let demanded = begun(Plan::VerifiedPhone).ok_or("something is missing")?;
        assert!(walk(demanded, vec![Event::Postponed]).is_some());
        Ok(())
    }

    #[test]
    fn what_nobody_can_set_up_is_not_begun() {
        let nothing_offered = Plan::VerifiedPhone.missing(&Enrolled::default(), &[Totp]);
        assert!(Enrolment::begin(nothing_offered).is_none());
        assert!(Enrolment::begin(Vec::new()).is_none());
    }
}
