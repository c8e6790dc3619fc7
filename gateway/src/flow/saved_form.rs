//! Forms that people send when their session has ended: kept for them, claimed once.
//!
//! Who may have one kept is whoever holds a cookie that we gave for a session on that very host, as long as the store
//! remembers whose it was (an hour beyond the session's end); nobody else can make the store keep anything. A form is
//! found by its id together with the secret of the browser it came from, and is for its sender alone.

use super::subject::Presented;
use super::{Fault, Outside};
use crate::domain::id::{FormId, UserId};
use crate::domain::saved_form::{Content, Rules, SavedForm};
use crate::domain::secret::Token;
use crate::io::store::records::{Sending, SessionToken};
use crate::io::store::{Inserted, Replaced};
use std::time::Duration;

/// How long a browser may take from the wish to send a form to sending it.
const WISH: Duration = Duration::from_secs(30);
/// How often, and how long after one another, a claim is taken back that the store may have written or not.
const TRIES: usize = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// Whose form may be kept that came with this cookie; nobody's where it was never ours, is too old, belongs to somebody
/// who may not log in any more, or has had its share.
///
/// # Errors
/// When the store or the directory fails.
pub async fn sender(outside: &Outside, presented: &Presented, rules: Rules) -> Result<Option<UserId>, Fault> {
    let token = outside
        .records
        .get::<SessionToken>(&presented.token.to_string())
        .await?;
    let Some((
        SessionToken {
            user: Some(user), host, ..
        },
        _,
    )) = token
    else {
        return Ok(None);
    };
    if host != presented.host.to_string() {
        return Ok(None);
    }
    let person = outside.directory.user(user).await?;
    if !person.is_some_and(|person| person.stands_by(&[], None)) {
        return Ok(None);
    }
    let kept = outside.records.count("forms", &user.to_string(), rules.keep).await?;
    Ok((kept <= rules.per_person).then_some(user))
}

/// Keeps a form for the browser it came from.
///
/// # Errors
/// When the store fails.
pub async fn keep(outside: &Outside, browser: &Token, (form, rules): (&SavedForm, Rules)) -> Result<FormId, Fault> {
    let id = outside.entropy.id();
    match outside
        .records
        .insert(&name(outside, browser, id)?, form, rules.keep)
        .await?
    {
        Inserted::New => Ok(id),
        Inserted::Exists => Err(Fault::new("store", "a new form exists already")),
    }
}

/// A form by its id, in the browser it came from.
///
/// # Errors
/// When the store fails.
pub async fn find(outside: &Outside, browser: &Token, id: FormId) -> Result<Option<SavedForm>, Fault> {
    let found = outside.records.get::<SavedForm>(&name(outside, browser, id)?).await?;
    Ok(found.map(|(form, _)| form))
}

/// The token by which a browser sends this form with its next request to where it belongs.
///
/// # Errors
/// When the store fails.
pub async fn wish(outside: &Outside, (form, target): (FormId, &str)) -> Result<Token, Fault> {
    let token = outside.entropy.token();
    let target = target.to_owned();
    match outside
        .records
        .insert(&token.hash().to_string(), &Sending { form, target }, WISH)
        .await?
    {
        Inserted::New => Ok(token),
        Inserted::Exists => Err(Fault::new("store", "a new token exists already")),
    }
}

/// The form that such a token stands for at this target.
///
/// # Errors
/// When the store fails.
pub async fn wished(outside: &Outside, token: &Token, target: &str) -> Result<Option<FormId>, Fault> {
    let found = outside.records.get::<Sending>(&token.hash().to_string()).await?;
    let found = found.filter(|(sending, _)| sending.target == target);
    Ok(found.map(|(sending, _)| sending.form))
}

/// What came of claiming a form.
pub enum Claimed {
    /// It is whoever gets this that sends it.
    Mine(Claim),
    /// Somebody else has claimed it.
    Gone(SavedForm),
    /// It is not there, or somebody else's.
    Nothing,
}

/// A form that is written down as sent, and what was in it.
pub struct Claim {
    /// What was in it.
    pub content: Content,
    id: FormId,
    name: String,
    form: SavedForm,
    keep: Duration,
}

/// Claims a form of this person: of many, one gets it, and only then may it be sent.
///
/// # Errors
/// When the store fails. It is not sent then; should the claim have been written all the same, it is taken back.
pub async fn claim(
    outside: &Outside,
    (browser, id): (&Token, FormId),
    (user, rules): (UserId, Rules),
) -> Result<Claimed, Fault> {
    let name = name(outside, browser, id)?;
    let found = outside.records.get::<SavedForm>(&name).await?;
    let Some((form, version)) = found.filter(|(form, _)| form.user == user) else {
        return Ok(Claimed::Nothing);
    };
    let by = outside.entropy.id();
    let (form, content) = match form.claim(by) {
        Ok(claimed) => claimed,
        Err(gone) => return Ok(Claimed::Gone(*gone)),
    };
    let claim = Claim {
        content,
        id,
        name,
        form,
        keep: rules.keep,
    };
    match outside
        .records
        .replace(&claim.name, version, &claim.form, rules.keep)
        .await
    {
        Ok(Replaced::Done) => Ok(Claimed::Mine(claim)),
        Ok(Replaced::Stale) => Ok(Claimed::Gone(claim.form)),
        Err(fault) => {
            claim.take_back(outside.clone());
            Err(fault.into())
        }
    }
}

impl Claim {
    /// Path and query of the application it is for.
    pub fn target(&self) -> &str {
        &self.form.target
    }

    /// Writes down that the application has answered. Where that fails, nobody will know; it is not sent again either way.
    pub async fn answered(self, outside: &Outside) {
        let form = self.form.clone().answered();
        if let Err(fault) = self.settle(outside, &form).await {
            tracing::warn!(%fault, "what became of a form could not be written down");
        }
    }

    /// Lets it wait again: not a byte of it has left us. The form, where it does so from now on.
    pub async fn release(self, outside: &Outside) -> Option<FormId> {
        match self.let_wait(outside).await {
            Ok(Replaced::Done) => Some(self.id),
            Ok(Replaced::Stale) => None,
            Err(fault) => {
                tracing::warn!(%fault, "a form that was not sent could not be let wait again yet");
                self.take_back(outside.clone());
                None
            }
        }
    }

    /// Lets it wait again as soon as the store answers, and has written down that it is claimed: that may come late.
    pub fn take_back(self, outside: Outside) {
        tokio::spawn(async move {
            for _ in 0..TRIES {
                match self.let_wait(&outside).await {
                    Ok(Replaced::Done) => return,
                    Ok(Replaced::Stale) => {}
                    Err(fault) => tracing::warn!(%fault, "a form that was not sent could not be let wait again yet"),
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
    }

    async fn let_wait(&self, outside: &Outside) -> Result<Replaced, Fault> {
        let form = self.form.clone().unsent(self.content.clone());
        self.settle(outside, &form).await
    }

    /// Writes over the form, as long as it is this claim that it is under.
    async fn settle(&self, outside: &Outside, form: &SavedForm) -> Result<Replaced, Fault> {
        match outside.records.get::<SavedForm>(&self.name).await? {
            Some((found, version)) if found.state == self.form.state => {
                Ok(outside.records.replace(&self.name, version, form, self.keep).await?)
            }
            Some(_) | None => Ok(Replaced::Stale),
        }
    }
}

fn name(outside: &Outside, browser: &Token, id: FormId) -> Result<String, Fault> {
    let token = outside.keys.next_token(browser, &[b"form", id.as_bytes()])?;
    Ok(token.hash().to_string())
}
