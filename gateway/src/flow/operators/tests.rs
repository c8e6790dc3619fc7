//! Each command once as it is meant and once as it is refused, on the real backends in a directory of their own.

use super::*;
use crate::domain::assurance::{Level, MaxAge, Method, Need};
use crate::domain::user::Subject;
use crate::io::directory::PasswordCheck;
use crate::io::sql::Asker;
use crate::{app, config};

type Checked = Result<(), Box<dyn std::error::Error>>;

const CONFIG: &str = r#"
portal.url = "http://login.localhost"
store.url = "embedded:store.db"
directory.url = "sqlite:directory.db"
keys.directory = "keys"
second_factor.methods = ["totp"]
[[application]]
name = "Pay"
url = "http://pay.localhost"
upstream = ["http://127.0.0.1:1"]
[[application.rule]]
path = "/"
require = "two_factor"
"#;

struct Place {
    outside: Outside,
    name: UserName,
    _folder: tempfile::TempDir,
}

/// A new installation in which Ann is the only person.
async fn place() -> Result<Place, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("vestibule.toml");
    std::fs::write(&file, CONFIG)?;
    let outside = app::open(&config::load(&file)?, Asker::Operator).await?.outside;
    let name = UserName::parse("ann")?;
    let place = Place {
        outside,
        name,
        _folder: folder,
    };
    assert!(matches!(
        add_user(&place.outside, ann("ann@example.com")?).await?,
        Outcome::Done(_)
    ));
    Ok(place)
}

fn ann(address: &str) -> Result<NewUser, Box<dyn std::error::Error>> {
    let groups = ["b", "a", "b"].map(str::to_owned).to_vec();
    let (name, mail) = (UserName::parse("Ann")?, Mail::ProfileAndCodes(Mailbox::parse(address)?));
    Ok(NewUser {
        name,
        display_name: "Ann".into(),
        mail,
        groups,
        password: password("correct horse")?,
    })
}

fn password(text: &str) -> Result<Password, Box<dyn std::error::Error>> {
    Ok(Password::typed(Secret::new(text.to_owned()))?)
}

async fn accepts(place: &Place, text: &str) -> Result<bool, Box<dyn std::error::Error>> {
    let directory = &place.outside.directory;
    let turn = directory.place(None).ok_or("no place")?;
    let check = directory.check_password(&place.name, password(text)?, turn).await?;
    Ok(matches!(check, PasswordCheck::Correct(..)))
}

async fn methods(place: &Place) -> Result<Vec<Method>, Box<dyn std::error::Error>> {
    let shown = show(&place.outside, &place.name).await?.ok_or("nobody")?;
    Ok(shown
        .authenticators
        .iter()
        .map(|authenticator| authenticator.method)
        .collect())
}

#[tokio::test]
async fn a_person_is_added_once() -> Checked {
    let place = place().await?;
    let again = add_user(&place.outside, ann("other@example.com")?).await?;
    assert!(matches!(again, Outcome::Refused(Refusal::NameTaken)));
    let all = list(&place.outside, Scope::Everybody).await?;
    let [only] = all.as_slice() else {
        return Err("one person".into());
    };
    assert_eq!(
        (
            only.user.name.as_str(),
            only.user.email.as_str(),
            only.user.groups.join(" ")
        ),
        ("ann", "ann@example.com", "a b".into())
    );
    assert_eq!(methods(&place).await?, [Method::Email]);
    assert!(accepts(&place, "correct horse").await? && !accepts(&place, "other").await?);
    Ok(())
}

#[tokio::test]
async fn passwords_and_standing_change() -> Checked {
    let place = place().await?;
    let (outside, name) = (&place.outside, &place.name);
    assert!(matches!(
        set_password(outside, name, password("battery staple")?).await?,
        Outcome::Done(())
    ));
    assert!(accepts(&place, "battery staple").await? && !accepts(&place, "correct horse").await?);
    for (standing, expected) in [(Standing::Disabled, false), (Standing::Active, true)] {
        assert!(matches!(
            set_standing(outside, name, standing).await?,
            Outcome::Done(())
        ));
        assert_eq!(accepts(&place, "battery staple").await?, expected);
    }
    Ok(())
}

