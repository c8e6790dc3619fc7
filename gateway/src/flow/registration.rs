//! Life of a registration: an account is made by whoever proves an address, and a number where one can be proven.
//!
//! ```text
//! form typed -> judge it (openly) -> count the source -> hash -> keep a registration under the browser's token -> queue
//!                              the same for everybody           letters.rs: known? tell its owner; else draw, send
//! code typed -> count the try -> compare (pure) -> a registration under a new token -> code to the number
//! code typed -> count the try -> compare (pure) -> the account with all that belongs to it (one transaction)
//! ```
//!
//! No text message goes out before the address is proven, and nothing of an account exists before the end. Whether an
//! address has an account is looked up behind the queue, so that neither an answer nor its time tells. Nobody is logged
//! in: what is still missing is set up at the login that follows.

mod joining;
mod letters;
pub mod link;
mod texting;

pub use crate::domain::registration::form::{Typed, Unfit};
pub use link::{Linked, Welcomed};

use super::budget::{Charges, charge_registration, place};
use super::postroom::{self, Full, Postbox, Postroom};
use super::question::{Delivery, RESEND_GAP};
use super::{Circumstances, Fault, Outside, sending};
use crate::domain::authenticator::challenge::{Code, DIGITS};
use crate::domain::authenticator::phone::Phone;
use crate::domain::id::RegistrationId;
use crate::domain::invitation::Guest;
use crate::domain::password::Standard;
use crate::domain::registration::form::{Entry, Grounds, channel};
use crate::domain::registration::{
    Applicant, Domains, Event, LIFE, Mode, Next, Registration, State, Step, TRIES, step,
};
use crate::domain::secret::{KeyedHash, Secret, Token};
use crate::domain::sending::Block;
use crate::domain::settings::Settings;
use crate::domain::throttle::{From, Wait};
use crate::io::directory::Kept;
use crate::io::keys::Purpose;
use crate::io::store::{Inserted, Replaced, Version};
use letters::Letter;
use std::time::Duration;

/// Makes accounts for whoever registers.
pub struct Registrations {
    outside: Outside,
    letters: Postbox,
}

/// Where a registration takes place.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// What holds here.
    pub settings: &'a Settings,
    /// The host of the page where codes are typed.
    pub host: &'a str,
    /// The request.
    pub circumstances: &'a Circumstances,
}

/// What comes of a form.
#[derive(Debug)]
pub enum Begun {
    /// If the address has no account, a code goes there.
    Perhaps,
    /// This of it will not do.
    Unfit(Unfit),
    /// The invitation was used or has ended, or never was one.
    LinkEnded,
    /// Nobody registers here, or not without an invitation.
    Closed,
    /// Too many have registered from there; again after this long.
    Throttled(Wait),
    /// Too much to do; again in a moment.
    Busy,
}

/// What comes of typing a code.
#[derive(Debug)]
pub enum Answered {
    /// The address is proven, and a code goes to the number; it is typed under this token.
    Number(Token, Delivery),
    /// The account is made.
    Done,
    /// The code is wrong, or there is nothing that it could be right for.
    Wrong,
    /// There is an account of that address by now.
    Taken,
    /// The number is on too many accounts.
    OnTooManyAccounts,
    /// The invitation was used or has ended.
    LinkEnded,
    /// This browser waits for no code.
    Gone,
}

/// What comes of asking for another code.
#[derive(Debug)]
pub enum Resent {
    /// It goes wherever the one before went.
    Again,
    /// It could not be sent.
    Failed,
    /// The last one is too young.
    TooSoon(Wait),
    /// Too many were asked for from there.
    Throttled(Wait),
    /// This browser waits for no code.
    Gone,
}

/// How far the registration in a browser is, as its next page needs to know.
#[derive(Debug)]
pub enum Stage {
    /// There is none.
    Nothing,
    /// It waits for the code that went to this address, if one did; another can be had after this long.
    Address(String, Duration),
    /// It waits for the code that went to this phone.
    Number(Phone, Duration),
}

/// How many registrations may begin in a minute, whoever asks, so that strangers fill no store.
const BEGINNINGS: u32 = 300;
/// Tries are counted for longer than any registration lives.
const TRIES_COUNTED: Duration = Duration::from_secs(24 * 3600);

impl Registrations {
    /// Registers by these; the postroom must be run for letters to go out.
    pub fn new(outside: Outside) -> (Self, Postroom) {
        let (letters, postroom) = postroom::open("a registration");
        (Self { outside, letters }, postroom)
    }

    /// Who may register here.
    pub fn mode(&self, settings: &Settings) -> Mode {
        match self.outside.directory.newcomers() {
            Some(_) => settings.registration.mode,
            None => Mode::Closed,
        }
    }

