//! `user …`: looks after people, and says what to do next.
//!
//! Whatever is refused leaves everything as it was. Addresses are shown masked, an app's key exactly once.

mod invitations;
mod words;

use super::answer::{Answer, Exit, shown};
use super::cli::{ListUsers, NewApp, NewPassword, NewPerson, NewPhone, NewReset, ShowUser, UserCommand};
use super::password::Source;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::phone::PhoneNumber;
use crate::domain::password::{Password, Standard};
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::user::{Standing, UserName};
use crate::flow::operators::{self, Mail, NewUser, Outcome, Refusal, Scope, When};
use crate::flow::{Fault, Outside};
use serde::Serialize;

/// Does one thing for a person and prints what came of it.
///
/// # Errors
/// When something that must be asked or written fails.
pub async fn run(outside: &Outside, settings: &Settings, command: UserCommand) -> Result<Exit, Fault> {
    let answer = match command {
        UserCommand::Add(person) if person.administrator => {
            invitations::add_administrator(outside, settings, person).await?
        }
        UserCommand::Add(person) => add(outside, settings, person).await?,
        UserCommand::Invite(guest) => invitations::invite(outside, settings, guest).await?,
        UserCommand::Uninvite(uninvited) => invitations::end(outside, uninvited).await?,
        UserCommand::Invitations(output) => invitations::list(outside, output).await?,
        UserCommand::List(ListUsers {
            without_second_factor,
            output,
        }) => {
            let scope = if without_second_factor {
                Scope::WithoutSecondFactor
            } else {
                Scope::Everybody
            };
            let all = operators::list(outside, scope).await?;
            let nobody = if all.is_empty() { words::nobody(scope) } else { "" };
            Answer::done(shown(&all, output.format(), |all| words::list(all)), nobody)
        }
        UserCommand::Show(show) => show_one(outside, show).await?,
        UserCommand::Disable(user) => set_standing(outside, &user.name, Standing::Disabled).await?,
        UserCommand::Enable(user) => set_standing(outside, &user.name, Standing::Active).await?,
        UserCommand::SetPassword(new) => set_password(outside, settings, new).await?,
        UserCommand::Unlock(user) => {
            let outcome = operators::unlock(outside, &user.name).await?;
            told(outcome, &user.name, |()| words::unlocked(&user.name))
        }
        UserCommand::Unfreeze(user) => {
            let outcome = operators::unfreeze(outside, &user.name).await?;
            told(outcome, &user.name, |()| words::unfrozen(&user.name))
        }
        UserCommand::ResetSecondFactor(reset) => reset_second_factor(outside, reset).await?,
        UserCommand::TrustMailbox(user) => {
            let outcome = operators::trust_mailbox(outside, &user.name).await?;
            told(outcome, &user.name, |()| words::mailbox_trusted(&user.name))
        }
        UserCommand::AddTotp(app) => add_totp(outside, settings, app).await?,
        UserCommand::AddPhone(phone) => add_phone(outside, settings, phone).await?,
        UserCommand::AddEmail(email) => {
            let masked = email.address.masked();
            let outcome = operators::add_email(outside, &email.user.name, email.address).await?;
            told(outcome, &email.user.name, |()| {
                words::codes_go_to(&email.user.name, &masked)
            })
        }
    };
    Ok(answer.give())
}

async fn add(outside: &Outside, settings: &Settings, person: NewPerson) -> Result<Answer, Fault> {
    let name = person.user.name;
    let email = person.email.as_ref().map_or("", Mailbox::as_str);
    let standard = Standard::of(settings, &name, (email, &person.groups));
    let password = match new_password(person.password.source(), &standard) {
        Ok(password) => password,
        Err(answer) => return Ok(answer),
    };
    let mail = person.email.map_or(Mail::None, Mail::ProfileAndCodes);
    let done = words::added(&name, &mail, settings);
    let display_name = person.display_name.unwrap_or_else(|| name.as_str().to_owned());
    let new = NewUser {
        name: name.clone(),
        display_name,
        mail,
        groups: person.groups,
        password,
    };
    Ok(told(operators::add_user(outside, new).await?, &name, |_| done))
}

