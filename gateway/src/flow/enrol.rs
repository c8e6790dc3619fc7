//! Setting up an authenticator: written down as pending, asked, judged, and moved to what counts.
//!
//! Both a login and the account pages come through here; who may set up what is decided before. Nothing pending is ever
//! asked for at a login.

use super::budget::{Charges, charge_second_factor, refund};
use super::question::{self, Delivery, Scene};
use super::{Circumstances, Fault, Outside, sending};
use crate::domain::assurance::{Authentication, Method};
use crate::domain::audit::AuditEvent;
use crate::domain::authenticator::challenge::Asked;
use crate::domain::authenticator::emergency::{BYTES, CODES, EmergencyCode, EmergencyCodes};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::phone::Phone;
use crate::domain::authenticator::totp::{KEY_BYTES, LastStep, Totp};
use crate::domain::authenticator::{Authenticator, Face, Kind, Unspent, Verdict};
use crate::domain::id::{AuthenticatorId, LoginId, UserId};
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::throttle::{From, Room, Wait};
use crate::domain::user::User;
use crate::io::credentials::{Confirmation, Confirmed, Enrolled, Pending};
use std::time::Duration;

/// Who sets something up, and where.
pub(super) struct Person<'a> {
    /// Whose account it is for.
    pub(super) user: &'a User,
    /// What it happens in; an answer is spent for that.
    pub(super) login: LoginId,
    /// What kind of browser it is.
    pub(super) from: From,
    /// What holds here.
    pub(super) settings: &'a Settings,
    /// The request.
    pub(super) circumstances: &'a Circumstances,
}

/// What a person wants to set up.
#[derive(Debug)]
pub struct Wish {
    /// What it is.
    pub what: What,
    /// What they call it; may be empty.
    pub description: String,
    /// What it takes the place of, once it is proven.
    pub replaces: Option<AuthenticatorId>,
}

/// What can be set up.
#[derive(Debug)]
pub enum What {
    /// An app, under a new key.
    App,
    /// A phone.
    Phone(Phone),
    /// A mailbox.
    Mailbox(Mailbox),
}

impl What {
    /// What it will prove by.
    pub fn method(&self) -> Method {
        match self {
            Self::App => Method::Totp,
            Self::Phone(phone) => phone.channel.method(),
            Self::Mailbox(_) => Method::Email,
        }
    }
}

/// What comes of a first answer.
#[derive(Debug)]
pub(super) enum Proof {
    /// It counts from now on.
    Right(Authentication),
    /// It is wrong; the same question stands.
    Wrong(Method, Room),
    /// Too many wrong answers.
    Throttled(Wait),
    /// It is not pending any more.
    Gone,
    /// Its number is on too many accounts.
    OnTooManyAccounts,
    /// Its mailbox is somebody else's.
    Anothers,
}

/// Something pending, as its owner sees it.
#[derive(Debug)]
pub struct Proving {
    /// Which.
    pub authenticator: AuthenticatorId,
    /// How it appears.
    pub face: Face,
    /// What an app is to be given; nothing where a code is sent.
    pub key: Option<Key>,
    /// How many digits the answer has.
    pub digits: u8,
    /// How long until another code can be had.
    pub resend_after: Duration,
}

/// What an app is to be given.
#[derive(Debug)]
pub struct Key {
    /// As a QR code carries it.
    pub uri: Secret<String>,
    /// To be typed: base 32, in groups of four.
    pub text: Secret<String>,
}

/// Writes down what a person wants, and draws the question for it. The code is sent with [`send`], once the question
/// is kept.
pub(super) async fn begin(outside: &Outside, person: &Person<'_>, wish: Wish) -> Result<question::Question, Fault> {
    let kind = match wish.what {
        What::App => {
            let mut key = vec![0_u8; KEY_BYTES];
            outside.entropy.fill(&mut key);
            Kind::Totp(Totp::new(
                Secret::new(key),
                person.settings.totp_digits,
                LastStep::Never,
            ))
        }
        What::Phone(phone) => Kind::Phone(phone),
        What::Mailbox(mailbox) => Kind::Mailbox(mailbox),
    };
    let authenticator = Authenticator::new(outside.entropy.id(), wish.description, kind, outside.clock.now());
    let drawn = question::draw(outside, &authenticator)?;
    let pending = Pending {
        authenticator,
        replaces: wish.replaces,
    };
    outside.credentials.put_pending(person.user.id, &pending).await?;
    Ok(drawn)
}

