//! Putting a question to an authenticator: asking an app or a list costs nothing, a code must be drawn, saved and sent.

use super::{Circumstances, Fault, Outside, carrying, sending};
use crate::domain::assurance::Method;
use crate::domain::audit::AuditEvent;
use crate::domain::authenticator::challenge::{Asked, Challenge, Code, LIFE, TRIES};
use crate::domain::authenticator::emergency::EmergencyCode;
use crate::domain::authenticator::phone::Channel;
use crate::domain::authenticator::{Authenticator, Kind, Preference, Response};
use crate::domain::id::{AuthenticatorId, ChallengeId, LoginId, UserId};
use crate::domain::login::Offer;
use crate::domain::secret::KeyedHash;
use crate::domain::sending::Bound;
use crate::domain::settings::Settings;
use crate::domain::throttle::Wait;
use crate::domain::time::Timestamp;
use crate::io::courier::{CodeLetter, Destination, Letter, Occasion, Undelivered};
use crate::io::keys::Purpose;
use std::time::Duration;

/// A question about to be put, with the code to send where one is needed.
pub(super) struct Question {
    /// What the login will wait for.
    pub(super) asked: Asked,
    /// What to send.
    pub(super) code: Option<Code>,
}

/// What became of sending a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Nothing had to be sent.
    NotNeeded,
    /// A courier has it.
    Sent,
    /// No courier took it, or no more may be sent for now.
    Failed,
}

/// Draws what is needed to ask this authenticator.
pub(super) fn draw(outside: &Outside, authenticator: &Authenticator) -> Result<Question, Fault> {
    match authenticator.kind {
        Kind::Totp(_) => Ok(Question {
            asked: Asked::App(authenticator.id),
            code: None,
        }),
        Kind::EmergencyCodes(_) => Ok(Question {
            asked: Asked::Listed(authenticator.id),
            code: None,
        }),
        Kind::Phone(_) | Kind::Mailbox(_) => {
            let (id, code) = (outside.entropy.id(), outside.entropy.code());
            let answer = hash(outside, id, authenticator.id, code.expose())?;
            let challenge = Challenge {
                id,
                authenticator: authenticator.id,
                answer,
                at: outside.clock.now(),
            };
            Ok(Question {
                asked: Asked::Sent(challenge),
                code: Some(code),
            })
        }
    }
}

/// What was typed, made comparable with what was asked; nothing when it cannot be right whatever was asked.
pub(super) fn response<'a>(
    outside: &Outside,
    asked: &'a Asked,
    (authenticator, typed): (&Authenticator, &str),
) -> Option<Response<'a>> {
    let digits = || Code::parse(typed, authenticator.digits());
    match asked {
        Asked::App(_) => digits().map(Response::Digits),
        Asked::Listed(list) => match EmergencyCode::parse(typed) {
            Some(code) => {
                let is_listed = |hash: &KeyedHash| match &authenticator.kind {
                    Kind::EmergencyCodes(codes) => codes.has(hash),
                    Kind::Totp(_) | Kind::Phone(_) | Kind::Mailbox(_) => false,
                };
                let parts: [&[u8]; 3] = [b"emergency", list.as_bytes(), code.expose().as_bytes()];
                outside
                    .keys
                    .hash_known(Purpose::Code, &parts, is_listed)
                    .map(Response::Listed)
            }
            None => None,
        },
        Asked::Sent(challenge) => match digits() {
            Some(code) => {
                let parts: [&[u8]; 3] = [
                    challenge.id.as_bytes(),
                    challenge.authenticator.as_bytes(),
                    code.expose().as_bytes(),
                ];
                let is_answer = |hash: &KeyedHash| challenge.answer.matches(hash);
                let hash = outside.keys.hash_known(Purpose::Code, &parts, is_answer);
                hash.map(|hash| Response::Sent(challenge, hash))
            }
            None => None,
        },
    }
}

/// Whether a challenge may still be answered; each look counts, whatever comes of it.
pub(super) async fn count_try(outside: &Outside, asked: &Asked) -> Result<bool, Fault> {
    match asked {
        Asked::App(_) | Asked::Listed(_) => Ok(true),
        Asked::Sent(challenge) => Ok(outside.records.count("tries", &challenge.id.to_string(), LIFE).await? <= TRIES),
    }
}

/// Hands the code to a courier; what became of it is recorded.
pub(super) async fn send(
    outside: &Outside,
    (user, login): (UserId, LoginId),
    (authenticator, code): (&Authenticator, &Code),
    scene: &Scene<'_>,
) -> Result<Delivery, Fault> {
    let (destination, number) = match &authenticator.kind {
        Kind::Totp(_) | Kind::EmergencyCodes(_) => return Ok(Delivery::NotNeeded),
        Kind::Phone(phone) => match phone.channel {
            Channel::Sms => (Destination::Phone(&phone.number), Some(&phone.number)),
            Channel::Voice => (Destination::Call(&phone.number), Some(&phone.number)),
        },
        Kind::Mailbox(mailbox) => (Destination::Mailbox(mailbox), None),
    };
    let Circumstances { source, language, .. } = scene.circumstances;
    let letter = CodeLetter {
        occasion: Occasion::Login,
        code,
        life: LIFE,
        host: scene.host,
        origin: *source,
        language,
        parcel: scene.challenge,
    };
    let sent = carrying::hand_over(outside, (destination, number), &Letter::Code(&letter)).await;
    let method = authenticator.method();
    let (event, delivery) = match sent {
        Ok(()) => (AuditEvent::CodeSent { method, login }, Delivery::Sent),
        Err(Undelivered(faults)) => {
            faults
                .iter()
                .for_each(|fault| tracing::warn!(%fault, "a code was not delivered"));
            (AuditEvent::CodeNotSent { method, login }, Delivery::Failed)
        }
    };
    outside
        .credentials
        .record(outside.record(event, Some(user), scene.circumstances))
        .await?;
    Ok(delivery)
}

