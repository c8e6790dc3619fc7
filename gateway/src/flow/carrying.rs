//! What companies tell and ask us about codes that they carry. Nothing of it proves anybody.

use super::{Fault, Outside};

pub use crate::io::courier::{Answered, Callback};

/// Answers the company behind a courier.
///
/// # Errors
/// When the store fails.
pub async fn called_back(outside: &Outside, courier: &str, callback: &Callback) -> Result<Answered, Fault> {
    outside.couriers.called_back(courier, callback).await
}
