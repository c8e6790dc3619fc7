//! What all credentials must do about notices and objections.

use super::{Test, USER, app, at, mailbox, opening, record, session};
use crate::domain::assurance::{Authentication, Method, Prover};
use crate::domain::audit::{AuditEvent, AuditRecord};
use crate::domain::authenticator::Authenticator;
use crate::domain::authenticator::totp::LastStep;
use crate::domain::id::{AuthenticatorId, Id};
use crate::domain::notice::{Changes, Notice};
use crate::io::Fault;
use crate::io::credentials::{Credentials, Keep, NextTry, Objected, Removed, Reset};
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;

/// Every test and its name.
pub(super) const CONTRACT: &[(&str, Test)] = &[
    ("a_change_is_claimed_by_one_and_again_when_the_lease_is_over", |it| {
        Box::pin(a_change_is_claimed_by_one(it))
    }),
    ("an_objection_takes_what_was_added_and_everything_since", |it| {
        Box::pin(an_objection_takes_what_was_added(it))
    }),
    ("an_objection_brings_nothing_back", |it| {
        Box::pin(an_objection_brings_nothing_back(it))
    }),
    ("nothing_that_was_under_way_comes_through_after_an_objection", |it| {
        Box::pin(nothing_that_was_under_way_comes_through(it))
    }),
    (
        "an_objection_to_a_planned_removal_stops_it_or_takes_what_came_of_it",
        |it| Box::pin(an_objection_to_a_planned_removal(it)),
    ),
    ("two_factors_lift_what_an_objection_froze", |it| {
        Box::pin(two_factors_lift_what_an_objection_froze(it))
    }),
    (
        "a_planned_removal_comes_when_it_is_due_and_not_when_it_was_cancelled",
        |it| Box::pin(a_planned_removal_comes_when_it_is_due(it)),
    ),
];

const LEASE: Duration = Duration::from_secs(60);

async fn a_change_is_claimed_by_one(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    it.add_authenticator(USER, &mailbox(), None, added(1, 2)).await?;
    it.record(record(2)).await?;
    let claims = join_all((0..20).map(|_| it.claim_notices(at(0), LEASE))).await;
    let mut got = Vec::new();
    for claim in claims {
        got.extend(claim?);
    }
    let [due] = got.as_slice() else {
        return Err(broken(&format!("claimed {} times", got.len())));
    };
    assert_eq!((due.notice.id, due.tries), (Id::from_bytes([1; 16]), 1));
    // Whoever claimed it died.
    let again = it.claim_notices(at(60), LEASE).await?;
    assert_eq!(again.iter().map(|due| due.tries).collect::<Vec<_>>(), [2]);
    let told = ["one".to_owned(), "two".to_owned()];
    let id = due.notice.id;
    it.settle_notice((id, 2), &told, NextTry::At(at(300))).await?;
    // The one that was thought dead comes back, too late.
    it.settle_notice((id, 1), &[], NextTry::At(at(10))).await?;
    assert!(it.claim_notices(at(299), LEASE).await?.is_empty());
    let third = it.claim_notices(at(300), LEASE).await?;
    assert_eq!(third.iter().map(|due| due.told.clone()).collect::<Vec<_>>(), [told]);
    it.settle_notice((id, 3), &[], NextTry::Never(record(3))).await?;
    assert!(it.claim_notices(at(100_000), LEASE).await?.is_empty());
    assert!(it.notice(due.notice.id).await?.is_some(), "it can be objected to");
    it.sweep(at(0)).await?;
    assert!(it.notice(due.notice.id).await?.is_some());
    it.sweep(at(11 * 24 * 3600)).await?;
    assert!(it.notice(due.notice.id).await?.is_none());
    Ok(())
}

