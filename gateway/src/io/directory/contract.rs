//! What every directory that operators can change must do, as tests by name; each wants a directory without people.

use super::{Added, Changed, Directory, Fault, Moving, PasswordCheck, Recovered, Seen};
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::id::{Id, SessionId, UserId};
use crate::domain::password::Password;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::{PasswordFrom, Secrecy, Standing, User, UserName};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A test: panics where the directory broke its word, and returns the fault where it did not answer.
pub type Test = fn(Arc<dyn Directory>) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

/// Every test and its name.
pub const CONTRACT: &[(&str, Test)] = &[
    ("whoever_was_added_is_found", |it| {
        Box::pin(whoever_was_added_is_found(it))
    }),
    ("a_name_belongs_to_one", |it| Box::pin(a_name_belongs_to_one(it))),
    ("only_the_right_password_of_an_active_user_is_right", |it| {
        Box::pin(only_the_right_password(it))
    }),
    ("a_new_password_outdates_earlier_proofs", |it| {
        Box::pin(a_new_password_outdates(it))
    }),
    ("an_address_of_one_is_found_whatever_its_case", |it| {
        Box::pin(an_address_is_found(it))
    }),
    ("a_recovery_replaces_one_password_and_says_so", |it| {
        Box::pin(a_recovery_replaces_once(it))
    }),
    ("ones_own_password_leaves_ones_own_session", |it| {
        Box::pin(ones_own_password_leaves_ones_own_session(it))
    }),
    ("names_and_addresses_are_changed_where_they_are_kept", |it| {
        Box::pin(names_and_addresses_are_changed_where_they_are_kept(it))
    }),
    ("nobody_cannot_be_changed", |it| Box::pin(nobody_cannot_be_changed(it))),
];

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_000_000);

async fn whoever_was_added_is_found(it: Arc<dyn Directory>) -> Result<(), Fault> {
    it.ping().await?;
    let ann = user(1, "ann");
    assert_eq!(it.add(&ann, record(1)).await?, Added::New);
    for found in [it.user(ann.id).await?, it.find(&ann.name).await?] {
        let found = found.unwrap_or_else(|| user(9, "nobody"));
        assert_eq!(
            (found.id, found.display_name, found.email),
            (ann.id, ann.display_name.clone(), ann.email.clone())
        );
        assert_eq!(found.groups, ["engineers", "staff"]);
    }
    assert!(it.find(&name("ben")).await?.is_none());
    assert_eq!(it.all().await?.len(), 1);
    Ok(())
}

async fn a_name_belongs_to_one(it: Arc<dyn Directory>) -> Result<(), Fault> {
    assert_eq!(it.add(&user(1, "ann"), record(1)).await?, Added::New);
    assert_eq!(it.add(&user(2, "ann"), record(2)).await?, Added::NameTaken);
    assert!(it.user(user(2, "ann").id).await?.is_none());
    Ok(())
}

async fn only_the_right_password(it: Arc<dyn Directory>) -> Result<(), Fault> {
    let ann = user(1, "ann");
    assert_eq!(it.add(&ann, record(1)).await?, Added::New);
    assert!(!is_right(&it, "ann", "").await?, "no password was set yet");
    assert_eq!(
        it.set_password(ann.id, password("correct horse"), record(2)).await?,
        Changed::Done
    );
    for (who, typed, expected) in [
        ("ann", "correct horse", true),
        ("ann", "wrong horse", false),
        ("ben", "correct horse", false),
    ] {
        assert_eq!(is_right(&it, who, typed).await?, expected, "{who} {typed}");
    }
    assert_eq!(
        it.set_standing(ann.id, Standing::Disabled, record(3)).await?,
        Changed::Done
    );
    assert!(!is_right(&it, "ann", "correct horse").await?, "disabled");
    assert_eq!(
        it.set_standing(ann.id, Standing::Active, record(4)).await?,
        Changed::Done
    );
    assert!(is_right(&it, "ann", "correct horse").await?, "enabled again");
    Ok(())
}

async fn a_new_password_outdates(it: Arc<dyn Directory>) -> Result<(), Fault> {
    let ann = user(1, "ann");
    assert_eq!(it.add(&ann, record(1)).await?, Added::New);
    assert_eq!(
        it.set_password(ann.id, password("correct horse"), record(2)).await?,
        Changed::Done
    );
    let found = it.user(ann.id).await?;
    assert_eq!(found.map(|user| user.proofs_since), Some(NOW));
    Ok(())
}

