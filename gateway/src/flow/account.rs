//! What a person sees of their own account.

use super::{Fault, Outside};
use crate::domain::authenticator::Face;
use crate::domain::id::{AuthenticatorId, UserId};

/// An authenticator as its owner sees it.
#[derive(Clone, Debug)]
pub struct Own {
    /// Which.
    pub id: AuthenticatorId,
    /// How it appears, with its address masked.
    pub face: Face,
}

/// The authenticators of a user, as they see them.
///
/// # Errors
/// When SQL fails.
pub async fn authenticators(outside: &Outside, user: UserId) -> Result<Vec<Own>, Fault> {
    let all = outside.credentials.authenticators(user).await?;
    Ok(all
        .iter()
        .map(|authenticator| Own {
            id: authenticator.id,
            face: authenticator.face(),
        })
        .collect())
}