/// Where a login takes place.
pub(super) struct Scene<'a> {
    /// The host of the page where the code is typed.
    pub(super) host: &'a str,
    /// What the code answers.
    pub(super) challenge: Option<ChallengeId>,
    /// The request.
    pub(super) circumstances: &'a Circumstances,
}

/// How long one must wait between two codes in one login.
pub const RESEND_GAP: Duration = Duration::from_secs(30);

/// How long until a phone or mailbox that was sent this challenge may be sent another; nothing when it may be now. Of
/// parallel wishes one is granted, because the new challenge replaces the old one by compare and swap.
pub(super) fn resend_wait(challenge: &Challenge, now: Timestamp) -> Option<Wait> {
    let left = (challenge.at + RESEND_GAP).since(now);
    (!left.is_zero()).then_some(Wait(left))
}

/// Whether this authenticator may be asked now: an app always, anything else as quotas let another code go out.
pub(super) async fn may_ask(
    outside: &Outside,
    (user, authenticator): (UserId, &Authenticator),
    around: (&Settings, &Circumstances),
) -> Result<bool, Fault> {
    match &authenticator.kind {
        Kind::Totp(_) | Kind::EmergencyCodes(_) => Ok(true),
        Kind::Mailbox(_) => may_send(outside, user, authenticator.id).await,
        Kind::Phone(phone) => Ok(may_send(outside, user, authenticator.id).await?
            && sending::may_text(outside, (&phone.number, Some(user)), around).await?),
    }
}

/// Whether quotas let another code go out; asked before one is drawn, so that a refusal leaves the last code good. Four in
/// ten minutes (the first and three more) and ten a day, for each phone or mailbox and for each account.
async fn may_send(outside: &Outside, user: UserId, authenticator: AuthenticatorId) -> Result<bool, Fault> {
    let (one, all) = (authenticator.to_string(), user.to_string());
    let (burst, day) = (Duration::from_secs(600), Duration::from_secs(24 * 3600));
    // All four count in any case, so they need not wait for each other.
    let (burst, day) = tokio::try_join!(
        counts(outside, ("sends-burst", burst), (&one, &all)),
        counts(outside, ("sends-day", day), (&one, &all)),
    )?;
    let may = burst <= 4 && day <= 10;
    if !may {
        outside.denials.count(Bound::Account);
    }
    Ok(may)
}

/// Counts one more for each of two, and the higher count.
async fn counts(
    outside: &Outside,
    (family, window): (&str, Duration),
    (one, other): (&str, &str),
) -> Result<u32, Fault> {
    let counts = tokio::try_join!(
        outside.records.count(family, one, window),
        outside.records.count(family, other, window),
    )?;
    Ok(counts.0.max(counts.1))
}

/// A code's keyed hash, bound to its challenge and to who must answer (ASVS 5.0 V6.6.2).
fn hash(
    outside: &Outside,
    challenge: ChallengeId,
    authenticator: AuthenticatorId,
    code: &str,
) -> Result<KeyedHash, Fault> {
    outside.keys.hash(
        Purpose::Code,
        &[challenge.as_bytes(), authenticator.as_bytes(), code.as_bytes()],
    )
}

/// The keyed hash of a code from a list, bound to the list.
pub(super) fn hash_listed(outside: &Outside, list: AuthenticatorId, code: &EmergencyCode) -> Result<KeyedHash, Fault> {
    outside.keys.hash(
        Purpose::Code,
        &[b"emergency", list.as_bytes(), code.expose().as_bytes()],
    )
}

/// What a person can be asked for, each as an offer: what they prefer, then as the configuration has it, strongest
/// first, and emergency codes last.
pub(super) fn offers(authenticators: &[Authenticator], order: &[Method]) -> Vec<Offer> {
    let of = |method: Method| move |one: &&Authenticator| one.method() == method;
    let methods = order.iter().copied().chain([Method::EmergencyCode]);
    let mut found: Vec<&Authenticator> = methods
        .flat_map(|method| authenticators.iter().filter(of(method)))
        .filter(|one| !matches!(&one.kind, Kind::EmergencyCodes(codes) if codes.left() == 0))
        .collect();
    found.sort_by_key(|one| match one.preference {
        Preference::First => 0,
        Preference::Usual => 1,
    });
    let offer = |one: &Authenticator| Offer {
        authenticator: one.id,
        method: one.method(),
    };
    found.into_iter().map(offer).collect()
}
