//! People in great number, who all have the password of one that is there already: a hash for each would take longer
//! than what is measured.

use std::ops::Range;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use vestibule::domain::authenticator::totp::Digits;
use vestibule::domain::id::UserId;
use vestibule::domain::user::UserName;
use vestibule::flow::operators::{self, NewApp, Outcome as Done};

use crate::Outcome;
use crate::sessions::outside;

/// Adds `person-N` to the directory for each of these numbers.
pub(crate) async fn add(directory: &Path, numbers: Range<usize>) -> Outcome<()> {
    let options = SqliteConnectOptions::new().filename(directory);
    let mut database = options.disable_statement_logging().connect().await?;
    copy(&mut database, numbers).await?;
    Ok(database.close().await?)
}

/// Prints their names.
pub(crate) fn name(numbers: Range<usize>) {
    for number in numbers {
        println!("{}", name_of(number));
    }
}

/// Gives each an app; prints its `otpauth` URI behind the name.
pub(crate) async fn give_apps(file: &Path, numbers: Range<usize>) -> Outcome<()> {
    let outside = outside(file).await?;
    for number in numbers {
        let name = UserName::parse(&name_of(number))?;
        let app = NewApp {
            digits: Digits::Six,
            issuer: "Vestibule",
            description: "",
        };
        match operators::add_totp(&outside, &name, app).await? {
            Done::Done(uri) => println!("{} {}", name.as_str(), uri.expose()),
            Done::Refused(_) => return Err("no app for somebody".into()),
        }
    }
    Ok(())
}

fn name_of(number: usize) -> String {
    format!("person-{number}")
}

fn id(number: usize) -> UserId {
    UserId::from_bytes((number as u128 + 1).to_be_bytes())
}

/// Copies the only person that is there.
async fn copy(database: &mut SqliteConnection, numbers: Range<usize>) -> Outcome<()> {
    let mut whole = database.begin().await?;
    sqlx::query("CREATE TEMP TABLE one AS SELECT * FROM users WHERE name = 'ann'")
        .execute(&mut *whole)
        .await?;
    for number in numbers {
        sqlx::query("UPDATE one SET id = $1, name = $2")
            .bind(id(number).to_string())
            .bind(name_of(number))
            .execute(&mut *whole)
            .await?;
        sqlx::query("INSERT INTO users SELECT * FROM one")
            .execute(&mut *whole)
            .await?;
    }
    Ok(whole.commit().await?)
}
