//! What couriers carry. Here: the texts around the one-time code of a login; in `message/`: everything else.
//!
//! Around a code they say whose it is, what it is for, how long it works, and that nobody ever asks for it; they contain
//! no link and no name of a user. Nothing is sent from here.

mod arrival;
mod letter;
mod notice;

use askama::Template;

use crate::texts::Texts;
use crate::{Language, RenderFault};

pub use arrival::{
    AlreadyRegistered, Invitation, email_already_registered, email_invitation, email_recovery_code,
    email_registration_code, sms_registration_code,
};
pub use notice::{NoticeMessage, ObjectionLink, email_notice, sms_notice};

/// A one-time code to be sent.
#[derive(Clone, Copy)]
pub struct CodeMessage<'a> {
    /// The language to write in.
    pub language: Language,
    /// Whose door the code opens.
    pub brand: &'a str,
    /// The code.
    pub code: &'a str,
    /// For how many minutes it works.
    pub minutes: u32,
    /// The host that the code may be typed into, without scheme and port; for text messages only.
    pub host: &'a str,
    /// Where the login came from, such as an IP address; for e-mails only.
    pub origin: &'a str,
}

/// An e-mail, ready to be sent.
#[derive(Clone)]
pub struct EmailText {
    /// The subject, with the code in it: one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The same as a self-contained HTML document.
    pub html: String,
}

/// A call, ready to be spoken.
#[derive(Clone)]
pub struct CallText {
    /// The language to be spoken (BCP 47), as voices are named by it.
    pub language: &'static str,
    /// Whose call it is, and to press a key; no code.
    pub invitation: String,
    /// What follows the key: the digits, apart from each other, twice.
    pub code: String,
    /// What is said where no key was pressed.
    pub farewell: String,
}

/// The text message. Its last line binds the code to the host (WICG, "Origin-bound one-time codes delivered via SMS"),
/// so that browsers offer it there only; nothing may follow it.
///
/// Fits one segment (160 letters of the GSM alphabet, 3GPP TS 23.038) if brand and host are of that alphabet and have
/// at most 20 and 40 letters.
///
/// # Errors
///
/// Only if a text of this crate is broken.
pub fn sms_code(message: &CodeMessage<'_>) -> Result<String, RenderFault> {
    let CodeMessage { host, code, .. } = message;
    let text = message.say("sms-code")?;
    Ok(format!("{text}\n@{host} #{code}"))
}

/// The call. Digits are divided by commas, at which a voice pauses.
///
/// # Errors
///
/// Only if a text of this crate is broken.
pub fn call_code(message: &CodeMessage<'_>) -> Result<CallText, RenderFault> {
    let digits: Vec<String> = message.code.chars().map(String::from).collect();
    let spaced = CodeMessage {
        code: &digits.join(", "),
        ..*message
    };
    Ok(CallText {
        language: message.language.voice(),
        invitation: message.say("call-invitation")?,
        code: spaced.say("call-code")?,
        farewell: message.say("call-farewell")?,
    })
}

/// The e-mail.
///
/// # Errors
///
/// Only if a text or template of this crate is broken.
pub fn email_code(message: &CodeMessage<'_>) -> Result<EmailText, RenderFault> {
    let paragraphs = EmailHtml {
        language: message.language,
        brand: on_one_line(message.brand),
        code: message.code,
        first: message.say("email-code-first")?,
        validity: message.say("email-code-validity")?,
        origin: message.say("email-code-origin")?,
        never: message.say("email-code-never")?,
    };
    let EmailHtml {
        first,
        validity,
        origin,
        never,
        brand,
        ..
    } = &paragraphs;
    Ok(EmailText {
        subject: message.say("email-code-subject")?,
        text: format!("{first}\n\n{validity}\n\n{origin}\n\n{never}\n\n{brand}\n"),
        html: paragraphs.render()?,
    })
}

impl CodeMessage<'_> {
    fn say(&self, key: &str) -> Result<String, RenderFault> {
        let texts = Texts {
            language: self.language,
            brand: self.brand,
        };
        let values = [
            ("code", self.code.into()),
            ("minutes", self.minutes.into()),
            ("origin", self.origin.into()),
        ];
        Ok(on_one_line(&texts.say_with(key, &values)?))
    }
}

