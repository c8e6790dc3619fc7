//! Everything a person reads: pages, forms, message texts, languages, assets.
//!
//! The crate turns values into text. It makes no decision, reads no request, sends no message and knows nothing of
//! who calls it: what a page says is decided before it gets here.
//!
//! ```text
//! Page + Frame --render--> HTML     page/      one file per group of pages, one template per page
//! message      ----------> text     message.rs what couriers carry: codes, notices, invitations
//! name         ----------> bytes    assets.rs  style sheet and mark, under names that change with their content
//!                  ^
//!            texts/*.ftl            texts.rs   every word, per language
//! ```
//!
//! To add a page: a struct in `page/`, a variant in [`Page`], a template that extends `base.html`, its texts in every
//! file of `texts/`, and samples of each of its states; the tests then check it like all others. To add a language:
//! a variant in [`Language`] and its file in `texts/`.

pub mod assets;
mod change;
mod fault;
mod language;
pub mod message;
mod page;
#[cfg(test)]
mod tests;
mod texts;

pub use change::{Change, Method};
pub use fault::RenderFault;
pub use language::Language;
pub use page::{
    AccountPage, AddressProblem, AppIntroPage, AppKeyPage, Ask, Choice, ChoosePage, CodesPage, CodesShownPage,
    DeviceItem, Done, EmergencyPage, Form, FormOfferPage, FormSavedPage, FormUnderWayPage, Frame, Item, ItemPage,
    Later, LeavePage, LoggedOutPage, LoginPage, LogoutPage, MailboxPage, MethodsPage, Missing, NewPasswordPage,
    NewPasswordProblem, NotSentPage, NumberPage, NumberProof, ObjectedPage, ObjectionPage, Page, PasswordIs,
    PasswordPage, Problem, ProfileForms, ProfilePage, ProfileProblem, Progress, ProvePage, Proven, RecoverCodePage,
    RecoverPage, RecoveredPage, RegisterEmail, RegisterNumber, RegisterPage, RegisterProblem, RegisterProvePage,
    RegisterTarget, RegisteredPage, SecondFactorPage, Section, SecurityPage, Sent, SessionItem, SessionsPage, Settable,
    Trouble, UnfinishedPage, Waiting, Way, WeakPassword,
};
