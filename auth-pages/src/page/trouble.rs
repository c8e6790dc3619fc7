//! The pages where it does not go on: refusals and faults, in plain words and without technical detail.

use askama::Template;

use super::Sheet;
use super::problem::say_wait;
use crate::RenderFault;

/// Why it does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Logged in, but not allowed here.
    Refused,
    /// The application demands a second factor, and the account has none that counts.
    NotEnrolled,
    /// The login is over: too many tries, or too old.
    LoginEnded {
        /// Where to start again.
        login_url: String,
    },
    /// The browser keeps no cookies, or is not the one that asked.
    NoCookies {
        /// Where to start again.
        login_url: String,
    },
    /// The browser is sent to and fro between the login and an application.
    Circle {
        /// The page it wants to go to.
        login_url: String,
    },
    /// No such page.
    NotFound,
    /// The request cannot be read.
    BadRequest,
    /// No such host here.
    Misdirected,
    /// The body is too large.
    TooLarge,
    /// Too many requests.
    TooMany {
        /// Seconds until it is worth another try.
        wait_seconds: u64,
    },
    /// Too many changes of one account.
    TooManyChanges {
        /// Seconds until the next may be made.
        wait_seconds: u64,
    },
    /// We cannot decide at the moment.
    Unavailable,
    /// The upstream cannot be reached.
    UpstreamDown,
    /// The upstream does not answer in time.
    UpstreamSlow,
    /// A mistake of ours.
    Fault,
    /// The request did not come in time.
    Timeout,
    /// The method does not fit the address.
    MethodNotAllowed,
    /// The headers are too large.
    HeadersTooLarge,
    /// The form was sent from an out-of-date page.
    Stale,
    /// Nobody makes an account here, or not without an invitation.
    RegistrationClosed,
    /// The link is used up, too old, or never was one. One wording for all three.
    LinkEnded,
    /// Nothing about the account can be changed after an objection, until an operator or a full login says so.
    ChangesFrozen,
    /// A second factor must be set up, and none can be here.
    EnrolmentImpossible,
    /// No form is kept, or not for this person in this browser. One wording for all.
    FormGone,
    /// The kept form was sent, and the application answered.
    FormAnswered,
    /// The kept form was sent, or was about to be; nobody knows what became of it.
    FormUnanswered,
    /// The application could not be reached, and the kept form waits again.
    FormWaits {
        /// Where it is offered.
        form_url: String,
    },
}

impl Trouble {
    /// The HTTP status it is answered with.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Refused
            | Self::NotEnrolled
            | Self::LoginEnded { .. }
            | Self::NoCookies { .. }
            | Self::Circle { .. }
            | Self::Stale
            | Self::RegistrationClosed
            | Self::ChangesFrozen
            | Self::EnrolmentImpossible => 403,
            Self::NotFound | Self::LinkEnded | Self::FormGone => 404,
            Self::MethodNotAllowed => 405,
            Self::Timeout => 408,
            Self::FormAnswered | Self::FormUnanswered => 409,
            Self::TooLarge => 413,
            Self::Misdirected => 421,
            Self::TooMany { .. } | Self::TooManyChanges { .. } => 429,
            Self::HeadersTooLarge => 431,
            Self::Fault => 500,
            Self::UpstreamDown | Self::FormWaits { .. } => 502,
            Self::Unavailable => 503,
            Self::UpstreamSlow => 504,
        }
    }

    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let (heading, text) = self.words();
        let text = match self.wait_seconds() {
            Some(seconds) => say_wait(sheet, text, seconds)?,
            None => sheet.say(text)?,
        };
        Ok(TroubleView {
            sheet,
            heading: sheet.say(heading)?,
            text,
            login_url: self.login_url(),
            form_url: self.form_url(),
        }
        .render()?)
    }

    /// The keys of its heading and its text.
    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Refused => ("refused-heading", "refused-text"),
            Self::NotEnrolled => ("not-enrolled-heading", "not-enrolled-text"),
            Self::LoginEnded { .. } => ("login-ended-heading", "login-ended-text"),
            Self::NoCookies { .. } => ("no-cookies-heading", "no-cookies-text"),
            Self::Circle { .. } => ("circle-heading", "circle-text"),
            Self::NotFound => ("not-found-heading", "not-found-text"),
            Self::BadRequest => ("bad-request-heading", "bad-request-text"),
            Self::Misdirected => ("misdirected-heading", "misdirected-text"),
            Self::TooLarge => ("too-large-heading", "too-large-text"),
            Self::TooMany { .. } => ("too-many-heading", "too-many-text"),
            Self::TooManyChanges { .. } => ("too-many-changes-heading", "too-many-changes-text"),
            Self::Unavailable => ("unavailable-heading", "unavailable-text"),
            Self::UpstreamDown => ("upstream-down-heading", "upstream-down-text"),
            Self::UpstreamSlow => ("upstream-slow-heading", "upstream-slow-text"),
            Self::Fault => ("fault-heading", "fault-text"),
            Self::Timeout => ("timeout-heading", "timeout-text"),
            Self::MethodNotAllowed => ("method-not-allowed-heading", "method-not-allowed-text"),
            Self::HeadersTooLarge => ("headers-too-large-heading", "headers-too-large-text"),
            Self::Stale => ("stale-heading", "stale-text"),
            Self::RegistrationClosed => ("registration-closed-heading", "registration-closed-text"),
            Self::LinkEnded => ("link-ended-heading", "link-ended-text"),
            Self::ChangesFrozen => ("changes-frozen-heading", "changes-frozen-text"),
            Self::EnrolmentImpossible => ("enrolment-impossible-heading", "enrolment-impossible-text"),
            Self::FormGone => ("form-gone-heading", "form-gone-text"),
            Self::FormAnswered => ("form-answered-heading", "form-answered-text"),
            Self::FormUnanswered => ("form-unanswered-heading", "form-unanswered-text"),
            Self::FormWaits { .. } => ("form-waits-heading", "form-waits-text"),
        }
    }

    fn wait_seconds(&self) -> Option<u64> {
        if let Self::TooMany { wait_seconds } | Self::TooManyChanges { wait_seconds } = self {
            Some(*wait_seconds)
        } else {
            None
        }
    }

    fn login_url(&self) -> Option<&str> {
        if let Self::LoginEnded { login_url } | Self::NoCookies { login_url } | Self::Circle { login_url } = self {
            Some(login_url)
        } else {
            None
        }
    }

    fn form_url(&self) -> Option<&str> {
        if let Self::FormWaits { form_url } = self {
            Some(form_url)
        } else {
            None
        }
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroubleView<'a> {
    sheet: &'a Sheet<'a>,
    heading: String,
    text: String,
    login_url: Option<&'a str>,
    form_url: Option<&'a str>,
}