async fn an_address_is_found(it: Arc<dyn Directory>) -> Result<(), Fault> {
    let found = async |address: &str| Ok::<_, Fault>(it.find_by_mailbox(&mailbox(address)).await?.map(|user| user.id));
    let ann = user(1, "ann");
    assert_eq!(it.add(&ann, record(1)).await?, Added::New);
    for address in ["ann@example.com", "ANN@Example.com"] {
        assert_eq!(found(address).await?, Some(ann.id), "{address}");
    }
    for address in ["ann@example.org", "an%@example.com", "ann_example.com@localhost"] {
        assert_eq!(found(address).await?, None, "{address}");
    }
    let again = User {
        email: ann.email.to_uppercase(),
        ..user(2, "ben")
    };
    assert_eq!(it.add(&again, record(2)).await?, Added::AddressTaken);
    assert_eq!(
        it.find(&again.name).await?.map(|user| user.id),
        None,
        "nothing is left of it"
    );
    for (number, who) in [(3, "cleo"), (4, "dan")] {
        let without = User {
            email: String::new(),
            ..user(number, who)
        };
        assert_eq!(
            it.add(&without, record(number)).await?,
            Added::New,
            "no address is nobody's"
        );
    }
    assert_eq!(found("ann@example.com").await?, Some(ann.id));
    Ok(())
}

async fn a_recovery_replaces_once(it: Arc<dyn Directory>) -> Result<(), Fault> {
    let ann = user(1, "ann");
    let by = |number| (Id::from_bytes([number; 16]), ann.email.to_uppercase());
    let from = async || Ok::<_, Fault>(it.user(ann.id).await?.map(|user| user.password_from));
    assert_eq!(it.add(&ann, record(1)).await?, Added::New);
    assert_eq!(
        it.recover_password(ann.id, password("no horse"), by(6), record(10))
            .await?,
        Recovered::Spent,
        "whoever has no password has forgotten none"
    );
    assert_eq!(
        it.set_password(ann.id, password("first horse"), record(11)).await?,
        Changed::Done
    );
    assert_eq!(from().await?, Some(PasswordFrom::Elsewhere));
    for (typed, expected) in [("correct horse", Recovered::Done), ("other horse", Recovered::Spent)] {
        let recovered = it.recover_password(ann.id, password(typed), by(7), record(2)).await?;
        assert_eq!(recovered, expected, "{typed}");
    }
    assert!(is_right(&it, "ann", "correct horse").await?);
    assert_eq!(from().await?, Some(PasswordFrom::Mailbox(NOW)));
    assert_eq!(it.user(ann.id).await?.map(|user| user.proofs_since), Some(NOW));
    assert_eq!(it.trust_mailbox(ann.id, record(3)).await?, Changed::Done);
    assert_eq!(from().await?, Some(PasswordFrom::Elsewhere));

    let elsewhere = (Id::from_bytes([5; 16]), "ann@old.example.com".to_owned());
    let recovered = it.recover_password(ann.id, password("late horse"), elsewhere, record(12));
    assert_eq!(
        recovered.await?,
        Recovered::Spent,
        "mail has been moved since the code went out"
    );
    assert!(is_right(&it, "ann", "correct horse").await?);
    assert_eq!(
        it.recover_password(ann.id, password("third horse"), by(8), record(4))
            .await?,
        Recovered::Done
    );
    for (origin, expected) in [
        (Origin::Program, PasswordFrom::Mailbox(NOW)),
        (Origin::Command, PasswordFrom::Elsewhere),
    ] {
        let record = AuditRecord { origin, ..record(5) };
        let set = it.set_password(ann.id, password("correct horse"), record).await?;
        assert_eq!((set, from().await?), (Changed::Done, Some(expected)));
    }
    assert_eq!(
        from().await?,
        Some(PasswordFrom::Elsewhere),
        "an operator's password is no mailbox's"
    );

    assert_eq!(
        it.set_standing(ann.id, Standing::Disabled, record(6)).await?,
        Changed::Done
    );
    assert_eq!(
        it.recover_password(ann.id, password("fourth horse"), by(9), record(7))
            .await?,
        Recovered::Spent,
        "whoever was disabled gets no password"
    );
    Ok(())
}

async fn nobody_cannot_be_changed(it: Arc<dyn Directory>) -> Result<(), Fault> {
    let nobody = user(1, "nobody").id;
    assert_eq!(
        it.set_standing(nobody, Standing::Disabled, record(1)).await?,
        Changed::NoSuchUser
    );
    assert_eq!(
        it.set_password(nobody, password("correct horse"), record(2)).await?,
        Changed::NoSuchUser
    );
    Ok(())
}

async fn is_right(it: &Arc<dyn Directory>, who: &str, typed: &str) -> Result<bool, Fault> {
    Ok(match check(it.as_ref(), &name(who), typed).await? {
        PasswordCheck::Correct(user, _) => user.name == name(who),
        PasswordCheck::Wrong | PasswordCheck::Busy => false,
    })
}

/// What a directory says of a password that somebody types.
pub(super) async fn check(it: &dyn Directory, name: &UserName, typed: &str) -> Result<PasswordCheck, Fault> {
    match it.place(None) {
        Some(place) => it.check_password(name, password(typed), place).await,
        None => Ok(PasswordCheck::Busy),
    }
}

