//! What every directory in which people make accounts must do, as tests by name; each wants one without people.

mod letters;

use super::{Accepted, HandedOver, Joined, Kept, Newcomer, Newcomers, Offered, Withdrawn};
use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::phone::{Channel, Phone, PhoneNumber};
use crate::domain::authenticator::{Authenticator, Kind};
use crate::domain::id::{Id, UserId};
use crate::domain::invitation::{Guest, Invitation, Invited};
use crate::domain::time::Timestamp;
use crate::domain::user::{PasswordFrom, Secrecy, Standing, User};
use crate::io::Fault;
use crate::io::credentials::Credentials;
use crate::io::directory::contract::{NOW, check, mailbox, name, password, record};
use crate::io::directory::{Added, Changed, Directory, PasswordCheck};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A directory, and the credentials of the people in it.
#[derive(Clone)]
pub struct Place {
    /// The directory.
    pub directory: Arc<dyn Directory>,
    /// The credentials.
    pub credentials: Arc<dyn Credentials>,
}

/// A test: panics where the directory broke its word, and returns the fault where it did not answer.
pub type Test = fn(Place) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

/// Every test and its name.
pub const CONTRACT: &[(&str, Test)] = &[
    ("an_account_is_made_whole_and_once", |it| {
        Box::pin(made_whole_and_once(it))
    }),
    ("a_name_or_address_that_is_taken_leaves_nothing", |it| {
        Box::pin(taken_leaves_nothing(it))
    }),
    ("of_many_at_once_one_account_comes", |it| Box::pin(one_of_many(it))),
    ("a_number_is_on_so_many_accounts", |it| Box::pin(so_many_accounts(it))),
    ("a_link_makes_one_account_in_time", |it| {
        Box::pin(one_account_in_time(it))
    }),
    ("a_new_link_ends_the_one_before", |it| Box::pin(a_new_link(it))),
    ("a_letter_waits_until_it_is_sent_or_its_link_ends", |it| {
        Box::pin(letters::wait_until_sent(it))
    }),
    ("a_first_password_is_set_once_where_there_is_none", |it| {
        Box::pin(a_first_password(it))
    }),
];

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn made_whole_and_once(it: Place) -> Result<(), Fault> {
    let newcomers = newcomers(&it);
    assert!(!newcomers.knows(&mailbox("ann@example.com")).await?);
    let kept = kept(&it, "tram violet 48").await?;
    for _ in 0..2 {
        let ann = Newcomer {
            kept: kept.clone(),
            ..newcomer(1, "Ann@example.com", Some("+33612345678"))
        };
        assert_eq!(newcomers.join(ann, record(1)).await?, Joined::Done);
    }
    assert_eq!(it.directory.all().await?.len(), 1);
    let ann = it
        .directory
        .user(id(1))
        .await?
        .unwrap_or_else(|| user(9, "nobody@example.com"));
    assert_eq!(
        (ann.name.as_str(), ann.email.as_str()),
        ("ann@example.com", "Ann@example.com")
    );
    assert_eq!(
        (ann.groups, ann.password_from),
        (vec!["staff".to_owned()], PasswordFrom::Elsewhere)
    );
    let methods: Vec<&str> = words(&it, 1).await?;
    assert_eq!(methods, ["email", "sms"]);
    let check = check(it.directory.as_ref(), &ann.name, "tram violet 48").await?;
    assert!(matches!(check, PasswordCheck::Correct(..)), "{check:?}");
    for address in ["ann@example.com", "ANN@EXAMPLE.com"] {
        assert!(newcomers.knows(&mailbox(address)).await?, "{address}");
    }
    Ok(())
}

async fn taken_leaves_nothing(it: Place) -> Result<(), Fault> {
    let newcomers = newcomers(&it);
    let named = User {
        email: String::new(),
        ..user(1, "ann@example.com")
    };
    let mailed = User {
        name: name("ben"),
        email: "Ben@Example.com".into(),
        ..user(2, "x@example.com")
    };
    for there in [named, mailed] {
        assert_eq!(it.directory.add(&there, record(1)).await?, Added::New);
    }
    for (number, address) in [(3, "ann@example.com"), (4, "ben@example.com")] {
        assert!(newcomers.knows(&mailbox(address)).await?, "{address}");
        let late = newcomer(number, address, Some("+33612345678"));
        assert_eq!(newcomers.join(late, record(2)).await?, Joined::Taken, "{address}");
        assert!(it.directory.user(id(number)).await?.is_none());
        assert!(words(&it, number).await?.is_empty(), "{address}");
    }
    Ok(())
}

