//! The texts of `auth_pages`, as couriers ask for them.

use crate::io::courier::{CallText, CourierFault, EmailText, Fate, Notice, Occasion, Wording};
use auth_pages::message::{CodeMessage, call_code, email_code, email_recovery_code, sms_code};
use auth_pages::{Language, RenderFault};

/// Texts in the name of one organisation.
pub(super) struct Words {
    /// Its name.
    pub(super) brand: String,
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
        into(&message).map_err(|fault| CourierFault {
            courier: "texts".into(),
            why: fault.to_string(),
            fate: Fate::Refused,
        })
    }
}

impl Wording for Words {
    fn sms(&self, notice: &Notice<'_>) -> Result<String, CourierFault> {
        self.put(notice, sms_code)
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
            },
        )?;
        Ok(EmailText { subject, text, html })
    }
}
