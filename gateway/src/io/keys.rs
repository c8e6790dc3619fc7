//! The key ring: sealing, keyed hashes, the pepper and the signature of assertions.
//!
//! Keys live as files of mode 0600 in one directory, made at first start: `sealing-N.key`, `pepper-N.key`,
//! `signing-N.pem` and `naming-1.key`. All are accepted; the highest number that has been there for [`RIPENING`] is used, so
//! that keys rotate with overlap while every node goes on serving. The naming key never rotates: a budget must keep its name, or every rotation would
//! forgive all failures; and so must what is under way from one answer to the next.
//! Every use has its own key, derived by HKDF from its label (ASVS 5.0 V11.1.1).

mod files;
mod made;
mod purpose;
mod signing;

pub use made::{Kind, Made, Use};
pub use purpose::Purpose;

use super::Fault;
use super::clock::{Clock, SystemClock};
use crate::domain::identity::Claims;
use crate::domain::secret::{KeyedHash, Token};
use crate::domain::time::Timestamp;
use arc_swap::ArcSwap;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use files::Missing;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Which generation of a key; part of everything sealed.
type Generation = u32;

/// A key is accepted as soon as it is there, and used this much later: by then all nodes, and whoever keeps our public
/// keys, must have it.
pub const RIPENING: Duration = Duration::from_secs(600);

/// All keys of a gateway.
pub struct KeyRing {
    directory: PathBuf,
    ring: ArcSwap<Ring>,
}

/// What reads assertions that the keys of a directory have signed: their claims, or in words why they are none; whom they
/// are for, and when, is not looked at. It wants the signing keys alone, and makes none.
///
/// # Errors
/// When the directory or a signing key is missing or unfit.
pub fn reader(directory: &Path) -> Result<impl Fn(&str) -> Result<serde_json::Value, String>, Fault> {
    files::prepare(directory, Missing::Refuse)?;
    let signing = signing::Signing::load(directory, Missing::Refuse, SystemClock.now())?;
    Ok(move |assertion: &str| signing.read(assertion))
}

/// The keys as they were read last, and which of them are used.
struct Ring {
    in_use: Generation,
    pepper_in_use: Generation,
    sealing: BTreeMap<Generation, BTreeMap<Purpose, Derived>>,
    peppers: BTreeMap<Generation, hmac::Key>,
    naming: BTreeMap<Purpose, Derived>,
    signing: signing::Signing,
}

struct Derived {
    seal: RandomizedNonceKey,
    mac: hmac::Key,
}

/// Why a sealed value stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// It was not made by this gateway for this purpose and place, or was changed.
    #[error("the seal is broken")]
    Broken,
    /// It says that a key made it which is not in the directory.
    #[error("sealed by sealing-{0}, which this node does not have")]
    UnknownKey(u32),
}

const FORMAT: u8 = 1;
const HEAD: usize = 5;
const NONCE: usize = 12;

impl KeyRing {
    /// Reads the keys of a directory, making what is missing.
    ///
    /// # Errors
    /// When the directory or a key cannot be read or made, is open to others, or is malformed; the fault names the file.
    pub fn load(directory: &Path) -> Result<Self, Fault> {
        Ok(Self {
            directory: directory.to_owned(),
            ring: ArcSwap::from_pointee(Ring::load(directory, Missing::Make, SystemClock.now())?),
        })
    }

