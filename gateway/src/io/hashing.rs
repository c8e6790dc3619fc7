//! Argon2id on a small pool of its own threads, so that a flood of logins never delays proxied traffic.
//!
//! The queue is bounded (`places.rs`); what does not fit, or has not begun within two seconds, is refused as busy. What is
//! stored is a PHC string whose hash went through the pepper.

mod phc;
mod places;

pub use places::Place;

use super::Fault;
use super::keys::KeyRing;
use crate::domain::limits::Source;
use crate::domain::password::Password;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use phc::Phc;
use places::{PLACES, Places};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

/// What one hash costs (OWASP Password Storage: 19 MiB, two passes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self {
            memory: 19_456,
            passes: 2,
        }
    }
}

/// How long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// What comes of asking the pool.
#[derive(Debug)]
pub enum Hashed<T> {
    /// It was computed.
    Done(T),
    /// Too many are waiting; try again in a moment.
    Busy,
}

/// Whether a password is the stored one.
#[derive(Debug, PartialEq, Eq)]
pub enum Match {
    /// It is not.
    No,
    /// It is.
    Yes,
    /// It is, and this is what to keep from now on: the same under the pepper in use.
    YesKeep(String),
}

/// The threads that hash passwords.
pub struct HashPool {
    queue: SyncSender<Job>,
    places: Arc<Places>,
    keys: Arc<KeyRing>,
    cost: Cost,
}

struct Job {
    password: Password,
    salt: Vec<u8>,
    cost: Cost,
    begun: oneshot::Sender<()>,
    answer: oneshot::Sender<Result<[u8; 32], Fault>>,
    _place: Place,
}

impl HashPool {
    /// Starts the threads: one less than there are cores, at least one, at most eight.
    ///
    /// # Errors
    /// When the system starts no thread.
    pub fn start(keys: Arc<KeyRing>, cost: Cost) -> Result<Self, Fault> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let (queue, jobs) = sync_channel(PLACES as usize);
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..cores.saturating_sub(1).clamp(1, 8) {
            let jobs = Arc::clone(&jobs);
            let thread = std::thread::Builder::new().name(format!("argon2-{number}"));
            thread
                .spawn(move || work(&jobs))
                .map_err(|error| Fault::new("hashing", error))?;
        }
        Ok(Self {
            queue,
            places: Arc::default(),
            keys,
            cost,
        })
    }

    /// A place for a stranger of this source, or for a known device; nothing when there is none for them.
    pub fn place(&self, stranger: Option<Source>) -> Option<Place> {
        self.places.take(stranger)
    }

    /// Hashes a new password with this salt (16 random bytes), at the present cost and with the present pepper.
    ///
    /// # Errors
    /// When a thread or a key fails.
    pub async fn hash(&self, password: Password, salt: [u8; 16], place: Place) -> Result<Hashed<String>, Fault> {
        match self.compute(password, (salt.to_vec(), self.cost), place).await? {
            Hashed::Busy => Ok(Hashed::Busy),
            Hashed::Done(raw) => {
                let (pepper, hash) = self.keys.pepper(&raw)?;
                Ok(Hashed::Done(
                    Phc {
                        cost: self.cost,
                        pepper,
                        salt: salt.to_vec(),
                        hash: hash.to_vec(),
                    }
                    .to_string(),
                ))
            }
        }
    }

    /// Whether the password is the one behind this PHC string. Without a string a decoy is hashed at the present
    /// cost, and the answer is no: an unknown user costs the same (Law 11).
    ///
    /// # Errors
    /// When a thread fails, the stored string is malformed, or its pepper is gone.
    pub async fn verify(&self, password: Password, stored: Option<&str>, place: Place) -> Result<Hashed<Match>, Fault> {
        let stored = stored.map(|text| text.parse::<Phc>()).transpose()?;
        let (salt, cost) = stored
            .as_ref()
            .map_or_else(|| (vec![0x5a; 16], self.cost), |phc| (phc.salt.clone(), phc.cost));
        match self.compute(password, (salt, cost), place).await? {
            Hashed::Busy => Ok(Hashed::Busy),
            Hashed::Done(raw) => {
                let Some(phc) = stored else {
                    return Ok(Hashed::Done(Match::No));
                };
                let hash = self
                    .keys
                    .pepper_of(phc.pepper, &raw)
                    .ok_or_else(|| Fault::new("hashing", format!("pepper-{}.key is gone", phc.pepper)))?;
                if !bool::from(hash.as_slice().ct_eq(&phc.hash)) {
                    return Ok(Hashed::Done(Match::No));
                }
                let (pepper, hash) = self.keys.pepper(&raw)?;
                Ok(Hashed::Done(if pepper == phc.pepper {
                    Match::Yes
                } else {
                    let hash = hash.to_vec();
                    Match::YesKeep(Phc { pepper, hash, ..phc }.to_string())
                }))
            }
        }
    }

    async fn compute(
        &self,
        password: Password,
        (salt, cost): (Vec<u8>, Cost),
        place: Place,
    ) -> Result<Hashed<[u8; 32]>, Fault> {
        let (begun, has_begun) = oneshot::channel();
        let (answer, done) = oneshot::channel();
        if self
            .queue
            .try_send(Job {
                password,
                salt,
                cost,
                begun,
                answer,
                _place: place,
            })
            .is_err()
        {
            return Ok(Hashed::Busy);
        }
        if tokio::time::timeout(PATIENCE, has_begun).await.is_err() {
            return Ok(Hashed::Busy);
        }
        let raw = done.await.map_err(|_| Fault::new("hashing", "a thread died"))?;
        raw.map(Hashed::Done)
    }
}

