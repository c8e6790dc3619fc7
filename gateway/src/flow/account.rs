//! What people change about what proves them: second factors and emergency codes.
//!
//! The acting user is always the session's; an id that came with a form only ever selects among that user's own things.
//! Whether the session is fresh enough is asked by the edge before, with [`crate::domain::policy::own_changes`].

use super::budget::raise_alarm;
use super::enrol::{self, Person, Proof, Proving, What, Wish};
use super::login::{Logins, Visit, enrolled};
use super::question::{self, Delivery};
use super::{Circumstances, Fault, Outside};
use crate::domain::assurance::{Authentication, Method};
use crate::domain::audit::AuditEvent;
use crate::domain::authenticator::challenge::Asked;
use crate::domain::authenticator::{Authenticator, Face, Kind, Preference};
use crate::domain::id::{AuthenticatorId, LoginId};
use crate::domain::notice::Changes;
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::throttle::{From, Room, Wait};
use crate::domain::time::Timestamp;
use crate::domain::user::Known;
use crate::io::credentials::{Keep, Removed};
use crate::io::directory::Seen;
use crate::io::store::records::Waiting;
use crate::io::store::{Inserted, Replaced};
use std::sync::Arc;
use std::time::Duration;

/// How long something pending can be proven without being asked again.
const PATIENCE: Duration = Duration::from_secs(900);

/// Somebody on their own account.
pub struct Owner<'a> {
    /// The session, and whose it is.
    pub known: Arc<Known>,
    /// What kind of browser it is.
    pub from: From,
    /// What holds here.
    pub settings: &'a Settings,
    /// The request.
    pub circumstances: &'a Circumstances,
}

impl Owner<'_> {
    /// The session as it was looked at when it was found to allow a change.
    pub(super) fn seen(&self) -> Seen {
        Seen {
            session: self.known.session.id,
            proofs_since: self.known.user.proofs_since,
        }
    }
}

/// An authenticator as its owner sees it.
#[derive(Clone, Debug)]
pub struct Own {
    /// Which.
    pub id: AuthenticatorId,
    /// How it proves.
    pub method: Method,
    /// How it appears, with its address masked.
    pub face: Face,
    /// What its owner calls it; may be empty.
    pub description: String,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it was used last, if it was.
    pub last_used_at: Option<Timestamp>,
    /// Whether it is asked first.
    pub preference: Preference,
}

/// What comes of an act.
#[derive(Debug)]
pub enum Done {
    /// It is done.
    Yes,
    /// It counts from now on, and was proven by this.
    Added(Authentication),
    /// This waits for its first code, and this became of sending it.
    Waits(AuthenticatorId, Delivery),
    /// The code was wrong.
    Wrong,
    /// Too many wrong codes.
    Throttled(Wait),
    /// Another code can be had only after this long.
    TooSoon(Wait),
    /// The number is on too many accounts.
    OnTooManyAccounts,
    /// The mailbox is somebody else's.
    Anothers,
    /// It is there already.
    AlreadyThere,
    /// It must stay: it is the last.
    IsTheLast,
    /// It is not there (any more).
    NotThere,
    /// It cannot be set up here.
    NotOffered,
}

/// The authenticators of a user, as they see them.
///
/// # Errors
/// When SQL fails.
pub async fn authenticators(outside: &Outside, owner: &Owner<'_>) -> Result<Vec<Own>, Fault> {
    let all = outside.credentials.authenticators(owner.known.user.id).await?;
    Ok(all.iter().map(own).collect())
}

/// What waits for its first code.
///
/// # Errors
/// When SQL fails.
pub async fn waiting(outside: &Outside, owner: &Owner<'_>) -> Result<Vec<Own>, Fault> {
    let all = outside.credentials.pending(owner.known.user.id).await?;
    Ok(all.iter().map(|pending| own(&pending.authenticator)).collect())
}

/// Whether the owner may change anything, beside proving who they are.
///
/// # Errors
/// When SQL fails.
pub async fn changes(outside: &Outside, owner: &Owner<'_>) -> Result<Changes, Fault> {
    Ok(outside.credentials.restrictions(owner.known.user.id).await?.changes)
}

fn own(authenticator: &Authenticator) -> Own {
    Own {
        id: authenticator.id,
        method: authenticator.method(),
        face: authenticator.face(),
        description: authenticator.description.clone(),
        added_at: authenticator.added_at,
        last_used_at: authenticator.last_used_at,
        preference: authenticator.preference,
    }
}

