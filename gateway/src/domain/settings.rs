//! The part of the configuration that decides, as values; swapped as a whole on reload.

use super::application::{Applications, Origin};
use super::assurance::Method;
use super::authenticator::phone::Countries;
use super::authenticator::totp::Digits;
use super::front::Fronts;
use super::host::Authority;
use super::limits::Limits as SenderLimits;
use super::policy::Duty;
use super::recovery::Rules;
use super::registration;
use super::saved_form;
use super::sending::Caps;
use super::session::Limits;
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// Everything that requests are decided by. Each request pins one.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The name people see on pages and in messages.
    pub brand: String,
    /// What a person is told who cannot get in; empty where the operator wrote nothing.
    pub support: String,
    /// Where people log in.
    pub portal: Portal,
    /// The protected applications.
    pub applications: Applications,
    /// How long sessions last.
    pub session: Limits,
    /// The second factors offered at all, strongest first.
    pub methods: Vec<Method>,
    /// The second factors people can set up themselves: those that are offered and that something carries.
    pub enrolable: Vec<Method>,
    /// The countries whose phone numbers can be set up.
    pub countries: Countries,
    /// How many codes may go out to phones.
    pub sending: Caps,
    /// How many digits the codes of apps have that are set up from now on.
    pub totp_digits: Digits,
    /// On how many accounts a phone number may be.
    pub accounts_per_number: i64,
    /// Who must have a second factor, wherever they log in.
    pub duty: Duty,
    /// What becomes of forgotten passwords.
    pub recovery: Rules,
    /// Who may make an account.
    pub registration: registration::Rules,
    /// Peers that may say where a request came from.
    pub trusted_proxies: Vec<IpNet>,
    /// Where they say it.
    pub sender_header: SenderHeader,
    /// Servers in front that may ask about requests.
    pub fronts: Fronts,
    /// Whether trusted peers say whose a connection is before anything else.
    pub proxy_protocol: ProxyProtocol,
    /// What comes of requests in the plain.
    pub plain: Plain,
    /// What a sender may ask of us.
    pub limits: SenderLimits,
    /// What of forms is kept that are sent when a session has ended.
    pub saved_forms: saved_form::Rules,
}

/// The one header by which trusted proxies say where a request came from. What the other says, they may have passed on as it
/// came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenderHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Whether connections begin with a line of the balancer's in front of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyProtocol {
    /// They do not.
    Off,
    /// They do, and only balancers may connect.
    Required,
}

/// What comes of requests that arrive in the plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// They are answered: somebody in front ends TLS.
    Answered,
    /// They are sent to where we end TLS.
    Redirected,
}

/// The host where people log in.
#[derive(Clone, Debug)]
pub struct Portal {
    /// Its address.
    pub origin: Origin,
    /// Whether an application may live on it too.
    pub sharing: Sharing,
}

/// Whether the portal shares its host with an application, whose scripts could then read or replace our pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// It has its host for itself.
    Refused,
    /// The operator knows and accepts it (`portal.shared_origin = "accepted"`).
    Accepted,
}

/// Whose host a request was sent to.
#[derive(Clone, Debug)]
pub enum Site {
    /// Only the portal's.
    Portal,
    /// Only an application's.
    Application(Arc<super::application::Application>),
    /// An application's that the portal shares.
    Shared(Arc<super::application::Application>),
}

impl Settings {
    /// Whether this peer may say where a request came from.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.trusted_proxies.iter().any(|network| network.contains(&peer))
    }

    /// The address of the site under this name, whatever the port.
    pub fn origin_named(&self, authority: &Authority) -> Option<&Origin> {
        let applications = self.applications.iter().map(|application| &application.origin);
        let mut all = std::iter::once(&self.portal.origin).chain(applications);
        all.find(|origin| origin.authority().host() == authority.host())
    }

    /// Whose host this is; nothing for a host that is none of ours (421).
    pub fn site(&self, authority: &Authority) -> Option<Site> {
        let ours = self.portal.origin.authority();
        let portal = ours == authority || authority.without_default_port().is_some_and(|bare| bare == *ours);
        match (self.applications.at(authority), portal) {
            (Some(application), true) => Some(Site::Shared(Arc::clone(application))),
            (Some(application), false) => Some(Site::Application(Arc::clone(application))),
            (None, true) => Some(Site::Portal),
            (None, false) => None,
        }
    }
}
