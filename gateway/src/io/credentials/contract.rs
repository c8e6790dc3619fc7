//! What all credentials must do, as tests by name; each wants credentials without anything in them.

mod notices;

use super::{Alarms, Charged, Credentials, Fault, Opening, Revoked, Scope, Selection, Spent};
use crate::domain::assurance::{Authentication, Method, Prover};
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::domain::authenticator::challenge::{Challenge, Code};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::totp::{Digits, LastStep, Totp};
use crate::domain::authenticator::{Authenticator, Kind, Response, Unspent, Verdict};
use crate::domain::id::{AuthenticatorId, ChallengeId, ChargeId, Id, LoginId, SessionId, UserId};
use crate::domain::secret::{KeyedHash, Secret, Token};
use crate::domain::session::Session;
use crate::domain::throttle::{Attempt, From, Room, SECOND_FACTOR};
use crate::domain::time::Timestamp;
use futures_util::future::join_all;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;

/// A test: panics where the credentials broke their word, and returns the fault where they did not answer.
pub type Test = fn(Arc<dyn Credentials>) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

/// Every test and its name.
pub fn contract() -> impl Iterator<Item = &'static (&'static str, Test)> {
    CONTRACT.iter().chain(notices::CONTRACT)
}

const CONTRACT: &[(&str, Test)] = &[
    ("of_many_parallel_attempts_ten_are_counted", |it| {
        Box::pin(of_many_parallel_attempts_ten_are_counted(it))
    }),
    ("a_refund_makes_room", |it| Box::pin(a_refund_makes_room(it))),
    ("what_is_forgiven_counts_no_more", |it| Box::pin(what_is_forgiven(it))),
    ("the_last_attempt_is_told_of_once", |it| {
        Box::pin(the_last_attempt_is_told_of_once(it))
    }),
    ("budgets_are_apart", |it| Box::pin(budgets_are_apart(it))),
    ("of_many_logins_one_spends_a_challenge", |it| {
        Box::pin(of_many_logins_one_spends_a_challenge(it))
    }),
    ("a_step_is_spent_once_and_never_an_earlier_one", |it| {
        Box::pin(a_step_is_spent_once(it))
    }),
    ("authenticators_come_back_as_enrolled", |it| {
        Box::pin(authenticators_come_back(it))
    }),
    ("opening_twice_opens_once", |it| Box::pin(opening_twice_opens_once(it))),
    ("what_is_ended_is_in_the_log", |it| {
        Box::pin(what_is_ended_is_in_the_log(it))
    }),
    ("sweeping_forgets_only_what_is_old", |it| {
        Box::pin(sweeping_forgets_only_what_is_old(it))
    }),
];

const USER: UserId = UserId::from_bytes([1; 16]);
const NOW: i64 = 1_000_000_000;

async fn of_many_parallel_attempts_ten_are_counted(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    it.ping().await?;
    let scope = Scope("second-factor:x".into());
    let tries = (0..40_u8).map(|number| charge(&it, &scope, number));
    let counted = join_all(tries)
        .await
        .into_iter()
        .filter(|charged| matches!(charged, Ok(Charged::Counted(_))))
        .count();
    assert_eq!(counted, 10);
    Ok(())
}

async fn a_refund_makes_room(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    let scope = Scope("second-factor:x".into());
    for number in 0..10 {
        assert!(matches!(charge(&it, &scope, number).await?, Charged::Counted(_)));
    }
    assert!(matches!(charge(&it, &scope, 10).await?, Charged::MustWait(_)));
    it.refund(&[(scope.clone(), SECOND_FACTOR)], ChargeId::from_bytes([3; 16]))
        .await?;
    assert!(matches!(charge(&it, &scope, 11).await?, Charged::Counted(_)));
    Ok(())
}

async fn what_is_forgiven(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    let scope = Scope("second-factor:x".into());
    it.forgive(&scope, record(1)).await?;
    for number in 0..10 {
        assert!(matches!(charge(&it, &scope, number).await?, Charged::Counted(_)));
    }
    assert!(matches!(charge(&it, &scope, 10).await?, Charged::MustWait(_)));
    it.forgive(&scope, record(2)).await?;
    assert!(matches!(charge(&it, &scope, 11).await?, Charged::Counted(_)));
    Ok(())
}