async fn one_of_many(it: Place) -> Result<(), Fault> {
    let mut joins = Vec::new();
    for number in 1..=8 {
        let directory = Arc::clone(&it.directory);
        joins.push(tokio::spawn(async move {
            match directory.newcomers() {
                Some(newcomers) => {
                    newcomers
                        .join(newcomer(number, "ann@example.com", None), record(number))
                        .await
                }
                None => Ok(Joined::LinkEnded),
            }
        }));
    }
    let mut done = 0;
    for join in joins {
        match join.await.map_err(|error| Fault::new("test", error))?? {
            Joined::Done => done += 1,
            Joined::Taken => {}
            other @ (Joined::LinkEnded | Joined::OnTooManyAccounts) => assert_eq!(other, Joined::Taken),
        }
    }
    assert_eq!((done, it.directory.all().await?.len()), (1, 1));
    Ok(())
}

async fn so_many_accounts(it: Place) -> Result<(), Fault> {
    let newcomers = newcomers(&it);
    for (number, address, expected) in [
        (1, "ann@example.com", Joined::Done),
        (2, "ben@example.com", Joined::Done),
        (3, "cleo@example.com", Joined::OnTooManyAccounts),
    ] {
        let one = newcomer(number, address, Some("+33612345678"));
        assert_eq!(newcomers.join(one, record(number)).await?, expected, "{address}");
    }
    assert!(it.directory.user(id(3)).await?.is_none());
    assert_eq!(
        newcomers.join(newcomer(3, "cleo@example.com", None), record(4)).await?,
        Joined::Done
    );
    Ok(())
}

async fn one_account_in_time(it: Place) -> Result<(), Fault> {
    let newcomers = newcomers(&it);
    let offered = newcomers
        .offer(by_hand("one"), &invitation("ann@example.com"), record(1))
        .await?;
    assert_eq!(offered, Offered::Done);
    assert_eq!(
        newcomers.invitation("one", NOW).await?,
        Some(invitation("ann@example.com"))
    );
    assert_eq!(newcomers.invitations(NOW).await?, [invitation("ann@example.com")]);
    for (link, moment) in [("one", NOW + DAY), ("two", NOW), ("", NOW)] {
        assert_eq!(newcomers.invitation(link, moment).await?, None, "{link}");
    }
    let by = |number, link: &str| Newcomer {
        invitation: Some(link.to_owned()),
        ..newcomer(number, "ann@example.com", None)
    };
    let late = AuditRecord {
        at: NOW + DAY,
        ..record(2)
    };
    assert_eq!(newcomers.join(by(1, "one"), late).await?, Joined::LinkEnded);
    assert_eq!(newcomers.join(by(1, "two"), record(3)).await?, Joined::LinkEnded);
    assert_eq!(newcomers.join(by(1, "one"), record(4)).await?, Joined::Done);
    assert_eq!(
        newcomers.join(by(1, "one"), record(5)).await?,
        Joined::Done,
        "the same once more"
    );
    assert_eq!(newcomers.invitation("one", NOW).await?, None, "it is used up");
    let other = Newcomer {
        invitation: Some("one".into()),
        ..newcomer(2, "ben@example.com", None)
    };
    assert_eq!(newcomers.join(other, record(6)).await?, Joined::LinkEnded);
    let again = newcomers
        .offer(by_hand("three"), &invitation("ANN@example.com"), record(7))
        .await?;
    assert_eq!(again, Offered::Needless, "there is an account");
    Ok(())
}

async fn a_new_link(it: Place) -> Result<(), Fault> {
    let newcomers = newcomers(&it);
    for link in ["one", "two"] {
        let offered = newcomers
            .offer(by_hand(link), &invitation("ann@example.com"), record(1))
            .await?;
        assert_eq!(offered, Offered::Done);
    }
    let other = newcomers
        .offer(by_hand("three"), &invitation("ben@example.com"), record(2))
        .await?;
    assert_eq!(other, Offered::Done);
    for (link, works) in [("one", false), ("two", true), ("three", true)] {
        assert_eq!(newcomers.invitation(link, NOW).await?.is_some(), works, "{link}");
    }
    for expected in [Withdrawn::Done, Withdrawn::NotThere] {
        let withdrawn = newcomers.withdraw(&mailbox("ANN@example.com"), record(3)).await?;
        assert_eq!(withdrawn, expected);
    }
    for (link, works) in [("two", false), ("three", true)] {
        assert_eq!(newcomers.invitation(link, NOW).await?.is_some(), works, "{link}");
    }
    Ok(())
}

