//! What is too old to matter is deleted, some rows at a time: nobody waits long for them, and what fails stops nothing else.

use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::sql::Database;

/// Rows of one transaction.
const ROWS: u64 = 200;

/// Deletes some of the rows of a table that are older than `$1` by this condition.
macro_rules! some_of {
    ($table:literal, $key:literal, $old:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE ",
            $key,
            " IN (SELECT ",
            $key,
            " FROM ",
            $table,
            " WHERE ",
            $old,
            " LIMIT 200)"
        )
    };
}

const OLD: [&str; 7] = [
    some_of!("spends", "mark", "at < $1"),
    some_of!("sessions", "id", "ends_at < $1"),
    some_of!("revocations", "id", "at < $1"),
    some_of!("notices", "id", "due_at = 0 AND at + 864000000 < $1"), // ten days
    some_of!("pending", "id", "created_at + 2592000000 < $1"),       // thirty days
    some_of!(
        "budgets",
        "scope",
        "at < $1 AND (scope LIKE 'password%' OR scope LIKE 'registration%')"
    ),
    some_of!("invitations", "name", "expires_at < $1"),
];

/// Deletes what is older than this.
///
/// # Errors
/// The last of what failed; the other tables are swept all the same.
pub(super) async fn sweep(database: &Database, before: Timestamp) -> Result<(), Fault> {
    let mut outcome = Ok(());
    for statement in OLD {
        let swept = sweep_one(database, statement, before).await;
        outcome = swept.and(outcome);
    }
    outcome
}

async fn sweep_one(database: &Database, statement: &'static str, before: Timestamp) -> Result<(), Fault> {
    loop {
        let deleted = database.transaction(|mut transaction| async move {
            let query = sqlx::query(statement).bind(before.as_millis());
            let deleted = query.execute(&mut *transaction).await?.rows_affected();
            Ok((deleted, transaction))
        });
        if deleted.await? < ROWS {
            return Ok(());
        }
    }
}
