//! What every directory that operators can change must do, as tests by name; each wants a directory without people.

use super::{Added, Changed, Directory, Fault, PasswordCheck};
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::domain::id::{Id, UserId};
use crate::domain::password::Password;
use crate::domain::secret::Secret;
use crate::domain::throttle::From;
use crate::domain::time::Timestamp;
use crate::domain::user::{Standing, User, UserName};
use std::pin::Pin;
use std::sync::Arc;

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
    ("nobody_cannot_be_changed", |it| Box::pin(nobody_cannot_be_changed(it))),
];

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

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
    Ok(
        match it
            .check_password(&name(who), password(typed), From::UnknownDevice)
            .await?
        {
            PasswordCheck::Correct(user, _) => user.name == name(who),
            PasswordCheck::Wrong | PasswordCheck::Busy => false,
        },
    )
}

fn user(number: u8, who: &str) -> User {
    User {
        id: UserId::from_bytes([number; 16]),
        name: name(who),
        display_name: "Ann Böker".into(),
        email: "ann@example.com".into(),
        groups: vec!["engineers".into(), "staff".into()],
        standing: Standing::Active,
        proofs_since: Timestamp::from_millis(0),
    }
}

#[expect(clippy::panic, reason = "panicking is how a contract fails")]
fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[expect(clippy::panic, reason = "panicking is how a contract fails")]
fn password(text: &str) -> Password {
    Password::typed(Secret::new(text.to_owned())).unwrap_or_else(|error| panic!("{error}"))
}

fn record(number: u8) -> AuditRecord {
    AuditRecord {
        id: Id::from_bytes([number; 16]),
        at: NOW,
        user: None,
        origin: Origin::Program,
        event: AuditEvent::UserAdded,
    }
}