    /// Begins the registration of whoever filled the form in, in the browser with this token. An earlier one in it ends.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn begin(
        &self,
        token: &Token,
        (typed, link): (Typed, Option<&Token>),
        scene: &Scene<'_>,
    ) -> Result<Begun, Fault> {
        let Some(newcomers) = self.outside.directory.newcomers() else {
            return Ok(Begun::Closed);
        };
        let invited = match (link, scene.settings.registration.mode) {
            (_, Mode::Closed) | (None, Mode::Invite) => return Ok(Begun::Closed),
            (None, Mode::Open) => None,
            (Some(link), Mode::Invite | Mode::Open) => match link::find(&self.outside, link).await? {
                Some(Linked::Guest(guest)) => Some((guest, link::name(&self.outside, link)?)),
                Some(Linked::Member(_)) | None => return Ok(Begun::LinkEnded),
            },
        };
        let (guest, invitation) = invited.unzip();
        let entry = match read(typed, guest.as_ref(), scene.settings) {
            Ok(entry) => entry,
            Err(unfit) => return Ok(Begun::Unfit(unfit)),
        };
        let source = scene.circumstances.source;
        let Some(place) = place(&self.outside, From::UnknownDevice, source) else {
            return Ok(Begun::Busy);
        };
        if let Charges::MustWait(wait) = charge_registration(&self.outside, source).await? {
            return Ok(Begun::Throttled(wait));
        }
        let minute = Duration::from_secs(60);
        if self.outside.records.count("registrations", "all", minute).await? > BEGINNINGS {
            return Ok(Begun::Busy);
        }
        let kept = match newcomers.keep(entry.password, place).await? {
            Kept::As(kept) => kept,
            Kept::Busy => return Ok(Begun::Busy),
        };
        let who = (self.outside.entropy.id(), entry.display_name);
        let applicant = Applicant::new(who, (&entry.mailbox, entry.phone.as_ref()), kept, invitation);
        self.keep(token, applicant, scene).await
    }

    /// How far the registration in this browser is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn stage(&self, token: &Token) -> Result<Stage, Fault> {
        let Some((registration, _)) = self.load(token).await? else {
            return Ok(Stage::Nothing);
        };
        let (wait, applicant) = (self.resend_wait(&registration), &registration.applicant);
        Ok(match registration.state {
            State::Asked | State::Sent(_) | State::Proven(_) => match applicant.mailbox() {
                Some(mailbox) => Stage::Address(mailbox.as_str().to_owned(), wait),
                None => Stage::Nothing,
            },
            State::Numbered(_) => match applicant.phone() {
                Some(phone) => Stage::Number(phone, wait),
                None => Stage::Nothing,
            },
            State::Finished(_) => Stage::Nothing,
        })
    }

    /// Judges a code. The try is counted before it is compared; the same right answer again leads to the same.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn answer(&self, token: &Token, typed: &Secret<String>, scene: &Scene<'_>) -> Result<Answered, Fault> {
        let Some((registration, version)) = self.load(token).await? else {
            return Ok(Answered::Gone);
        };
        let what = asked_for(&registration);
        let tries = format!("{}-{what}", registration.id);
        let counts = self
            .outside
            .records
            .count("registration-tries", &tries, TRIES_COUNTED)
            .await?
            <= TRIES;
        let code = Code::parse(typed.expose(), DIGITS).filter(|_| counts);
        let Some(code) = code else {
            return Ok(Answered::Wrong);
        };
        let (id, typed) = (registration.id, code.expose().as_bytes());
        let parts = [b"registration", id.as_bytes().as_slice(), what.as_bytes(), typed];
        let is_answer = |hash: &KeyedHash| registration.expects(hash);
        let answer = self.outside.keys.hash_known(Purpose::Code, &parts, is_answer);
        let answer = answer.ok_or_else(|| Fault::new("keys", "the key ring is empty"))?;
        let Step { registration, next } = step(registration, Event::Answered(answer));
        match next {
            Next::Wrong => Ok(Answered::Wrong),
            Next::ProveNumber => self.prove_number(token, (&registration, version), scene).await,
            Next::Join => {
                let block = registration.applicant.phone().map(|phone| Block::of(&phone.number));
                sending::prove(&self.outside, block.as_ref(), &tries).await;
                self.join(token, (registration, version), scene).await
            }
            Next::Finish => Ok(Answered::Done),
            Next::Send | Next::Queue | Next::Refuse => Ok(Answered::Gone),
        }
    }

    /// Sends another code to where the last one went; that one is worth nothing from then on.
    ///
    /// # Errors
    /// When something that must be asked or written fails.
    pub async fn resend(&self, token: &Token, scene: &Scene<'_>) -> Result<Resent, Fault> {
        let Some((registration, version)) = self.load(token).await? else {
            return Ok(Resent::Gone);
        };
        let wait = self.resend_wait(&registration);
        if !wait.is_zero() {
            return Ok(Resent::TooSoon(Wait(wait)));
        }
        if let State::Numbered(_) = registration.state {
            return self.text_again(token, (registration, version), scene).await;
        }
        let Step { registration, next } = step(registration, Event::AskedAgain);
        if next != Next::Queue {
            return Ok(Resent::Gone);
        }
        if let Charges::MustWait(wait) = charge_registration(&self.outside, scene.circumstances.source).await? {
            return Ok(Resent::Throttled(wait));
        }
        let again = registration.asked_again(self.outside.clock.now());
        match self.save(token, (&again, version)).await? {
            Replaced::Done => Ok(self.queue(token, again.id, scene)),
            // Another tab was quicker.
            Replaced::Stale => Ok(Resent::Again),
        }
    }

    async fn keep(&self, token: &Token, applicant: Applicant, scene: &Scene<'_>) -> Result<Begun, Fault> {
        let registration = Registration::begin(self.outside.entropy.id(), applicant, self.outside.clock.now());
        let name = token.hash().to_string();
        self.outside.records.take::<Registration>(&name).await?;
        // Of two at once in one browser, one is kept; the other's code would be for nothing, so none is sent.
        if self.outside.records.insert(&name, &registration, LIFE).await? == Inserted::Exists {
            return Ok(Begun::Perhaps);
        }
        Ok(match self.queue(token, registration.id, scene) {
            Resent::Again => Begun::Perhaps,
            Resent::Failed | Resent::TooSoon(_) | Resent::Throttled(_) | Resent::Gone => Begun::Busy,
        })
    }

    fn queue(&self, token: &Token, registration: RegistrationId, scene: &Scene<'_>) -> Resent {
        let letter = Letter {
            token: token.hash(),
            registration,
            host: scene.host.to_owned(),
            circumstances: scene.circumstances.clone(),
        };
        match self.letters.post(letters::handle(self.outside.clone(), letter)) {
            Ok(()) => Resent::Again,
            Err(Full) => Resent::Failed,
        }
    }

    async fn load(&self, token: &Token) -> Result<Option<(Registration, Version)>, Fault> {
        let found = self
            .outside
            .records
            .get::<Registration>(&token.hash().to_string())
            .await?;
        let now = self.outside.clock.now();
        Ok(found.filter(|(registration, _)| !registration.is_over(now)))
    }

    async fn save(&self, token: &Token, (registration, version): (&Registration, Version)) -> Result<Replaced, Fault> {
        let name = token.hash().to_string();
        Ok(self.outside.records.replace(&name, version, registration, LIFE).await?)
    }

    fn resend_wait(&self, registration: &Registration) -> Duration {
        (registration.asked_at + RESEND_GAP).since(self.outside.clock.now())
    }
}

