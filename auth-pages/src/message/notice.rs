//! What a person is told when something about their account was changed: by e-mail, or by text message where there is
//! no address. The e-mail has a link to the page that objects, which acts only when its button is pressed.

use super::letter::{Letter, Part};
use super::{EmailText, on_one_line};
use crate::texts::Texts;
use crate::{Change, Language, RenderFault};

/// A change that its owner is told of.
#[derive(Clone, Copy)]
pub struct NoticeMessage<'a> {
    /// The language to write in.
    pub language: Language,
    /// Whose account it is about.
    pub brand: &'a str,
    /// What was changed.
    pub change: Change,
    /// When, as text.
    pub at: &'a str,
    /// From which address; may be empty. For e-mails only.
    pub origin: &'a str,
    /// How to object, if that is possible. For e-mails only.
    pub objection: Option<ObjectionLink<'a>>,
    /// How to reach support, in the operator's words. For e-mails only.
    pub support: Option<&'a str>,
}

/// The page where a change can be objected to.
#[derive(Clone, Copy)]
pub struct ObjectionLink<'a> {
    /// Where it is: an absolute URL of the portal.
    pub url: &'a str,
    /// For how many days it works.
    pub days: u32,
}

/// The text message, without a link: people are taught not to follow links in text messages.
///
/// Fits one segment (160 letters of the GSM alphabet) if the brand is of that alphabet and has at most 20 letters, and
/// the time at most 27.
///
/// # Errors
///
/// Only if a text of this crate is broken.
pub fn sms_notice(message: &NoticeMessage<'_>) -> Result<String, RenderFault> {
    let texts = message.texts();
    let change = message.change.say(&texts)?;
    let values = [("change", change.into()), ("at", message.at.into())];
    Ok(on_one_line(&texts.say_with("sms-notice", &values)?))
}

/// The e-mail.
///
/// # Errors
///
/// Only if a text or template of this crate is broken.
pub fn email_notice(message: &NoticeMessage<'_>) -> Result<EmailText, RenderFault> {
    let texts = message.texts();
    let change = message.change.say(&texts)?;
    let mut parts = vec![
        Part::Text(change.clone()),
        Part::Text(texts.say_with("notice-at", &[("at", message.at.into())])?),
    ];
    if !message.origin.is_empty() {
        let origin = [("origin", message.origin.into())];
        parts.push(Part::Text(texts.say_with("notice-origin", &origin)?));
    }
    if message.change == Change::EmergencyCodeUsed {
        parts.push(Part::Text(texts.say("notice-code-used")?));
    }
    match message.objection {
        Some(ObjectionLink { url, days }) => parts.extend([
            Part::Text(texts.say_with("notice-objection", &[("days", days.into())])?),
            Part::Link {
                name: texts.say("objection-submit")?,
                url: url.to_owned(),
            },
        ]),
        None => parts.push(Part::Text(texts.say("notice-no-objection")?)),
    }
    parts.extend(message.support.map(|support| Part::Text(support.to_owned())));
    Letter {
        language: message.language,
        brand: message.brand,
        subject: texts.say_with("notice-subject", &[("change", change.into())])?,
        parts,
    }
    .write()
}

impl NoticeMessage<'_> {
    fn texts(&self) -> Texts<'_> {
        Texts {
            language: self.language,
            brand: self.brand,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NoticeMessage, ObjectionLink, email_notice, sms_notice};
    use crate::message::tests::GSM;
    use crate::{Change, Language};

    const URL: &str = "https://login.example.com/.vestibule/objection?token=sample";

    fn message(change: Change) -> NoticeMessage<'static> {
        NoticeMessage {
            language: Language::English,
            brand: "Example Hospital Ltd",
            change,
            at: "25 November 2026, 11:06 UTC",
            origin: "192.0.2.7",
            objection: Some(ObjectionLink { url: URL, days: 10 }),
            support: Some("Call 555 0100."),
        }
    }

    #[test]
    fn a_text_message_fits_one_segment_and_has_no_link_whatever_was_changed() {
        for language in Language::ALL {
            for change in Change::ALL {
                let text = sms_notice(&NoticeMessage {
                    language,
                    ..message(change)
                })
                .unwrap();
                assert!(text.chars().count() <= 160, "{} letters: {text}", text.chars().count());
                assert!(text.chars().all(|letter| GSM.contains(letter)), "{text}");
                assert!(!text.contains("://"), "{text}");
            }
        }
    }

    #[test]
    fn an_email_says_what_when_from_where_and_how_to_object() {
        for change in Change::ALL {
            let email = email_notice(&message(change)).unwrap();
            for body in [&email.text, &email.html] {
                for said in [
                    "25 November 2026, 11:06 UTC",
                    "192.0.2.7",
                    URL,
                    "10 days",
                    "Call 555 0100.",
                ] {
                    assert!(body.contains(said), "{said}: {body}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_objected_to_has_no_link() {
        let email = email_notice(&NoticeMessage {
            objection: None,
            origin: "",
            ..message(Change::SecondFactorLocked)
        })
        .unwrap();
        assert!(!email.html.contains("<a") && !email.text.contains("://"));
        assert!(!email.text.contains("From:"), "{}", email.text);
    }

    #[test]
    fn hostile_values_stay_text() {
        let hostile = "\"><script>\r\nBcc: all@example.com";
        let email = email_notice(&NoticeMessage {
            brand: hostile,
            at: hostile,
            origin: hostile,
            support: Some(hostile),
            objection: Some(ObjectionLink { url: hostile, days: 1 }),
            ..message(Change::PasswordChanged)
        })
        .unwrap();
        assert!(!email.html.contains("<script"));
        assert!(!email.subject.contains(['\r', '\n']));
        assert!(!email.text.contains("\nBcc"));
    }

    #[test]
    fn notices_read_as_they_were_approved() {
        for language in Language::ALL {
            let of = |change| NoticeMessage {
                language,
                ..message(change)
            };
            let texts = Change::ALL.map(|change| sms_notice(&of(change)).unwrap()).join("\n");
            let subjects = Change::ALL
                .map(|change| email_notice(&of(change)).unwrap().subject)
                .join("\n");
            let email = email_notice(&of(Change::EmergencyCodeUsed)).unwrap();
            insta::assert_snapshot!(format!("{}-sms", language.tag()), texts);
            insta::assert_snapshot!(format!("{}-email-subject", language.tag()), subjects);
            insta::assert_snapshot!(format!("{}-email-text", language.tag()), email.text);
            insta::assert_snapshot!(format!("{}-email-html", language.tag()), email.html);
        }
    }
}
