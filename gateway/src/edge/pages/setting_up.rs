//! The pages of setting up a second factor, as the wizard of a login and the account show them alike.

use super::login::with_login_cookie;
use super::told::day_before;
use super::visitor::{LOGOUT, Visitor};
use super::{Closed, Desk, look};
use crate::domain::assurance::Method;
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::authenticator::phone::{Channel, Countries, Phone, Unfit};
use crate::domain::grace::Grace;
use crate::domain::id::AuthenticatorId;
use crate::domain::secret::Secret;
use crate::flow::enrol::{Proving, What, Wish};
use auth_pages::{
    AddressProblem, AppIntroPage, AppKeyPage, ChoosePage, CodesPage, CodesShownPage, Form, Later, MailboxPage,
    NumberPage, Page, Problem, Progress, ProvePage, Settable, Way,
};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};

/// Where something is set up.
pub(super) struct Bench<'a> {
    pub(super) desk: &'a Desk,
    pub(super) visitor: &'a Visitor,
    /// The folder of its pages.
    pub(super) folder: &'static str,
    /// How far the wizard is; the account has no wizard.
    pub(super) progress: Option<(usize, usize)>,
    /// How long what is demanded may wait.
    pub(super) grace: Grace,
    /// Where "Back" leads.
    pub(super) back_url: Option<String>,
    /// What a new number takes the place of.
    pub(super) replaces: Option<AuthenticatorId>,
}

/// What is typed about a phone.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct NumberFields {
    pub(super) number: String,
    pub(super) description: String,
    pub(super) channel: String,
}

/// What is typed about an app.
#[derive(Deserialize)]
pub(super) struct AppFields {
    #[serde(default)]
    pub(super) description: String,
}

/// What is typed about a mailbox.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct MailboxFields {
    pub(super) email: String,
}

impl AppFields {
    /// What is wished for by it.
    pub(super) fn wish(&self) -> Wish {
        Wish {
            what: What::App,
            description: description(&self.description),
            replaces: None,
        }
    }
}

impl NumberFields {
    /// What is wished for by it, in place of that number if there is one; or what is wrong with it.
    pub(super) fn wish(
        &self,
        countries: &Countries,
        replaces: Option<AuthenticatorId>,
    ) -> Result<Wish, AddressProblem> {
        let channel = Channel::from_word(&self.channel).unwrap_or(Channel::Sms);
        let phone = Phone::chosen(&self.number, channel, countries).map_err(unfit)?;
        Ok(Wish {
            what: What::Phone(phone),
            description: description(&self.description),
            replaces,
        })
    }
}

impl MailboxFields {
    /// What is wished for by it; or what is wrong with it.
    pub(super) fn wish(&self) -> Result<Wish, AddressProblem> {
        let mailbox = Mailbox::parse(&self.email).map_err(|_| AddressProblem::NotAnAddress)?;
        Ok(Wish {
            what: What::Mailbox(mailbox),
            description: String::new(),
            replaces: None,
        })
    }
}

/// The code of what is being set up, and what that is.
#[derive(Deserialize)]
pub(super) struct ProofFields {
    pub(super) authenticator: String,
    pub(super) code: String,
}

/// What is being set up.
#[derive(Deserialize)]
pub(super) struct WhichFields {
    pub(super) authenticator: String,
}

