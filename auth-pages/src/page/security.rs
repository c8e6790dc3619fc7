//! The account's pages about what proves a person: the list, one of them, the emergency codes, the sessions.

use askama::Template;

use super::new_password::say_least;
use super::problem::ShownProblem;
use super::{Ask, Form, NewPasswordProblem, Sheet};
use crate::{Method, RenderFault};

/// Which page of the account this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Who one is, and where one may go.
    Overview,
    /// What proves a person.
    Security,
    /// Who one is.
    Profile,
    /// The sessions.
    Sessions,
    /// The password.
    Password,
}

impl Section {
    /// Every section, in the order of the navigation.
    pub(super) const ALL: [Self; 5] = [
        Self::Overview,
        Self::Security,
        Self::Profile,
        Self::Sessions,
        Self::Password,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Overview => "section-overview",
            Self::Security => "section-security",
            Self::Profile => "section-profile",
            Self::Sessions => "section-sessions",
            Self::Password => "section-password",
        }
    }

    pub(super) fn url(self) -> &'static str {
        match self {
            Self::Overview => "/.vestibule/account",
            Self::Security => "/.vestibule/account/security",
            Self::Profile => "/.vestibule/account/profile",
            Self::Sessions => "/.vestibule/account/sessions",
            Self::Password => "/.vestibule/account/password",
        }
    }
}

/// Something a person has just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// A second factor was added.
    Added,
    /// A second factor was removed.
    Removed,
    /// It was changed.
    Changed,
    /// There is another password.
    PasswordChanged,
    /// Sessions were ended.
    Ended,
    /// A browser was forgotten.
    Forgotten,
}

impl Done {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Added => "done-added",
            Self::Removed => "done-removed",
            Self::Changed => "done-changed",
            Self::PasswordChanged => "done-password-changed",
            Self::Ended => "done-ended",
            Self::Forgotten => "done-forgotten",
        }
    }
}

/// One second factor in the list.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where it is looked after.
    pub url: String,
    /// What it is.
    pub ask: Ask,
    /// What its owner calls it; may be empty.
    pub description: String,
    /// When it was added, as text.
    pub added: String,
    /// When it was used last, as text; empty where it never was.
    pub used: String,
    /// Whether it is asked first.
    pub preferred: bool,
}

/// Something that waits for its first code.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Where its code is entered.
    pub url: String,
    /// What it will be.
    pub ask: Ask,
}

/// Everything that proves a person.
#[derive(Clone, Debug)]
pub struct SecurityPage {
    /// What there is.
    pub items: Vec<Item>,
    /// What waits for its first code.
    pub waiting: Vec<Waiting>,
    /// Where another is added.
    pub add_url: String,
    /// How many emergency codes are left; nothing where there are none at all.
    pub codes_left: Option<usize>,
    /// Where emergency codes are looked after.
    pub codes_url: String,
    /// What was just done.
    pub done: Option<Done>,
}

/// One second factor, and what can be done with it: the field `description`.
#[derive(Clone, Debug)]
pub struct ItemPage {
    /// What it is.
    pub item: Item,
    /// Gives it a description.
    pub describe: Form,
    /// Makes it the first to be asked.
    pub prefer: Option<Form>,
    /// Where another number takes its place.
    pub change_url: Option<String>,
    /// Removes it.
    pub remove: Form,
    /// It could not be removed: it is the last, and one must stay.
    pub is_the_last: bool,
}

/// The emergency codes.
#[derive(Clone, Debug)]
pub struct EmergencyPage {
    /// How many are left; nothing where there are none at all.
    pub left: Option<usize>,
    /// Makes new ones.
    pub make: Form,
    /// Deletes them.
    pub delete: Form,
}

/// Something that was proven in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// The password.
    Password,
    /// A second factor.
    By(Method),
    /// An emergency code.
    EmergencyCode,
}

impl Proven {
    /// The key of its name.
    fn name(self) -> &'static str {
        match self {
            Self::Password => "method-password",
            Self::By(method) => method.name(),
            Self::EmergencyCode => "method-emergency",
        }
    }
}

