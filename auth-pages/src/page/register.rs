//! A new account: who it is for, the codes that prove the address and the number, and the end.
//!
//! No page here tells whether an address is known already.

use askama::Template;

use super::address::AddressProblem;
use super::new_password::say_least;
use super::problem::ShownProblem;
use super::sent_code::SentCode;
use super::{Form, Problem, Sheet, WeakPassword};
use crate::RenderFault;

/// Asks who a new account is for: the fields `name`, `email`, `number` and `new_password`.
#[derive(Clone, Debug)]
pub struct RegisterPage {
    /// Where it goes.
    pub form: Form,
    /// What was typed as the name; may be empty.
    pub name: String,
    /// The e-mail address.
    pub email: RegisterEmail,
    /// The mobile number; nothing where none is asked for.
    pub number: Option<RegisterNumber>,
    /// How many characters the password must have.
    pub least: u32,
    /// Back to the login.
    pub login_url: String,
    /// Why the page is shown again.
    pub problem: Option<RegisterProblem>,
}

/// The e-mail address of a new account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterEmail {
    /// To be typed: empty, or what was typed before.
    Typed(String),
    /// The one that was invited; it cannot be changed.
    Invited(String),
}

/// The mobile number of a new account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterNumber {
    /// What was typed before; may be empty.
    pub typed: String,
    /// The country code that a number most likely starts with: `+33`.
    pub country_code: String,
    /// How it will be proven.
    pub proof: NumberProof,
}

/// How the number of a new account is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberProof {
    /// By a text message.
    Text,
    /// By a call.
    Call,
}

/// Why the page is shown again; each is the fault of one field, or of none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterProblem {
    /// No name, or one that is too long.
    Name,
    /// The address.
    Email(AddressProblem),
    /// Addresses of that domain are not admitted.
    DomainNotAdmitted,
    /// The number.
    Number(AddressProblem),
    /// The address was proven, but has an account by now.
    Taken,
    /// The password is not good enough.
    Weak(WeakPassword),
    /// It is not about a field.
    Other(Problem),
}

/// The code that was sent to the address, and then the one to the number: the field `code`.
#[derive(Clone, Debug)]
pub struct RegisterProvePage {
    /// Where the code goes.
    pub form: Form,
    /// Asks for another code, if there may be one.
    pub resend: Option<Form>,
    /// Seconds until then; 0: at once.
    pub resend_wait_seconds: u64,
    /// Back to the page that asks for everything.
    pub restart_url: String,
    /// Where the code went, in full: it was typed a moment ago.
    pub sent_to: RegisterTarget,
    /// How many digits the code has.
    pub digits: u8,
    /// Why the page is shown again.
    pub problem: Option<Problem>,
}

/// Where a code for a new account goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterTarget {
    /// To the e-mail address, where there is no account of that address yet.
    Email(String),
    /// To the number, as a text message.
    Sms(String),
    /// To the number, as a call.
    Voice(String),
}

/// The account is made.
#[derive(Clone, Debug)]
pub struct RegisteredPage {
    /// Where to log in.
    pub login_url: String,
}

impl RegisterProblem {
    fn show(self, sheet: &Sheet<'_>) -> Result<ShownProblem, RenderFault> {
        let key = match self {
            Self::Name => "register-no-name",
            Self::Email(problem) | Self::Number(problem) => return problem.show(sheet),
            Self::DomainNotAdmitted => "register-domain",
            Self::Taken => "register-taken",
            Self::Weak(weak) => return weak.show(sheet),
            Self::Other(problem) => return problem.show(sheet, "register-wrong"),
        };
        Ok(ShownProblem {
            text: sheet.say(key)?,
            blames_fields: true,
        })
    }

    /// The field whose fault it is.
    fn field(self) -> Option<&'static str> {
        match self {
            Self::Name => Some("name"),
            Self::Email(_) | Self::DomainNotAdmitted | Self::Taken => Some("email"),
            Self::Number(_) => Some("number"),
            Self::Weak(_) => Some("new_password"),
            Self::Other(_) => None,
        }
    }
}

impl RegisterPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let lead = match self.number {
            Some(_) => "register-lead",
            None => "register-lead-email",
        };
        let view = RegisterView {
            sheet,
            page: self,
            lead: sheet.say(lead)?,
            number_hint: self
                .number
                .as_ref()
                .map(|number| number.hint(sheet))
                .transpose()?
                .unwrap_or_default(),
            password_hint: say_least(sheet, self.least)?,
            problem: self.problem.map(|problem| problem.show(sheet)).transpose()?,
        };
        Ok(view.render()?)
    }
}

impl RegisterNumber {
    fn hint(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let key = match self.proof {
            NumberProof::Text => "register-number-hint",
            NumberProof::Call => "register-number-hint-call",
        };
        sheet
            .texts
            .say_with(key, &[("code", self.country_code.as_str().into())])
    }
}

impl RegisterProvePage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let (heading, lead, to) = match &self.sent_to {
            RegisterTarget::Email(to) => ("code-heading-email", "register-prove-email", to),
            RegisterTarget::Sms(to) => ("code-heading-sms", "register-prove-sms", to),
            RegisterTarget::Voice(to) => ("code-heading-voice", "register-prove-voice", to),
        };
        let values = [("digits", self.digits.into()), ("to", to.as_str().into())];
        let page = SentCode {
            heading,
            lead: sheet.texts.say_with(lead, &values)?,
            form: &self.form,
            resend: self.resend.as_ref(),
            resend_wait_seconds: self.resend_wait_seconds,
            restart_url: &self.restart_url,
            digits: self.digits,
            problem: self.problem,
        };
        page.render(sheet)
    }
}

impl RegisteredPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(RegisteredView { sheet, page: self }.render()?)
    }
}

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a RegisterPage,
    lead: String,
    number_hint: String,
    password_hint: String,
    problem: Option<ShownProblem>,
}

impl RegisterView<'_> {
    /// The field that the cursor stands in: the one at fault, or the first.
    fn focus(&self) -> &'static str {
        self.blamed().unwrap_or("name")
    }

    fn blamed(&self) -> Option<&'static str> {
        self.page.problem.and_then(RegisterProblem::field)
    }

    fn has_focus(&self, field: &str) -> bool {
        self.focus() == field
    }

    fn is_blamed(&self, field: &str) -> bool {
        self.blamed() == Some(field)
    }

    /// A problem is read out with the field it is about, or where the cursor is.
    fn tells_problem(&self, field: &str) -> bool {
        self.problem.is_some() && self.has_focus(field)
    }
}

#[derive(Template)]
#[template(path = "registered.html")]
struct RegisteredView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a RegisteredPage,
}