impl Bench<'_> {
    /// A page in the folder.
    pub(super) fn address(&self, leaf: &str) -> String {
        self.visitor.page(&format!("{}/{leaf}", self.folder))
    }

    /// Which kind to set up.
    pub(super) fn choose(&self, methods: &[Method]) -> Result<Response, Closed> {
        let leaf = |kind: Settable| match kind {
            Settable::App => "app",
            Settable::Sms | Settable::Voice => "phone",
            Settable::Email => "mailbox",
        };
        let kinds = methods.iter().filter_map(|method| settable(*method));
        let choices = kinds.map(|kind| (kind, self.address(leaf(kind)))).collect();
        let way = self.way()?;
        Ok(self.show(StatusCode::OK, &Page::Choose(ChoosePage { way, choices })))
    }

    /// Get an app first.
    pub(super) fn app_intro(&self) -> Result<Response, Closed> {
        let page = AppIntroPage {
            way: self.way()?,
            form: self.form("app")?,
        };
        Ok(self.show(StatusCode::OK, &Page::AppIntro(page)))
    }

    /// Which phone.
    pub(super) fn number(
        &self,
        methods: &[Method],
        (typed, replaces): (NumberFields, Option<String>),
        problem: Option<AddressProblem>,
    ) -> Result<Response, Closed> {
        let channels = methods.iter().filter_map(|method| settable(*method));
        let page = NumberPage {
            way: self.way()?,
            form: self.form(&match self.replaces {
                Some(id) => format!("phone?replaces={id}"),
                None => "phone".to_owned(),
            })?,
            channels: channels
                .filter(|kind| matches!(kind, Settable::Sms | Settable::Voice))
                .collect(),
            number: typed.number,
            description: typed.description,
            replaces,
            problem,
        };
        Ok(self.show(status_of(problem), &Page::Number(page)))
    }

    /// Which mailbox.
    pub(super) fn mailbox(&self, typed: MailboxFields, problem: Option<AddressProblem>) -> Result<Response, Closed> {
        let page = MailboxPage {
            way: self.way()?,
            form: self.form("mailbox")?,
            email: typed.email,
            problem,
        };
        Ok(self.show(status_of(problem), &Page::Mailbox(page)))
    }

    /// The first code of what is pending.
    pub(super) fn prove(&self, proving: &Proving, problem: Option<Problem>) -> Result<Response, Closed> {
        let authenticator = proving.authenticator.to_string();
        let status = proof_status(problem);
        let page = match &proving.key {
            Some(key) => Page::AppKey(AppKeyPage {
                way: self.way()?,
                form: self.form("prove")?,
                authenticator,
                uri: key.uri.expose().clone(),
                key: key.text.expose().clone(),
                digits: proving.digits,
                problem,
            }),
            None => Page::Prove(ProvePage {
                way: self.way()?,
                form: self.form("prove")?,
                resend: self.form("resend")?,
                drop: self.form("drop")?,
                authenticator,
                ask: look::ask(&proving.face),
                digits: proving.digits,
                resend_wait_seconds: proving.resend_after.as_secs(),
                problem,
            }),
        };
        Ok(self.show(status, &page))
    }

    /// Before emergency codes are made.
    pub(super) fn codes(&self) -> Result<Response, Closed> {
        let page = CodesPage {
            way: self.way()?,
            form: self.form("codes")?,
        };
        Ok(self.show(StatusCode::OK, &Page::Codes(page)))
    }

    /// Emergency codes, once.
    pub(super) fn codes_shown(&self, codes: &[Secret<String>]) -> Result<Response, Closed> {
        let page = CodesShownPage {
            way: self.way()?,
            codes: codes.iter().map(|code| code.expose().clone()).collect(),
            form: self.form("kept")?,
        };
        Ok(self.show(StatusCode::OK, &Page::CodesShown(page)))
    }

    fn form(&self, leaf: &str) -> Result<Form, Closed> {
        Ok(look::form(self.desk, self.visitor, self.address(leaf))?)
    }

    fn way(&self) -> Result<Way, Closed> {
        let progress = self.progress.map(|(step, of)| Progress { step, of });
        let cancel = match progress {
            Some(_) => Some(look::form(self.desk, self.visitor, self.visitor.page(LOGOUT))?),
            None => None,
        };
        let later = match self.grace {
            Grace::Over => None,
            Grace::Until(end) => Some(Later {
                form: self.form("later")?,
                last_day: day_before(end),
            }),
        };
        Ok(Way {
            progress,
            later,
            back_url: self.back_url.clone(),
            cancel,
        })
    }

    fn show(&self, status: StatusCode, page: &Page) -> Response {
        with_login_cookie(self.visitor, look::of(self.visitor).show(status, page))
    }
}

/// A description as it is kept: one line, not long.
pub(super) fn description(typed: &str) -> String {
    let line = typed.trim().chars().filter(|letter| !letter.is_control());
    line.take(60).collect()
}

/// What a person is told of a phone that will not do.
pub(super) fn unfit(unfit: Unfit) -> AddressProblem {
    match unfit {
        Unfit::NotANumber => AddressProblem::NotANumber,
        Unfit::Country => AddressProblem::Country,
        Unfit::NoTextMessages => AddressProblem::NoTextMessages,
        Unfit::Costly => AddressProblem::Costly,
        Unfit::NobodysOwn => AddressProblem::NobodysOwn,
    }
}

/// How the page of a first code answers.
pub(super) fn proof_status(problem: Option<Problem>) -> StatusCode {
    match problem {
        None | Some(Problem::NotDelivered) => StatusCode::OK,
        Some(Problem::Throttled { .. } | Problem::ResendTooSoon { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(Problem::Wrong | Problem::OutOfDate | Problem::Busy) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn settable(method: Method) -> Option<Settable> {
    match method {
        Method::Totp => Some(Settable::App),
        Method::Sms => Some(Settable::Sms),
        Method::Voice => Some(Settable::Voice),
        Method::Email => Some(Settable::Email),
        Method::Password | Method::Webauthn | Method::EmergencyCode => None,
    }
}

/// How the page of an address answers.
pub(super) fn status_of(problem: Option<AddressProblem>) -> StatusCode {
    match problem {
        None => StatusCode::OK,
        Some(AddressProblem::TooSoon { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(
            AddressProblem::NotANumber
            | AddressProblem::Country
            | AddressProblem::NoTextMessages
            | AddressProblem::Costly
            | AddressProblem::NobodysOwn
            | AddressProblem::NotAnAddress
            | AddressProblem::AlreadyThere
            | AddressProblem::TooManyAccounts
            | AddressProblem::Anothers,
        ) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
