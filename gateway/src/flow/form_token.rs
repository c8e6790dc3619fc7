//! The token in every form of ours: the keyed hash of the cookies of the browser it was shown to.

use super::{Fault, Outside};
use crate::domain::secret::KeyedHash;
use crate::io::keys::Purpose;

/// The token for a browser with these cookies.
///
/// # Errors
/// When the key ring fails.
pub fn of(outside: &Outside, cookies: &[&[u8]]) -> Result<String, Fault> {
    Ok(outside.keys.hash(Purpose::Csrf, cookies)?.into())
}

/// Whether the token in a form is the one for a browser with these cookies, in constant time.
///
/// # Errors
/// When the key ring fails.
pub fn matches(outside: &Outside, cookies: &[&[u8]], token: &str) -> Result<bool, Fault> {
    let expected = outside.keys.hashes(Purpose::Csrf, cookies);
    let is_given = |given: KeyedHash| expected.iter().filter(|one| one.matches(&given)).count() > 0;
    Ok(KeyedHash::try_from(token.to_owned()).is_ok_and(is_given))
}
