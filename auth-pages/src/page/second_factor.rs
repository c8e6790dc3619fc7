//! The second step: the code, and which authenticator to use.

use askama::Template;

use super::problem::{ResendWait, ShownProblem};
use super::{Ask, Choice, Form, Problem, Sheet};
use crate::texts::Texts;
use crate::{Language, RenderFault};

/// Asks for the code of one authenticator: the fields `code` and `authenticator`.
#[derive(Clone, Debug)]
pub struct SecondFactorPage {
    /// Where the code goes.
    pub form: Form,
    /// Asks for another code; only where codes are sent.
    pub resend: Option<Form>,
    /// "Try another method", if there is another.
    pub methods_url: Option<String>,
    /// "Not you? Start over".
    pub cancel: Form,
    /// The id of the authenticator that is asked.
    pub authenticator: String,
    /// How it is asked.
    pub ask: Ask,
    /// How many digits the code has.
    pub digits: u8,
    /// How far the message with the code is; only where somebody tells.
    pub sent: Option<Sent>,
    /// Seconds until another code may be asked for; 0: at once.
    pub resend_wait_seconds: u64,
    /// Why the page is shown again.
    pub problem: Option<Problem>,
}

/// How far a message with a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Nothing more is known yet.
    OnItsWay,
    /// It is on the phone.
    Delivered,
    /// It will not arrive.
    NotDelivered,
}

impl Sent {
    /// What a person reads of it.
    ///
    /// # Errors
    ///
    /// Only if a text of this crate is broken.
    pub fn words(self, language: Language) -> Result<String, RenderFault> {
        let texts = Texts { language, brand: "" };
        texts.say(match self {
            Self::OnItsWay => "sent-on-its-way",
            Self::Delivered => "sent-delivered",
            Self::NotDelivered => "sent-not-delivered",
        })
    }
}

impl SecondFactorPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let view = SecondFactorView {
            sheet,
            page: self,
            heading: sheet.say(self.heading())?,
            lead: self.say_digits(sheet, self.lead())?,
            label: self.say_digits(
                sheet,
                if self.is_listed() {
                    "code-label-emergency"
                } else {
                    "code-label"
                },
            )?,
            format: self.say_digits(
                sheet,
                if self.is_listed() {
                    "code-format-emergency"
                } else {
                    "code-format"
                },
            )?,
            sent: self.sent.map(|sent| sent.words(sheet.frame.language)).transpose()?,
            resend_wait: self.resend_wait(sheet)?,
            problem: self
                .problem
                .map(|problem| problem.show(sheet, "code-wrong"))
                .transpose()?,
        };
        Ok(view.render()?)
    }

    fn heading(&self) -> &'static str {
        match self.ask {
            Ask::App { .. } => "code-heading-totp",
            Ask::Sms { .. } => "code-heading-sms",
            Ask::Voice { .. } => "code-heading-voice",
            Ask::Email { .. } => "code-heading-email",
            Ask::EmergencyCode { .. } => "code-heading-emergency",
        }
    }

    /// Never claims that a code is on its way when it could not be sent.
    fn lead(&self) -> &'static str {
        match (&self.ask, self.problem) {
            (Ask::App { .. }, _) => "code-lead-totp",
            (Ask::EmergencyCode { .. }, _) => "code-lead-emergency",
            (_, Some(Problem::NotDelivered)) => "code-lead-not-delivered",
            (Ask::Sms { .. }, _) => "code-lead-sms",
            (Ask::Voice { .. }, _) => "code-lead-voice",
            (Ask::Email { .. }, _) => "code-lead-email",
        }
    }

    /// Whether the answer is letters and digits from a list.
    fn is_listed(&self) -> bool {
        matches!(self.ask, Ask::EmergencyCode { .. })
    }

    fn say_digits(&self, sheet: &Sheet<'_>, key: &str) -> Result<String, RenderFault> {
        sheet.texts.say_with(key, &[("digits", self.digits.into())])
    }

    /// Says nothing if there is no wait, or if the problem above says it already.
    fn resend_wait(&self, sheet: &Sheet<'_>) -> Result<Option<ResendWait>, RenderFault> {
        match (self.resend_wait_seconds, self.problem) {
            (0, _) | (_, Some(Problem::ResendTooSoon { .. })) => Ok(None),
            (seconds, _) => ResendWait::say(sheet, seconds).map(Some),
        }
    }
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a SecondFactorPage,
    heading: String,
    lead: String,
    label: String,
    format: String,
    sent: Option<String>,
    resend_wait: Option<ResendWait>,
    problem: Option<ShownProblem>,
}

impl SecondFactorView<'_> {
    /// Room for a code typed with a space before, between or after its digits.
    fn max_length(&self) -> u16 {
        u16::from(self.page.digits) * 2 + 1
    }
}

/// Which authenticator to use: each choice is a button named `authenticator`.
#[derive(Clone, Debug)]
pub struct MethodsPage {
    /// Where the choice goes.
    pub form: Form,
    /// What there is to choose from.
    pub choices: Vec<Choice>,
    /// Back to the code page.
    pub back_url: String,
}

impl MethodsPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(MethodsView { sheet, page: self }.render()?)
    }
}

#[derive(Template)]
#[template(path = "methods.html")]
struct MethodsView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a MethodsPage,
}

impl MethodsView<'_> {
    fn any_is_sent(&self) -> bool {
        self.page.choices.iter().any(|choice| choice.ask.is_sent())
    }
}
