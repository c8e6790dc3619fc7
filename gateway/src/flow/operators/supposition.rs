//! Who would come, had they logged in and proven this or that; for explaining a decision, never for making one.

use super::super::{Fault, Outside};
use super::{Outcome, Refusal};
use crate::domain::assurance::{Authentication, Method, Prover};
use crate::domain::id::{AuthenticatorId, SessionId};
use crate::domain::session::Session;
use crate::domain::time::Timestamp;
use crate::domain::user::{Known, Standing, Subject, User, UserName};
use crate::flow::login::enrolled;
use std::sync::Arc;

/// Who is supposed to come.
#[derive(Clone, Debug)]
pub enum Who {
    /// Somebody without a session.
    Anybody,
    /// A person who has logged in.
    User(UserName, Proven),
}

/// What a person is supposed to have proven just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proven {
    /// The password and everything they are enrolled with.
    Everything,
    /// These.
    These(Vec<Method>),
}

/// A subject that nobody is.
#[derive(Debug)]
pub struct Supposition {
    /// Who would come; nobody in place of a disabled user, whose sessions do not stand.
    pub subject: Subject,
    /// When.
    pub at: Timestamp,
}

/// Supposes that somebody comes now.
///
/// # Errors
/// When SQL fails, or something at rest cannot be read.
pub async fn suppose(outside: &Outside, who: &Who) -> Result<Outcome<Supposition>, Fault> {
    let at = outside.clock.now();
    let (name, proven) = match who {
        Who::Anybody => {
            return Ok(Outcome::Done(Supposition {
                subject: Subject::Anonymous,
                at,
            }));
        }
        Who::User(name, proven) => (name, proven),
    };
    let Some(user) = outside.directory.find(name).await? else {
        return Ok(Outcome::Refused(Refusal::NoSuchUser));
    };
    if user.standing == Standing::Disabled {
        return Ok(Outcome::Done(Supposition {
            subject: Subject::Anonymous,
            at,
        }));
    }
    let enrolled = enrolled(&outside.credentials.authenticators(user.id).await?);
    let methods = match proven {
        Proven::Everything => std::iter::once(Method::Password)
            .chain(enrolled.methods().iter().copied())
            .collect(),
        Proven::These(methods) => methods.clone(),
    };
    let known = Known {
        session: session(&user, &methods, at),
        user: Arc::new(user),
        enrolled,
    };
    Ok(Outcome::Done(Supposition {
        subject: Subject::User(Arc::new(known)),
        at,
    }))
}

fn session(user: &User, methods: &[Method], at: Timestamp) -> Session {
    let mut once: Vec<Method> = Vec::new();
    methods.iter().for_each(|method| {
        if !once.contains(method) {
            once.push(*method);
        }
    });
    let authentications = once.into_iter().map(|method| supposed(method, at)).collect();
    Session {
        id: SessionId::from_bytes([0; 16]),
        user: user.id,
        authentications,
        opened_at: at,
        last_seen_at: at,
    }
}

/// By no authenticator in particular.
fn supposed(method: Method, at: Timestamp) -> Authentication {
    let prover = match method {
        Method::Password => Prover::Password,
        Method::Totp | Method::Sms | Method::Voice | Method::Email | Method::Webauthn | Method::EmergencyCode => {
            Prover::Authenticator(AuthenticatorId::from_bytes([0; 16]))
        }
    };
    Authentication::supposed(method, prover, at)
}