/// Begins to set something up.
///
/// # Errors
/// When something that must be asked or written fails.
pub async fn set_up(outside: &Outside, owner: &Owner<'_>, wish: Wish) -> Result<Done, Fault> {
    if !owner.settings.enrolable.contains(&wish.what.method()) {
        return Ok(Done::NotOffered);
    }
    let all = outside.credentials.authenticators(owner.known.user.id).await?;
    if all.iter().any(|one| is_same(&one.kind, &wish.what)) {
        return Ok(Done::AlreadyThere);
    }
    let replaceable = |id| all.iter().any(|one| one.id == id && one.method() == wish.what.method());
    if wish.replaces.is_some_and(|id| !replaceable(id)) {
        return Ok(Done::NotThere);
    }
    let drawn = enrol::begin(outside, &person(owner, LoginId::from_bytes([0; 16])), wish).await?;
    let id = drawn.asked.authenticator();
    let record = Waiting {
        user: owner.known.user.id,
        session: owner.known.session.id,
        asked: drawn.asked.clone(),
    };
    let (Inserted::New | Inserted::Exists) = outside.records.insert(&id.to_string(), &record, PATIENCE).await?;
    let delivery = enrol::send(outside, &person(owner, login(id)), (&drawn.asked, drawn.code.as_ref())).await?;
    Ok(Done::Waits(id, delivery))
}

fn is_same(kind: &Kind, what: &What) -> bool {
    match (kind, what) {
        (Kind::Phone(one), What::Phone(other)) => {
            one.number.expose() == other.number.expose() && one.channel == other.channel
        }
        (Kind::Mailbox(one), What::Mailbox(other)) => one == other,
        (
            Kind::Totp(_) | Kind::Phone(_) | Kind::Mailbox(_) | Kind::EmergencyCodes(_),
            What::App | What::Phone(_) | What::Mailbox(_),
        ) => false,
    }
}

/// Something pending as its owner sees it; nothing when it is not pending any more.
///
/// # Errors
/// When something that must be asked fails.
pub async fn show(outside: &Outside, owner: &Owner<'_>, id: AuthenticatorId) -> Result<Option<Proving>, Fault> {
    let asked = asked(outside, owner, id).await?.unwrap_or(Asked::App(id));
    enrol::show(outside, &person(owner, login(id)), &asked).await
}

/// A wrong code; its owner is told if it is the last that the account bears.
pub(super) async fn rejected(outside: &Outside, owner: &Owner<'_>, room: Room) -> Result<Done, Fault> {
    if room == Room::Gone {
        raise_alarm(outside, owner.known.user.id, owner.circumstances).await?;
    }
    Ok(Done::Wrong)
}

/// Judges the first code of something pending.
///
/// # Errors
/// When something that must be asked or written fails.
pub async fn prove(
    outside: &Outside,
    owner: &Owner<'_>,
    (id, code): (AuthenticatorId, &Secret<String>),
) -> Result<Done, Fault> {
    if is_there_by_now(outside, owner, id).await? {
        discard(outside, owner, id).await?;
        return Ok(Done::AlreadyThere);
    }
    let asked = asked(outside, owner, id).await?.unwrap_or(Asked::App(id));
    Ok(
        match enrol::prove(outside, &person(owner, login(id)), (&asked, code)).await? {
            Proof::Right(proof) => Done::Added(proof),
            Proof::Wrong(_, room) => rejected(outside, owner, room).await?,
            Proof::Throttled(wait) => Done::Throttled(wait),
            Proof::Gone => Done::NotThere,
            Proof::OnTooManyAccounts => Done::OnTooManyAccounts,
            Proof::Anothers => {
                discard(outside, owner, id).await?;
                Done::Anothers
            }
        },
    )
}

/// Whether the address that waits was proven in another tab meanwhile.
async fn is_there_by_now(outside: &Outside, owner: &Owner<'_>, id: AuthenticatorId) -> Result<bool, Fault> {
    let pending = outside.credentials.pending(owner.known.user.id).await?;
    let Some(pending) = pending.into_iter().find(|pending| pending.authenticator.id == id) else {
        return Ok(false);
    };
    let what = match pending.authenticator.kind {
        Kind::Phone(phone) => What::Phone(phone),
        Kind::Mailbox(mailbox) => What::Mailbox(mailbox),
        Kind::Totp(_) | Kind::EmergencyCodes(_) => return Ok(false),
    };
    let all = outside.credentials.authenticators(owner.known.user.id).await?;
    Ok(all.iter().any(|one| is_same(&one.kind, &what)))
}

