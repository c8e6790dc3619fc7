//! The pages: what each one needs to know, and how it becomes HTML.
//!
//! One file per group of pages; each page is a struct with the values it shows and a template of the same name that
//! extends `base.html`. Pages carry no inline script or style and no third-party asset, so the strictest content
//! security policy holds; they decide nothing and link only where they are told to.

mod account;
mod address;
mod ask;
mod enrol;
mod login;
mod logout;
mod new_password;
mod objection;
mod problem;
mod profile;
mod qr;
mod recover;
mod register;
mod samples;
mod saved_form;
mod second_factor;
mod security;
mod sent_code;
mod trouble;
mod unfinished;

use std::fmt;

pub use account::{AccountPage, Missing};
pub use address::{AddressProblem, MailboxPage, NumberPage, ProvePage};
pub use ask::{Ask, Choice};
pub use enrol::{AppIntroPage, AppKeyPage, ChoosePage, CodesPage, CodesShownPage, Later, Progress, Settable, Way};
pub use login::{LeavePage, LoginPage, NotSentPage};
pub use logout::{LoggedOutPage, LogoutPage};
pub use new_password::{NewPasswordPage, NewPasswordProblem, PasswordIs, WeakPassword};
pub use objection::{ObjectedPage, ObjectionPage};
pub use problem::Problem;
pub use profile::{ProfileForms, ProfilePage, ProfileProblem};
pub use recover::{RecoverCodePage, RecoverPage, RecoveredPage};
pub use register::{
    NumberProof, RegisterEmail, RegisterNumber, RegisterPage, RegisterProblem, RegisterProvePage, RegisterTarget,
    RegisteredPage,
};
pub use saved_form::{FormOfferPage, FormSavedPage, FormUnderWayPage};
pub use second_factor::{MethodsPage, SecondFactorPage, Sent};
pub use security::{
    DeviceItem, Done, EmergencyPage, Item, ItemPage, PasswordPage, Proven, Section, SecurityPage, SessionItem,
    SessionsPage, Waiting,
};
pub use trouble::Trouble;
pub use unfinished::UnfinishedPage;

use crate::texts::Texts;
use crate::{Language, RenderFault};

/// Every page there is.
#[derive(Clone, Debug)]
pub enum Page {
    /// Name and password.
    Login(LoginPage),
    /// The code of the second factor.
    SecondFactor(SecondFactorPage),
    /// Which second factor to use.
    Methods(MethodsPage),
    /// Whose password was forgotten.
    Recover(RecoverPage),
    /// The code that proves the mailbox of whoever forgot a password.
    RecoverCode(RecoverCodePage),
    /// The password in place of the forgotten one.
    NewPassword(NewPasswordPage),
    /// The forgotten password is replaced.
    Recovered(RecoveredPage),
    /// Who a new account is for.
    Register(RegisterPage),
    /// The codes that prove the mailbox and the number of a new account.
    RegisterProve(RegisterProvePage),
    /// A new account is made.
    Registered(RegisteredPage),
    /// "This was not me."
    Objection(ObjectionPage),
    /// A change was objected to.
    Objected(ObjectedPage),
    /// "Log out?"
    Logout(LogoutPage),
    /// Logged out.
    LoggedOut(LoggedOutPage),
    /// Leaves for another origin by itself.
    Leave(LeavePage),
    /// A user's own account.
    Account(AccountPage),
    /// Which second factor to set up.
    Choose(ChoosePage),
    /// Get an app first.
    AppIntro(AppIntroPage),
    /// Where a phone is typed.
    Number(NumberPage),
    /// Where a mailbox is typed.
    Mailbox(MailboxPage),
    /// The key for an app.
    AppKey(AppKeyPage),
    /// The first code of a phone or mailbox.
    Prove(ProvePage),
    /// Before emergency codes are made.
    Codes(CodesPage),
    /// Emergency codes, once.
    CodesShown(CodesShownPage),
    /// What proves a person.
    Security(SecurityPage),
    /// One second factor.
    Item(ItemPage),
    /// The emergency codes.
    Emergency(EmergencyPage),
    /// The open sessions.
    Sessions(SessionsPage),
    /// The password.
    Password(PasswordPage),
    /// A phone that was begun and not finished.
    Unfinished(UnfinishedPage),
    /// Who a person is, and what of it they change.
    Profile(ProfilePage),
    /// A form came after the session had ended and was not sent on.
    NotSent(NotSentPage),
    /// A form came after the session had ended and is kept.
    FormSaved(FormSavedPage),
    /// "Send the form you filled in?"
    FormOffer(FormOfferPage),
    /// A kept form leaves for its application by itself.
    FormUnderWay(FormUnderWayPage),
    /// Anything that cannot go on.
    Trouble(Trouble),
}

