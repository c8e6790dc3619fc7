//! What to do about what a login lacks: ask for it, have it set up, or end.

use super::{Answered, Holdings, Login, Next, Offer, State, Step, end, stay};
use crate::domain::assurance::{Authentication, Method, is_full};
use crate::domain::audit::LoginEnd;
use crate::domain::enrolment::{self, ENROLABLE, Enrolment, Piece};
use crate::domain::id::AuthenticatorId;
use crate::domain::notice::Changes;
use crate::domain::time::Timestamp;

/// What to do about a need that is not met: ask for what would do, or else have it set up.
pub(super) fn pursued(login: Login, holdings: &Holdings) -> Step {
    if let Some(offer) = first_question(&login, &holdings.offers) {
        return stay(login, Next::Choose(offer));
    }
    if holdings.enrolled.has_second_factor() && !is_full(&login.authentications) {
        return match holdings.offers.first() {
            Some(offer) => stay(login, Next::Choose(*offer)),
            None => end(login, LoginEnd::NotEnrolled),
        };
    }
    let counting = Piece::one_of(&ENROLABLE, |method| login.need.accepts(method));
    let missing = match holdings.missing.as_slice() {
        [] => enrolment::with_emergency_codes(vec![counting], &holdings.enrolled),
        missing => narrowed(missing, &counting),
    };
    match Enrolment::begin(missing) {
        Some(enrolment) => enrolling(login, (enrolment, holdings.changes)),
        None => end(login, LoginEnd::NotEnrolled),
    }
}

/// The same pieces; where one may be of several methods, one that counts here.
fn narrowed(missing: &[Piece], counting: &Piece) -> Vec<Piece> {
    let narrow = |piece: &Piece| {
        let narrower = Piece::one_of(piece.methods(), |method| counting.methods().contains(&method));
        if narrower.methods().is_empty() {
            piece.clone()
        } else {
            narrower
        }
    };
    missing.iter().map(narrow).collect()
}

/// What policy demands besides what was to be proven. As long as it may wait, it is offered to whoever may set it up in
/// this login: the password alone sets nothing up where something is.
pub(super) fn demanded(login: &Login, holdings: &Holdings) -> Option<Enrolment> {
    let may = is_full(&login.authentications) || !holdings.enrolled.has_second_factor();
    let waits = holdings.grace.lasts() && (!may || holdings.changes == Changes::Frozen);
    let enrolment = Enrolment::begin(holdings.missing.clone()).filter(|_| !waits);
    enrolment.map(|enrolment| enrolment.within(holdings.grace))
}

/// A session that is asked for more. What its owner has proven is old by now, so whatever they have is asked first.
pub(super) fn resumed(login: Login, holdings: Holdings, now: Timestamp) -> Step {
    let fresh = |proof: &Authentication| now.since(proof.at()) < enrolment::FRESH;
    let newest = login.authentications.last().is_some_and(fresh);
    let met = login.need.is_met_by(&login.authentications, now);
    if newest
        && met
        && let Some(enrolment) = demanded(&login, &holdings)
    {
        return enrolling(login, (enrolment, holdings.changes));
    }
    let next = first_question(&login, &holdings.offers).map_or(Next::AskPassword, Next::Choose);
    stay(login, next)
}

pub(super) fn enrol(login: Login, stepped: enrolment::Step, now: Timestamp) -> Step {
    match stepped {
        enrolment::Step::Goes(enrolment) => enrolling(login, (enrolment, Changes::Free)),
        enrolment::Step::Finished if login.need.is_met_by(&login.authentications, now) => Step {
            login: Login {
                state: State::Finished(Answered::Enrolment),
                ..login
            },
            next: Next::Open,
            audit: None,
        },
        // What counts was proven, and is too old by now: nothing must be set up for that, only proven anew.
        enrolment::Step::Finished if login.need.at_any_age().is_met_by(&login.authentications, now) => {
            end(login, LoginEnd::Abandoned)
        }
        enrolment::Step::Finished => {
            let counting = Piece::one_of(&ENROLABLE, |method| login.need.accepts(method));
            match Enrolment::begin(vec![counting]) {
                Some(enrolment) => enrolling(login, (enrolment, Changes::Free)),
                None => end(login, LoginEnd::NotEnrolled),
            }
        }
    }
}

pub(super) fn enrolling(login: Login, (enrolment, changes): (Enrolment, Changes)) -> Step {
    if changes == Changes::Frozen && !is_full(&login.authentications) {
        return end(login, LoginEnd::ChangesFrozen);
    }
    let login = Login {
        state: State::Enrolling(enrolment),
        ..login
    };
    stay(login, Next::Enrol)
}

/// What was left unfinished, if this login may set it up: the password alone sets nothing up where something is.
pub(super) fn taken_up(login: &Login, holdings: &Holdings) -> Option<(AuthenticatorId, Method)> {
    let may = is_full(&login.authentications) || !holdings.enrolled.has_second_factor();
    holdings.unfinished.filter(|_| may && holdings.changes == Changes::Free)
}

/// The first second factor that would bring the login further.
fn first_question(login: &Login, offers: &[Offer]) -> Option<Offer> {
    offers.iter().copied().find(|offer| login.need.accepts(offer.method))
}
