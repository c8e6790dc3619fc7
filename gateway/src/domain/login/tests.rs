//! Every state meets every event.

use super::super::assurance::{Level, MaxAge, Prover};
use super::super::id::ChallengeId;
use super::super::secret::KeyedHash;
use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const APP: Offer = Offer {
    authenticator: AuthenticatorId::from_bytes([1; 16]),
    method: Method::Totp,
};
const PHONE: Offer = Offer {
    authenticator: AuthenticatorId::from_bytes([2; 16]),
    method: Method::Sms,
};

fn need(level: Level) -> Need {
    Need {
        level,
        methods: vec![Method::Totp, Method::Sms],
        max_age: MaxAge::Session,
    }
}

fn login(level: Level, state: State) -> Login {
    let authentications = match state {
        State::Undecided => vec![],
        State::Asking(_) | State::Finished(_) | State::Ended(_) => vec![proof(Method::Password)],
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

fn proof(method: Method) -> Authentication {
    Authentication::proven(method, Prover::Password, NOW)
}

fn asked() -> Asked {
    let answer = KeyedHash::from_bytes([0; 32]);
    Asked::Sent(Challenge {
        id: ChallengeId::from_bytes([5; 16]),
        authenticator: PHONE.authenticator,
        answer,
        at: NOW,
    })
}

/// What comes of a step, in a word each: the new state and what happens next.
fn after(login: Login, event: Event) -> (&'static str, &'static str) {
    let step = step(login, event, NOW);
    let state = match step.login.state {
        State::Undecided => "undecided",
        State::Asking(_) => "asking",
        State::Finished(_) => "finished",
        State::Ended(_) => "ended",
    };
    let next = match step.next {
        Next::Choose(_) => "choose",
        Next::Ask(_) => "ask",
        Next::AskPassword => "password",
        Next::Open => "open",
        Next::Refuse(_) => "refuse",
    };
    (state, next)
}

#[test]
fn a_password_leads_to_a_question_a_session_or_nowhere() {
    let password = |offers: &[Offer]| Event::Proven(proof(Method::Password), offers.to_vec());
    let new = |level| login(level, State::Undecided);
    assert_eq!(after(new(Level::OneFactor), password(&[APP])), ("finished", "open"));
    assert_eq!(
        after(new(Level::TwoFactor), password(&[APP, PHONE])),
        ("undecided", "choose")
    );
    assert_eq!(after(new(Level::TwoFactor), password(&[])), ("ended", "refuse"));
    assert_eq!(
        after(new(Level::PhishingResistant), password(&[APP, PHONE])),
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
            Event::Resumed(vec![APP]),
            Event::Chosen(asked(), Method::Sms),
            Event::Wrong(Method::Sms),
            Event::Abandoned,
            Event::Proven(proof(Method::Password), vec![APP]),
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
        after(asking(), Event::Proven(proof(Method::Sms), vec![APP, PHONE])),
        ("finished", "open")
    );
    assert_eq!(after(asking(), Event::Wrong(Method::Sms)), ("asking", "ask"));
    assert_eq!(after(asking(), Event::Chosen(asked(), Method::Sms)), ("asking", "ask"));
    assert_eq!(after(asking(), Event::Abandoned), ("ended", "refuse"));
}

#[test]
fn a_finished_login_shows_its_result_to_the_same_answer_only() {
    let finished = || login(Level::TwoFactor, State::Finished(Answered::Question(asked())));
    assert_eq!(
        after(finished(), Event::Proven(proof(Method::Sms), vec![])),
        ("finished", "open")
    );
    assert_eq!(after(finished(), Event::Wrong(Method::Sms)), ("finished", "ask"));
    for event in [
        Event::Resumed(vec![]),
        Event::Chosen(asked(), Method::Sms),
        Event::Abandoned,
    ] {
        assert_eq!(after(finished(), event), ("ended", "refuse"));
    }
}

#[test]
fn an_ended_login_stays_ended() {
    for event in [
        Event::Proven(proof(Method::Sms), vec![APP]),
        Event::Resumed(vec![APP]),
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
    assert_eq!(after(raise.clone(), Event::Resumed(vec![APP])), ("undecided", "choose"));
    assert_eq!(after(raise.clone(), Event::Resumed(vec![])), ("undecided", "password"));
    assert_eq!(
        after(raise, Event::Proven(proof(Method::Totp), vec![APP])),
        ("finished", "open")
    );
}