    /// The keys there are.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn list(&self, now: Timestamp) -> Result<Vec<Made>, Fault> {
        made::list(&self.directory, now)
    }

    /// Makes the next key of a kind; its number.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn rotate(&self, kind: Kind) -> Result<u32, Fault> {
        made::rotate(&self.directory, kind)
    }

    /// Reads the directory again, for keys that were made since. Makes none: a directory that has lost its keys is away, and
    /// with new ones nobody could be known any more.
    ///
    /// # Errors
    /// When the directory, a kind of keys or a key is missing or unfit; the keys stay as they were.
    pub fn reload(&self) -> Result<(), Fault> {
        let ring = Ring::load(&self.directory, Missing::Refuse, SystemClock.now())?;
        self.ring.store(Arc::new(ring));
        Ok(())
    }

    /// Encrypts and authenticates a value for one purpose and one place (`place` is not secret but must be the same
    /// when it is opened: table, column, row).
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn seal(&self, purpose: Purpose, place: &[u8], value: &[u8]) -> Result<Vec<u8>, Fault> {
        let ring = self.ring.load();
        let (generation, key) = ring.current(purpose)?;
        let mut sealed = vec![FORMAT];
        sealed.extend_from_slice(&generation.to_be_bytes());
        let mut body = value.to_vec();
        let nonce = key
            .seal
            .seal_in_place_append_tag(Aad::from(place), &mut body)
            .map_err(|_| Fault::new("keys", "sealing failed"))?;
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Opens what [`KeyRing::seal`] sealed for the same purpose and place.
    ///
    /// # Errors
    /// [`Unopened`] for anything else.
    pub fn open(&self, purpose: Purpose, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let (head, rest) = sealed.split_at_checked(HEAD).ok_or(Unopened::Broken)?;
        let (nonce, body) = rest.split_at_checked(NONCE).ok_or(Unopened::Broken)?;
        let (format, generation) = head.split_first().ok_or(Unopened::Broken)?;
        if *format != FORMAT {
            return Err(Unopened::Broken);
        }
        let generation = Generation::from_be_bytes(generation.try_into().map_err(|_| Unopened::Broken)?);
        let ring = self.ring.load();
        let keys = ring.sealing.get(&generation);
        let keys = keys.ok_or(Unopened::UnknownKey(generation))?;
        let key = keys.get(&purpose).ok_or(Unopened::Broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unopened::Broken)?;
        let mut value = Zeroizing::new(body.to_vec());
        let length = key
            .seal
            .open_in_place(nonce, Aad::from(place), &mut value)
            .map_err(|_| Unopened::Broken)?
            .len();
        value.truncate(length);
        Ok(value)
    }

    /// The keyed hash of some parts, unmistakable in their order and lengths.
    ///
    /// # Errors
    /// When the key ring is empty, which loading rules out.
    pub fn hash(&self, purpose: Purpose, parts: &[&[u8]]) -> Result<KeyedHash, Fault> {
        Ok(KeyedHash::from_bytes(self.ring.load().mac(purpose, parts)?))
    }

    /// The same by the key in use and by every other one that is accepted: of what was hashed before a key was made, one
    /// of them is the hash.
    pub fn hashes(&self, purpose: Purpose, parts: &[&[u8]]) -> Vec<KeyedHash> {
        let ring = self.ring.load();
        let in_use = ring.sealing.get(&ring.in_use).into_iter();
        in_use
            .chain(ring.sealing.values())
            .filter_map(|keys| Some(KeyedHash::from_bytes(tag(&keys.get(&purpose)?.mac, parts))))
            .collect()
    }

    /// The one of [`KeyRing::hashes`] that is known, or else that by the key in use.
    pub fn hash_known(
        &self,
        purpose: Purpose,
        parts: &[&[u8]],
        is_known: impl Fn(&KeyedHash) -> bool,
    ) -> Option<KeyedHash> {
        let all = self.hashes(purpose, parts);
        let place = all.iter().position(is_known).unwrap_or(0);
        all.into_iter().nth(place)
    }

    /// Whether a value was sealed by another key than the one in use.
    pub fn is_outdated(&self, sealed: &[u8]) -> bool {
        let in_use = self.ring.load().in_use.to_be_bytes();
        sealed.get(1..HEAD).is_some_and(|generation| generation != in_use)
    }

    /// The token that follows from another one, for whoever holds that one: asking twice gives the same, on every node and
    /// whatever keys were made between.
    ///
    /// # Errors
    /// When the key ring is empty, which loading rules out.
    pub fn next_token(&self, token: &Token, parts: &[&[u8]]) -> Result<Token, Fault> {
        let all: Vec<&[u8]> = std::iter::once(token.expose().as_slice())
            .chain(parts.iter().copied())
            .collect();
        Ok(Token::from_bytes(self.ring.load().name(Purpose::NextToken, &all)?))
    }

    /// A short name for something that must not be kept in the plain; the same as long as the key directory lives.
    ///
    /// # Errors
    /// When the key ring is empty, which loading rules out.
    pub fn pseudonym(&self, purpose: Purpose, parts: &[&[u8]]) -> Result<String, Fault> {
        let bytes = self.ring.load().name(purpose, parts)?;
        Ok(data_encoding::BASE32_NOPAD
            .encode(bytes.split_at(16).0)
            .to_ascii_lowercase())
    }

    /// Peppers a password hash with the newest pepper, and says with which (SP 800-63B section 3.1.1.2).
    ///
    /// # Errors
    /// When the key ring is empty, which loading rules out.
    pub fn pepper(&self, hash: &[u8]) -> Result<(u32, [u8; 32]), Fault> {
        let ring = self.ring.load();
        let key = ring.peppers.get(&ring.pepper_in_use).ok_or_else(no_key)?;
        Ok((ring.pepper_in_use, tag(key, &[hash])))
    }

    /// Peppers a password hash as it was at that generation; nothing when that pepper is gone.
    pub fn pepper_of(&self, generation: u32, hash: &[u8]) -> Option<[u8; 32]> {
        self.ring.load().peppers.get(&generation).map(|key| tag(key, &[hash]))
    }

    /// Signs an assertion (JWS compact, ES256).
    ///
    /// # Errors
    /// When the claims or the key are unfit.
    pub fn sign(&self, claims: &Claims) -> Result<String, Fault> {
        self.ring.load().signing.sign(claims)
    }

    /// The public keys of assertions (RFC 7517).
    pub fn jwks(&self) -> serde_json::Value {
        self.ring.load().signing.jwks().clone()
    }
}