/// One thread: takes jobs until the pool is gone. A job whose asker has left is not computed.
fn work(jobs: &Mutex<Receiver<Job>>) {
    let mut memory: Vec<Block> = Vec::new();
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if job.begun.send(()).is_err() {
            continue;
        }
        let raw = argon2id((&job.password, &job.salt), job.cost, &mut memory);
        // The asker may have given up meanwhile; nobody is left to tell.
        let _ = job.answer.send(raw);
    }
}

fn argon2id((password, salt): (&Password, &[u8]), cost: Cost, memory: &mut Vec<Block>) -> Result<[u8; 32], Fault> {
    let params = Params::new(cost.memory, cost.passes, 1, Some(32)).map_err(|error| Fault::new("hashing", error))?;
    memory.resize(params.block_count().max(memory.len()), Block::default());
    let mut raw = [0_u8; 32];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2
        .hash_password_into_with_memory(password.expose(), salt, &mut raw, memory.as_mut_slice())
        .map_err(|error| Fault::new("hashing", error))?;
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn password(text: &str) -> Result<Password, crate::domain::password::Unfit> {
        Password::typed(Secret::new(text.to_owned()))
    }

    fn pool(directory: &std::path::Path) -> Result<HashPool, Fault> {
        HashPool::start(
            Arc::new(KeyRing::load(&directory.join("keys"))?),
            Cost { memory: 64, passes: 1 },
        )
    }

    fn place(hashes: &HashPool) -> Result<Place, &'static str> {
        hashes.place(None).ok_or("no place")
    }

    #[tokio::test]
    async fn only_the_right_password_verifies_and_only_with_its_pepper() -> Outcome {
        let directory = tempfile::tempdir()?;
        let hashes = pool(directory.path())?;
        let Hashed::Done(stored) = hashes
            .hash(password("correct horse")?, [1; 16], place(&hashes)?)
            .await?
        else {
            return Err("busy".into());
        };
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1,keyid="), "{stored}");
        for (typed, expected) in [("correct horse", true), ("Correct horse", false), ("", false)] {
            let verdict = hashes.verify(password(typed)?, Some(&stored), place(&hashes)?).await?;
            assert!(
                matches!(verdict, Hashed::Done(right) if (right == Match::Yes) == expected),
                "{typed}"
            );
        }
        let elsewhere = tempfile::tempdir()?;
        let others = pool(elsewhere.path())?;
        let verdict = others
            .verify(password("correct horse")?, Some(&stored), place(&others)?)
            .await?;
        assert!(matches!(verdict, Hashed::Done(Match::No)));
        Ok(())
    }

    #[tokio::test]
    async fn nobody_has_a_password_that_is_always_wrong() -> Outcome {
        let directory = tempfile::tempdir()?;
        let hashes = pool(directory.path())?;
        let verdict = hashes.verify(password("anything")?, None, place(&hashes)?).await?;
        assert!(matches!(verdict, Hashed::Done(Match::No)));
        Ok(())
    }
}
