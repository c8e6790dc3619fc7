//! Life of a recovery: a forgotten password is replaced by way of the mailbox in the directory, and of nothing else.
//!
//! ```text
//! name typed -> count the source -> keep a recovery under the browser's token -> queue      the same for everybody
//!                                                                   letters.rs: find them, count them, draw, send
//! code typed -> count the try -> compare (pure) -> a recovery under a new token
//! password typed -> judge -> hash -> replace it, once, and end all sessions (one transaction)
//! ```
//!
//! Every step is bound to the token of the browser that took the one before, and to that recovery alone; a code that was
//! sent for another one is wrong. Nobody is signed in, and no second factor is touched. What is known of the person is
//! looked up behind the queue, so that neither an answer nor its time tells who exists.

mod letters;

use super::budget::{Charges, charge_recovery};
use super::postroom::{self, Postbox, Postroom};
use super::{Circumstances, Fault, Outside};
use crate::domain::audit::AuditEvent;
use crate::domain::authenticator::challenge::{Code, DIGITS};
use crate::domain::id::{RecoveryId, UserId};
use crate::domain::password::{Password, Standard, Unfit};
use crate::domain::recovery::{Event, LIFE, Next, Recovery, State, Step, TRIES, step};
use crate::domain::secret::{KeyedHash, Secret, Token};
use crate::domain::settings::Settings;
use crate::domain::throttle::Wait;
use crate::domain::user::UserName;
use crate::io::directory::Recovered;
use crate::io::keys::Purpose;
use crate::io::store::{Inserted, Replaced, Version};
use letters::Letter;
use std::time::Duration;

/// Replaces forgotten passwords.
pub struct Recoveries {
    outside: Outside,
    letters: Postbox,
}

/// What comes of naming somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// If that is somebody with a mailbox, a code goes there.
    Perhaps,
    /// Too many were asked for from there; again after this long.
    Throttled(Wait),
    /// Too much to do; again in a moment.
    Busy,
}

/// What comes of typing a code.
#[derive(Debug)]
pub enum Answered {
    /// A new password may be chosen, under this token.
    Right(Token),
    /// It is wrong, or there is nothing that it could be right for.
    Wrong,
    /// This browser waits for no code.
    Gone,
}

/// What comes of choosing a new password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// It is in force, and all sessions have ended.
    Done,
    /// It cannot be a password of this user.
    Unfit(Unfit, UserName),
    /// Too much to do for this user's; again in a moment.
    Busy(UserName),
    /// This browser may not choose one, or not any more.
    Gone,
}

/// How far the recovery in a browser is, as its next page needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// There is none.
    Nothing,
    /// It waits for a code.
    Code,
    /// It waits for a new password of this user.
    Password(UserName),
}

/// How many recoveries may begin in a minute, whoever asks, so that strangers fill no store.
const BEGINNINGS: u32 = 300;

impl Recoveries {
    /// Recovers by these; the postroom must be run for letters to go out.
    pub fn new(outside: Outside) -> (Self, Postroom) {
        let (letters, postroom) = postroom::open("a forgotten password");
        (Self { outside, letters }, postroom)
    }