async fn an_objection_takes_what_was_added(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    it.add_authenticator(USER, &mailbox(), None, at_second(added(1, 2), -10))
        .await?;
    it.add_authenticator(USER, &app(LastStep::Never), None, added(2, 1))
        .await?;
    let notice = notice(&it, 2).await?;
    let objections = join_all((10..30).map(|number| it.object(&notice, objected(number, 2)))).await;
    let mut effects = 0;
    for objection in objections {
        effects += usize::from(objection? == Objected::Now);
    }
    assert_eq!(effects, 1);
    assert_eq!(kinds(&it).await?, [Method::Email]);
    assert_eq!(it.restrictions(USER).await?.changes, Changes::Frozen);
    assert!(it.notice(notice.id).await?.is_none());
    it.unfreeze(USER, record(40)).await?;
    assert_eq!(it.restrictions(USER).await?.changes, Changes::Free);

    // An earlier change takes everything after it along.
    let another = Authenticator {
        id: AuthenticatorId::from_bytes([6; 16]),
        ..app(LastStep::Never)
    };
    it.add_authenticator(USER, &another, None, at_second(added(41, 6), 5))
        .await?;
    let earlier = self::notice(&it, 1).await?;
    assert_eq!(it.object(&earlier, at_second(objected(42, 1), 6)).await?, Objected::Now);
    assert!(kinds(&it).await?.is_empty());
    Ok(())
}

async fn an_objection_brings_nothing_back(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    let app = app(LastStep::Step(7));
    it.add_authenticator(USER, &app, None, at_second(added(1, 1), -10))
        .await?;
    let event = AuditEvent::AuthenticatorRemoved {
        method: Method::Totp,
        authenticator: app.id,
    };
    let removal = AuditRecord { event, ..record(2) };
    let removed = it.remove_authenticator(USER, app.id, Keep::Nothing, removal).await?;
    assert_eq!(removed, Removed::Done);
    let gone: Vec<_> = it.contacts(USER).await?.iter().map(|one| one.removed_at).collect();
    assert_eq!(gone, [Some(at(0))]);
    let notice = notice(&it, 2).await?;
    assert_eq!(it.object(&notice, at_second(objected(3, 2), 1)).await?, Objected::Now);
    assert!(kinds(&it).await?.is_empty());
    assert_eq!(it.restrictions(USER).await?.changes, Changes::Frozen);
    Ok(())
}

async fn nothing_that_was_under_way_comes_through(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    it.add_authenticator(USER, &mailbox(), None, added(1, 2)).await?;
    let first = notice(&it, 1).await?;
    assert_eq!(it.object(&first, at_second(objected(2, 1), 5)).await?, Objected::Now);
    let late = it
        .add_authenticator(USER, &app(LastStep::Never), None, at_second(added(3, 1), 4))
        .await;
    assert!(late.is_err(), "decided before the objection");
    assert!(kinds(&it).await?.is_empty());
    it.add_authenticator(USER, &app(LastStep::Never), None, at_second(added(4, 1), 6))
        .await?;
    assert_eq!(kinds(&it).await?, [Method::Totp], "decided after it");
    Ok(())
}

async fn an_objection_to_a_planned_removal(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    let planned = |number| AuditRecord {
        event: AuditEvent::SecondFactorResetPlanned {
            due: at(100),
            reason: "lost".to_owned(),
        },
        ..record(number)
    };
    it.add_authenticator(USER, &mailbox(), None, at_second(added(1, 2), -10))
        .await?;
    it.plan_reset(USER, (at(100), "lost".to_owned()), planned(2)).await?;
    let plan = notice(&it, 2).await?;
    assert_eq!(it.object(&plan, at_second(objected(3, 2), 50)).await?, Objected::Now);
    assert_eq!(it.restrictions(USER).await?.reset_due, None);
    assert_eq!(kinds(&it).await?, [Method::Email], "what was there stays");

    it.plan_reset(USER, (at(100), "lost".to_owned()), at_second(planned(4), 60))
        .await?;
    assert!(
        it.reset_second_factor(USER, Reset::IfDue, at_second(record(5), 100))
            .await?
    );
    assert_eq!(
        it.restrictions(USER).await?.changes,
        Changes::Free,
        "the operator's word lifts the freeze"
    );
    it.add_authenticator(USER, &app(LastStep::Never), None, at_second(added(6, 1), 110))
        .await?;
    let plan = notice(&it, 4).await?;
    assert_eq!(it.object(&plan, at_second(objected(7, 4), 120)).await?, Objected::Now);
    assert!(kinds(&it).await?.is_empty(), "it has happened: what came of it goes");
    Ok(())
}

