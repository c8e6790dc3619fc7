//! A request that has arrived and passed the screen: what the rest of the edge may know of it.

use super::cookie::Jar;
use crate::domain::application::Origin;
use crate::domain::host::Authority;
use crate::domain::settings::{Settings, Site};
use crate::flow::Circumstances;
use crate::flow::subject::Presented;
use http::HeaderMap;
use std::sync::Arc;

/// A screened request on a host of ours.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The configuration this request is answered by, whatever is loaded meanwhile.
    pub settings: Arc<Settings>,
    /// Whose host it was sent to.
    pub site: Site,
    /// Its id, its source, its language.
    pub circumstances: Circumstances,
    /// The session cookie it carries.
    pub presented: Option<Presented>,
}

impl Arrival {
    /// What arrived at this site with these headers.
    pub fn new((settings, site): (Arc<Settings>, Site), circumstances: Circumstances, headers: &HeaderMap) -> Self {
        let mut arrival = Self {
            settings,
            site,
            circumstances,
            presented: None,
        };
        arrival.presented = arrival.read_cookie(headers);
        arrival
    }

    /// The address of the site it was sent to.
    pub fn origin(&self) -> &Origin {
        match &self.site {
            Site::Portal => &self.settings.portal.origin,
            Site::Application(application) | Site::Shared(application) => &application.origin,
        }
    }

    /// The host it was sent to.
    pub fn host(&self) -> &Authority {
        self.origin().authority()
    }

    fn read_cookie(&self, headers: &HeaderMap) -> Option<Presented> {
        let token = Jar::Session.read(self.origin(), headers)?;
        Some(Presented {
            token: token.hash(),
            host: self.host().clone(),
        })
    }
}
