//! The text form of a stored password: the PHC string of Argon2id, with the pepper's generation as `keyid`.

use super::{Cost, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::fmt;
use std::str::FromStr;

/// A stored password hash.
pub(super) struct Phc {
    /// What it cost.
    pub(super) cost: Cost,
    /// Which pepper it went through.
    pub(super) pepper: u32,
    /// Its salt.
    pub(super) salt: Vec<u8>,
    /// HMAC-SHA-256 of the Argon2id output.
    pub(super) hash: Vec<u8>,
}

impl fmt::Display for Phc {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cost { memory, passes } = self.cost;
        let (salt, hash) = (STANDARD_NO_PAD.encode(&self.salt), STANDARD_NO_PAD.encode(&self.hash));
        write!(
            out,
            "$argon2id$v=19$m={memory},t={passes},p=1,keyid={}${salt}${hash}",
            self.pepper
        )
    }
}

impl FromStr for Phc {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        parse(text).ok_or_else(|| Fault::new("hashing", "a stored password is malformed"))
    }
}

fn parse(text: &str) -> Option<Phc> {
    let mut fields = text.strip_prefix("$argon2id$v=19$")?.split('$');
    let (params, salt, hash) = (fields.next()?, fields.next()?, fields.next()?);
    let mut numbers = params.split(',');
    let mut number = |name: &str| numbers.next()?.strip_prefix(name)?.parse::<u32>().ok();
    let (memory, passes, lanes, pepper) = (number("m=")?, number("t=")?, number("p=")?, number("keyid=")?);
    let decode = |text: &str| STANDARD_NO_PAD.decode(text).ok();
    let phc = Phc {
        cost: Cost { memory, passes },
        pepper,
        salt: decode(salt)?,
        hash: decode(hash)?,
    };
    (lanes == 1 && fields.next().is_none()).then_some(phc)
}
