//! What somebody types to get an account, and what of it will do.
//!
//! All of it is judged by itself, without looking anybody up, so that its faults can be named.

use super::Domains;
use crate::domain::assurance::Method;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::phone::{self, Channel, Countries, Phone};
use crate::domain::password::{self, Password, Standard};
use crate::domain::secret::Secret;
use crate::domain::user::UserName;

/// The longest name of a person, in characters.
pub const LONGEST_NAME: usize = 100;

/// A form as typed.
#[derive(Debug)]
pub struct Typed {
    /// What people call them.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their number; not looked at where none is to be proven.
    pub number: String,
    /// The password they want.
    pub password: Secret<String>,
}

/// What a form is judged by.
#[derive(Clone, Copy)]
pub struct Grounds<'a> {
    /// Which addresses will do.
    pub domains: &'a Domains,
    /// How the number is proven; nothing where none is asked for.
    pub channel: Option<Channel>,
    /// Which numbers are served.
    pub countries: &'a Countries,
    /// What a password is measured by, whoever's it is.
    pub standard: &'a dyn Fn(&UserName) -> Standard,
}

/// A form that will do.
#[derive(Debug)]
pub struct Entry {
    /// What people call them.
    pub display_name: String,
    /// Their address.
    pub mailbox: Mailbox,
    /// Their phone, where one is to be proven.
    pub phone: Option<Phone>,
    /// Their password.
    pub password: Password,
}

/// The first thing about a form that will not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// No name, or a long one, or not one line.
    Name,
    /// Not an address that could be a login name.
    Address,
    /// An address of a domain that may not be used.
    Domain,
    /// Not a phone that could be proven.
    Number(phone::Unfit),
    /// Not a good password.
    Password(password::Unfit),
}

impl Entry {
    /// Reads a form.
    ///
    /// # Errors
    /// The first thing that will not do, in the order of the fields.
    pub fn read(typed: Typed, grounds: Grounds<'_>) -> Result<Self, Unfit> {
        let display_name = typed.name.trim().to_owned();
        let fits = (1..=LONGEST_NAME).contains(&display_name.chars().count());
        if !fits || display_name.contains(char::is_control) {
            return Err(Unfit::Name);
        }
        let mailbox = Mailbox::parse(&typed.email).map_err(|_| Unfit::Address)?;
        let name = login_name(&mailbox).ok_or(Unfit::Address)?;
        if !grounds.domains.admit(&mailbox) {
            return Err(Unfit::Domain);
        }
        let phone = match grounds.channel {
            Some(channel) => Some(Phone::chosen(&typed.number, channel, grounds.countries).map_err(Unfit::Number)?),
            None => None,
        };
        Ok(Self {
            password: Password::chosen(typed.password, &(grounds.standard)(&name)).map_err(Unfit::Password)?,
            display_name,
            mailbox,
            phone,
        })
    }
}

/// What whoever registers with an address logs in with: the address. Only plain ASCII is the same text however it is
/// normalised: with anything else, the owner of one address could get the name that belongs to another.
pub fn login_name(mailbox: &Mailbox) -> Option<UserName> {
    let plain = mailbox.as_str().bytes().all(|byte| byte.is_ascii_graphic());
    UserName::parse(mailbox.as_str()).ok().filter(|_| plain)
}

/// How a number is proven where people can set up these methods: by text message, else by a call, else not at all.
pub fn channel(enrolable: &[Method]) -> Option<Channel> {
    let channels = [Channel::Sms, Channel::Voice];
    channels
        .into_iter()
        .find(|channel| enrolable.contains(&channel.method()))
}
