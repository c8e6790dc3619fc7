//! The end: the account, whole, by whoever has proven everything.

use super::{Answered, Registrations, Scene};
use crate::domain::assurance::Method;
use crate::domain::audit::AuditEvent;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::{Authenticator, Kind};
use crate::domain::invitation::Invited;
use crate::domain::registration::form::login_name;
use crate::domain::registration::{Applicant, Event, Registration, Step, step};
use crate::domain::secret::Token;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::domain::user::{PasswordFrom, Secrecy, Standing, User};
use crate::flow::Fault;
use crate::io::directory::{Joined, Newcomer, Newcomers};
use crate::io::store::{Replaced, Version};

impl Registrations {
    /// Makes the account. Of many who give the last right answer, one makes it; all are told that it is made.
    pub(super) async fn join(
        &self,
        token: &Token,
        (registration, version): (Registration, Version),
        scene: &Scene<'_>,
    ) -> Result<Answered, Fault> {
        let Some(newcomers) = self.outside.directory.newcomers() else {
            return Ok(Answered::Gone);
        };
        let Some(newcomer) = self
            .newcomer(newcomers, &registration.applicant, scene.settings)
            .await?
        else {
            return Ok(Answered::Gone);
        };
        let methods = newcomer.authenticators.iter().map(Authenticator::method).collect();
        let event = AuditEvent::UserRegistered {
            registration: registration.id,
            methods,
        };
        let record = self.outside.record(event, Some(newcomer.user.id), scene.circumstances);
        let answered = match newcomers.join(newcomer, record).await? {
            Joined::Done => {
                let Step { registration, .. } = step(registration, Event::Joined);
                // Should this be lost, the answer sent again finds the account made.
                let (Replaced::Done | Replaced::Stale) = self.save(token, (&registration, version)).await?;
                return Ok(Answered::Done);
            }
            Joined::Taken => Answered::Taken,
            Joined::LinkEnded => Answered::LinkEnded,
            Joined::OnTooManyAccounts => Answered::OnTooManyAccounts,
        };
        self.outside
            .records
            .take::<Registration>(&token.hash().to_string())
            .await?;
        Ok(answered)
    }

    /// The account to be: the address is its login name, and what was proven are its first authenticators, as far as
    /// they count here.
    async fn newcomer(
        &self,
        newcomers: &dyn Newcomers,
        applicant: &Applicant,
        settings: &Settings,
    ) -> Result<Option<Newcomer>, Fault> {
        let now = self.outside.clock.now();
        let Some(mailbox) = applicant.mailbox() else {
            return Ok(None);
        };
        let Some(name) = login_name(&mailbox) else {
            return Ok(None);
        };
        // Whether the link still works is for the transaction to find out.
        let groups = match &applicant.invitation {
            None => Vec::new(),
            Some(link) => match newcomers.invitation(link, now).await?.map(|link| link.invited) {
                Some(Invited::Guest(guest)) => guest.groups,
                Some(Invited::Member(_)) | None => Vec::new(),
            },
        };
        let user = User {
            id: applicant.user,
            name,
            display_name: applicant.display_name.clone(),
            email: mailbox.as_str().to_owned(),
            groups,
            standing: Standing::Active,
            proofs_since: now,
            outlasting: None,
            created_at: now,
            password_from: password_from(applicant, now),
            secrecy: Secrecy::Kept,
        };
        Ok(Some(Newcomer {
            user,
            kept: applicant.kept().to_owned(),
            authenticators: self.proven(mailbox, applicant, &settings.enrolable),
            invitation: applicant.invitation.clone(),
            most_accounts: settings.accounts_per_number,
        }))
    }

    fn proven(&self, mailbox: Mailbox, applicant: &Applicant, enrolable: &[Method]) -> Vec<Authenticator> {
        let phone = applicant.phone().map(Kind::Phone);
        let kinds = std::iter::once(Kind::Mailbox(mailbox)).chain(phone);
        let now = self.outside.clock.now();
        let all = kinds.map(|kind| Authenticator::new(self.outside.entropy.id(), String::new(), kind, now));
        all.filter(|one| enrolable.contains(&one.method())).collect()
    }
}

/// Whether the mailbox may be the second factor beside this password (SECURITY 1.7: it never counts twice).
///
/// Whoever registers openly brings the password along: the mailbox gave them nothing but its own proof, and whoever
/// reads it later has the one factor without the other. An invitation gives the account itself, groups and all, to
/// whoever opens the link, and links travel by e-mail: there the mailbox has spoken for the password too, and counts
/// again as after a forgotten one.
fn password_from(applicant: &Applicant, now: Timestamp) -> PasswordFrom {
    match applicant.invitation {
        None => PasswordFrom::Elsewhere,
        Some(_) => PasswordFrom::Mailbox(now),
    }
}
