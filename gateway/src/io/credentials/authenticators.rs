//! Authenticators at rest: keys and addresses sealed to their row.

use crate::domain::audit::AuditRecord;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::phone::PhoneNumber;
use crate::domain::authenticator::totp::{Digits, LastStep, Totp};
use crate::domain::authenticator::{Authenticator, Kind};
use crate::domain::id::{AuthenticatorId, UserId};
use crate::domain::secret::Secret;
use crate::io::Fault;
use crate::io::credentials::Revoked;
use crate::io::keys::{KeyRing, Purpose};
use crate::io::sql::{Database, write_audit, write_revocation};
use crate::io::telemetry::observe;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sqlx::Row;
use sqlx::any::AnyRow;

const TOTP: &str = "totp";
const PHONE: &str = "phone";
const MAILBOX: &str = "mailbox";
/// The last step of an app that was never used; every real step is greater.
const NEVER: i64 = -1;

/// The authenticators of a user, oldest first.
pub(super) async fn of(database: &Database, keys: &KeyRing, user: UserId) -> Result<Vec<Authenticator>, Fault> {
    let query = sqlx::query(
        "SELECT id, kind, description, sealed, digits, last_step FROM authenticators WHERE user_id = $1 ORDER BY created_at, id",
    );
    let rows = database
        .read(query.bind(user.to_string()).fetch_all(database.pool()))
        .await?;
    rows.iter().map(|row| unseal(row, keys, user)).collect()
}

/// Writes a new authenticator; nodes are told to read the user anew, and it is recorded, all in one transaction.
pub(super) async fn add(
    (database, keys): (&Database, &KeyRing),
    user: UserId,
    authenticator: &Authenticator,
    record: AuditRecord,
) -> Result<(), Fault> {
    let (kind, secret, digits, last_step) = match &authenticator.kind {
        Kind::Totp(totp) => (
            TOTP,
            totp.key().expose().as_slice(),
            totp.digits().count(),
            step(totp.last_step()),
        ),
        Kind::Phone(number) => (PHONE, number.expose().as_bytes(), 0, NEVER),
        Kind::Mailbox(mailbox) => (MAILBOX, mailbox.as_str().as_bytes(), 0, NEVER),
    };
    let sealed = STANDARD.encode(keys.seal(Purpose::Authenticator, &place(user, authenticator.id), secret)?);
    let (id, description) = (authenticator.id.to_string(), authenticator.description.clone());
    let told = record.clone();
    database
        .transaction(|mut transaction| async move {
            let query = sqlx::query(
                "INSERT INTO authenticators (id, user_id, kind, description, sealed, digits, last_step, spent_by, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8)",
            );
            let query = query.bind(id).bind(user.to_string()).bind(kind).bind(description).bind(sealed);
            query.bind(i64::from(digits)).bind(last_step).bind(record.at.as_millis()).execute(&mut *transaction).await?;
            write_revocation(&mut transaction, record.id, record.at, Revoked::Facts(user)).await?;
            write_audit(&mut transaction, &record).await?;
            Ok(((), transaction))
        })
        .await?;
    observe(&told);
    Ok(())
}

fn unseal(row: &AnyRow, keys: &KeyRing, user: UserId) -> Result<Authenticator, Fault> {
    let unreadable = |error: sqlx::Error| Fault::new("sql", error);
    let id: AuthenticatorId = row
        .try_get::<String, _>("id")
        .map_err(unreadable)?
        .parse()
        .map_err(|error| Fault::new("sql", error))?;
    let malformed = |why: &str| Fault::new("sql", format!("authenticator {id}: {why}"));
    let sealed = STANDARD
        .decode(row.try_get::<String, _>("sealed").map_err(unreadable)?)
        .map_err(|_| malformed("not base64"))?;
    let secret = keys
        .open(Purpose::Authenticator, &place(user, id), &sealed)
        .map_err(|_| malformed("the seal is broken"))?;
    let text = || std::str::from_utf8(&secret).map_err(|_| malformed("not text"));
    let kind = match row.try_get::<String, _>("kind").map_err(unreadable)?.as_str() {
        TOTP => {
            let digits = u8::try_from(row.try_get::<i64, _>("digits").map_err(unreadable)?)
                .ok()
                .and_then(Digits::from_count);
            let last_step = u64::try_from(row.try_get::<i64, _>("last_step").map_err(unreadable)?)
                .map_or(LastStep::Never, LastStep::Step);
            Kind::Totp(Totp::new(
                Secret::new(secret.to_vec()),
                digits.ok_or_else(|| malformed("odd digits"))?,
                last_step,
            ))
        }
        PHONE => Kind::Phone(PhoneNumber::kept(text()?).map_err(|_| malformed("no phone number"))?),
        MAILBOX => Kind::Mailbox(Mailbox::parse(text()?).map_err(|_| malformed("no address"))?),
        other => return Err(malformed(&format!("unknown kind {other}"))),
    };
    Ok(Authenticator {
        id,
        description: row.try_get("description").map_err(unreadable)?,
        kind,
    })
}

/// Table, column, user and row: a sealed value is worth nothing anywhere else (ASVS 5.0 V13.3.1).
fn place(user: UserId, id: AuthenticatorId) -> Vec<u8> {
    format!("authenticators|sealed|{user}|{id}").into_bytes()
}

fn step(last: LastStep) -> i64 {
    match last {
        LastStep::Never => NEVER,
        LastStep::Step(step) => i64::try_from(step).unwrap_or(i64::MAX),
    }
}
