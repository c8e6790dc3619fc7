//! Random interleavings of a login against a model that is simple enough to be seen to be right: what was proven, and
//! whether it is over.

use super::tests::{APP, PHONE, asked, has, lacks, need, proof};
use super::*;
use crate::domain::assurance::Level;
use proptest::prelude::*;

/// What happens, in words that can be drawn.
#[derive(Clone, Copy, Debug)]
enum Act {
    Prove(Method),
    Resume,
    Choose,
    Wrong,
    Exhaust,
    Drop,
    Keep,
    Postpone,
    SetUp(Method),
    Abandon,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let methods = prop::sample::select(vec![Method::Totp, Method::Sms, Method::Email, Method::Password]);
    let act = prop_oneof![
        4 => methods.clone().prop_map(Act::Prove),
        1 => Just(Act::Resume),
        3 => Just(Act::Choose),
        3 => Just(Act::Wrong),
        1 => Just(Act::Exhaust),
        1 => Just(Act::Drop),
        1 => Just(Act::Keep),
        1 => Just(Act::Postpone),
        1 => methods.prop_map(Act::SetUp),
        1 => Just(Act::Abandon),
    ];
    prop::collection::vec(act, 1..30)
}

fn holdings(own: u8, missing: bool) -> Holdings {
    let offers = [APP, PHONE];
    let offers = offers.split_at(usize::from(own.min(2))).0;
    if missing {
        lacks(offers, &[Method::Totp])
    } else {
        has(offers)
    }
}

fn event(act: Act, holdings: Holdings) -> Event {
    match act {
        Act::Prove(method) => Event::Proven(proof(method), holdings),
        Act::Resume => Event::Resumed(holdings),
        Act::Choose => Event::Chosen(asked(), Method::Sms),
        Act::Wrong => Event::Wrong(Method::Sms),
        Act::Exhaust => Event::Exhausted,
        Act::Drop => Event::Enrolling(enrolment::Event::Dropped),
        Act::Keep => Event::Enrolling(enrolment::Event::Kept),
        Act::Postpone => Event::Enrolling(enrolment::Event::Postponed),
        Act::SetUp(method) => Event::Enrolled(proof(method)),
        Act::Abandon => Event::Abandoned,
    }
}

/// The model: all that may ever have been proven, and whether it is over.
#[derive(Default)]
struct Model {
    proven: Vec<Method>,
    over: Option<LoginEnd>,
}

impl Model {
    fn may_open(&self, level: Level) -> bool {
        let second = [Method::Totp, Method::Sms].iter().any(|one| self.proven.contains(one));
        let password = self.proven.contains(&Method::Password);
        let enough = match level {
            Level::OneFactor => !self.proven.is_empty(),
            Level::TwoFactor => second && password,
            Level::PhishingResistant => false,
        };
        self.over.is_none() && enough
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_interleaving_opens_what_the_model_keeps_shut(
        acts in acts(),
        own in 0_u8..3,
        missing in any::<bool>(),
        two in any::<bool>(),
    ) {
        let level = if two { Level::TwoFactor } else { Level::OneFactor };
        let begun = Login::begin(LoginId::from_bytes([3; 16]), UserId::from_bytes([4; 16]), need(level), super::tests::NOW);
        let (mut login, mut model) = (begun, Model::default());
        // As in life, the password comes first.
        for act in std::iter::once(Act::Prove(Method::Password)).chain(acts) {
            let before = login.authentications.len();
            let finished = matches!(login.state, State::Finished(_));
            if let Act::Prove(method) | Act::SetUp(method) = act {
                model.proven.push(method);
            }
            let stepped = step(login, event(act, holdings(own, missing)), super::tests::NOW);
            if let Next::Open = stepped.next {
                prop_assert!(model.may_open(level), "{act:?} opened with {:?}", model.proven);
            }
            if let Some(why) = model.over {
                prop_assert!(matches!(stepped.next, Next::Refuse(end) if end == why), "{act:?} went on after {why:?}");
            }
            if let State::Ended(why) = stepped.login.state {
                model.over.get_or_insert(why);
            }
            if let Act::Exhaust = act {
                let kept = if finished {
                    matches!(stepped.login.state, State::Finished(_))
                } else {
                    matches!(stepped.login.state, State::Ended(_))
                };
                prop_assert!(kept, "it went on after the last try, or a finished one did not stay");
            }
            let grew = stepped.login.authentications.len() - before;
            prop_assert!(grew <= usize::from(matches!(act, Act::Prove(_) | Act::SetUp(_))), "{act:?} proved something");
            login = stepped.login;
        }
    }
}
