//! People as operators see them: addresses masked, keys and passwords not at all.

use super::super::{Fault, Outside};
use crate::domain::assurance::Method;
use crate::domain::authenticator::{Authenticator, Kind};
use crate::domain::id::{AuthenticatorId, SessionId, UserId};
use crate::domain::notice::Changes;
use crate::domain::password::Standard;
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::domain::user::{PasswordFrom, Secrecy, Standing, User, UserName};
use crate::io::credentials::Restrictions;
use serde::Serialize;

/// A person as operators see them in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// Stays the same when the name changes.
    pub id: UserId,
    /// What they type to log in.
    pub name: UserName,
    /// What people call them.
    pub display_name: String,
    /// Where mail reaches them; may be empty.
    pub email: String,
    /// The groups they belong to.
    pub groups: Vec<String>,
    /// Whether they may log in.
    pub standing: Standing,
    /// Where their password comes from.
    pub password: ShownPassword,
}

/// Where a password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownPassword {
    /// From themselves or an operator.
    Usual,
    /// From their mailbox, so that codes by e-mail complete no login of theirs for now.
    FromMailbox,
    /// From nowhere any more: somebody objected to a change.
    Withdrawn,
    /// Known to somebody else, as it must seem: its owner chooses another at the next login.
    Compromised,
    /// From nowhere yet: they have not used their link.
    NotYet,
}

/// A person with all that belongs to them, as operators see it.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// Who.
    #[serde(flatten)]
    pub user: Listed,
    /// What proves them beside the password, oldest first.
    pub authenticators: Vec<ShownAuthenticator>,
    /// Their open sessions, newest first.
    pub sessions: Vec<ShownSession>,
    /// Whether they can change how they log in.
    pub changes: Changes,
    /// When their second factors will be removed (RFC 3339, UTC), if that is planned.
    pub reset_due: Option<String>,
}

/// An authenticator as operators see it.
#[derive(Clone, Debug, Serialize)]
pub struct ShownAuthenticator {
    /// Which.
    pub id: AuthenticatorId,
    /// Its kind.
    pub method: Method,
    /// What its owner calls it; may be empty.
    pub description: String,
    /// Where its codes go, masked; empty for an app.
    pub address: String,
}

/// A session as operators see it.
#[derive(Clone, Debug, Serialize)]
pub struct ShownSession {
    /// Which.
    pub id: SessionId,
    /// When it was opened (RFC 3339, UTC).
    pub opened_at: String,
    /// When it ends at the latest.
    pub ends_at: String,
    /// The address it was opened from.
    pub source: String,
}

/// A person in the list of all, with what proves them beside the password.
#[derive(Clone, Debug, Serialize)]
pub struct Proved {
    /// Who.
    #[serde(flatten)]
    pub user: Listed,
    /// The kinds of their second factors, oldest first; emergency codes stand in for one and are none.
    pub second_factors: Vec<Method>,
}

/// Who is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everybody.
    Everybody,
    /// Whoever has no second factor.
    WithoutSecondFactor,
}

/// People by name.
///
/// # Errors
/// When SQL fails, or something at rest cannot be read.
pub async fn list(outside: &Outside, scope: Scope) -> Result<Vec<Proved>, Fault> {
    let mut all = Vec::new();
    for user in outside.directory.all().await? {
        let authenticators = outside.credentials.authenticators(user.id).await?;
        let methods = authenticators.iter().map(Authenticator::method);
        let second_factors: Vec<Method> = methods.filter(|method| *method != Method::EmergencyCode).collect();
        if scope == Scope::Everybody || second_factors.is_empty() {
            all.push(Proved {
                user: listed(user),
                second_factors,
            });
        }
    }
    Ok(all)
}

