//! What was typed into a form of the account pages, kept while its sender proves themselves anew.

use super::{Fault, Outside};
use crate::domain::user::Known;
use crate::io::store::Inserted;
use crate::io::store::records::Draft;
use std::time::Duration;

/// As long as something pending can be proven.
const LIFE: Duration = Duration::from_secs(900);

/// Keeps what was typed into a form, encoded as it came, while its sender proves themselves anew.
///
/// # Errors
/// When the store fails.
pub async fn keep(outside: &Outside, known: &Known, form: String) -> Result<(), Fault> {
    let name = known.session.id.to_string();
    outside.records.take::<Draft>(&name).await?;
    let (Inserted::New | Inserted::Exists) = outside.records.insert(&name, &Draft(form), LIFE).await?;
    Ok(())
}

/// What was typed before its sender proved themselves anew; it is given back once.
///
/// # Errors
/// When the store fails.
pub async fn take(outside: &Outside, known: &Known) -> Result<Option<String>, Fault> {
    let draft = outside.records.take::<Draft>(&known.session.id.to_string()).await?;
    Ok(draft.map(|Draft(form)| form))
}