async fn the_last_attempt_is_told_of_once(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    let scope = Scope("second-factor:x".into());
    for number in 0..10 {
        let expected = if number == 9 { Room::Gone } else { Room::Left };
        assert_eq!(
            charge(&it, &scope, number).await?,
            Charged::Counted(expected),
            "{number}"
        );
    }
    let alarms = (0..20_u8).map(|number| {
        let named = |first, event| AuditRecord {
            id: Id::from_bytes([number + first; 16]),
            event,
            ..record(number)
        };
        let alarms = Alarms {
            user: USER,
            locked: named(100, AuditEvent::SecondFactorLocked),
            compromised: named(150, AuditEvent::PasswordCompromised),
        };
        it.raise_alarm(&scope, alarms)
    });
    for raised in join_all(alarms).await {
        raised?;
    }
    let selection = |kind: &str| Selection {
        since: at(-10),
        user: Some(USER),
        kind: kind.to_owned(),
        most: 100,
    };
    assert_eq!(it.audit(&selection("second_factor_locked")).await?.len(), 1);
    assert_eq!(it.audit(&selection("password_compromised")).await?.len(), 0);
    Ok(())
}

async fn budgets_are_apart(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    for number in 0..11 {
        let _ = charge(&it, &Scope("one".into()), number).await?;
    }
    assert!(matches!(
        charge(&it, &Scope("two".into()), 0).await?,
        Charged::Counted(_)
    ));
    Ok(())
}

async fn of_many_logins_one_spends_a_challenge(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    let spends = (0..40_u8).map(|number| it.commit(mailbox_answer(), login(number), record(number)));
    let outcomes = join_all(spends).await;
    let ours = |spent: &Result<Spent, Fault>| matches!(spent, Ok(Spent::Ours(_)));
    assert_eq!(outcomes.iter().filter(|spent| ours(spent)).count(), 1);
    let winner = outcomes
        .iter()
        .position(ours)
        .and_then(|at| u8::try_from(at).ok())
        .unwrap_or_default();
    for number in 0..40 {
        let again = it.commit(mailbox_answer(), login(number), record(100 + number)).await;
        assert_eq!(
            ours(&again),
            number == winner,
            "the winner is shown its result again, others never"
        );
    }
    Ok(())
}

async fn a_step_is_spent_once(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    it.add_authenticator(USER, &app(LastStep::Never), None, record(1))
        .await?;
    for (who, second, expected) in [
        (1, 59, true),
        (1, 59, true),
        (2, 59, false),
        (2, 30, false),
        (2, 119, true),
        (3, 59, false),
    ] {
        let spent = it.commit(app_answer(second), login(who), record(who)).await?;
        assert_eq!(
            matches!(spent, Spent::Ours(_)),
            expected,
            "login {who} at second {second}"
        );
    }
    let kept = it.authenticators(USER).await?;
    let last = kept.iter().find_map(|one| match &one.kind {
        Kind::Totp(totp) => Some(totp.last_step()),
        Kind::Phone(_) | Kind::Mailbox(_) | Kind::EmergencyCodes(_) => None,
    });
    assert_eq!(last, Some(LastStep::Step(3)));
    Ok(())
}

async fn authenticators_come_back(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    it.add_authenticator(USER, &app(LastStep::Never), None, record(1))
        .await?;
    it.add_authenticator(USER, &mailbox(), None, record(2)).await?;
    let kept = it.authenticators(USER).await?;
    assert_eq!(
        kept.iter().map(Authenticator::method).collect::<Vec<_>>(),
        [Method::Totp, Method::Email]
    );
    assert!(it.authenticators(UserId::from_bytes([2; 16])).await?.is_empty());
    Ok(())
}

async fn opening_twice_opens_once(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    let device = Token::from_bytes([5; 32]).hash();
    for number in 1..=2 {
        it.open_session(opening(&session(1)), record(number)).await?;
        it.know_device(USER, device, (at(number.into()), IpAddr::V4(Ipv4Addr::LOCALHOST)))
            .await?;
    }
    assert_eq!(it.sessions(USER, at(0)).await?.len(), 1);
    assert!(it.knows_device(USER, device).await?);
    let known = it.devices(USER).await?;
    assert_eq!(
        known.iter().map(|one| (one.since, one.used_at)).collect::<Vec<_>>(),
        [(at(1), Some(at(2)))]
    );
    let other = UserId::from_bytes([2; 16]);
    assert!(!it.forget_device(other, device, record(8)).await?);
    assert!(it.forget_device(USER, device, record(9)).await?);
    assert!(!it.knows_device(USER, device).await?);
    it.know_device(USER, device, (at(3), IpAddr::V4(Ipv4Addr::LOCALHOST)))
        .await?;
    assert!(!it.knows_device(UserId::from_bytes([2; 16]), device).await?);
    assert!(it.sessions(USER, at(7_200)).await?.is_empty(), "over by then");
    Ok(())
}

