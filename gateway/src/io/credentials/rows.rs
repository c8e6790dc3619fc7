//! Authenticators at rest: keys and addresses sealed to their row.

use super::claims::Claim;
use crate::domain::authenticator::emergency::EmergencyCodes;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::phone::{Channel, Phone, PhoneNumber};
use crate::domain::authenticator::totp::{Digits, LastStep, Totp};
use crate::domain::authenticator::{Authenticator, Kind, Preference};
use crate::domain::id::{AuthenticatorId, UserId};
use crate::domain::secret::{KeyedHash, Secret};
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::keys::{KeyRing, Purpose};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sqlx::Row;
use sqlx::any::AnyRow;

const TOTP: &str = "totp";
/// What numbers are counted by.
pub(super) const PHONE: &str = "phone";
const MAILBOX: &str = "mailbox";
/// Codes on paper; what they are is in a table of their own.
pub(super) const EMERGENCY_CODES: &str = "emergency_codes";
/// The last step of an app that was never used; every real step is greater.
const NEVER: i64 = -1;

/// The table a row is sealed to.
#[derive(Clone, Copy)]
pub(super) enum Table {
    /// What counts.
    Authenticators,
    /// What waits for its first right answer.
    Pending,
    /// What was removed; it stays sealed as it was when it counted.
    Former,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Self::Authenticators | Self::Former => "authenticators",
            Self::Pending => "pending",
        }
    }
}

/// An authenticator as its row has it.
pub(super) struct Sealed {
    pub(super) kind: &'static str,
    pub(super) channel: &'static str,
    pub(super) sealed: String,
    pub(super) address: String,
    pub(super) digits: i64,
    pub(super) last_step: i64,
}

/// Seals an authenticator to its row.
pub(super) fn seal(
    keys: &KeyRing,
    (table, user): (Table, UserId),
    authenticator: &Authenticator,
) -> Result<Sealed, Fault> {
    let of = |kind, secret: &[u8]| {
        let sealed = keys.seal(Purpose::Authenticator, &place(table, user, authenticator.id), secret)?;
        Ok(Sealed {
            kind,
            channel: "",
            sealed: STANDARD.encode(sealed),
            address: String::new(),
            digits: 0,
            last_step: NEVER,
        })
    };
    match &authenticator.kind {
        Kind::Totp(totp) => Ok(Sealed {
            digits: i64::from(totp.digits().count()),
            last_step: step(totp.last_step()),
            ..of(TOTP, totp.key().expose())?
        }),
        Kind::Phone(phone) => Ok(Sealed {
            channel: phone.channel.word(),
            address: keys.pseudonym(Purpose::Scope, &[b"phone", phone.number.expose().as_bytes()])?,
            ..of(PHONE, phone.number.expose().as_bytes())?
        }),
        Kind::Mailbox(mailbox) => Ok(Sealed {
            address: Claim::to(keys, mailbox.as_str())?.hash(),
            ..of(MAILBOX, mailbox.as_str().as_bytes())?
        }),
        Kind::EmergencyCodes(_) => of(EMERGENCY_CODES, &[]),
    }
}

/// The columns that [`unseal`] reads of `authenticators`.
pub(super) const COLUMNS: &str =
    "id, kind, channel, description, sealed, digits, last_step, preferred, created_at, last_used_at";
/// The same of `pending`, which was never used or preferred.
pub(super) const PENDING_COLUMNS: &str =
    "id, kind, channel, description, sealed, digits, CAST(-1 AS bigint) AS last_step,
     CAST(0 AS bigint) AS preferred, created_at, CAST(0 AS bigint) AS last_used_at, replaces";
/// The same of `former_authenticators`.
pub(super) const FORMER_COLUMNS: &str =
    "id, kind, channel, description, sealed, digits, last_step, CAST(0 AS bigint) AS preferred, created_at,
     CAST(0 AS bigint) AS last_used_at, removed_at";

/// Reads a row; emergency codes come without their codes.
pub(super) fn unseal(
    row: &AnyRow,
    keys: &KeyRing,
    (table, user): (Table, UserId),
    unused: impl FnOnce(AuthenticatorId) -> Vec<KeyedHash>,
) -> Result<Authenticator, Fault> {
    let unreadable = |error: sqlx::Error| Fault::new("sql", error);
    let text = |column: &str| row.try_get::<String, _>(column).map_err(unreadable);
    let number = |column: &str| row.try_get::<i64, _>(column).map_err(unreadable);
    let id: AuthenticatorId = text("id")?.parse().map_err(|error| Fault::new("sql", error))?;
    let malformed = |why: &str| Fault::new("sql", format!("authenticator {id}: {why}"));
    let sealed = STANDARD.decode(text("sealed")?).map_err(|_| malformed("not base64"))?;
    let secret = keys
        .open(Purpose::Authenticator, &place(table, user, id), &sealed)
        .map_err(|unopened| malformed(&unopened.to_string()))?;
    let plain = || std::str::from_utf8(&secret).map_err(|_| malformed("not text"));
    let kind = match text("kind")?.as_str() {
        TOTP => {
            let digits = u8::try_from(number("digits")?).ok().and_then(Digits::from_count);
            let last_step = u64::try_from(number("last_step")?).map_or(LastStep::Never, LastStep::Step);
            let digits = digits.ok_or_else(|| malformed("odd digits"))?;
            Kind::Totp(Totp::new(Secret::new(secret.to_vec()), digits, last_step))
        }
        PHONE => Kind::Phone(Phone {
            number: PhoneNumber::kept(plain()?).map_err(|_| malformed("no phone number"))?,
            channel: Channel::from_word(&text("channel")?).ok_or_else(|| malformed("unknown channel"))?,
        }),
        MAILBOX => Kind::Mailbox(Mailbox::parse(plain()?).map_err(|_| malformed("no address"))?),
        EMERGENCY_CODES => Kind::EmergencyCodes(EmergencyCodes::new(unused(id))),
        other => return Err(malformed(&format!("unknown kind {other}"))),
    };
    let last_used = number("last_used_at")?;
    Ok(Authenticator {
        id,
        description: text("description")?,
        kind,
        preference: if number("preferred")? == 0 {
            Preference::Usual
        } else {
            Preference::First
        },
        added_at: Timestamp::from_millis(number("created_at")?),
        last_used_at: (last_used > 0).then(|| Timestamp::from_millis(last_used)),
    })
}

/// Table, column, user and row: a sealed value is worth nothing anywhere else (ASVS 5.0 V13.3.1).
pub(super) fn place(table: Table, user: UserId, id: AuthenticatorId) -> Vec<u8> {
    format!("{}|sealed|{user}|{id}", table.name()).into_bytes()
}

fn step(last: LastStep) -> i64 {
    match last {
        LastStep::Never => NEVER,
        LastStep::Step(step) => i64::try_from(step).unwrap_or(i64::MAX),
    }
}
