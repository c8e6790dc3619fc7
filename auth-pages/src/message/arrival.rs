//! What is sent to whoever makes an account, or gets back to one: codes, the invitation, and the answer to an address
//! that has an account already. What is sent at a login is in `message.rs`.

use super::letter::{Letter, Part};
use super::{CodeMessage, EmailText};
use crate::texts::Texts;
use crate::{Language, RenderFault};

/// An address is being registered that has an account already. Only its owner learns that, by this e-mail.
#[derive(Clone, Copy)]
pub struct AlreadyRegistered<'a> {
    /// The language to write in.
    pub language: Language,
    /// Where the account is.
    pub brand: &'a str,
    /// Where the attempt came from, such as an IP address.
    pub origin: &'a str,
    /// Where to log in: an absolute URL of the portal.
    pub login_url: &'a str,
}

/// Somebody is invited to make an account.
#[derive(Clone, Copy)]
pub struct Invitation<'a> {
    /// The language to write in.
    pub language: Language,
    /// Where the account will be.
    pub brand: &'a str,
    /// Where to make it: an absolute URL of the portal. It works once.
    pub url: &'a str,
    /// Until when it works, as text.
    pub until: &'a str,
}

/// The code that proves the mailbox of a new account.
///
/// # Errors
///
/// Only if a text or template of this crate is broken.
pub fn email_registration_code(message: &CodeMessage<'_>) -> Result<EmailText, RenderFault> {
    let subject = message.say("registration-subject")?;
    let first = message.say("registration-first")?;
    code_letter(message, subject, first, message.say("registration-origin")?)
}

/// The code that proves the phone of a new account; its last line binds the code to the host, as in
/// [`sms_code`](super::sms_code), and it fits one segment under the same conditions.
///
/// # Errors
///
/// Only if a text of this crate is broken.
pub fn sms_registration_code(message: &CodeMessage<'_>) -> Result<String, RenderFault> {
    let CodeMessage { host, code, .. } = message;
    let text = message.say("sms-registration-code")?;
    Ok(format!("{text}\n@{host} #{code}"))
}

/// The code that proves the mailbox of whoever forgot the password.
///
/// # Errors
///
/// Only if a text or template of this crate is broken.
pub fn email_recovery_code(message: &CodeMessage<'_>) -> Result<EmailText, RenderFault> {
    let subject = message.say("recovery-subject")?;
    let first = message.say("recovery-first")?;
    code_letter(message, subject, first, message.say("recovery-origin")?)
}

/// The answer to an address that has an account already.
///
/// # Errors
///
/// Only if a text or template of this crate is broken.
pub fn email_already_registered(message: &AlreadyRegistered<'_>) -> Result<EmailText, RenderFault> {
    let texts = Texts {
        language: message.language,
        brand: message.brand,
    };
    Letter {
        language: message.language,
        brand: message.brand,
        subject: texts.say("already-subject")?,
        parts: vec![
            Part::Text(texts.say("already-first")?),
            Part::Text(texts.say("already-forgotten")?),
            Part::Link {
                name: texts.say("login-submit")?,
                url: message.login_url.to_owned(),
            },
            Part::Text(texts.say_with("already-origin", &[("origin", message.origin.into())])?),
        ],
    }
    .write()
}

/// The invitation.
///
/// # Errors
///
/// Only if a text or template of this crate is broken.
pub fn email_invitation(message: &Invitation<'_>) -> Result<EmailText, RenderFault> {
    let texts = Texts {
        language: message.language,
        brand: message.brand,
    };
    Letter {
        language: message.language,
        brand: message.brand,
        subject: texts.say("invitation-subject")?,
        parts: vec![
            Part::Text(texts.say("invitation-first")?),
            Part::Link {
                name: texts.say("login-register")?,
                url: message.url.to_owned(),
            },
            Part::Text(texts.say_with("invitation-until", &[("until", message.until.into())])?),
        ],
    }
    .write()
}

