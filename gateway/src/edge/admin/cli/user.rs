//! `user …`: people, their passwords and second factors.

use super::{Configured, Output};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::totp::Digits;
use crate::domain::user::UserName;
use crate::edge::admin::password::Source;
use crate::flow::operators::Proof;
use clap::{Args, Subcommand};

/// `user`.
#[derive(Debug, Args)]
pub struct User {
    /// Whose people.
    #[command(flatten)]
    pub configured: Configured,
    /// What to do.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// One thing to do for a person.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a person
    Add(NewPerson),
    /// Print a link by which somebody makes their account, once, within seven days
    Invite(NewGuest),
    /// End the invitation of an address
    Uninvite(Uninvited),
    /// Name the links that can be used
    Invitations(Output),
    /// Name everybody, with the kinds of their second factors
    List(ListUsers),
    /// Show a person, their second factors and sessions
    Show(ShowUser),
    /// Let a person log in no more, and end their sessions
    Disable(OneUser),
    /// Let a disabled person log in again
    Enable(OneUser),
    /// Give a person a new password, and end their sessions
    SetPassword(NewPassword),
    /// Forgive a person's wrong codes, so that they can try again at once
    Unlock(OneUser),
    /// Let a person change their account again, after somebody objected to a change
    Unfreeze(OneUser),
    /// Remove all second factors of a person who has lost them, a day from now; they are told, and can stop it
    ResetSecondFactor(NewReset),
    /// Let codes by e-mail complete logins again of a person who reset their password by e-mail
    TrustMailbox(OneUser),
    /// Enrol an authenticator app, and print what it must be given
    AddTotp(NewApp),
    /// Enrol a phone for codes by SMS
    AddPhone(NewPhone),
    /// Enrol a mailbox for codes by e-mail; you vouch for it
    AddEmail(NewEmail),
}

/// A person by their login name.
#[derive(Debug, Args)]
pub struct OneUser {
    /// The login name
    #[arg(value_name = "NAME", value_parser = UserName::parse)]
    pub name: UserName,
}

/// `user list`.
#[derive(Debug, Args)]
pub struct ListUsers {
    /// Only people who have none
    #[arg(long)]
    pub without_second_factor: bool,
    /// How they are shown.
    #[command(flatten)]
    pub output: Output,
}

/// `user show`.
#[derive(Debug, Args)]
pub struct ShowUser {
    /// Who.
    #[command(flatten)]
    pub user: OneUser,
    /// How they are shown.
    #[command(flatten)]
    pub output: Output,
}

/// `user add`.
#[derive(Debug, Args)]
pub struct NewPerson {
    /// Who.
    #[command(flatten)]
    pub user: OneUser,
    /// What people call them; the login name where nothing is said
    #[arg(long = "name", value_name = "TEXT", value_parser = line)]
    pub display_name: Option<String>,
    /// Their mailbox; it also receives codes, and you vouch for it
    #[arg(long, value_name = "ADDR", value_parser = Mailbox::parse)]
    pub email: Option<Mailbox>,
    /// A group they belong to; may be repeated
    #[arg(long = "group", value_name = "GROUP", value_parser = line)]
    pub groups: Vec<String>,
    /// Make them an administrator: print a link, good once within fifteen minutes, by which they choose their password; the
    /// same again prints another, as long as they have none
    #[arg(long, conflicts_with = "password_stdin")]
    pub administrator: bool,
    /// Their first password.
    #[command(flatten)]
    pub password: PasswordSource,
    /// Print the link as one line of JSON
    #[arg(long, requires = "administrator")]
    json: bool,
}

impl NewPerson {
    /// How the link of an administrator is printed.
    pub fn output(&self) -> Output {
        Output { json: self.json }
    }
}

/// `user invite`.
#[derive(Debug, Args)]
pub struct NewGuest {
    /// Their mailbox, which is what they will log in with; they still prove that it is theirs
    #[arg(long, value_name = "ADDR", value_parser = Mailbox::parse)]
    pub email: Mailbox,
    /// What people call them; they may change it
    #[arg(long = "name", value_name = "TEXT", default_value = "", value_parser = line_or_nothing, hide_default_value = true)]
    pub display_name: String,
    /// A group they will belong to; may be repeated, or be a list with commas
    #[arg(long = "group", visible_alias = "groups", value_name = "GROUP", value_delimiter = ',', value_parser = line)]
    pub groups: Vec<String>,
    /// Print the link, for you to hand over; none is e-mailed
    #[arg(long)]
    pub print: bool,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
}