impl Page {
    /// The whole HTML document, UTF-8.
    ///
    /// # Errors
    ///
    /// Only if a text or template of this crate is broken, which its tests rule out for every sample.
    pub fn render(&self, frame: &Frame<'_>) -> Result<String, RenderFault> {
        let sheet = Sheet {
            frame,
            texts: Texts {
                language: frame.language,
                brand: frame.brand,
            },
        };
        match self {
            Self::Login(page) => page.render(&sheet),
            Self::SecondFactor(page) => page.render(&sheet),
            Self::Methods(page) => page.render(&sheet),
            Self::Recover(page) => page.render(&sheet),
            Self::RecoverCode(page) => page.render(&sheet),
            Self::NewPassword(page) => page.render(&sheet),
            Self::Recovered(page) => page.render(&sheet),
            Self::Register(page) => page.render(&sheet),
            Self::RegisterProve(page) => page.render(&sheet),
            Self::Registered(page) => page.render(&sheet),
            Self::Objection(page) => page.render(&sheet),
            Self::Objected(page) => page.render(&sheet),
            Self::Logout(page) => page.render(&sheet),
            Self::LoggedOut(page) => page.render(&sheet),
            Self::Leave(page) => page.render(&sheet),
            Self::Account(page) => page.render(&sheet),
            Self::Choose(page) => page.render(&sheet),
            Self::AppIntro(page) => page.render(&sheet),
            Self::Number(page) => page.render(&sheet),
            Self::Mailbox(page) => page.render(&sheet),
            Self::AppKey(page) => page.render(&sheet),
            Self::Prove(page) => page.render(&sheet),
            Self::Codes(page) => page.render(&sheet),
            Self::CodesShown(page) => page.render(&sheet),
            Self::Security(page) => page.render(&sheet),
            Self::Item(page) => page.render(&sheet),
            Self::Emergency(page) => page.render(&sheet),
            Self::Sessions(page) => page.render(&sheet),
            Self::Password(page) => page.render(&sheet),
            Self::Profile(page) => page.render(&sheet),
            Self::Unfinished(page) => page.render(&sheet),
            Self::NotSent(page) => page.render(&sheet),
            Self::FormSaved(page) => page.render(&sheet),
            Self::FormOffer(page) => page.render(&sheet),
            Self::FormUnderWay(page) => page.render(&sheet),
            Self::Trouble(trouble) => trouble.render(&sheet),
        }
    }

    /// Every page in every state, each under a name of its own, with obviously invented values.
    #[must_use]
    pub fn samples() -> Vec<(&'static str, Self)> {
        samples::all()
    }
}

/// What stands around every page.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The language to write in.
    pub language: Language,
    /// Whose door this is, as people know it: "Example Ltd".
    pub brand: &'a str,
    /// The id of the request that is being answered, shown at the foot of the page.
    pub request_id: &'a str,
    /// How to reach support, in the operator's words; shown where a person is stuck. Plain text; line breaks count.
    pub support: Option<&'a str>,
}

/// Where a form goes, and the token that proves it came from our page.
#[derive(Clone)]
pub struct Form {
    /// The URL to POST to, with its query if it needs one.
    pub action: String,
    /// The value of the field `csrf`.
    pub csrf: String,
}

/// Without the token: it must not reach a log.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form")
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

/// What every template receives: the frame, and its language's texts.
struct Sheet<'a> {
    frame: &'a Frame<'a>,
    texts: Texts<'a>,
}

impl Sheet<'_> {
    /// A text, for templates.
    fn say(&self, key: &str) -> Result<String, RenderFault> {
        self.texts.say(key)
    }

    /// The `<title>` of a page that is headed so.
    fn title(&self, heading: &str) -> Result<String, RenderFault> {
        self.texts.say_with("title", &[("heading", heading.into())])
    }

    /// The `<title>` of a page that shows a problem: whoever listens to it hears that first.
    fn title_with_problem(&self, heading: &str) -> Result<String, RenderFault> {
        self.texts
            .say_with("title-with-problem", &[("heading", heading.into())])
    }
}