async fn ones_own_password_leaves_ones_own_session(it: Arc<dyn Directory>) -> Result<(), Fault> {
    let ann = user(1, "ann");
    assert_eq!(it.add(&ann, record(1)).await?, Added::New);
    let stale = seen(Timestamp::from_millis(77));
    let change = async |of, number| {
        it.change_password(ann.id, password("own horse"), of, record(number))
            .await
    };
    assert_eq!(
        change(stale, 2).await?,
        Changed::NoSuchUser,
        "something outdated the session"
    );
    assert!(!is_right(&it, "ann", "own horse").await?);
    assert_eq!(change(seen(ann.proofs_since), 3).await?, Changed::Done);
    assert!(is_right(&it, "ann", "own horse").await?);
    let now = it.user(ann.id).await?;
    let now = now.map(|user| (user.proofs_since, user.outlasting));
    assert_eq!(now, Some((NOW, Some(HERE))));
    // Whatever outdates proofs later outdates this session's too, though it does not know of it.
    let later = AuditRecord {
        at: NOW + Duration::from_millis(1),
        ..record(4)
    };
    assert_eq!(it.set_standing(ann.id, Standing::Disabled, later).await?, Changed::Done);
    assert_eq!(it.user(ann.id).await?.and_then(|user| user.outlasting), None);
    Ok(())
}

async fn names_and_addresses_are_changed_where_they_are_kept(it: Arc<dyn Directory>) -> Result<(), Fault> {
    let Some(profiles) = it.profiles() else {
        return Ok(());
    };
    let ann = user(1, "ann");
    assert_eq!(it.add(&ann, record(1)).await?, Added::New);
    assert_eq!(
        profiles.rename(ann.id, "Ann Newname".into(), record(2)).await?,
        Changed::Done
    );
    let moving = |from: &str| Moving {
        from: from.to_owned(),
        former: None,
        to: "ann@new.example.com".to_owned(),
    };
    let moved = profiles
        .move_mail(
            ann.id,
            moving("somebody@example.com"),
            seen(ann.proofs_since),
            record(3),
        )
        .await?;
    assert_eq!(moved, Changed::NoSuchUser, "it was moved meanwhile");
    let outdated = seen(Timestamp::from_millis(77));
    let moved = profiles.move_mail(ann.id, moving(&ann.email), outdated, record(6));
    assert_eq!(moved.await?, Changed::NoSuchUser, "something outdated the session");
    let elsewhere = User {
        email: "Ann@NEW.example.com".into(),
        ..user(3, "anna")
    };
    assert_eq!(it.add(&elsewhere, record(7)).await?, Added::New);
    let moved = profiles.move_mail(ann.id, moving(&ann.email), seen(ann.proofs_since), record(8));
    assert_eq!(moved.await?, Changed::AddressTaken, "somebody else's mail goes there");
    let (from, to) = (elsewhere.email.clone(), "anna@example.com".to_owned());
    let away = Moving { from, to, former: None };
    let moved = profiles.move_mail(elsewhere.id, away, seen(elsewhere.proofs_since), record(9));
    assert_eq!(moved.await?, Changed::Done);
    let moved = profiles.move_mail(ann.id, moving(&ann.email), seen(ann.proofs_since), record(4));
    assert_eq!(moved.await?, Changed::Done);
    let now = it.user(ann.id).await?.map(|user| (user.display_name, user.email));
    assert_eq!(now, Some(("Ann Newname".into(), "ann@new.example.com".into())));
    let nobody = user(2, "ben").id;
    assert_eq!(
        profiles.rename(nobody, "Ben".into(), record(5)).await?,
        Changed::NoSuchUser
    );
    Ok(())
}

const HERE: SessionId = SessionId::from_bytes([9; 16]);

fn seen(proofs_since: Timestamp) -> Seen {
    Seen {
        session: HERE,
        proofs_since,
    }
}

fn user(number: u8, who: &str) -> User {
    User {
        id: UserId::from_bytes([number; 16]),
        name: name(who),
        display_name: "Ann Böker".into(),
        email: format!("{who}@example.com"),
        groups: vec!["engineers".into(), "staff".into()],
        standing: Standing::Active,
        proofs_since: Timestamp::from_millis(0),
        outlasting: None,
        created_at: Timestamp::from_millis(0),
        password_from: PasswordFrom::Elsewhere,
        secrecy: Secrecy::Kept,
    }
}

#[expect(clippy::panic, reason = "panicking is how a contract fails")]
pub(super) fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[expect(clippy::panic, reason = "panicking is how a contract fails")]
pub(super) fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[expect(clippy::panic, reason = "panicking is how a contract fails")]
pub(super) fn password(text: &str) -> Password {
    Password::typed(Secret::new(text.to_owned())).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn record(number: u8) -> AuditRecord {
    AuditRecord {
        id: Id::from_bytes([number; 16]),
        at: NOW,
        user: None,
        origin: Origin::Program,
        event: AuditEvent::UserAdded,
    }
}