/// `user uninvite`.
#[derive(Debug, Args)]
pub struct Uninvited {
    /// The address that was invited
    #[arg(value_name = "ADDR", value_parser = Mailbox::parse)]
    pub address: Mailbox,
}

/// `user set-password`.
#[derive(Debug, Args)]
pub struct NewPassword {
    /// Who.
    #[command(flatten)]
    pub user: OneUser,
    /// The password.
    #[command(flatten)]
    pub password: PasswordSource,
}

/// Where a password comes from; never from an argument.
#[derive(Clone, Copy, Debug, Args)]
pub struct PasswordSource {
    /// Read the password from stdin, one line, instead of asking at the terminal
    #[arg(long)]
    password_stdin: bool,
}

impl PasswordSource {
    /// Terminal or stdin.
    pub fn source(self) -> Source {
        if self.password_stdin {
            Source::Stdin
        } else {
            Source::Terminal
        }
    }
}

/// `user reset-second-factor`.
#[derive(Debug, Args)]
pub struct NewReset {
    /// Who.
    #[command(flatten)]
    pub user: OneUser,
    /// Why, and how you made sure who asks; it is written into the audit
    #[arg(long, value_name = "TEXT", value_parser = line, required_unless_present = "cancel")]
    pub reason: Option<String>,
    /// Do it at once, without the day in which they can stop it
    #[arg(long, conflicts_with = "cancel")]
    pub now: bool,
    /// Take a planned removal back
    #[arg(long, conflicts_with = "reason")]
    pub cancel: bool,
}

/// `user add-totp`.
#[derive(Debug, Args)]
pub struct NewApp {
    /// Who.
    #[command(flatten)]
    pub user: OneUser,
    /// How many digits the app shows: 6, 7 or 8
    #[arg(long, value_name = "N", default_value = "6", value_parser = digits)]
    pub digits: Digits,
    /// What its owner calls it, such as "work phone"
    #[arg(long, value_name = "TEXT", default_value = "", value_parser = line_or_nothing, hide_default_value = true)]
    pub description: String,
    /// How the key is printed.
    #[command(flatten)]
    pub output: Output,
}

/// `user add-phone`.
#[derive(Debug, Args)]
pub struct NewPhone {
    /// Who.
    #[command(flatten)]
    pub user: OneUser,
    /// The number in international form, such as +33612345678
    #[arg(value_name = "NUMBER")]
    pub number: String,
    /// You have made sure that the number is theirs
    #[arg(long)]
    verified: bool,
    /// What its owner calls it
    #[arg(long, value_name = "TEXT", default_value = "", value_parser = line_or_nothing, hide_default_value = true)]
    pub description: String,
}

impl NewPhone {
    /// Who says that it is theirs.
    pub fn proof(&self) -> Proof {
        if self.verified { Proof::Verified } else { Proof::Missing }
    }
}

/// `user add-email`.
#[derive(Debug, Args)]
pub struct NewEmail {
    /// Who.
    #[command(flatten)]
    pub user: OneUser,
    /// The mailbox
    #[arg(value_name = "ADDR", value_parser = Mailbox::parse)]
    pub address: Mailbox,
}

/// The longest text about a person or an authenticator, in characters.
const LONGEST_LINE: usize = 200;

fn line(text: &str) -> Result<String, String> {
    match line_or_nothing(text)? {
        nothing if nothing.is_empty() => Err("there is nothing in it".to_owned()),
        line => Ok(line),
    }
}

fn line_or_nothing(text: &str) -> Result<String, String> {
    let fits = text.chars().count() <= LONGEST_LINE && !text.contains(char::is_control);
    if fits {
        Ok(text.trim().to_owned())
    } else {
        Err(format!("write one line of at most {LONGEST_LINE} characters"))
    }
}

fn digits(text: &str) -> Result<Digits, String> {
    text.parse()
        .ok()
        .and_then(Digits::from_count)
        .ok_or_else(|| "6, 7 or 8".to_owned())
}