impl SessionItem {
    /// What was proven, one after the other.
    fn how(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let names: Result<Vec<String>, RenderFault> =
            self.proven.iter().map(|proven| sheet.say(proven.name())).collect();
        Ok(names?.join(", "))
    }
}

/// One session in the list.
#[derive(Clone, Debug)]
pub struct SessionItem {
    /// The value of the field `session` that ends it.
    pub id: String,
    /// The address it was opened from.
    pub source: String,
    /// What was proven in it, as words; may be empty.
    pub proven: Vec<Proven>,
    /// When it was opened, as text.
    pub opened: String,
    /// When it was used last, as text.
    pub seen: String,
    /// When it ends at the latest, as text.
    pub ends: String,
    /// Whether it is the one that looks at the page.
    pub here: bool,
}

/// A browser that completed a login before.
#[derive(Clone, Debug)]
pub struct DeviceItem {
    /// The value of the field `device` that forgets it.
    pub id: String,
    /// The address it was used from last; may be empty.
    pub source: String,
    /// Since when it is known, as text.
    pub since: String,
    /// When it completed a login last, as text; may be empty.
    pub used: String,
    /// Whether it is the one that looks at the page.
    pub here: bool,
}

/// The open sessions (the field `session`), and the known browsers (the field `device`).
#[derive(Clone, Debug)]
pub struct SessionsPage {
    /// Newest first.
    pub sessions: Vec<SessionItem>,
    /// The one used last first.
    pub devices: Vec<DeviceItem>,
    /// Forgets a browser.
    pub forget: Form,
    /// Ends one.
    pub end: Form,
    /// Ends all others.
    pub end_others: Form,
    /// What was just done.
    pub done: Option<Done>,
}

/// Changes the password: the fields `password` and `new_password`.
#[derive(Clone, Debug)]
pub struct PasswordPage {
    /// Where it goes.
    pub form: Form,
    /// For password managers.
    pub username: String,
    /// How many characters the new one must have.
    pub least: u32,
    /// Why the page is shown again.
    pub problem: Option<NewPasswordProblem>,
}

impl SecurityPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let left = say_left(sheet, self.codes_left)?;
        Ok(SecurityView {
            sheet,
            page: self,
            current: Section::Security,
            done: self.done,
            left,
        }
        .render()?)
    }
}

impl ItemPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(ItemView {
            sheet,
            page: self,
            current: Section::Security,
            heading: sheet.say(self.item.ask.name())?,
        }
        .render()?)
    }
}

impl EmergencyPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let left = say_left(sheet, self.left)?;
        Ok(EmergencyView {
            sheet,
            page: self,
            current: Section::Security,
            left,
        }
        .render()?)
    }
}

impl SessionsPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(SessionsView {
            sheet,
            page: self,
            current: Section::Sessions,
            done: self.done,
        }
        .render()?)
    }
}

impl PasswordPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let problem = self.problem.map(|problem| problem.show(sheet, "password-wrong"));
        Ok(PasswordView {
            sheet,
            page: self,
            current: Section::Password,
            hint: say_least(sheet, self.least)?,
            problem: problem.transpose()?,
        }
        .render()?)
    }
}

fn say_left(sheet: &Sheet<'_>, left: Option<usize>) -> Result<String, RenderFault> {
    match left {
        Some(count) => sheet.texts.say_with("codes-left", &[("count", count.into())]),
        None => sheet.say("codes-none"),
    }
}

#[derive(Template)]
#[template(path = "account/security.html")]
struct SecurityView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a SecurityPage,
    current: Section,
    done: Option<Done>,
    left: String,
}

#[derive(Template)]
#[template(path = "account/item.html")]
struct ItemView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a ItemPage,
    current: Section,
    heading: String,
}

#[derive(Template)]
#[template(path = "account/emergency.html")]
struct EmergencyView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a EmergencyPage,
    current: Section,
    left: String,
}

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct SessionsView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a SessionsPage,
    current: Section,
    done: Option<Done>,
}

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordView<'a> {
    sheet: &'a Sheet<'a>,
    page: &'a PasswordPage,
    current: Section,
    hint: String,
    problem: Option<ShownProblem>,
}
