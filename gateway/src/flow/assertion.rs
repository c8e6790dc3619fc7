//! What an application is told of the subject, the signed assertion among it; made once and reused while fresh.

use super::{Fault, Outside};
use crate::domain::access::AccessRequest;
use crate::domain::application::Application;
use crate::domain::identity::{ASSERTION_LIFE, Binding, Claims, Envelope, Told};
use crate::domain::time::Timestamp;
use crate::domain::user::{Known, Subject};
use crate::io::keys::Purpose;
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::time::Duration;

/// How long a signed assertion is reused; what is left of its life then is for clocks and slow applications.
const REUSE: Duration = Duration::from_secs(ASSERTION_LIFE / 2);
const REMEMBERED: usize = 100_000;

/// Signs assertions, and remembers them with all that is told beside them.
pub struct Assertions {
    outside: Outside,
    cache: Cache<(usize, usize), Arc<Statement>>,
}

struct Statement {
    /// Kept alive, so that its address names it as long as this is remembered.
    known: Arc<Known>,
    application: Arc<Application>,
    issuer: String,
    at: Timestamp,
    told: Arc<Told>,
}

impl Assertions {
    /// Signs with the key ring of these.
    pub fn new(outside: Outside) -> Self {
        Self {
            outside,
            cache: Cache::new(REMEMBERED),
        }
    }

    /// What an application is told of a user, with the assertion (JWS compact) by this issuer; signed for this request
    /// alone where the application wants that.
    ///
    /// # Errors
    /// When it cannot be signed, or something of it cannot be written in a header.
    pub fn about(
        &self,
        (known, request): (&Arc<Known>, &AccessRequest),
        application: &Arc<Application>,
        issuer: &str,
    ) -> Result<Arc<Told>, Fault> {
        let now = self.outside.clock.now();
        if application.binding == Binding::Request {
            let url = format!("{}{}", application.origin.as_str(), request.path.as_sent());
            let bound = (request.method.to_string(), url);
            let assertion = self.sign((known, Some(bound)), application, (issuer, now))?;
            return tell(application, &Subject::User(Arc::clone(known)), assertion);
        }
        let key = (Arc::as_ptr(known).addr(), Arc::as_ptr(application).addr());
        if let Some(said) = self.cache.get(&key)
            && Arc::ptr_eq(&said.known, known)
            && Arc::ptr_eq(&said.application, application)
            && said.issuer == issuer
            && now.since(said.at) < REUSE
            && now >= said.at
        {
            return Ok(Arc::clone(&said.told));
        }
        let assertion = self.sign((known, None), application, (issuer, now))?;
        let told = tell(application, &Subject::User(Arc::clone(known)), assertion)?;
        let said = Statement {
            known: Arc::clone(known),
            application: Arc::clone(application),
            issuer: issuer.to_owned(),
            at: now,
            told: Arc::clone(&told),
        };
        self.cache.insert(key, Arc::new(said));
        Ok(told)
    }

    /// What an application is told where nobody came.
    ///
    /// # Errors
    /// When it cannot be written in headers.
    pub fn about_nobody(application: &Application) -> Result<Arc<Told>, Fault> {
        tell(application, &Subject::Anonymous, String::new())
    }

    fn sign(
        &self,
        (known, request): (&Known, Option<(String, String)>),
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
            request,
        };
        self.outside.keys.sign(&Claims::about(known, envelope))
    }
}

fn tell(application: &Application, subject: &Subject, assertion: String) -> Result<Arc<Told>, Fault> {
    let told = application.identity.headers(subject, assertion);
    told.map(Arc::new)
        .map_err(|error| Fault::new("identity headers", error))
}
