//! Setting up a phone or a mailbox: typing its address, and the code that was sent there.

use askama::Template;

use super::enrol::{Settable, Way, progress};
use super::problem::{ResendWait, ShownProblem, say_wait};
use super::{Ask, Form, Problem, Sheet};
use crate::RenderFault;

/// What was wrong with a number or address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressProblem {
    /// Not a number with its country code.
    NotANumber,
    /// Numbers of that country are not served.
    Country,
    /// A landline gets no text messages.
    NoTextMessages,
    /// Premium, shared-cost or free numbers.
    Costly,
    /// A pager or an exchange.
    NobodysOwn,
    /// Not an e-mail address.
    NotAnAddress,
    /// It is there already.
    AlreadyThere,
    /// It is on too many accounts.
    TooManyAccounts,
    /// It is somebody else's; said only to who has proven that they read its mail.
    Anothers,
    /// Another one was tried a moment ago.
    TooSoon {
        /// Seconds until the next may be.
        wait_seconds: u64,
    },
}

impl AddressProblem {
    pub(super) fn show(self, sheet: &Sheet<'_>) -> Result<ShownProblem, RenderFault> {
        let key = match self {
            Self::NotANumber => "number-not-a-number",
            Self::Country => "number-country",
            Self::NoTextMessages => "number-no-text-messages",
            Self::Costly => "number-costly",
            Self::NobodysOwn => "number-nobodys-own",
            Self::NotAnAddress => "mailbox-not-an-address",
            Self::AlreadyThere => "address-already-there",
            Self::TooManyAccounts => "number-too-many-accounts",
            Self::Anothers => "mailbox-anothers",
            Self::TooSoon { wait_seconds } => {
                return Ok(ShownProblem {
                    text: say_wait(sheet, "resend-wait", wait_seconds)?,
                    blames_fields: false,
                });
            }
        };
        Ok(ShownProblem {
            text: sheet.say(key)?,
            blames_fields: true,
        })
    }
}

/// Where a phone is typed: the fields `number`, `description`, and `channel` where there is a choice.
#[derive(Clone, Debug)]
pub struct NumberPage {
    /// Around it.
    pub way: Way,
    /// Where it goes.
    pub form: Form,
    /// How codes may reach it: `sms`, `voice`.
    pub channels: Vec<Settable>,
    /// What was typed before.
    pub number: String,
    /// The same of the description.
    pub description: String,
    /// The old number, masked, where another takes its place.
    pub replaces: Option<String>,
    /// Why the page is shown again.
    pub problem: Option<AddressProblem>,
}

/// Where a mailbox is typed: the field `email`.
#[derive(Clone, Debug)]
pub struct MailboxPage {
    /// Around it.
    pub way: Way,
    /// Where it goes.
    pub form: Form,
    /// What was typed before.
    pub email: String,
    /// Why the page is shown again.
    pub problem: Option<AddressProblem>,
}

/// The code that was sent to a new phone or mailbox: the fields `code` and `authenticator`.
#[derive(Clone, Debug)]
pub struct ProvePage {
    /// Around it.
    pub way: Way,
    /// Where the code goes.
    pub form: Form,
    /// Sends another code.
    pub resend: Form,
    /// "Use another one".
    pub drop: Form,
    /// Which one is set up.
    pub authenticator: String,
    /// Where the code went.
    pub ask: Ask,
    /// How many digits it has.
    pub digits: u8,
    /// Seconds until another code may be asked for; 0: at once.
    pub resend_wait_seconds: u64,
    /// Why the page is shown again.
    pub problem: Option<Problem>,
}

impl NumberPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let replaces = self.replaces.as_deref();
        let lead = match replaces {
            Some(number) => sheet
                .texts
                .say_with("number-lead-replace", &[("number", number.into())])?,
            None => sheet.say("number-lead")?,
        };
        let view = NumberView {
            sheet,
            way: &self.way,
            page: self,
            progress: progress(sheet, &self.way)?,
            heading: sheet.say(if replaces.is_some() {
                "number-heading-replace"
            } else {
                "number-heading"
            })?,
            lead,
            problem: self.problem.map(|problem| problem.show(sheet)).transpose()?,
        };
        Ok(view.render()?)
    }
}

impl MailboxPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let view = MailboxView {
            sheet,
            way: &self.way,
            page: self,
            progress: progress(sheet, &self.way)?,
            problem: self.problem.map(|problem| problem.show(sheet)).transpose()?,
        };
        Ok(view.render()?)
    }
}

impl ProvePage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let digits = |key| sheet.texts.say_with(key, &[("digits", self.digits.into())]);
        let sent = match (&self.ask, self.problem) {
            (_, Some(Problem::NotDelivered)) => "code-lead-not-delivered",
            (Ask::Voice { .. }, _) => "code-lead-voice",
            (Ask::Email { .. }, _) => "code-lead-email",
            (Ask::Sms { .. } | Ask::App { .. } | Ask::EmergencyCode { .. }, _) => "code-lead-sms",
        };
        let resend_wait = match (self.resend_wait_seconds, self.problem) {
            (0, _) | (_, Some(Problem::ResendTooSoon { .. })) => None,
            (seconds, _) => Some(ResendWait::say(sheet, seconds)?),
        };
        let view = ProveView {
            sheet,
            way: &self.way,
            page: self,
            progress: progress(sheet, &self.way)?,
            lead: digits(sent)?,
            label: digits("code-label")?,
            format: digits("code-format")?,
            resend_wait,
            problem: self
                .problem
                .map(|problem| problem.show(sheet, "code-wrong"))
                .transpose()?,
        };
        Ok(view.render()?)
    }
}

#[derive(Template)]
#[template(path = "enrol/number.html")]
struct NumberView<'a> {
    sheet: &'a Sheet<'a>,
    way: &'a Way,
    page: &'a NumberPage,
    progress: Option<String>,
    heading: String,
    lead: String,
    problem: Option<ShownProblem>,
}

#[derive(Template)]
#[template(path = "enrol/mailbox.html")]
struct MailboxView<'a> {
    sheet: &'a Sheet<'a>,
    way: &'a Way,
    page: &'a MailboxPage,
    progress: Option<String>,
    problem: Option<ShownProblem>,
}

#[derive(Template)]
#[template(path = "enrol/prove.html")]
struct ProveView<'a> {
    sheet: &'a Sheet<'a>,
    way: &'a Way,
    page: &'a ProvePage,
    progress: Option<String>,
    lead: String,
    label: String,
    format: String,
    resend_wait: Option<ResendWait>,
    problem: Option<ShownProblem>,
}
