//! The signed statement of who the subject is, for one application; signed once and reused while fresh.

use super::{Fault, Outside};
use crate::domain::application::Application;
use crate::domain::identity::{ASSERTION_LIFE, Claims, Envelope};
use crate::domain::time::Timestamp;
use crate::domain::user::Known;
use crate::io::keys::Purpose;
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::time::Duration;

/// How long a signed assertion is reused; what is left of its life then is for clocks and slow applications.
const REUSE: Duration = Duration::from_secs(ASSERTION_LIFE / 2);
const REMEMBERED: usize = 100_000;

/// Signs assertions.
pub struct Assertions {
    outside: Outside,
    cache: Cache<(usize, usize), Arc<Signed>>,
}

struct Signed {
    /// Kept alive, so that its address names it as long as this is remembered.
    known: Arc<Known>,
    application: Arc<Application>,
    issuer: String,
    at: Timestamp,
    text: Arc<str>,
}

impl Assertions {
    /// Signs with the key ring of these.
    pub fn new(outside: Outside) -> Self {
        Self {
            outside,
            cache: Cache::new(REMEMBERED),
        }
    }

    /// The assertion about a user for an application (JWS compact), by this issuer.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn about(&self, known: &Arc<Known>, application: &Arc<Application>, issuer: &str) -> Result<Arc<str>, Fault> {
        let now = self.outside.clock.now();
        let key = (Arc::as_ptr(known).addr(), Arc::as_ptr(application).addr());
        if let Some(signed) = self.cache.get(&key)
            && Arc::ptr_eq(&signed.known, known)
            && Arc::ptr_eq(&signed.application, application)
            && signed.issuer == issuer
            && now.since(signed.at) < REUSE
            && now >= signed.at
        {
            return Ok(Arc::clone(&signed.text));
        }
        let text: Arc<str> = self.sign(known, application, (issuer, now))?.into();
        let signed = Signed {
            known: Arc::clone(known),
            application: Arc::clone(application),
            issuer: issuer.to_owned(),
            at: now,
            text: Arc::clone(&text),
        };
        self.cache.insert(key, Arc::new(signed));
        Ok(text)
    }

    fn sign(
        &self,
        known: &Known,
        application: &Application,
        (issuer, now): (&str, Timestamp),
    ) -> Result<String, Fault> {
        let audience = application.origin.as_str();
        let sid = self
            .outside
            .keys
            .pseudonym(Purpose::Pairwise, &[audience.as_bytes(), known.session.id.as_bytes()])?;
        let jti = self.outside.entropy.id::<crate::domain::id::marker::Row>().to_string();
        let envelope = Envelope {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            sid,
            jti,
            now: now.as_seconds(),
        };
        self.outside.keys.sign(&Claims::about(known, envelope))
    }
}
