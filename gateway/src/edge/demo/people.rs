//! The two people of the demo: Ann with an authenticator app and a phone, Ben with nothing but e-mail.
//!
//! Their passwords stand in this file, which is why the demo listens on this machine only.

use crate::domain::assurance::Method;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::phone::PhoneNumber;
use crate::domain::authenticator::totp::Digits;
use crate::domain::password::{Password, Standard};
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::user::UserName;
use crate::flow::operators::{self, Mail, NewApp, NewPhone, NewUser, Outcome, Proof};
use crate::flow::{Fault, Outside};
use serde::Serialize;

/// A person as the demo announces them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// What they type to log in.
    pub username: String,
    /// Their password.
    pub password: String,
    /// Their mailbox.
    pub email: String,
    /// Their phone, if they have enrolled one.
    pub phone: Option<String>,
    /// What their authenticator app was given, if they have one.
    pub totp_uri: Option<String>,
}

/// A person as the demo makes them.
struct Person {
    name: &'static str,
    display_name: &'static str,
    password: &'static str,
    email: &'static str,
    groups: &'static [&'static str],
    factors: Factors,
}

/// What proves a person beside the password.
enum Factors {
    /// An app and this phone.
    AppAndPhone(&'static str),
    /// Only the mailbox.
    Mailbox,
}

const PEOPLE: [Person; 2] = [
    Person {
        name: "ann",
        display_name: "Ann Example",
        password: "correct horse battery staple",
        email: "ann@example.com",
        groups: &["staff", "finance"],
        factors: Factors::AppAndPhone("+33612345612"),
    },
    Person {
        name: "ben",
        display_name: "Ben Example",
        password: "seven green apples on a sill",
        email: "ben@example.com",
        groups: &["staff"],
        factors: Factors::Mailbox,
    },
];

/// Adds whoever and whatever of it is missing; what is there stays as it is, so that enrolments and sessions outlive
/// a restart.
///
/// # Errors
/// When something that must be asked or written fails.
pub async fn ensure(outside: &Outside, settings: &Settings) -> Result<Vec<Account>, Fault> {
    let mut accounts = Vec::new();
    for person in &PEOPLE {
        accounts.push(ensure_one(outside, settings, person).await?);
    }
    Ok(accounts)
}

async fn ensure_one(outside: &Outside, settings: &Settings, person: &Person) -> Result<Account, Fault> {
    let name = UserName::parse(person.name).map_err(unfit)?;
    if operators::show(outside, &name).await?.is_none() {
        expect(operators::add_user(outside, new_user(settings, person)?).await?)?;
    }
    let phone = match person.factors {
        Factors::Mailbox => None,
        Factors::AppAndPhone(number) => {
            enrol(outside, settings, (&name, number)).await?;
            Some(number.to_owned())
        }
    };
    let apps = operators::enrolled_apps(outside, &name, &settings.brand).await?;
    Ok(Account {
        username: person.name.to_owned(),
        password: person.password.to_owned(),
        email: person.email.to_owned(),
        phone,
        totp_uri: apps.first().map(|uri| uri.expose().clone()),
    })
}

fn new_user(settings: &Settings, person: &Person) -> Result<NewUser, Fault> {
    let name = UserName::parse(person.name).map_err(unfit)?;
    let mailbox = Mailbox::parse(person.email).map_err(unfit)?;
    let mail = match person.factors {
        Factors::AppAndPhone(_) => Mail::Profile(mailbox),
        Factors::Mailbox => Mail::ProfileAndCodes(mailbox),
    };
    let groups: Vec<String> = person.groups.iter().map(|group| (*group).to_owned()).collect();
    let standard = Standard::of(settings, &name, (person.email, &groups));
    let password = Password::chosen(Secret::new(person.password.to_owned()), &standard).map_err(unfit)?;
    Ok(NewUser {
        name,
        display_name: person.display_name.to_owned(),
        mail,
        groups,
        password,
    })
}

/// Enrols an app and a phone, each unless there is one.
async fn enrol(outside: &Outside, settings: &Settings, (name, number): (&UserName, &str)) -> Result<(), Fault> {
    let there = operators::show(outside, name)
        .await?
        .map(|shown| shown.authenticators)
        .unwrap_or_default();
    let has = |method| there.iter().any(|authenticator| authenticator.method == method);
    if !has(Method::Totp) {
        let app = NewApp {
            digits: Digits::Six,
            issuer: &settings.brand,
            description: "",
        };
        expect(operators::add_totp(outside, name, app).await?)?;
    }
    if !has(Method::Sms) {
        let number = PhoneNumber::parse(number).map_err(unfit)?;
        let phone = NewPhone {
            number,
            description: String::new(),
            proof: Proof::Verified,
            most_accounts: settings.accounts_per_number,
        };
        expect(operators::add_phone(outside, name, phone).await?)?;
    }
    Ok(())
}

/// Two demos that start in one directory at the same moment get in each other's way; the second gives up.
fn expect<T>(outcome: Outcome<T>) -> Result<T, Fault> {
    match outcome {
        Outcome::Done(value) => Ok(value),
        Outcome::Refused(refusal) => Err(Fault::new("demo", format!("{refusal:?}; is another demo running?"))),
    }
}

fn unfit(error: impl std::fmt::Display) -> Fault {
    Fault::new("demo", error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::demo::settings::{Addresses, config_text};
    use crate::io::sql::Asker;
    use crate::{app, config};

    type Checked = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn everybody_can_be_called() -> Result<(), Fault> {
        for person in &PEOPLE {
            if let Factors::AppAndPhone(number) = person.factors {
                assert_eq!(PhoneNumber::parse(number).map_err(unfit)?.expose(), number);
            }
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_second_start_finds_the_same_people_with_the_same_key() -> Checked {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("vestibule.toml");
        let addresses = Addresses {
            http: "127.0.0.1:8080".parse()?,
            admin: "127.0.0.1:9090".parse()?,
            sample: "127.0.0.1:1".parse()?,
        };
        std::fs::write(&file, config_text(&addresses))?;
        let config = config::load(&file)?;
        let first = ensure(&app::open(&config, Asker::Operator).await?.outside, &config.settings).await?;
        let outside = app::open(&config, Asker::Operator).await?.outside;
        assert_eq!(ensure(&outside, &config.settings).await?, first);
        let shapes: Vec<_> = first
            .iter()
            .map(|one| (one.username.as_str(), one.phone.is_some(), one.totp_uri.is_some()))
            .collect();
        assert_eq!(shapes, [("ann", true, true), ("ben", false, false)]);
        for (name, methods) in [("ann", vec![Method::Totp, Method::Sms]), ("ben", vec![Method::Email])] {
            let shown = operators::show(&outside, &UserName::parse(name)?).await?.ok_or(name)?;
            assert_eq!(
                shown.authenticators.iter().map(|one| one.method).collect::<Vec<_>>(),
                methods,
                "{name}"
            );
        }
        Ok(())
    }
}