/// Sends the code of a question, where it has one and quotas let it go.
pub(super) async fn send(
    outside: &Outside,
    person: &Person<'_>,
    (asked, code): (&Asked, Option<&crate::domain::authenticator::challenge::Code>),
) -> Result<Delivery, Fault> {
    let Some(code) = code else {
        return Ok(Delivery::NotNeeded);
    };
    let Some(pending) = find(outside, person, asked.authenticator()).await? else {
        return Ok(Delivery::Failed);
    };
    let who = (person.user.id, &pending.authenticator);
    if !question::may_ask(outside, who, (person.settings, person.circumstances)).await? {
        return Ok(Delivery::Failed);
    }
    let scene = Scene {
        host: person.settings.portal.origin.authority().host(),
        challenge: asked.challenge(),
        circumstances: person.circumstances,
    };
    question::send(
        outside,
        (person.user.id, person.login),
        (&pending.authenticator, code),
        &scene,
    )
    .await
}

/// Draws another question for something pending, or says how long to wait; nothing when it is not pending any more.
pub(super) async fn ask_again(
    outside: &Outside,
    person: &Person<'_>,
    asked: &Asked,
) -> Result<Option<Result<question::Question, Wait>>, Fault> {
    let Asked::Sent(challenge) = asked else { return Ok(None) };
    if let Some(wait) = question::resend_wait(challenge, outside.clock.now()) {
        return Ok(Some(Err(wait)));
    }
    match find(outside, person, challenge.authenticator).await? {
        Some(pending) => Ok(Some(Ok(question::draw(outside, &pending.authenticator)?))),
        None => Ok(None),
    }
}

/// Draws a question for something pending whose last one is forgotten; nothing when it is not pending, or is an app.
pub(super) async fn ask_anew(
    outside: &Outside,
    person: &Person<'_>,
    id: AuthenticatorId,
) -> Result<Option<question::Question>, Fault> {
    let Some(pending) = find(outside, person, id).await? else {
        return Ok(None);
    };
    let drawn = question::draw(outside, &pending.authenticator)?;
    Ok(drawn.code.is_some().then_some(drawn))
}

/// What comes of comparing an answer.
pub(super) enum Judged {
    /// It is right; nothing was spent yet.
    Right(Unspent),
    /// It is wrong.
    Wrong(Room),
    /// Too many wrong answers.
    Throttled(Wait),
}

/// Judges an answer to what does not count yet: charged, compared, refunded if right.
pub(super) async fn judge(
    outside: &Outside,
    (user, from): (UserId, From),
    (asked, authenticator): (&Asked, &Authenticator),
    typed: &Secret<String>,
) -> Result<Judged, Fault> {
    let charges = match charge_second_factor(outside, user, from).await? {
        Charges::Counted(charges) => charges,
        Charges::MustWait(wait) => return Ok(Judged::Throttled(wait)),
    };
    if !question::count_try(outside, asked).await? {
        // It is not looked at, so it is no last try.
        return Ok(Judged::Wrong(Room::Left));
    }
    let response = question::response(outside, asked, (authenticator, typed.expose()));
    let verdict = response.map_or(Verdict::Wrong, |response| {
        authenticator.verify(&response, outside.clock.now())
    });
    match verdict {
        Verdict::Wrong => Ok(Judged::Wrong(charges.room)),
        Verdict::Correct(unspent) => {
            refund(outside, charges).await?;
            Ok(Judged::Right(unspent))
        }
    }
}

