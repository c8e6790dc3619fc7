//! Who visits a page: the cookies of the browser, the session they stand for, where the person wants to go.

use super::{Closed, Desk};
use crate::domain::host::Authority;
use crate::domain::secret::{Secret, Token, TokenHash};
use crate::domain::settings::Site;
use crate::domain::user::{Known, Subject};
use crate::edge::arrival::Arrival;
use crate::edge::cookie::Jar;
use crate::edge::link::INVITATION;
use crate::flow::Fault;
use crate::flow::login::Visit;
use crate::flow::return_target::{self, ReturnTarget};
use crate::flow::subject::Reading;
use axum::extract::FromRequestParts;
use http::request::Parts;
use std::sync::Arc;

/// The page of the password.
pub(super) const LOGIN: &str = "/.vestibule/login";
/// The page of the second factor.
pub(super) const SECOND_FACTOR: &str = "/.vestibule/second-factor";
/// The page of the other methods.
pub(super) const METHODS: &str = "/.vestibule/methods";
/// Where a new code is asked for.
pub(super) const RESEND: &str = "/.vestibule/resend";
/// The page of a forgotten password.
pub(super) const RECOVER: &str = "/.vestibule/recover";
/// The page of the code for a forgotten password.
pub(super) const RECOVER_CODE: &str = "/.vestibule/recover/code";
/// The page of the password that takes its place.
pub(super) const RECOVER_PASSWORD: &str = "/.vestibule/recover/password";
/// The page of the code that proves its address.
pub(super) const REGISTER_CODE: &str = "/.vestibule/register/code";
/// The page of the code that proves its number.
pub(super) const REGISTER_NUMBER: &str = "/.vestibule/register/number";
/// Where another code for a new account is asked for.
pub(super) const REGISTER_RESEND: &str = "/.vestibule/register/resend";
/// The page that logs out.
pub(super) const LOGOUT: &str = "/.vestibule/logout";
/// Where the portal hands a ticket out, and where an application's host takes it.
pub(super) const TICKET: &str = "/.vestibule/ticket";
/// Where what is missing is set up inside a login.
pub(super) const ENROL: &str = "/.vestibule/enrol";
/// Where a page asks whether another tab has logged in meanwhile.
pub(super) const ARRIVAL: &str = "/.vestibule/second-factor/arrival";
/// Whether another tab has logged in.
pub(super) const HERE: &str = "/.vestibule/here";
/// The page about oneself.
pub(super) const ACCOUNT: &str = "/.vestibule/account";
/// The page of everything that proves oneself.
pub(super) const SECURITY: &str = "/.vestibule/account/security";
/// Where one more second factor is set up.
pub(super) const ACCOUNT_ENROL: &str = "/.vestibule/account/enrol";
/// The page of the emergency codes.
pub(super) const EMERGENCY_CODES: &str = "/.vestibule/account/emergency-codes";
/// The page of the sessions.
pub(super) const SESSIONS: &str = "/.vestibule/account/sessions";
/// The page of what the directory says of oneself.
pub(super) const PROFILE: &str = "/.vestibule/account/profile";
/// The page of the password.
pub(super) const PASSWORD: &str = "/.vestibule/account/password";

/// A page of the account that a login can lead to: a closed list, so that no address is taken from a query (Law 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnPage {
    Overview,
    Security,
    Enrol,
    EnrolApp,
    EnrolPhone,
    EnrolMailbox,
    EmergencyCodes,
    Sessions,
    Profile,
    Password,
}

impl OwnPage {
    const ALL: [Self; 10] = [
        Self::Overview,
        Self::Security,
        Self::Enrol,
        Self::EnrolApp,
        Self::EnrolPhone,
        Self::EnrolMailbox,
        Self::EmergencyCodes,
        Self::Sessions,
        Self::Profile,
        Self::Password,
    ];

    /// Its word in the query of the login's pages.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Security => "security",
            Self::Enrol => "enrol",
            Self::EnrolApp => "app",
            Self::EnrolPhone => "phone",
            Self::EnrolMailbox => "mailbox",
            Self::EmergencyCodes => "codes",
            Self::Sessions => "sessions",
            Self::Profile => "profile",
            Self::Password => "password",
        }
    }

    /// Its address.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Overview => ACCOUNT,
            Self::Security => SECURITY,
            Self::Enrol => ACCOUNT_ENROL,
            Self::EnrolApp => "/.vestibule/account/enrol/app",
            Self::EnrolPhone => "/.vestibule/account/enrol/phone",
            Self::EnrolMailbox => "/.vestibule/account/enrol/mailbox",
            Self::EmergencyCodes => EMERGENCY_CODES,
            Self::Sessions => SESSIONS,
            Self::Profile => PROFILE,
            Self::Password => PASSWORD,
        }
    }

    /// Whether something is changed there, so that whoever is sent to log in for it proves themselves anew.
    pub(super) fn wants_fresh_proof(self) -> bool {
        match self {
            Self::Overview | Self::Sessions => false,
            Self::Security
            | Self::Enrol
            | Self::EnrolApp
            | Self::EnrolPhone
            | Self::EnrolMailbox
            | Self::EmergencyCodes
            | Self::Profile
            | Self::Password => true,
        }
    }
}