/// Judges a form; of somebody invited the address is known, whatever was typed.
fn read(typed: Typed, guest: Option<&Guest>, settings: &Settings) -> Result<Entry, Unfit> {
    let (typed, domains, groups) = match guest {
        Some(guest) => {
            let email = guest.mailbox.as_str().to_owned();
            (Typed { email, ..typed }, &Domains::All, guest.groups.as_slice())
        }
        None => (typed, &settings.registration.domains, [].as_slice()),
    };
    let grounds = Grounds {
        domains,
        channel: channel(&settings.enrolable),
        countries: &settings.countries,
        standard: &|name| Standard::of(settings, name, (name.as_str(), groups)),
    };
    Entry::read(typed, grounds)
}

/// What the last code of a registration proves.
fn asked_for(registration: &Registration) -> &'static str {
    match (&registration.state, registration.applicant.phone()) {
        (State::Asked | State::Sent(_) | State::Proven(_), _) | (State::Finished(_), None) => "address",
        (State::Numbered(_), _) | (State::Finished(_), Some(_)) => "number",
    }
}

/// A code's keyed hash, bound to its registration and to what it proves.
fn hash(outside: &Outside, id: RegistrationId, (what, code): (&str, &Code)) -> Result<KeyedHash, Fault> {
    let parts = [
        b"registration",
        id.as_bytes().as_slice(),
        what.as_bytes(),
        code.expose().as_bytes(),
    ];
    outside.keys.hash(Purpose::Code, &parts)
}