fn code_letter(
    message: &CodeMessage<'_>,
    subject: String,
    first: String,
    origin: String,
) -> Result<EmailText, RenderFault> {
    Letter {
        language: message.language,
        brand: message.brand,
        subject,
        parts: vec![
            Part::Text(first),
            Part::Code(message.code.to_owned()),
            Part::Text(message.say("email-code-validity")?),
            Part::Text(origin),
            Part::Text(message.say("code-never")?),
        ],
    }
    .write()
}

#[cfg(test)]
mod tests {
    use super::{
        AlreadyRegistered, Invitation, email_already_registered, email_invitation, email_recovery_code,
        email_registration_code, sms_registration_code,
    };
    use crate::Language;
    use crate::message::tests::{GSM, message};
    use crate::message::{CodeMessage, EmailText};

    const HOSTILE: &str = "\"><script>\r\nBcc: all@example.com";

    fn already(language: Language) -> AlreadyRegistered<'static> {
        AlreadyRegistered {
            language,
            brand: "Example Hospital Ltd",
            origin: "192.0.2.7",
            login_url: "https://login.example.com/",
        }
    }

    fn invitation(language: Language) -> Invitation<'static> {
        Invitation {
            language,
            brand: "Example Hospital Ltd",
            url: "https://login.example.com/.vestibule/register?invitation=sample",
            until: "2 December 2026, 11:06 UTC",
        }
    }

    #[test]
    fn a_text_message_fits_one_segment_and_is_bound_to_the_host() {
        for language in Language::ALL {
            for minutes in [1, 5, 10] {
                let text = sms_registration_code(&CodeMessage {
                    minutes,
                    ..message(language)
                })
                .unwrap();
                assert!(text.chars().count() <= 160, "{} letters: {text}", text.chars().count());
                assert!(text.chars().all(|letter| GSM.contains(letter)), "{text}");
                assert!(
                    text.ends_with("\n@login.department.example-hospital.com.au #012345"),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn a_code_stands_in_the_subject_and_there_is_no_link() {
        for write in [email_registration_code, email_recovery_code] {
            let email = write(&message(Language::English)).unwrap();
            assert!(email.subject.contains("012345"), "{}", email.subject);
            for body in [&email.text, &email.html] {
                assert!(body.contains("012345") && body.contains("192.0.2.7"), "{body}");
                assert!(!body.contains("<a") && !body.contains("://"), "{body}");
            }
        }
    }

    #[test]
    fn an_address_that_is_known_gets_no_code() {
        let email = email_already_registered(&already(Language::English)).unwrap();
        assert!(!email.text.contains("code"), "{}", email.text);
        assert!(email.text.contains("https://login.example.com/"), "{}", email.text);
    }

    #[test]
    fn hostile_values_stay_text() {
        let code = CodeMessage {
            brand: HOSTILE,
            origin: HOSTILE,
            ..message(Language::English)
        };
        let already = AlreadyRegistered {
            brand: HOSTILE,
            origin: HOSTILE,
            ..already(Language::English)
        };
        let invitation = Invitation {
            brand: HOSTILE,
            url: HOSTILE,
            ..invitation(Language::English)
        };
        let emails = [
            email_registration_code(&code),
            email_recovery_code(&code),
            email_already_registered(&already),
            email_invitation(&invitation),
        ];
        for email in emails.map(Result::unwrap) {
            assert!(!email.html.contains("<script"));
            assert!(!email.subject.contains(['\r', '\n']));
            assert!(!email.text.contains("\nBcc"));
        }
    }

    #[test]
    fn messages_read_as_they_were_approved() {
        for language in Language::ALL {
            let code = message(language);
            let emails = [
                ("registration", email_registration_code(&code)),
                ("recovery", email_recovery_code(&code)),
                ("already", email_already_registered(&already(language))),
                ("invitation", email_invitation(&invitation(language))),
            ];
            for (name, email) in emails {
                let EmailText { subject, text, html } = email.unwrap();
                let plain = format!("{subject}\n\n{text}");
                insta::assert_snapshot!(format!("{}-{name}-text", language.tag()), plain);
                insta::assert_snapshot!(format!("{}-{name}-html", language.tag()), html);
            }
            insta::assert_snapshot!(
                format!("{}-registration-sms", language.tag()),
                sms_registration_code(&code).unwrap()
            );
        }
    }
}