async fn show_one(outside: &Outside, show: ShowUser) -> Result<Answer, Fault> {
    Ok(match operators::show(outside, &show.user.name).await? {
        Some(user) => Answer::done(shown(&user, show.output.format(), words::show), ""),
        None => Answer::failed(words::refused(Refusal::NoSuchUser, &show.user.name)),
    })
}

async fn set_standing(outside: &Outside, name: &UserName, standing: Standing) -> Result<Answer, Fault> {
    let outcome = operators::set_standing(outside, name, standing).await?;
    Ok(told(outcome, name, |()| words::stands(name, standing)))
}

async fn set_password(outside: &Outside, settings: &Settings, new: NewPassword) -> Result<Answer, Fault> {
    let name = new.user.name;
    let Some(standard) = operators::standard(outside, settings, &name).await? else {
        return Ok(Answer::failed(words::refused(Refusal::NoSuchUser, &name)));
    };
    match new_password(new.password.source(), &standard) {
        Ok(password) => Ok(told(
            operators::set_password(outside, &name, password).await?,
            &name,
            |()| words::password_set(&name),
        )),
        Err(answer) => Ok(answer),
    }
}

async fn reset_second_factor(outside: &Outside, reset: NewReset) -> Result<Answer, Fault> {
    let name = &reset.user.name;
    let Some(reason) = reset.reason else {
        let outcome = operators::cancel_reset(outside, name).await?;
        return Ok(told(outcome, name, |()| words::reset_cancelled(name)));
    };
    let when = if reset.now { When::Now } else { When::Later };
    let outcome = operators::reset_second_factor(outside, name, (when, reason)).await?;
    Ok(told(outcome, name, |due| match when {
        When::Now => words::reset_done(name),
        When::Later => words::reset_planned(name, &due),
    }))
}

/// What `add-totp --json` prints.
#[derive(Serialize)]
struct Enrolled<'a> {
    totp_uri: &'a str,
}

async fn add_totp(outside: &Outside, settings: &Settings, app: NewApp) -> Result<Answer, Fault> {
    let name = &app.user.name;
    let new = operators::NewApp {
        digits: app.digits,
        issuer: &settings.brand,
        description: &app.description,
    };
    Ok(match operators::add_totp(outside, name, new).await? {
        Outcome::Done(uri) => {
            let enrolled = Enrolled { totp_uri: uri.expose() };
            Answer::done(
                shown(&enrolled, app.output.format(), |enrolled| enrolled.totp_uri.to_owned()),
                words::app_enrolled(name),
            )
        }
        Outcome::Refused(refusal) => Answer::failed(words::refused(refusal, name)),
    })
}

async fn add_phone(outside: &Outside, settings: &Settings, phone: NewPhone) -> Result<Answer, Fault> {
    let (name, proof) = (&phone.user.name, phone.proof());
    let number = match PhoneNumber::parse(&phone.number) {
        Ok(number) => number,
        Err(error) => return Ok(Answer::misused(format!("the number cannot be dialled: {error}"))),
    };
    let masked = number.masked();
    let new = operators::NewPhone {
        number,
        description: phone.description,
        proof,
        most_accounts: settings.accounts_per_number,
    };
    Ok(told(operators::add_phone(outside, name, new).await?, name, |()| {
        words::codes_go_to(name, &masked)
    }))
}

/// A password that this person may have, or why there is none.
fn new_password(source: Source, standard: &Standard) -> Result<Password, Answer> {
    let typed: Secret<String> = source
        .read()
        .map_err(|unreadable| Answer::failed(unreadable.to_string()))?;
    Password::chosen(typed, standard).map_err(|unfit| Answer::failed(format!("{unfit}; nothing was changed")))
}

/// Remarks only: what was changed is not a result that a program would read.
fn told<T>(outcome: Outcome<T>, name: &UserName, done: impl FnOnce(T) -> String) -> Answer {
    match outcome {
        Outcome::Done(value) => Answer::done("", done(value)),
        Outcome::Refused(refusal) => Answer::failed(words::refused(refusal, name)),
    }
}
