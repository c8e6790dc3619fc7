//! The texts of `auth_pages`, as couriers ask for them.

use crate::io::courier::{CallText, CourierFault, EmailText, Fate, Notice, Occasion, Wording};
use auth_pages::message::{AlreadyRegistered, CodeMessage, email_already_registered, email_registration_code};
use auth_pages::message::{call_code, email_code, email_recovery_code, sms_code, sms_registration_code};
use auth_pages::{Language, RenderFault};

/// Texts in the name of one organisation.
pub(super) struct Words {
    /// Its name.
    pub(super) brand: String,
    /// Where people log in.
    pub(super) login_url: String,
}

impl Words {
    fn put<T>(
        &self,
        notice: &Notice<'_>,
        into: impl FnOnce(&CodeMessage<'_>) -> Result<T, RenderFault>,
    ) -> Result<T, CourierFault> {
        let origin = notice.origin.to_string();
        let message = CodeMessage {
            language: Language::from_accept_language(notice.language),
            brand: &self.brand,
            code: notice.code.expose(),
            minutes: u32::try_from(notice.life.as_secs() / 60).unwrap_or(u32::MAX),
            host: notice.host,
            origin: &origin,
        };
        into(&message).map_err(unwritten)
    }

    fn already_registered(&self, notice: &Notice<'_>) -> Result<EmailText, CourierFault> {
        let message = AlreadyRegistered {
            language: Language::from_accept_language(notice.language),
            brand: &self.brand,
            origin: &notice.origin.to_string(),
            login_url: &self.login_url,
        };
        let written = email_already_registered(&message).map_err(unwritten)?;
        let auth_pages::message::EmailText { subject, text, html } = written;
        Ok(EmailText { subject, text, html })
    }
}

fn unwritten(fault: RenderFault) -> CourierFault {
    CourierFault {
        courier: "texts".into(),
        why: fault.to_string(),
        fate: Fate::Refused,
    }
}

impl Wording for Words {
    fn sms(&self, notice: &Notice<'_>) -> Result<String, CourierFault> {
        self.put(
            notice,
            match notice.occasion {
                Occasion::Registration => sms_registration_code,
                Occasion::Login | Occasion::Recovery | Occasion::KnownAddress => sms_code,
            },
        )
    }

    fn call(&self, notice: &Notice<'_>) -> Result<CallText, CourierFault> {
        let auth_pages::message::CallText {
            language,
            invitation,
            code,
            farewell,
        } = self.put(notice, call_code)?;
        Ok(CallText {
            language: language.to_owned(),
            invitation,
            code,
            farewell,
        })
    }

    fn email(&self, notice: &Notice<'_>) -> Result<EmailText, CourierFault> {
        let auth_pages::message::EmailText { subject, text, html } = self.put(
            notice,
            match notice.occasion {
                Occasion::Login => email_code,
                Occasion::Recovery => email_recovery_code,
                Occasion::Registration => email_registration_code,
                Occasion::KnownAddress => return self.already_registered(notice),
            },
        )?;
        Ok(EmailText { subject, text, html })
    }
}
