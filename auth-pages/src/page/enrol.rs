//! Setting up a second factor, in the wizard of a login and from the account alike: choosing, the app, and the emergency
//! codes at the end. Phones and mailboxes are in `address.rs`.

use askama::Template;

use super::problem::ShownProblem;
use super::{Ask, Form, Problem, Sheet, qr};
use crate::RenderFault;

/// How far the wizard is; a page outside the wizard has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The step at hand, from 1.
    pub step: usize,
    /// How many there are.
    pub of: usize,
}

/// What stands around every page of setting up.
#[derive(Clone, Debug)]
pub struct Way {
    /// How far the wizard is.
    pub progress: Option<Progress>,
    /// Where "Back" leads, if anywhere.
    pub back_url: Option<String>,
    /// Leaves it for another day; only in the wizard, as long as that is allowed.
    pub later: Option<Later>,
    /// Leaves the login; only in the wizard.
    pub cancel: Option<Form>,
}

/// Setting up can wait.
#[derive(Clone, Debug)]
pub struct Later {
    /// Goes on without it.
    pub form: Form,
    /// The last day on which that works, as text.
    pub last_day: String,
}

impl Later {
    pub(super) fn until(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let day = self.last_day.as_str().into();
        sheet.texts.say_with("enrol-later-until", &[("day", day)])
    }
}

/// What can be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settable {
    /// An authenticator app.
    App,
    /// A phone by text message.
    Sms,
    /// A phone by call.
    Voice,
    /// A mailbox.
    Email,
}

impl Settable {
    /// The same as a person sees it in a list.
    pub(super) fn ask(self) -> Ask {
        let to = String::new();
        match self {
            Self::App => Ask::App { description: to },
            Self::Sms => Ask::Sms { to },
            Self::Voice => Ask::Voice { to },
            Self::Email => Ask::Email { to },
        }
    }
}

/// Which kind to set up.
#[derive(Clone, Debug)]
pub struct ChoosePage {
    /// Around it.
    pub way: Way,
    /// Each kind, and where it is set up.
    pub choices: Vec<(Settable, String)>,
}

/// Get an app first.
#[derive(Clone, Debug)]
pub struct AppIntroPage {
    /// Around it.
    pub way: Way,
    /// "I have one": makes the key.
    pub form: Form,
}

/// The key for an app, and its first code: the fields `code` and `authenticator`.
#[derive(Clone)]
pub struct AppKeyPage {
    /// Around it.
    pub way: Way,
    /// Where the code goes.
    pub form: Form,
    /// Which one is set up.
    pub authenticator: String,
    /// What the QR code says.
    pub uri: String,
    /// The key to be typed.
    pub key: String,
    /// How many digits a code has.
    pub digits: u8,
    /// Why the page is shown again.
    pub problem: Option<Problem>,
}

/// Without the key: it must not reach a log.
impl std::fmt::Debug for AppKeyPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppKeyPage")
            .field("way", &self.way)
            .finish_non_exhaustive()
    }
}

/// Before emergency codes are made.
#[derive(Clone, Debug)]
pub struct CodesPage {
    /// Around it.
    pub way: Way,
    /// Makes and shows them.
    pub form: Form,
}

/// Emergency codes, shown once.
#[derive(Clone)]
pub struct CodesShownPage {
    /// Around it.
    pub way: Way,
    /// The codes.
    pub codes: Vec<String>,
    /// "I have kept them".
    pub form: Form,
}

/// Without the codes: they must not reach a log.
impl std::fmt::Debug for CodesShownPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodesShownPage")
            .field("way", &self.way)
            .finish_non_exhaustive()
    }
}

impl ChoosePage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(ChooseView {
            sheet,
            way: &self.way,
            page: self,
            progress: progress(sheet, &self.way)?,
        }
        .render()?)
    }
}

impl AppIntroPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(AppIntroView {
            sheet,
            way: &self.way,
            page: self,
            progress: progress(sheet, &self.way)?,
        }
        .render()?)
    }
}

impl AppKeyPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        let digits = |key| sheet.texts.say_with(key, &[("digits", self.digits.into())]);
        let view = AppKeyView {
            sheet,
            way: &self.way,
            page: self,
            progress: progress(sheet, &self.way)?,
            picture: qr::picture(&self.uri),
            label: digits("code-label")?,
            format: digits("code-format")?,
            problem: self
                .problem
                .map(|problem| problem.show(sheet, "code-wrong"))
                .transpose()?,
        };
        Ok(view.render()?)
    }
}

impl CodesPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(CodesView {
            sheet,
            way: &self.way,
            page: self,
            progress: progress(sheet, &self.way)?,
        }
        .render()?)
    }
}

impl CodesShownPage {
    pub(super) fn render(&self, sheet: &Sheet<'_>) -> Result<String, RenderFault> {
        Ok(CodesShownView {
            sheet,
            way: &self.way,
            page: self,
            progress: progress(sheet, &self.way)?,
        }
        .render()?)
    }
}

pub(super) fn progress(sheet: &Sheet<'_>, way: &Way) -> Result<Option<String>, RenderFault> {
    let say = |at: Progress| {
        sheet
            .texts
            .say_with("enrol-progress", &[("step", at.step.into()), ("of", at.of.into())])
    };
    way.progress.map(say).transpose()
}

#[derive(Template)]
#[template(path = "enrol/choose.html")]
struct ChooseView<'a> {
    sheet: &'a Sheet<'a>,
    way: &'a Way,
    page: &'a ChoosePage,
    progress: Option<String>,
}

#[derive(Template)]
#[template(path = "enrol/app_intro.html")]
struct AppIntroView<'a> {
    sheet: &'a Sheet<'a>,
    way: &'a Way,
    page: &'a AppIntroPage,
    progress: Option<String>,
}

#[derive(Template)]
#[template(path = "enrol/app_key.html")]
struct AppKeyView<'a> {
    sheet: &'a Sheet<'a>,
    way: &'a Way,
    page: &'a AppKeyPage,
    progress: Option<String>,
    picture: qr::Picture,
    label: String,
    format: String,
    problem: Option<ShownProblem>,
}

#[derive(Template)]
#[template(path = "enrol/codes.html")]
struct CodesView<'a> {
    sheet: &'a Sheet<'a>,
    way: &'a Way,
    page: &'a CodesPage,
    progress: Option<String>,
}

#[derive(Template)]
#[template(path = "enrol/codes_shown.html")]
struct CodesShownView<'a> {
    sheet: &'a Sheet<'a>,
    way: &'a Way,
    page: &'a CodesShownPage,
    progress: Option<String>,
}

impl CodesShownView<'_> {
    /// The codes as the text file that is saved.
    fn file(&self) -> String {
        self.page.codes.join("%0A")
    }
}
