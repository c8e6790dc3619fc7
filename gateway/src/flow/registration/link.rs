//! One-use links of operators: to make an account, or to set the first password of one. Opening one changes nothing.

use super::Registrations;
use crate::domain::audit::AuditEvent;
use crate::domain::invitation::{Guest, Invited};
use crate::domain::password::{Password, Standard, Unfit};
use crate::domain::secret::{Secret, Token};
use crate::domain::settings::Settings;
use crate::domain::throttle::From;
use crate::domain::user::UserName;
use crate::flow::budget::place;
use crate::flow::{Circumstances, Fault, Outside};
use crate::io::directory::{Accepted, Kept};
use crate::io::keys::Purpose;

/// What a link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Linked {
    /// Somebody new may make an account.
    Guest(Guest),
    /// The user of this name may set their first password.
    Member(UserName),
}

/// What comes of setting a first password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Welcomed {
    /// It is in force.
    Done,
    /// It cannot be a password of this user.
    Unfit(Unfit, UserName),
    /// Too much to do for this user's; again in a moment.
    Busy(UserName),
    /// The link was used or has ended, or never was one.
    LinkEnded,
}

impl Registrations {
    /// What a link is for; nothing when it was used or has ended, or never was one.
    ///
    /// # Errors
    /// When the directory fails.
    pub async fn linked(&self, link: &Token) -> Result<Option<Linked>, Fault> {
        find(&self.outside, link).await
    }

    /// Sets the first password of the person whom a link is for.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn welcome(
        &self,
        link: &Token,
        typed: Secret<String>,
        (settings, circumstances): (&Settings, &Circumstances),
    ) -> Result<Welcomed, Fault> {
        let Some(newcomers) = self.outside.directory.newcomers() else {
            return Ok(Welcomed::LinkEnded);
        };
        let Some(Linked::Member(name)) = find(&self.outside, link).await? else {
            return Ok(Welcomed::LinkEnded);
        };
        let Some(user) = self.outside.directory.find(&name).await? else {
            return Ok(Welcomed::LinkEnded);
        };
        let password = match Password::chosen(typed, &Standard::of_user(settings, &user)) {
            Ok(password) => password,
            Err(unfit) => return Ok(Welcomed::Unfit(unfit, name)),
        };
        let Some(place) = place(&self.outside, From::KnownDevice, circumstances.source) else {
            return Ok(Welcomed::Busy(name));
        };
        let kept = match newcomers.keep(password, place).await? {
            Kept::As(kept) => kept,
            Kept::Busy => return Ok(Welcomed::Busy(name)),
        };
        let event = AuditEvent::FirstPasswordChosen;
        let record = self.outside.record(event, Some(user.id), circumstances);
        let link = self::name(&self.outside, link)?;
        Ok(match newcomers.accept((&link, user.id), kept, record).await? {
            Accepted::Done => Welcomed::Done,
            Accepted::LinkEnded => Welcomed::LinkEnded,
        })
    }
}

/// What a link is for.
pub(super) async fn find(outside: &Outside, link: &Token) -> Result<Option<Linked>, Fault> {
    let Some(newcomers) = outside.directory.newcomers() else {
        return Ok(None);
    };
    let found = newcomers.invitation(&name(outside, link)?, outside.clock.now()).await?;
    Ok(match found.map(|link| link.invited) {
        Some(Invited::Guest(guest)) => Some(Linked::Guest(guest)),
        Some(Invited::Member(user)) => {
            let user = outside.directory.user(user).await?;
            user.map(|user| Linked::Member(user.name))
        }
        None => None,
    })
}

/// What a link is known by: a keyed hash that outlives the rotation of keys, as the link does.
pub(in crate::flow) fn name(outside: &Outside, link: &Token) -> Result<String, Fault> {
    let parts = [b"invitation".as_slice(), link.expose()];
    outside.keys.pseudonym(Purpose::Scope, &parts)
}
