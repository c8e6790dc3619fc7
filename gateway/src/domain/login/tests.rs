//! Every state meets every event.

use super::super::assurance::{Level, MaxAge, Prover};
use super::super::id::ChallengeId;
use super::super::secret::KeyedHash;
use super::*;

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_000_000);
pub(super) const APP: Offer = Offer {
    authenticator: AuthenticatorId::from_bytes([1; 16]),
    method: Method::Totp,
};
pub(super) const PHONE: Offer = Offer {
    authenticator: AuthenticatorId::from_bytes([2; 16]),
    method: Method::Sms,
};

pub(super) fn need(level: Level) -> Need {
    Need {
        level,
        methods: vec![Method::Totp, Method::Sms],
        max_age: MaxAge::Session,
    }
}

fn login(level: Level, state: State) -> Login {
    let authentications = match state {
        State::Undecided => vec![],
        State::Asking(_) | State::Enrolling(_) | State::Finished(_) | State::Ended(_) => {
            vec![proof(Method::Password)]
        }
    };
    let begun = Login::begin(
        LoginId::from_bytes([3; 16]),
        UserId::from_bytes([4; 16]),
        need(level),
        NOW,
    );
    Login {
        authentications,
        state,
        ..begun
    }
}

pub(super) fn proof(method: Method) -> Authentication {
    Authentication::proven(method, Prover::Password, NOW)
}

pub(super) fn asked() -> Asked {
    let answer = KeyedHash::from_bytes([0; 32]);
    Asked::Sent(Challenge {
        id: ChallengeId::from_bytes([5; 16]),
        authenticator: PHONE.authenticator,
        answer,
        at: NOW,
    })
}

/// Somebody with these, who lacks nothing.
pub(super) fn has(offers: &[Offer]) -> Holdings {
    Holdings {
        unfinished: None,
        offers: offers.to_vec(),
        enrolled: Enrolled::new(offers.iter().map(|offer| offer.method).collect()),
        missing: Vec::new(),
        grace: Grace::Over,
        changes: Changes::Free,
    }
}

/// Somebody with these, who must set up another.
pub(super) fn lacks(offers: &[Offer], methods: &[Method]) -> Holdings {
    Holdings {
        missing: vec![Piece::one_of(methods, |_| true)],
        ..has(offers)
    }
}

/// What comes of a step, in a word each: the new state and what happens next.
fn after(login: Login, event: Event) -> (&'static str, &'static str) {
    words(step(login, event, NOW))
}

fn words(step: Step) -> (&'static str, &'static str) {
    let state = match step.login.state {
        State::Undecided => "undecided",
        State::Asking(_) => "asking",
        State::Enrolling(_) => "enrolling",
        State::Finished(_) => "finished",
        State::Ended(_) => "ended",
    };
    let next = match step.next {
        Next::Choose(_) => "choose",
        Next::Ask(_) => "ask",
        Next::Enrol => "enrol",
        Next::AskPassword => "password",
        Next::Open => "open",
        Next::Refuse(_) => "refuse",
    };
    (state, next)
}

#[test]
fn a_password_leads_to_a_question_a_session_or_nowhere() {
    let password = |offers: &[Offer]| Event::Proven(proof(Method::Password), has(offers));
    let new = |level| login(level, State::Undecided);
    assert_eq!(after(new(Level::OneFactor), password(&[APP])), ("finished", "open"));
    assert_eq!(
        after(new(Level::TwoFactor), password(&[APP, PHONE])),
        ("undecided", "choose")
    );
    // Nobody can set up a passkey alone yet; what there is was asked for first.
    assert_eq!(
        after(new(Level::PhishingResistant), password(&[APP, PHONE])),
        ("undecided", "choose")
    );
    let full = Login {
        authentications: vec![proof(Method::Password)],
        ..new(Level::PhishingResistant)
    };
    assert_eq!(
        after(full, Event::Proven(proof(Method::Totp), has(&[APP]))),
        ("ended", "refuse")
    );
}

#[test]
fn no_event_opens_a_session_without_the_second_factor() {
    for state in [
        State::Undecided,
        State::Asking(asked()),
        State::Ended(LoginEnd::NotEnrolled),
    ] {
        for event in [
            Event::Resumed(has(&[APP])),
            Event::Chosen(asked(), Method::Sms),
            Event::Wrong(Method::Sms),
            Event::Exhausted,
            Event::Abandoned,
            Event::Proven(proof(Method::Password), has(&[APP])),
        ] {
            let described = format!("{state:?} {event:?}");
            let (now, next) = after(login(Level::TwoFactor, state.clone()), event);
            assert!(now != "finished" && next != "open", "{described}");
        }
    }
}

