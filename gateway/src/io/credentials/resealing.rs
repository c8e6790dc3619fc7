//! What older keys have sealed, sealed anew by the key in use. Each row is a transaction of its own that changes only what
//! was read, so it can be stopped anywhere, begun again, and run beside everything else.

use super::Resealed;
use super::rows::{Table, place};
use crate::domain::id::{AuthenticatorId, UserId};
use crate::io::Fault;
use crate::io::keys::{KeyRing, Purpose};
use crate::io::sql::Database;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sqlx::Row;

/// How many rows are read at a time.
const PAGE: i64 = 200;

/// Seals anew what needs it. A row that cannot be opened keeps no other from its turn.
pub(super) async fn reseal(database: &Database, keys: &KeyRing) -> Result<Resealed, Fault> {
    let mut done = Resealed::default();
    for table in [Table::Authenticators, Table::Pending, Table::Former] {
        let mut last = String::new();
        loop {
            let rows = page(database, table, &last).await?;
            let Some((id, ..)) = rows.last() else { break };
            last.clone_from(id);
            for row in rows {
                match fresh(keys, table, &row) {
                    Ok(Some(fresh)) => done.rows += write(database, (table, row), fresh).await?,
                    Ok(None) => {}
                    Err(why) => done.unopened.push(format!("{}: {why}", row.0)),
                }
            }
        }
    }
    Ok(done)
}

/// A row's id, its user, and what is sealed in it.
type Found = (String, String, String);

async fn page(database: &Database, table: Table, after: &str) -> Result<Vec<Found>, Fault> {
    let query = match table {
        Table::Authenticators => "SELECT id, user_id, sealed FROM authenticators WHERE id > $1 ORDER BY id LIMIT $2",
        Table::Pending => "SELECT id, user_id, sealed FROM pending WHERE id > $1 ORDER BY id LIMIT $2",
        Table::Former => "SELECT id, user_id, sealed FROM former_authenticators WHERE id > $1 ORDER BY id LIMIT $2",
    };
    let rows = sqlx::query(query).bind(after.to_owned()).bind(PAGE);
    let rows = database.read(rows.fetch_all(database.pool())).await?;
    let read = |row: &sqlx::any::AnyRow| Ok((row.try_get("id")?, row.try_get("user_id")?, row.try_get("sealed")?));
    rows.iter()
        .map(read)
        .collect::<Result<_, sqlx::Error>>()
        .map_err(|error| Fault::new("sql", error))
}

/// What is sealed in a row, sealed by the key in use; nothing where it is already.
///
/// # Errors
/// In words, why it cannot be opened.
fn fresh(keys: &KeyRing, table: Table, (id, user, sealed): &Found) -> Result<Option<String>, String> {
    let bytes = STANDARD.decode(sealed).map_err(|_| "not base64")?;
    if !keys.is_outdated(&bytes) {
        return Ok(None);
    }
    let (owner, name): (UserId, AuthenticatorId) = (
        user.parse().map_err(|_| "its user is none")?,
        id.parse().map_err(|_| "its id is none")?,
    );
    let place = place(table, owner, name);
    let plain = keys.open(Purpose::Authenticator, &place, &bytes);
    let plain = plain.map_err(|unopened| unopened.to_string())?;
    let fresh = keys.seal(Purpose::Authenticator, &place, &plain);
    Ok(Some(STANDARD.encode(fresh.map_err(|fault| fault.to_string())?)))
}

async fn write(database: &Database, (table, (id, _, sealed)): (Table, Found), fresh: String) -> Result<u64, Fault> {
    let update = match table {
        Table::Authenticators => "UPDATE authenticators SET sealed = $3 WHERE id = $1 AND sealed = $2",
        Table::Pending => "UPDATE pending SET sealed = $3 WHERE id = $1 AND sealed = $2",
        Table::Former => "UPDATE former_authenticators SET sealed = $3 WHERE id = $1 AND sealed = $2",
    };
    database
        .transaction(|mut transaction| async move {
            let query = sqlx::query(update).bind(id).bind(sealed).bind(fresh);
            Ok((query.execute(&mut *transaction).await?.rows_affected(), transaction))
        })
        .await
}