impl Ring {
    fn load(directory: &Path, missing: Missing, now: Timestamp) -> Result<Self, Fault> {
        files::prepare(directory, missing)?;
        let secrets = |name| files::secrets(directory, name, missing);
        let ripe = |name, numbers: &[Generation]| files::ripe(directory, (name, "key"), (numbers, now));
        let mut sealing = BTreeMap::new();
        for (generation, root) in secrets("sealing")? {
            sealing.insert(generation, derive_all(&root)?);
        }
        let naming = secrets("naming")?;
        let (_, naming) = naming.first().ok_or_else(no_key)?;
        let naming = derive_all(naming)?;
        let peppers: BTreeMap<_, _> = secrets("pepper")?
            .into_iter()
            .map(|(generation, key)| (generation, hmac::Key::new(hmac::HMAC_SHA256, &*key)))
            .collect();
        // Of those that were read, whatever has come into the directory meanwhile.
        let numbers = |generations: &mut dyn Iterator<Item = &Generation>| generations.copied().collect::<Vec<_>>();
        Ok(Self {
            in_use: ripe("sealing", &numbers(&mut sealing.keys()))?,
            pepper_in_use: ripe("pepper", &numbers(&mut peppers.keys()))?,
            sealing,
            peppers,
            naming,
            signing: signing::Signing::load(directory, missing, now)?,
        })
    }

    fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> Result<[u8; 32], Fault> {
        Ok(tag(&self.current(purpose)?.1.mac, parts))
    }

    /// The keyed hash by the key that never rotates.
    fn name(&self, purpose: Purpose, parts: &[&[u8]]) -> Result<[u8; 32], Fault> {
        Ok(tag(&self.naming.get(&purpose).ok_or_else(no_key)?.mac, parts))
    }

    fn current(&self, purpose: Purpose) -> Result<(Generation, &Derived), Fault> {
        let keys = self.sealing.get(&self.in_use).ok_or_else(no_key)?;
        Ok((self.in_use, keys.get(&purpose).ok_or_else(no_key)?))
    }
}

fn no_key() -> Fault {
    Fault::new("keys", "the key ring is empty")
}

/// HMAC-SHA-256 over the parts, each behind its length.
fn tag(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    let mut bytes = [0_u8; 32];
    bytes.copy_from_slice(context.sign().as_ref());
    bytes
}

fn derive_all(root: &[u8; 32]) -> Result<BTreeMap<Purpose, Derived>, Fault> {
    Purpose::ALL
        .into_iter()
        .map(|purpose| Ok((purpose, derive(root, purpose)?)))
        .collect()
}

fn derive(root: &[u8; 32], purpose: Purpose) -> Result<Derived, Fault> {
    let expand = |use_of: &str| -> Result<Zeroizing<[u8; 32]>, Fault> {
        let mut key = Zeroizing::new([0_u8; 32]);
        let label = [purpose.label().as_bytes(), b" ", use_of.as_bytes()];
        let prk = Salt::new(HKDF_SHA256, b"vestibule").extract(root);
        let okm = prk
            .expand(&label, Bytes32)
            .map_err(|_| Fault::new("keys", "derivation failed"))?;
        okm.fill(&mut *key)
            .map_err(|_| Fault::new("keys", "derivation failed"))?;
        Ok(key)
    };
    let seal = RandomizedNonceKey::new(&AES_256_GCM, &*expand("seal")?)
        .map_err(|_| Fault::new("keys", "derivation failed"))?;
    Ok(Derived {
        seal,
        mac: hmac::Key::new(hmac::HMAC_SHA256, &*expand("mac")?),
    })
}

struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

#[cfg(test)]
mod tests;