#[tokio::test]
async fn each_address_is_enrolled_once_and_no_phone_unverified() -> Checked {
    let place = place().await?;
    let phone = |proof| {
        PhoneNumber::parse("+33612345612").map(|number| NewPhone {
            number,
            description: "work".into(),
            proof,
            most_accounts: 1,
        })
    };
    for (proof, expected) in [
        (Proof::Missing, Some(Refusal::Unverified)),
        (Proof::Verified, None),
        (Proof::Verified, Some(Refusal::AlreadyEnrolled)),
    ] {
        assert_eq!(
            refusal(add_phone(&place.outside, &place.name, phone(proof)?).await?),
            expected
        );
    }
    for (address, expected) in [
        ("ann@example.com", Some(Refusal::AlreadyEnrolled)),
        ("ann@example.net", None),
    ] {
        assert_eq!(
            refusal(add_email(&place.outside, &place.name, Mailbox::parse(address)?).await?),
            expected
        );
    }
    assert_eq!(methods(&place).await?, [Method::Email, Method::Sms, Method::Email]);
    let shown = show(&place.outside, &place.name).await?.ok_or("nobody")?;
    assert_eq!(shown.authenticators[1].address, "••• •• 12");
    Ok(())
}

#[tokio::test]
async fn an_app_gets_a_key_of_its_own() -> Checked {
    let place = place().await?;
    let app = NewApp {
        digits: Digits::Eight,
        issuer: "Gate",
        description: "work",
    };
    let mut given = Vec::new();
    for _ in 0..2 {
        let Outcome::Done(uri) = add_totp(&place.outside, &place.name, app).await? else {
            return Err("refused".into());
        };
        given.push(uri.expose().clone());
    }
    assert!(given[0] != given[1] && given[0].contains("digits=8") && given[0].contains("issuer=Gate"));
    let kept = enrolled_apps(&place.outside, &place.name, "Gate").await?;
    assert_eq!(kept.iter().map(|uri| uri.expose().clone()).collect::<Vec<_>>(), given);
    Ok(())
}

#[tokio::test]
async fn nothing_is_done_for_nobody() -> Checked {
    let place = place().await?;
    let (outside, nobody) = (&place.outside, UserName::parse("nobody")?);
    let app = NewApp {
        digits: Digits::Six,
        issuer: "Gate",
        description: "",
    };
    let phone = NewPhone {
        number: PhoneNumber::parse("+33612345612")?,
        description: String::new(),
        proof: Proof::Verified,
        most_accounts: 1,
    };
    let refusals = [
        refusal(set_password(outside, &nobody, password("correct horse")?).await?),
        refusal(set_standing(outside, &nobody, Standing::Disabled).await?),
        refusal(add_totp(outside, &nobody, app).await?),
        refusal(add_phone(outside, &nobody, phone).await?),
        refusal(add_email(outside, &nobody, Mailbox::parse("a@example.com")?).await?),
        refusal(suppose(outside, &Who::User(nobody.clone(), Proven::Everything)).await?),
    ];
    assert_eq!(refusals, [Some(Refusal::NoSuchUser); 6]);
    assert!(show(outside, &nobody).await?.is_none() && enrolled_apps(outside, &nobody, "Gate").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn whoever_is_supposed_to_have_proven_something_has() -> Checked {
    let place = place().await?;
    let need = Need {
        level: Level::TwoFactor,
        methods: vec![Method::Email],
        max_age: MaxAge::Session,
    };
    for (proven, expected) in [
        (Proven::Everything, true),
        (Proven::These(vec![Method::Password]), false),
        (
            Proven::These(vec![Method::Email, Method::Password, Method::Email]),
            true,
        ),
    ] {
        let supposed = suppose(&place.outside, &Who::User(place.name.clone(), proven)).await?;
        let Outcome::Done(Supposition {
            subject: Subject::User(known),
            at,
        }) = supposed
        else {
            return Err("nobody".into());
        };
        assert_eq!(need.is_met_by(&known.session.authentications, at), expected);
    }
    assert!(matches!(
        set_standing(&place.outside, &place.name, Standing::Disabled).await?,
        Outcome::Done(())
    ));
    let disabled = suppose(&place.outside, &Who::User(place.name.clone(), Proven::Everything)).await?;
    assert!(matches!(
        disabled,
        Outcome::Done(Supposition {
            subject: Subject::Anonymous,
            ..
        })
    ));
    Ok(())
}

fn refusal<T>(outcome: Outcome<T>) -> Option<Refusal> {
    match outcome {
        Outcome::Done(_) => None,
        Outcome::Refused(refusal) => Some(refusal),
    }
}