    /// Begins a recovery of whoever this names, in the browser with this token. An earlier one in it ends.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn ask(
        &self,
        token: &Token,
        (typed, host): (String, &str),
        circumstances: &Circumstances,
    ) -> Result<Asked, Fault> {
        match charge_recovery(&self.outside, circumstances.source).await? {
            Charges::Counted(_) => {}
            Charges::MustWait(wait) => return Ok(Asked::Throttled(wait)),
        }
        let minute = Duration::from_secs(60);
        if self.outside.records.count("recoveries", "all", minute).await? > BEGINNINGS {
            return Ok(Asked::Busy);
        }
        let recovery = Recovery::begin(self.outside.entropy.id(), self.outside.clock.now());
        let letter = Letter::Code {
            token: token.hash(),
            recovery: recovery.id,
            typed,
            host: host.to_owned(),
            circumstances: circumstances.clone(),
        };
        let name = token.hash().to_string();
        self.outside.records.take::<Recovery>(&name).await?;
        // Of two at once in one browser, one is kept; the other's code would be for nothing, so none is sent.
        if self.outside.records.insert(&name, &recovery, LIFE).await? == Inserted::Exists {
            return Ok(Asked::Perhaps);
        }
        Ok(match self.letters.post(letters::handle(self.outside.clone(), letter)) {
            Ok(()) => Asked::Perhaps,
            Err(_) => Asked::Busy,
        })
    }

    /// How far the recovery in this browser is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn stage(&self, token: &Token) -> Result<Stage, Fault> {
        Ok(match self.load(token).await?.map(|(recovery, _)| recovery.state) {
            Some(State::Asked | State::Sent(_) | State::Answered(_)) => Stage::Code,
            Some(State::Choosing(user)) => match self.outside.directory.user(user).await? {
                Some(user) => Stage::Password(user.name),
                None => Stage::Nothing,
            },
            Some(State::Finished) | None => Stage::Nothing,
        })
    }

    /// Judges a code. The try is counted before it is compared; the same right answer again leads to the same token.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn answer(
        &self,
        token: &Token,
        typed: &Secret<String>,
        circumstances: &Circumstances,
    ) -> Result<Answered, Fault> {
        let Some((recovery, version)) = self.load(token).await? else {
            return Ok(Answered::Gone);
        };
        let id = recovery.id;
        let name = id.to_string();
        let counts = self.outside.records.count("recovery-tries", &name, LIFE).await? <= TRIES;
        let code = Code::parse(typed.expose(), DIGITS).filter(|_| counts);
        let Some(code) = code else {
            return Ok(self.reject(&recovery, circumstances));
        };
        let parts: [&[u8]; 3] = [b"recovery", id.as_bytes(), code.expose().as_bytes()];
        let is_answer = |hash: &KeyedHash| recovery.expects(hash);
        let answer = self.outside.keys.hash_known(Purpose::Code, &parts, is_answer);
        let answer = answer.ok_or_else(|| Fault::new("keys", "the key ring is empty"))?;
        let Step { recovery, next } = step(recovery, Event::Answered(answer));
        match next {
            Next::Choose(user) => self.choose(token, (&recovery, version), user).await,
            Next::Wrong => Ok(self.reject(&recovery, circumstances)),
            Next::Send | Next::Finish | Next::Refuse => Ok(Answered::Gone),
        }
    }

    /// Replaces the password.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn replace(
        &self,
        token: &Token,
        typed: Secret<String>,
        (settings, circumstances): (&Settings, &Circumstances),
    ) -> Result<Chosen, Fault> {
        let Some((recovery, version)) = self.load(token).await? else {
            return Ok(Chosen::Gone);
        };
        let (id, address, user) = match recovery.state {
            State::Choosing(user) if !recovery.address.is_empty() => (recovery.id, recovery.address.clone(), user),
            // The form came twice.
            State::Finished => return Ok(Chosen::Done),
            State::Asked | State::Sent(_) | State::Answered(_) | State::Choosing(_) => return Ok(Chosen::Gone),
        };
        let Some(user) = self.outside.directory.user(user).await? else {
            return Ok(Chosen::Gone);
        };
        let password = match Password::chosen(typed, &Standard::of_user(settings, &user)) {
            Ok(password) => password,
            Err(unfit) => return Ok(Chosen::Unfit(unfit, user.name)),
        };
        let event = AuditEvent::PasswordRecovered { recovery: id };
        let record = self.outside.record(event, Some(user.id), circumstances);
        let directory = &self.outside.directory;
        match directory
            .recover_password(user.id, password, (id, address), record)
            .await?
        {
            Recovered::Done => {}
            Recovered::Busy => return Ok(Chosen::Busy(user.name)),
            Recovered::Spent => return Ok(Chosen::Gone),
        }
        let Step { recovery, .. } = step(recovery, Event::Replaced);
        // Should this be lost, the form sent again finds the recovery spent.
        let (Replaced::Done | Replaced::Stale) = self.save(token, (&recovery, version)).await?;
        Ok(Chosen::Done)
    }

    async fn load(&self, token: &Token) -> Result<Option<(Recovery, Version)>, Fault> {
        let found = self.outside.records.get::<Recovery>(&token.hash().to_string()).await?;
        let now = self.outside.clock.now();
        Ok(found.filter(|(recovery, _)| !recovery.is_over(now)))
    }

    async fn save(&self, token: &Token, (recovery, version): (&Recovery, Version)) -> Result<Replaced, Fault> {
        let name = token.hash().to_string();
        Ok(self.outside.records.replace(&name, version, recovery, LIFE).await?)
    }

    /// What follows a right answer goes on under another token, which only this answer to this browser carries.
    async fn choose(
        &self,
        token: &Token,
        (recovery, version): (&Recovery, Version),
        user: UserId,
    ) -> Result<Answered, Fault> {
        let next = self
            .outside
            .keys
            .next_token(token, &[b"recovery", recovery.id.as_bytes()])?;
        // Stale: another answer to the same code saved it, or a new recovery has begun here and this one is over.
        if self.save(token, (recovery, version)).await? == Replaced::Stale
            && !self.is_answered(token, recovery.id).await?
        {
            return Ok(Answered::Gone);
        }
        let choosing = recovery.choosing(user, self.outside.clock.now());
        let name = next.hash().to_string();
        let (Inserted::New | Inserted::Exists) = self.outside.records.insert(&name, &choosing, LIFE).await?;
        Ok(Answered::Right(next))
    }

    async fn is_answered(&self, token: &Token, id: RecoveryId) -> Result<bool, Fault> {
        let found = self.load(token).await?;
        Ok(found.is_some_and(|(found, _)| found.id == id && matches!(found.state, State::Answered(_))))
    }

    /// Recorded behind the queue, since for most of those who guess there is nothing to record.
    fn reject(&self, recovery: &Recovery, circumstances: &Circumstances) -> Answered {
        let user = match &recovery.state {
            State::Sent(sent) | State::Answered(sent) => Some(sent.user),
            State::Asked | State::Choosing(_) | State::Finished => None,
        };
        let letter = Letter::Rejected {
            recovery: recovery.id,
            user,
            circumstances: circumstances.clone(),
        };
        // A full queue loses a line of the audit, and lets nobody guess more often.
        let _ = self.letters.post(letters::handle(self.outside.clone(), letter));
        Answered::Wrong
    }
}

/// A code's keyed hash, bound to its recovery.
fn hash(outside: &Outside, recovery: RecoveryId, code: &Code) -> Result<KeyedHash, Fault> {
    outside.keys.hash(
        Purpose::Code,
        &[b"recovery", recovery.as_bytes(), code.expose().as_bytes()],
    )
}