/// One person; nothing when there is nobody of that name.
///
/// # Errors
/// When SQL fails, or something at rest cannot be read.
pub async fn show(outside: &Outside, name: &UserName) -> Result<Option<Shown>, Fault> {
    let Some(user) = outside.directory.find(name).await? else {
        return Ok(None);
    };
    let authenticators = outside.credentials.authenticators(user.id).await?;
    let sessions = shown_sessions(outside, user.id).await?;
    let authenticators = authenticators.iter().map(shown).collect();
    let Restrictions { changes, reset_due } = outside.credentials.restrictions(user.id).await?;
    Ok(Some(Shown {
        user: listed(user),
        authenticators,
        sessions,
        changes,
        reset_due: reset_due.map(moment).transpose()?,
    }))
}

/// The open sessions of a user, newest first.
pub(super) async fn shown_sessions(outside: &Outside, user: UserId) -> Result<Vec<ShownSession>, Fault> {
    let mut sessions = Vec::new();
    for session in outside.credentials.sessions(user, outside.clock.now()).await? {
        let (opened_at, ends_at) = (moment(session.opened_at)?, moment(session.ends_at)?);
        sessions.push(ShownSession {
            id: session.id,
            opened_at,
            ends_at,
            source: session.source,
        });
    }
    Ok(sessions)
}

/// What the apps of a person were given when they were enrolled, oldest first, under this issuer's name. Only for a
/// program whose keys are public anyway, such as one that shows how things work; no page and no command tells them.
///
/// # Errors
/// When SQL fails, or something at rest cannot be read.
pub async fn enrolled_apps(outside: &Outside, name: &UserName, issuer: &str) -> Result<Vec<Secret<String>>, Fault> {
    let Some(user) = outside.directory.find(name).await? else {
        return Ok(Vec::new());
    };
    let authenticators = outside.credentials.authenticators(user.id).await?;
    let uri = |authenticator: &Authenticator| match &authenticator.kind {
        Kind::Totp(totp) => Some(totp.uri(issuer, user.name.as_str())),
        Kind::Phone(_) | Kind::Mailbox(_) | Kind::EmergencyCodes(_) => None,
    };
    Ok(authenticators.iter().filter_map(uri).collect())
}

fn listed(user: User) -> Listed {
    let User {
        id,
        name,
        display_name,
        email,
        groups,
        standing,
        proofs_since: _,
        outlasting: _,
        created_at: _,
        password_from,
        secrecy,
    } = user;
    Listed {
        id,
        name,
        display_name,
        email,
        groups,
        standing,
        password: match password_from {
            _ if secrecy == Secrecy::Compromised => ShownPassword::Compromised,
            PasswordFrom::Elsewhere => ShownPassword::Usual,
            PasswordFrom::Mailbox(_) => ShownPassword::FromMailbox,
            PasswordFrom::Withdrawn => ShownPassword::Withdrawn,
            PasswordFrom::NotYet => ShownPassword::NotYet,
        },
    }
}

/// What a new password of this user is measured by; nothing when there is nobody of that name.
///
/// # Errors
/// When SQL fails.
pub async fn standard(outside: &Outside, settings: &Settings, name: &UserName) -> Result<Option<Standard>, Fault> {
    let user = outside.directory.find(name).await?;
    Ok(user.map(|user| Standard::of_user(settings, &user)))
}

fn shown(authenticator: &Authenticator) -> ShownAuthenticator {
    let address = match &authenticator.kind {
        Kind::Totp(_) => String::new(),
        Kind::EmergencyCodes(codes) => format!("{} left", codes.left()),
        Kind::Phone(phone) => phone.number.masked(),
        Kind::Mailbox(mailbox) => mailbox.masked(),
    };
    let description = authenticator.description.clone();
    ShownAuthenticator {
        id: authenticator.id,
        method: authenticator.method(),
        description,
        address,
    }
}

/// A moment as programs read it.
pub(super) fn moment(at: Timestamp) -> Result<String, Fault> {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).map_err(|error| Fault::new("sql", error))?;
    Ok(format!("{at:.3}"))
}