async fn what_is_ended_is_in_the_log(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    let session = session(1);
    it.open_session(opening(&session), record(1)).await?;
    it.end_session(session.id, record(2)).await?;
    assert!(it.sessions(USER, at(0)).await?.is_empty());
    let lines = it.revocations(at(-1)).await?;
    assert!(lines.iter().any(|line| line.what == Revoked::Session(session.id)));
    assert!(it.revocations(at(1)).await?.is_empty());
    Ok(())
}

async fn sweeping_forgets_only_what_is_old(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    let (scope, session) = (Scope("second-factor:x".into()), session(1));
    let _ = charge(&it, &scope, 1).await?;
    it.end_session(session.id, record(2)).await?;
    it.sweep(at(-1)).await?;
    assert_eq!(it.revocations(at(-1)).await?.len(), 1);
    it.sweep(at(10)).await?;
    assert!(it.revocations(at(-1)).await?.is_empty());
    for number in 2..11 {
        assert!(matches!(charge(&it, &scope, number).await?, Charged::Counted(_)));
    }
    assert!(
        matches!(charge(&it, &scope, 11).await?, Charged::MustWait(_)),
        "second-factor failures are never swept"
    );
    Ok(())
}

async fn charge(it: &Arc<dyn Credentials>, scope: &Scope, number: u8) -> Result<Charged, Fault> {
    let attempt = Attempt {
        id: ChargeId::from_bytes([number; 16]),
        at: at(0),
        from: From::KnownDevice,
    };
    it.charge(&[(scope.clone(), SECOND_FACTOR)], attempt).await
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(NOW + second * 1000)
}

fn login(number: u8) -> LoginId {
    LoginId::from_bytes([number; 16])
}

fn record(number: u8) -> AuditRecord {
    AuditRecord {
        id: Id::from_bytes([number; 16]),
        at: at(0),
        user: Some(USER),
        origin: Origin::Program,
        event: AuditEvent::PasswordAccepted,
    }
}

fn session(number: u8) -> Session {
    let authentications = vec![Authentication::proven(Method::Password, Prover::Password, at(0))];
    Session {
        id: SessionId::from_bytes([number; 16]),
        user: USER,
        authentications,
        opened_at: at(0),
        last_seen_at: at(0),
    }
}

fn opening(session: &Session) -> Opening<'_> {
    Opening {
        session,
        ends_at: at(3_600),
        source: IpAddr::V4(Ipv4Addr::LOCALHOST),
    }
}

fn app(last_step: LastStep) -> Authenticator {
    let totp = Totp::new(Secret::new(b"12345678901234567890".to_vec()), Digits::Eight, last_step);
    Authenticator::new(
        AuthenticatorId::from_bytes([1; 16]),
        "phone".into(),
        Kind::Totp(totp),
        at(0),
    )
}

#[expect(clippy::panic, reason = "panicking is how a contract fails")]
fn mailbox() -> Authenticator {
    let mailbox = Mailbox::parse("ann@example.com").unwrap_or_else(|error| panic!("{error}"));
    Authenticator::new(
        AuthenticatorId::from_bytes([2; 16]),
        String::new(),
        Kind::Mailbox(mailbox),
        at(0),
    )
}

/// The right answer of the app at one of these moments (RFC 6238 appendix B has the first; the others were computed
/// by another implementation).
#[expect(clippy::panic, reason = "panicking is how a contract fails")]
fn app_answer(second: i64) -> Unspent {
    let digits = match second {
        30..=59 => "94287082",
        90..=119 => "26969429",
        other => panic!("no answer for second {other}"),
    };
    let code = Code::parse(digits, 8).unwrap_or_else(|| panic!("{digits} is no code"));
    match app(LastStep::Never).verify(&Response::Digits(code), Timestamp::from_millis(second * 1000)) {
        Verdict::Correct(unspent) => unspent,
        Verdict::Wrong => panic!("{digits} is wrong at second {second}"),
    }
}

#[expect(clippy::panic, reason = "panicking is how a contract fails")]
fn mailbox_answer() -> Unspent {
    let (mailbox, hash) = (mailbox(), KeyedHash::from_bytes([9; 32]));
    let challenge = Challenge {
        id: ChallengeId::from_bytes([4; 16]),
        authenticator: mailbox.id,
        answer: hash,
        at: at(0),
    };
    match mailbox.verify(&Response::Sent(&challenge, hash), at(0)) {
        Verdict::Correct(unspent) => unspent,
        Verdict::Wrong => panic!("the right answer is wrong"),
    }
}