#[test]
fn a_right_answer_opens_and_a_wrong_one_asks_again() {
    let asking = || login(Level::TwoFactor, State::Asking(asked()));
    assert_eq!(
        after(asking(), Event::Proven(proof(Method::Sms), has(&[APP, PHONE]))),
        ("finished", "open")
    );
    assert_eq!(after(asking(), Event::Wrong(Method::Sms)), ("asking", "ask"));
    assert_eq!(after(asking(), Event::Chosen(asked(), Method::Sms)), ("asking", "ask"));
    assert_eq!(after(asking(), Event::Abandoned), ("ended", "refuse"));
}

#[test]
fn the_last_try_of_an_account_ends_every_login_under_way() {
    let Some(begun) = Enrolment::begin(vec![Piece::one_of(&[Method::Totp], |_| true)]) else {
        unreachable!()
    };
    for state in [State::Undecided, State::Asking(asked()), State::Enrolling(begun)] {
        let step = step(login(Level::TwoFactor, state), Event::Exhausted, NOW);
        assert!(matches!(step.login.state, State::Ended(LoginEnd::TooManyFailures)));
        assert!(matches!(step.next, Next::Refuse(LoginEnd::TooManyFailures)));
        assert!(matches!(
            step.audit,
            Some(AuditEvent::LoginEnded {
                why: LoginEnd::TooManyFailures,
                ..
            })
        ));
    }
}

#[test]
fn a_finished_login_shows_its_result_to_the_same_answer_only() {
    let finished = || login(Level::TwoFactor, State::Finished(Answered::Question(asked())));
    assert_eq!(
        after(finished(), Event::Proven(proof(Method::Sms), has(&[]))),
        ("finished", "open")
    );
    assert_eq!(after(finished(), Event::Wrong(Method::Sms)), ("finished", "ask"));
    assert_eq!(after(finished(), Event::Exhausted), ("finished", "open"));
    for event in [
        Event::Resumed(has(&[])),
        Event::Chosen(asked(), Method::Sms),
        Event::Abandoned,
    ] {
        assert_eq!(after(finished(), event), ("ended", "refuse"));
    }
}

#[test]
fn an_ended_login_stays_ended() {
    for event in [
        Event::Proven(proof(Method::Sms), has(&[APP])),
        Event::Resumed(has(&[APP])),
        Event::Wrong(Method::Sms),
        Event::Abandoned,
    ] {
        assert_eq!(
            after(login(Level::TwoFactor, State::Ended(LoginEnd::NotEnrolled)), event),
            ("ended", "refuse")
        );
    }
}

#[test]
fn a_step_up_needs_only_what_is_missing() {
    let session = Session {
        id: SessionId::from_bytes([9; 16]),
        user: UserId::from_bytes([4; 16]),
        authentications: vec![proof(Method::Password)],
        opened_at: NOW,
        last_seen_at: NOW,
    };
    let raise = Login::raise(LoginId::from_bytes([3; 16]), &session, need(Level::TwoFactor), NOW);
    assert_eq!(raise.session(), session.id);
    assert_eq!(
        after(raise.clone(), Event::Resumed(has(&[APP]))),
        ("undecided", "choose")
    );
    assert_eq!(
        after(raise.clone(), Event::Resumed(has(&[]))),
        ("undecided", "password")
    );
    assert_eq!(
        after(raise, Event::Proven(proof(Method::Totp), has(&[APP]))),
        ("finished", "open")
    );
}

#[test]
fn the_password_alone_sets_up_only_the_first_second_factor() {
    let new = || login(Level::TwoFactor, State::Undecided);
    let password = |holdings| Event::Proven(proof(Method::Password), holdings);
    for (holdings, expected) in [
        (has(&[]), ("enrolling", "enrol")),
        (lacks(&[], &[Method::Totp]), ("enrolling", "enrol")),
        (lacks(&[APP], &[Method::Sms]), ("undecided", "choose")),
        // Something is there that is not offered any more: only an operator helps.
        (
            Holdings {
                enrolled: Enrolled::new(vec![Method::Voice]),
                ..has(&[])
            },
            ("ended", "refuse"),
        ),
        (
            Holdings {
                changes: Changes::Frozen,
                ..lacks(&[], &[Method::Totp])
            },
            ("ended", "refuse"),
        ),
        (
            Holdings {
                changes: Changes::Frozen,
                ..has(&[])
            },
            ("ended", "refuse"),
        ),
        (
            Holdings {
                changes: Changes::Frozen,
                ..has(&[APP])
            },
            ("undecided", "choose"),
        ),
    ] {
        let described = format!("{holdings:?}");
        assert_eq!(after(new(), password(holdings)), expected, "{described}");
    }
    let asking = || login(Level::TwoFactor, State::Asking(asked()));
    assert_eq!(
        after(
            asking(),
            Event::Proven(proof(Method::Sms), lacks(&[PHONE], &[Method::Totp]))
        ),
        ("enrolling", "enrol")
    );
}

