//! How an application that knows only passwords is told who came: `Authorization: Basic` (RFC 7617) with a secret that it
//! shares with us alone. Whatever a client sends under that name is then dropped.

use super::template::{Encoding, Template};
use crate::domain::secret::Secret;
use crate::domain::user::Subject;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Whom an application takes for its user, and the secret that makes it believe so.
#[derive(Clone, Debug)]
pub struct Basic {
    username: Template,
    password: Arc<Secret<String>>,
}

impl Basic {
    /// Users come under this name, with this password.
    pub fn new(username: Template, password: Secret<String>) -> Self {
        let password = Arc::new(password);
        Self { username, password }
    }

    /// The value of the header. Nobody comes without a name, nor under one that would be cut at its colon: for them, and
    /// for whoever is not logged in, there is none.
    pub fn authorization(&self, subject: &Subject) -> Option<Secret<String>> {
        let Subject::User(known) = subject else { return None };
        let username = self.username.write(&known.user, Encoding::Raw).ok()?;
        if username.is_empty() || username.contains(':') {
            return None;
        }
        let pair = Zeroizing::new(format!("{username}:{}", self.password.expose()));
        Some(Secret::new(format!("Basic {}", STANDARD.encode(pair.as_bytes()))))
    }
}