/// Whatever the values: what stands at the start of a line, or in a subject, has a meaning.
fn on_one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[derive(Template)]
#[template(path = "message/email_code.html")]
struct EmailHtml<'a> {
    language: Language,
    brand: String,
    code: &'a str,
    first: String,
    validity: String,
    origin: String,
    never: String,
}

#[cfg(test)]
mod tests {
    use super::{CodeMessage, call_code, email_code, sms_code};
    use crate::Language;

    /// The basic character set of 3GPP TS 23.038, without the letters that need an escape and so count twice.
    pub(super) const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
        ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

    pub(super) fn message(language: Language) -> CodeMessage<'static> {
        CodeMessage {
            language,
            brand: "Example Hospital Ltd",
            code: "012345",
            minutes: 5,
            host: "login.department.example-hospital.com.au",
            origin: "192.0.2.7",
        }
    }

    #[test]
    fn a_text_message_fits_one_segment_in_every_language() {
        for language in Language::ALL {
            for minutes in [1, 5, 10] {
                let message = CodeMessage {
                    minutes,
                    ..message(language)
                };
                assert_eq!((message.brand.len(), message.host.len()), (20, 40));
                let text = sms_code(&message).unwrap();
                assert!(text.chars().count() <= 160, "{} letters: {text}", text.chars().count());
                assert!(text.chars().all(|letter| GSM.contains(letter)), "{text}");
            }
        }
    }

    #[test]
    fn the_last_line_binds_the_code_to_the_host_whatever_the_brand() {
        for brand in ["Example", "Example\n@evil.example #999999\n", "\u{85}", ""] {
            let text = sms_code(&CodeMessage {
                brand,
                ..message(Language::English)
            })
            .unwrap();
            assert!(
                text.ends_with("\n@login.department.example-hospital.com.au #012345"),
                "{text}"
            );
            assert_eq!(text.lines().count(), 2, "{text}");
        }
    }

    #[test]
    fn a_call_says_the_digits_apart_twice_and_only_after_the_key() {
        for language in Language::ALL {
            let call = call_code(&message(language)).unwrap();
            assert_eq!(call.code.matches("0, 1, 2, 3, 4, 5").count(), 2, "{}", call.code);
            for text in [&call.invitation, &call.farewell] {
                assert!(!text.contains(|letter: char| letter.is_numeric()), "{text}");
            }
            assert!(call.invitation.contains("Example Hospital Ltd"));
            assert!(call.language.starts_with(language.tag()));
        }
    }

    #[test]
    fn an_email_has_the_code_first_and_no_link() {
        for language in Language::ALL {
            let email = email_code(&message(language)).unwrap();
            assert!(email.subject.contains("012345"));
            assert!(email.text.lines().next().unwrap().contains("012345"));
            assert!(email.html.contains("012345"));
            for body in [&email.text, &email.html] {
                assert!(body.contains("192.0.2.7"));
                for link in ["<a", "href", "://", "src=", "www.", "example-hospital.com"] {
                    assert!(!body.contains(link), "{link}: {body}");
                }
            }
        }
    }

    #[test]
    fn hostile_values_stay_text() {
        let hostile = "\"><script>\r\nBcc: all@example.com";
        let email = email_code(&CodeMessage {
            brand: hostile,
            origin: hostile,
            ..message(Language::English)
        })
        .unwrap();
        assert!(!email.html.contains("<script"));
        assert!(!email.subject.contains(['\r', '\n']));
        assert!(!email.text.contains("\nBcc"));
    }

    #[test]
    fn messages_read_as_they_were_approved() {
        for language in Language::ALL {
            let email = email_code(&message(language)).unwrap();
            insta::assert_snapshot!(format!("{}-sms", language.tag()), sms_code(&message(language)).unwrap());
            let call = call_code(&message(language)).unwrap();
            let call = [call.invitation, call.code, call.farewell].join("\n");
            insta::assert_snapshot!(format!("{}-call", language.tag()), call);
            insta::assert_snapshot!(format!("{}-email-subject", language.tag()), email.subject);
            insta::assert_snapshot!(format!("{}-email-text", language.tag()), email.text);
            insta::assert_snapshot!(format!("{}-email-html", language.tag()), email.html);
        }
    }
}