/// A browser on one of our pages.
#[derive(Clone)]
pub(super) struct Visitor {
    /// How the request came.
    pub(super) arrival: Arrival,
    /// Its login cookie, or a new one.
    pub(super) login: Arc<Token>,
    /// Whether the login cookie came with the request.
    pub(super) brought_login: bool,
    /// The session it has on this host.
    pub(super) session: Option<(TokenHash, Arc<Known>)>,
    /// The session cookie it came with, whether or not its session still stands.
    pub(super) presented: Option<TokenHash>,
    /// The hash of its device cookie.
    device: Option<TokenHash>,
    /// The sealed return target as it came, where it is one.
    to: Option<String>,
    target: Option<ReturnTarget>,
    /// What should be the token of a one-use link.
    invitation: Option<Arc<Secret<String>>>,
    /// The page of the account that the login leads to; the overview where the address names none.
    pub(super) own_page: OwnPage,
}

impl Visitor {
    /// What flows are told of this visit.
    pub(super) fn visit(&self) -> Visit {
        Visit {
            settings: Arc::clone(&self.arrival.settings),
            circumstances: self.arrival.circumstances.clone(),
            login: Arc::clone(&self.login),
            device: self.device,
            before: self.session.clone(),
            target: self.target.clone(),
            return_to: self.to.clone().unwrap_or_default(),
        }
    }

    /// Whether this is the portal's host.
    pub(super) fn is_on_portal(&self) -> bool {
        match self.arrival.site {
            Site::Portal | Site::Shared(_) => true,
            Site::Application(_) => false,
        }
    }

    /// The host of the page.
    pub(super) fn host(&self) -> &Authority {
        self.arrival.host()
    }

    /// Where the person wants to go.
    pub(super) fn target(&self) -> Option<&ReturnTarget> {
        self.target.as_ref()
    }

    /// The same visitor, bound for where the login began when the page itself did not say where to.
    pub(super) fn bound_for(&self, desk: &Desk, return_to: &str) -> Self {
        if self.target.is_some() || return_to.is_empty() {
            return self.clone();
        }
        let target = return_target::open(&desk.outside, &self.arrival.settings, return_to);
        Self {
            to: Some(return_to.to_owned()),
            target,
            ..self.clone()
        }
    }

    /// A page of ours that still knows where the person wants to go.
    pub(super) fn page(&self, path: &str) -> String {
        match (&self.to, self.own_page) {
            (Some(to), _) => format!("{path}?to={to}"),
            (None, OwnPage::Overview) => path.to_owned(),
            (None, own) => format!("{path}?page={}", own.word()),
        }
    }

    /// The same, with a mark in its query.
    pub(super) fn marked_page(&self, path: &str, mark: &str) -> String {
        let page = self.page(path);
        let joint = if page.contains('?') { '&' } else { '?' };
        format!("{page}{joint}{mark}")
    }

    /// The token of the one-use link that the request came by.
    pub(super) fn invitation(&self) -> Option<Token> {
        Token::parse(self.invitation.as_ref()?.expose()).ok()
    }

    /// Whether it came by something that only looks like a one-use link.
    pub(super) fn came_by_broken_link(&self) -> bool {
        self.invitation.is_some() && self.invitation().is_none()
    }

    /// A page of ours that still knows the one-use link.
    pub(super) fn linked_page(&self, path: &str) -> String {
        match self.invitation() {
            Some(link) => self.marked_page(path, &format!("{INVITATION}{}", link.to_text())),
            None => self.page(path),
        }
    }

    async fn read(parts: &Parts, desk: &Desk) -> Result<Self, Fault> {
        let arrival = parts
            .extensions
            .get::<Arrival>()
            .cloned()
            .ok_or_else(|| Fault::new("pages", "a request that never arrived"))?;
        let origin = arrival.origin().clone();
        let session = match &arrival.presented {
            None => None,
            Some(presented) => {
                let limits = arrival.settings.session;
                let subject = match parts.uri.path() {
                    // A script asks, not a person.
                    HERE => desk.subjects.glance(presented, limits).await?,
                    _ => desk.subjects.of(presented, limits, Reading::Remembered).await?,
                };
                match subject {
                    Subject::Anonymous => None,
                    Subject::User(known) => Some((presented.token, known)),
                }
            }
        };
        let presented = arrival.presented.as_ref().map(|presented| presented.token);
        let login = Jar::Login.read(&origin, &parts.headers);
        let device = Jar::Device.read(&origin, &parts.headers).map(|token| token.hash());
        let to = parts.uri.query().and_then(|query| the_one(query, "to="));
        let invitation = parts.uri.query().and_then(|query| the_one(query, INVITATION));
        let own_page = parts.uri.query().and_then(|query| the_one(query, "page="));
        let own_page = own_page.and_then(|word| OwnPage::ALL.into_iter().find(|page| page.word() == word));
        let target = to
            .as_deref()
            .and_then(|to| return_target::open(&desk.outside, &arrival.settings, to));
        Ok(Self {
            brought_login: login.is_some(),
            login: Arc::new(login.unwrap_or_else(|| desk.outside.entropy.token())),
            to: target.is_some().then_some(to).flatten(),
            arrival,
            session,
            presented,
            device,
            target,
            invitation: invitation.map(Secret::new).map(Arc::new),
            own_page: own_page.unwrap_or(OwnPage::Overview),
        })
    }
}

impl FromRequestParts<Arc<Desk>> for Visitor {
    type Rejection = Closed;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Closed> {
        Ok(Self::read(parts, desk).await?)
    }
}

/// The value of this name in a query; two count as none (ASVS 5.0 V15.3.7).
fn the_one(query: &str, name: &str) -> Option<String> {
    let mut values = query.split('&').filter_map(|pair| pair.strip_prefix(name));
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.to_owned()),
        (None, _) | (Some(_), Some(_)) => None,
    }
}