#[test]
fn nothing_opens_before_the_last_piece_is_set_up() {
    let enrolment = || Enrolment::begin(vec![Piece::one_of(&[Method::Totp], |_| true)]);
    let Some(begun) = enrolment() else { unreachable!() };
    let enrolling = || login(Level::TwoFactor, State::Enrolling(begun.clone()));
    for event in [
        Event::Resumed(has(&[APP])),
        Event::Chosen(asked(), Method::Sms),
        Event::Wrong(Method::Totp),
        Event::Proven(proof(Method::Password), has(&[])),
        Event::Enrolling(enrolment::Event::Begun(asked())),
        Event::Enrolling(enrolment::Event::Dropped),
        Event::Enrolling(enrolment::Event::Made),
        Event::Enrolling(enrolment::Event::Kept),
    ] {
        let described = format!("{event:?}");
        assert_eq!(after(enrolling(), event), ("enrolling", "enrol"), "{described}");
    }
    assert_eq!(after(enrolling(), Event::Abandoned), ("ended", "refuse"));
    assert_eq!(
        after(enrolling(), Event::Enrolled(proof(Method::Totp))),
        ("finished", "open")
    );
    // What was set up does not count here: one that does is wanted too.
    assert_eq!(
        after(enrolling(), Event::Enrolled(proof(Method::Sms))),
        ("enrolling", "enrol")
    );
}

#[test]
fn what_may_wait_is_put_off_where_one_factor_is_enough_and_nowhere_else() {
    let password = |holdings| Event::Proven(proof(Method::Password), holdings);
    let app = [Method::Totp];
    let within = |holdings| Holdings {
        grace: Grace::Until(NOW + Duration::from_secs(60)),
        ..holdings
    };
    let not_now = || Event::Enrolling(enrolment::Event::Postponed);
    for (level, holdings, led, put_off) in [
        (
            Level::OneFactor,
            within(lacks(&[], &app)),
            "enrolling",
            ("finished", "open"),
        ),
        (Level::OneFactor, lacks(&[], &app), "enrolling", ("enrolling", "enrol")),
        (
            Level::TwoFactor,
            within(lacks(&[], &app)),
            "enrolling",
            ("enrolling", "enrol"),
        ),
        (Level::TwoFactor, lacks(&[], &app), "enrolling", ("enrolling", "enrol")),
        // With a second factor, the password alone sets nothing up, and is not asked to.
        (
            Level::OneFactor,
            within(lacks(&[PHONE], &app)),
            "finished",
            ("finished", "open"),
        ),
        // Whose changes are frozen is let in where one factor is enough, until the days are over.
        (
            Level::OneFactor,
            Holdings {
                changes: Changes::Frozen,
                ..within(lacks(&[], &app))
            },
            "finished",
            ("finished", "open"),
        ),
    ] {
        let said = format!("{level:?} {holdings:?}");
        let begun = step(login(level, State::Undecided), password(holdings), NOW).login;
        let state = match &begun.state {
            State::Enrolling(_) => "enrolling",
            State::Finished(_) => "finished",
            State::Undecided | State::Asking(_) | State::Ended(_) => "elsewhere",
        };
        assert_eq!(state, led, "{said}");
        assert_eq!(after(begun, not_now()), put_off, "{said}");
    }
}

#[test]
fn what_was_put_off_after_the_proof_grew_old_sets_nothing_up() {
    let begun = Enrolment::begin(vec![Piece::one_of(&[Method::Totp], |_| true)]);
    let begun = begun.map(|begun| begun.within(Grace::Until(NOW + Duration::from_secs(86_400))));
    for (proven, later, expected) in [
        (vec![Method::Password, Method::Sms], 300, ("finished", "open")),
        (vec![Method::Password, Method::Sms], 301, ("ended", "refuse")),
        (vec![Method::Password], 1, ("enrolling", "enrol")),
    ] {
        let Some(begun) = begun.clone() else { unreachable!() };
        let step_up = Login {
            need: Need {
                max_age: MaxAge::Within(Duration::from_secs(300)),
                ..need(Level::TwoFactor)
            },
            authentications: proven.iter().copied().map(proof).collect(),
            ..login(Level::TwoFactor, State::Enrolling(begun))
        };
        let now = NOW + Duration::from_secs(later);
        let not_now = Event::Enrolling(enrolment::Event::Postponed);
        assert_eq!(words(step(step_up, not_now, now)), expected, "{proven:?} {later}");
    }
}