/// Judges the first answer of something pending, and moves it to what counts in one transaction.
pub(super) async fn prove(
    outside: &Outside,
    person: &Person<'_>,
    (asked, typed): (&Asked, &Secret<String>),
) -> Result<Proof, Fault> {
    let id = asked.authenticator();
    let Some(pending) = find(outside, person, id).await? else {
        return Ok(Proof::Gone);
    };
    let method = pending.authenticator.method();
    let who = (person.user.id, person.from);
    let unspent = match judge(outside, who, (asked, &pending.authenticator), typed).await? {
        Judged::Right(unspent) => unspent,
        Judged::Wrong(room) => return Ok(Proof::Wrong(method, room)),
        Judged::Throttled(wait) => return Ok(Proof::Throttled(wait)),
    };
    let record = outside.record(
        AuditEvent::AuthenticatorAdded {
            method,
            authenticator: id,
            replaced: pending.replaces,
        },
        Some(person.user.id),
        person.circumstances,
    );
    let confirmation = Confirmation {
        user: person.user.id,
        unspent,
        login: person.login,
        most_accounts: person.settings.accounts_per_number,
        record,
    };
    let block = sending::block(&pending.authenticator);
    Ok(match outside.credentials.confirm(pending, confirmation).await? {
        Confirmed::Ours(proof) => {
            sending::prove(outside, block.as_ref(), &asked.name()).await;
            Proof::Right(proof)
        }
        Confirmed::Gone => Proof::Gone,
        Confirmed::OnTooManyAccounts => Proof::OnTooManyAccounts,
        Confirmed::Anothers => Proof::Anothers,
    })
}

/// Makes a list of emergency codes in place of the one before; what is returned is shown once.
pub(super) async fn make_codes(outside: &Outside, person: &Person<'_>) -> Result<Vec<Secret<String>>, Fault> {
    let id: AuthenticatorId = outside.entropy.id();
    let (mut shown, mut hashes) = (Vec::with_capacity(CODES), Vec::with_capacity(CODES));
    for _ in 0..CODES {
        let mut bytes = [0_u8; BYTES];
        outside.entropy.fill(&mut bytes);
        let code = EmergencyCode::of_bytes(bytes);
        hashes.push(question::hash_listed(outside, id, &code)?);
        shown.push(code.grouped());
    }
    let kind = Kind::EmergencyCodes(EmergencyCodes::new(hashes));
    let list = Authenticator::new(id, String::new(), kind, outside.clock.now());
    let event = AuditEvent::AuthenticatorAdded {
        method: Method::EmergencyCode,
        authenticator: id,
        replaced: None,
    };
    let record = outside.record(event, Some(person.user.id), person.circumstances);
    let (Enrolled::Done | Enrolled::Anothers | Enrolled::OnTooManyAccounts) = outside
        .credentials
        .add_authenticator(person.user.id, &list, None, record)
        .await?;
    Ok(shown)
}

/// Something pending as its owner sees it; nothing when it is not pending any more.
pub(super) async fn show(outside: &Outside, person: &Person<'_>, asked: &Asked) -> Result<Option<Proving>, Fault> {
    let Some(pending) = find(outside, person, asked.authenticator()).await? else {
        return Ok(None);
    };
    let authenticator = &pending.authenticator;
    let key = match &authenticator.kind {
        Kind::Totp(totp) => Some(Key {
            uri: totp.uri(&person.settings.brand, person.user.name.as_str()),
            text: totp.key_text(),
        }),
        Kind::Phone(_) | Kind::Mailbox(_) | Kind::EmergencyCodes(_) => None,
    };
    let wait = match asked {
        Asked::Sent(challenge) => question::resend_wait(challenge, outside.clock.now()).map(|wait| wait.0),
        Asked::App(_) | Asked::Listed(_) => None,
    };
    Ok(Some(Proving {
        authenticator: authenticator.id,
        face: authenticator.face(),
        key,
        digits: authenticator.digits(),
        resend_after: wait.unwrap_or_default(),
    }))
}

async fn find(outside: &Outside, person: &Person<'_>, id: AuthenticatorId) -> Result<Option<Pending>, Fault> {
    let pending = outside.credentials.pending(person.user.id).await?;
    Ok(pending.into_iter().find(|one| one.authenticator.id == id))
}
