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

/// The token by which a browser sends this form with its next request.
///
/// # Errors
/// When the store fails.
pub async fn wish(outside: &Outside, id: FormId) -> Result<Token, Fault> {
    let token = outside.entropy.token();
    match outside
        .records
        .insert(&token.hash().to_string(), &Sending(id), WISH)
        .await?
    {
        Inserted::New => Ok(token),
        Inserted::Exists => Err(Fault::new("store", "a new token exists already")),
    }
}

/// The form that such a token stands for.
///
/// # Errors
/// When the store fails.
pub async fn wished(outside: &Outside, token: &Token) -> Result<Option<FormId>, Fault> {
    let found = outside.records.get::<Sending>(&token.hash().to_string()).await?;
    Ok(found.map(|(Sending(id), _)| id))
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
    name: String,
    form: SavedForm,
    keep: Duration,
}

/// Claims a form of this person: of many, one gets it, and only then may it be sent.
///
/// # Errors
/// When the store fails; it may then have been claimed, and is not sent.
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
    let (form, content) = match form.claim() {
        Ok(claimed) => claimed,
        Err(gone) => return Ok(Claimed::Gone(*gone)),
    };
    match outside.records.replace(&name, version, &form, rules.keep).await? {
        Replaced::Done => Ok(Claimed::Mine(Claim {
            content,
            name,
            form,
            keep: rules.keep,
        })),
        Replaced::Stale => Ok(Claimed::Gone(form)),
    }
}

impl Claim {
    /// Path and query of the application it is for.
    pub fn target(&self) -> &str {
        &self.form.target
    }

    /// Writes down that the application has answered. Where that fails, nobody will know; it is not sent again either way.
    pub async fn answered(self, outside: &Outside) {
        let form = self.form.answered();
        settle(outside, (&self.name, &form, self.keep)).await;
    }

    /// Lets it wait again: not a byte of it has left us.
    pub async fn release(self, outside: &Outside) {
        let form = self.form.unsent(self.content);
        settle(outside, (&self.name, &form, self.keep)).await;
    }
}

/// Writes over a form that nobody else writes to, because it is claimed.
async fn settle(outside: &Outside, (name, form, keep): (&str, &SavedForm, Duration)) {
    let written = async {
        match outside.records.get::<SavedForm>(name).await? {
            Some((_, version)) => outside.records.replace(name, version, form, keep).await,
            None => Ok(Replaced::Stale),
        }
    };
    if let Err(fault) = written.await {
        tracing::warn!(%fault, "what became of a form could not be written down");
    }
}

fn name(outside: &Outside, browser: &Token, id: FormId) -> Result<String, Fault> {
    let token = outside.keys.next_token(browser, &[b"form", id.as_bytes()])?;
    Ok(token.hash().to_string())
}
