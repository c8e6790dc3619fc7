//! The texts of `auth_pages`, as couriers ask for them.

use crate::domain::notice::OBJECTION_LIFE;
use crate::edge::pages::told::{change, moment};
use crate::io::courier::{
    CallText, CodeLetter, CourierFault, EmailText, Fate, InvitationLetter, Letter, NoticeLetter, Occasion, Wording,
};
use auth_pages::message::{AlreadyRegistered, CodeMessage, Invitation, NoticeMessage, ObjectionLink};
use auth_pages::message::{call_code, email_code, email_notice, email_recovery_code, sms_code, sms_notice};
use auth_pages::message::{email_already_registered, email_invitation, email_registration_code, sms_registration_code};
use auth_pages::{Language, RenderFault};

/// Texts in the name of one organisation.
pub(super) struct Words {
    /// Its name.
    pub(super) brand: String,
    /// Where people log in.
    pub(super) login_url: String,
}

impl Words {
    fn code<T>(
        &self,
        letter: &CodeLetter<'_>,
        into: impl FnOnce(&CodeMessage<'_>) -> Result<T, RenderFault>,
    ) -> Result<T, CourierFault> {
        let origin = letter.origin.to_string();
        let message = CodeMessage {
            language: Language::from_accept_language(letter.language),
            brand: &self.brand,
            code: letter.code.expose(),
            minutes: u32::try_from(letter.life.as_secs() / 60).unwrap_or(u32::MAX),
            host: letter.host,
            origin: &origin,
        };
        into(&message).map_err(|fault| unwritten(&fault))
    }

    fn notice<T>(
        &self,
        letter: &NoticeLetter<'_>,
        into: impl FnOnce(&NoticeMessage<'_>) -> Result<T, RenderFault>,
    ) -> Result<T, CourierFault> {
        let notice = letter.notice;
        let change = change(notice.change).ok_or_else(|| unwritten(&"nobody is told of that"))?;
        let origin = notice.source.map(|source| source.to_string());
        let message = NoticeMessage {
            language: Language::from_accept_language(""),
            brand: &self.brand,
            change,
            at: &moment(notice.at),
            origin: origin.as_deref().unwrap_or_default(),
            objection: letter.objection.map(|url| ObjectionLink { url, days: days() }),
            support: Some(letter.support).filter(|text| !text.is_empty()),
        };
        into(&message).map_err(|fault| unwritten(&fault))
    }

    fn invitation(&self, letter: &InvitationLetter<'_>) -> Result<auth_pages::message::EmailText, CourierFault> {
        let message = Invitation {
            language: Language::from_accept_language(""),
            brand: &self.brand,
            url: letter.url,
            until: &moment(letter.expires_at),
        };
        email_invitation(&message).map_err(|fault| unwritten(&fault))
    }

    fn already_registered(&self, letter: &CodeLetter<'_>) -> Result<auth_pages::message::EmailText, CourierFault> {
        let message = AlreadyRegistered {
            language: Language::from_accept_language(letter.language),
            brand: &self.brand,
            origin: &letter.origin.to_string(),
            login_url: &self.login_url,
        };
        email_already_registered(&message).map_err(|fault| unwritten(&fault))
    }
}

/// For how many days a change can be objected to, as a notice says it.
fn days() -> u32 {
    u32::try_from(OBJECTION_LIFE.as_secs() / (24 * 3600)).unwrap_or(u32::MAX)
}

fn unwritten(why: &dyn std::fmt::Display) -> CourierFault {
    CourierFault {
        courier: "texts".into(),
        why: why.to_string(),
        fate: Fate::Refused,
    }
}

impl Wording for Words {
    fn sms(&self, letter: &Letter<'_>) -> Result<String, CourierFault> {
        match letter {
            Letter::Code(letter) => self.code(
                letter,
                match letter.occasion {
                    Occasion::Registration => sms_registration_code,
                    Occasion::Login | Occasion::Recovery | Occasion::KnownAddress => sms_code,
                },
            ),
            Letter::Notice(letter) => self.notice(letter, sms_notice),
            Letter::Invitation(_) => Err(unwritten(&"invitations go by e-mail")),
        }
    }

    fn call(&self, letter: &Letter<'_>) -> Result<CallText, CourierFault> {
        let Letter::Code(letter) = letter else {
            return Err(unwritten(&"only codes are read out"));
        };
        let auth_pages::message::CallText {
            language,
            invitation,
            code,
            farewell,
        } = self.code(letter, call_code)?;
        Ok(CallText {
            language: language.to_owned(),
            invitation,
            code,
            farewell,
        })
    }

    fn email(&self, letter: &Letter<'_>) -> Result<EmailText, CourierFault> {
        let auth_pages::message::EmailText { subject, text, html } = match letter {
            Letter::Code(letter) => match letter.occasion {
                Occasion::Login => self.code(letter, email_code)?,
                Occasion::Recovery => self.code(letter, email_recovery_code)?,
                Occasion::Registration => self.code(letter, email_registration_code)?,
                Occasion::KnownAddress => self.already_registered(letter)?,
            },
            Letter::Notice(letter) => self.notice(letter, email_notice)?,
            Letter::Invitation(letter) => self.invitation(letter)?,
        };
        Ok(EmailText { subject, text, html })
    }
}