async fn two_factors_lift_what_an_objection_froze(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    it.add_authenticator(USER, &mailbox(), None, added(1, 2)).await?;
    let notice = notice(&it, 1).await?;
    assert_eq!(it.object(&notice, objected(2, 1)).await?, Objected::Now);
    let mut number = 10;
    for (methods, second, expected) in [
        (&[Method::Password] as &[Method], 1, Changes::Frozen),
        // Proven before the objection.
        (&[Method::Password, Method::Totp], -1, Changes::Frozen),
        (&[Method::Password, Method::Totp], 1, Changes::Free),
    ] {
        number += 1;
        let mut session = session(number);
        session.authentications = methods.iter().map(|method| proof(*method, second)).collect();
        it.open_session(opening(&session), record(number)).await?;
        assert_eq!(
            it.restrictions(USER).await?.changes,
            expected,
            "{methods:?} at {second}"
        );
    }
    Ok(())
}

async fn a_planned_removal_comes_when_it_is_due(it: Arc<dyn Credentials>) -> Result<(), Fault> {
    it.add_authenticator(USER, &app(LastStep::Never), None, added(1, 1))
        .await?;
    it.add_authenticator(USER, &mailbox(), None, added(2, 2)).await?;
    let plan = || (at(100), "lost".to_owned());
    it.plan_reset(USER, plan(), record(3)).await?;
    assert_eq!(it.restrictions(USER).await?.reset_due, Some(at(100)));
    assert!(it.resets_due(at(99)).await?.is_empty());
    assert!(
        !it.reset_second_factor(USER, Reset::IfDue, at_second(record(4), 99))
            .await?
    );
    assert!(it.cancel_reset(USER, record(5)).await?);
    assert!(!it.cancel_reset(USER, record(6)).await?);
    assert!(
        !it.reset_second_factor(USER, Reset::IfDue, at_second(record(7), 100))
            .await?
    );
    assert_eq!(kinds(&it).await?.len(), 2);

    it.plan_reset(USER, plan(), record(8)).await?;
    assert_eq!(it.resets_due(at(100)).await?, [(USER, "lost".to_owned())]);
    let tries = (10..20).map(|number| it.reset_second_factor(USER, Reset::IfDue, at_second(record(number), 100)));
    let mut done = 0;
    for tried in join_all(tries).await {
        done += usize::from(tried?);
    }
    assert_eq!(done, 1);
    assert!(kinds(&it).await?.is_empty());
    assert_eq!(it.restrictions(USER).await?.reset_due, None);
    Ok(())
}

async fn kinds(it: &Arc<dyn Credentials>) -> Result<Vec<Method>, Fault> {
    let all = it.authenticators(USER).await?;
    Ok(all.iter().map(Authenticator::method).collect())
}

async fn notice(it: &Arc<dyn Credentials>, number: u8) -> Result<Notice, Fault> {
    let notice = it.notice(Id::from_bytes([number; 16])).await?;
    notice.ok_or_else(|| broken("no notice of a change"))
}

fn added(number: u8, authenticator: u8) -> AuditRecord {
    let event = AuditEvent::AuthenticatorAdded {
        method: Method::Totp,
        authenticator: AuthenticatorId::from_bytes([authenticator; 16]),
        replaced: None,
    };
    AuditRecord {
        event,
        ..record(number)
    }
}

fn objected(number: u8, notice: u8) -> AuditRecord {
    let event = AuditEvent::ChangeObjected {
        notice: Id::from_bytes([notice; 16]),
    };
    AuditRecord {
        event,
        ..record(number)
    }
}

fn at_second(record: AuditRecord, second: i64) -> AuditRecord {
    AuditRecord {
        at: at(second),
        ..record
    }
}

fn proof(method: Method, second: i64) -> Authentication {
    let prover = match method {
        Method::Password => Prover::Password,
        Method::Totp | Method::Sms | Method::Voice | Method::Email | Method::Webauthn | Method::EmergencyCode => {
            Prover::Authenticator(AuthenticatorId::from_bytes([1; 16]))
        }
    };
    Authentication::proven(method, prover, at(second))
}

fn broken(why: &str) -> Fault {
    Fault::new("contract", why.to_owned())
}