async fn a_first_password(it: Place) -> Result<(), Fault> {
    let newcomers = newcomers(&it);
    let ann = user(1, "ann@example.com");
    assert_eq!(it.directory.add(&ann, record(1)).await?, Added::New);
    let link = Invitation {
        invited: Invited::Member(ann.id),
        expires_at: NOW + DAY,
    };
    assert_eq!(newcomers.offer(by_hand("one"), &link, record(2)).await?, Offered::Done);
    assert_eq!(newcomers.invitation("one", NOW).await?, Some(link.clone()));
    let kept = kept(&it, "tram violet 48").await?;
    for (name, user, at, expected) in [
        ("two", 1, NOW, Accepted::LinkEnded),
        ("one", 2, NOW, Accepted::LinkEnded),
        ("one", 1, NOW + DAY, Accepted::LinkEnded),
        ("one", 1, NOW, Accepted::Done),
        ("one", 1, NOW, Accepted::LinkEnded),
    ] {
        let record = AuditRecord { at, ..record(3) };
        let accepted = newcomers.accept((name, id(user)), kept.clone(), record).await?;
        assert_eq!(accepted, expected, "{name} {user} {at:?}");
    }
    let check = check(it.directory.as_ref(), &ann.name, "tram violet 48").await?;
    assert!(matches!(check, PasswordCheck::Correct(..)), "{check:?}");
    assert_eq!(
        newcomers.offer(by_hand("three"), &link, record(4)).await?,
        Offered::Needless
    );
    assert_eq!(
        it.directory.set_standing(ann.id, Standing::Disabled, record(5)).await?,
        Changed::Done
    );
    Ok(())
}

#[expect(clippy::panic, reason = "panicking is how a contract fails")]
fn newcomers(it: &Place) -> &dyn Newcomers {
    it.directory
        .newcomers()
        .unwrap_or_else(|| panic!("nobody makes accounts in it"))
}

#[expect(clippy::panic, reason = "panicking is how a contract fails")]
async fn kept(it: &Place, text: &str) -> Result<String, Fault> {
    let place = it.directory.place(None);
    let place = place.unwrap_or_else(|| panic!("everybody has left"));
    Ok(match newcomers(it).keep(password(text), place).await? {
        Kept::As(kept) => kept,
        Kept::Busy => String::new(),
    })
}

/// How a user can be asked, in alphabetical order.
async fn words(it: &Place, number: u8) -> Result<Vec<&'static str>, Fault> {
    let all = it.credentials.authenticators(id(number)).await?;
    let mut words: Vec<&str> = all.iter().map(|one| one.method().word()).collect();
    words.sort_unstable();
    Ok(words)
}

fn newcomer(number: u8, address: &str, phone: Option<&str>) -> Newcomer {
    let kinds = [
        Some(Kind::Mailbox(mailbox(address))),
        phone.and_then(|text| PhoneNumber::kept(text).ok()).map(|number| {
            let channel = Channel::Sms;
            Kind::Phone(Phone { number, channel })
        }),
    ];
    let authenticators = kinds.into_iter().flatten().zip(0_u8..).map(|(kind, nth)| {
        let mut bytes = [number; 16];
        bytes[0] = nth;
        Authenticator::new(Id::from_bytes(bytes), String::new(), kind, NOW)
    });
    Newcomer {
        user: user(number, address),
        kept: "$kept".into(),
        authenticators: authenticators.collect(),
        invitation: None,
        most_accounts: 2,
    }
}

fn by_hand(link: &str) -> (String, HandedOver) {
    (link.to_owned(), HandedOver::InPerson)
}

fn invitation(address: &str) -> Invitation {
    let guest = Guest {
        mailbox: mailbox(address),
        display_name: "Ann".into(),
        groups: vec!["staff".into()],
    };
    Invitation {
        invited: Invited::Guest(guest),
        expires_at: NOW + DAY,
    }
}

fn id(number: u8) -> UserId {
    UserId::from_bytes([number; 16])
}

fn user(number: u8, address: &str) -> User {
    User {
        id: id(number),
        name: name(address),
        display_name: "Ann".into(),
        email: address.into(),
        groups: vec!["staff".into()],
        standing: Standing::Active,
        proofs_since: Timestamp::from_millis(0),
        outlasting: None,
        created_at: Timestamp::from_millis(0),
        password_from: PasswordFrom::Elsewhere,
        secrecy: Secrecy::Kept,
    }
}