/// Sends another code to something pending; the old one dies.
///
/// # Errors
/// When something that must be asked or written fails.
pub async fn send_again(outside: &Outside, owner: &Owner<'_>, id: AuthenticatorId) -> Result<Done, Fault> {
    let person = person(owner, login(id));
    let name = id.to_string();
    let found = outside.records.get::<Waiting>(&name).await?;
    let found = found.filter(|(waiting, _)| waiting.user == owner.known.user.id);
    let drawn = match &found {
        Some((waiting, _)) => match enrol::ask_again(outside, &person, &waiting.asked).await? {
            Some(Ok(drawn)) => drawn,
            Some(Err(wait)) => return Ok(Done::TooSoon(wait)),
            None => return Ok(Done::NotThere),
        },
        None => match enrol::ask_anew(outside, &person, id).await? {
            Some(drawn) => drawn,
            None => return Ok(Done::NotThere),
        },
    };
    let record = Waiting {
        user: owner.known.user.id,
        session: owner.known.session.id,
        asked: drawn.asked.clone(),
    };
    let kept = match found {
        Some((_, version)) => outside.records.replace(&name, version, &record, PATIENCE).await? == Replaced::Done,
        None => outside.records.insert(&name, &record, PATIENCE).await? == Inserted::New,
    };
    if !kept {
        return Ok(Done::TooSoon(Wait(question::RESEND_GAP)));
    }
    let delivery = enrol::send(outside, &person, (&drawn.asked, drawn.code.as_ref())).await?;
    Ok(Done::Waits(id, delivery))
}

/// Forgets something pending.
///
/// # Errors
/// When SQL fails.
pub async fn discard(outside: &Outside, owner: &Owner<'_>, id: AuthenticatorId) -> Result<(), Fault> {
    outside.credentials.discard_pending(owner.known.user.id, id).await
}

/// Makes a new list of emergency codes, to be shown now; the old one dies. Only for somebody with a second factor: codes
/// stand in for one.
///
/// # Errors
/// When something that must be written fails.
pub async fn make_codes(outside: &Outside, owner: &Owner<'_>) -> Result<Option<Vec<Secret<String>>>, Fault> {
    let all = outside.credentials.authenticators(owner.known.user.id).await?;
    if !enrolled(&all).has_second_factor() {
        return Ok(None);
    }
    let codes = enrol::make_codes(outside, &person(owner, LoginId::from_bytes([0; 16]))).await?;
    Ok(Some(codes))
}

/// Removes an authenticator; the last second factor stays where policy demands one.
///
/// # Errors
/// When SQL fails.
pub async fn remove(
    outside: &Outside,
    owner: &Owner<'_>,
    (id, method): (AuthenticatorId, Method),
) -> Result<Done, Fault> {
    let user = &owner.known.user;
    let keep = if owner.settings.duty.binds(&user.groups) {
        Keep::One
    } else {
        Keep::Nothing
    };
    let event = AuditEvent::AuthenticatorRemoved {
        method,
        authenticator: id,
    };
    let record = outside.record(event, Some(user.id), owner.circumstances);
    Ok(
        match outside
            .credentials
            .remove_authenticator(user.id, id, keep, record)
            .await?
        {
            Removed::Done => Done::Yes,
            Removed::IsTheLast => Done::IsTheLast,
            Removed::NotThere => Done::NotThere,
        },
    )
}

/// Calls an authenticator something else.
///
/// # Errors
/// When SQL fails.
pub async fn describe(
    outside: &Outside,
    owner: &Owner<'_>,
    (id, text): (AuthenticatorId, String),
) -> Result<(), Fault> {
    outside.credentials.describe(owner.known.user.id, id, text).await
}

/// Has an authenticator asked first.
///
/// # Errors
/// When SQL fails.
pub async fn prefer(outside: &Outside, owner: &Owner<'_>, id: AuthenticatorId) -> Result<(), Fault> {
    outside.credentials.prefer(owner.known.user.id, id).await
}

impl Logins {
    /// What kind of browser the owner of a session uses.
    ///
    /// # Errors
    /// When SQL fails.
    pub async fn device_of_owner(&self, visit: &Visit, known: &Known) -> Result<From, Fault> {
        self.device_of(visit, &known.user.name).await
    }
}

async fn asked(outside: &Outside, owner: &Owner<'_>, id: AuthenticatorId) -> Result<Option<Asked>, Fault> {
    let found = outside.records.get::<Waiting>(&id.to_string()).await?;
    let own = found.filter(|(waiting, _)| waiting.user == owner.known.user.id);
    Ok(own.map(|(waiting, _)| waiting.asked))
}

/// What a first code is spent for: setting up this one.
fn login(id: AuthenticatorId) -> LoginId {
    LoginId::from_bytes(*id.as_bytes())
}

fn person<'a>(owner: &'a Owner<'a>, login: LoginId) -> Person<'a> {
    Person {
        user: &owner.known.user,
        login,
        from: owner.from,
        settings: owner.settings,
        circumstances: owner.circumstances,
    }
}
