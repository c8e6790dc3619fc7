//! Somebody leaves: by the application's own way out, which is then ours too, or by ours, which the application's own
//! session must not outlive in this browser.

use super::{Door, read};
use crate::domain::access::AccessRequest;
use crate::domain::application::Application;
use crate::domain::audit::SessionEnd;
use crate::domain::user::{Known, Subject};
use crate::edge::arrival::Arrival;
use crate::edge::cookie::{Jar, expire_sessions};
use crate::flow::subject::Presented;
use crate::flow::{Fault, logout};
use http::{HeaderMap, HeaderValue};

impl Door {
    /// What the answer to a request takes out of the browser. A session whose owner takes the application's way out has
    /// ended when this returns.
    pub(super) async fn farewell(
        &self,
        (arrival, application): (&Arrival, &Application),
        subject: Option<&Subject>,
        (request, headers): (&AccessRequest, &HeaderMap),
    ) -> Result<Vec<HeaderValue>, Fault> {
        match (subject, arrival.presented.as_ref()) {
            (Some(Subject::User(known)), Some(presented))
                if application.leaving.is_logout(&request.path) && read::is_meant(headers) =>
            {
                self.log_out(arrival, (known, presented)).await?;
                let ours = Jar::Session.expire(arrival.origin());
                Ok(ours.into_iter().chain(expire_sessions(application)).collect())
            }
            (Some(Subject::User(_)), _) | (_, None) => Ok(Vec::new()),
            (Some(Subject::Anonymous) | None, Some(presented)) => Ok(self.after_logout(application, presented).await),
        }
    }

    async fn log_out(&self, arrival: &Arrival, (known, presented): (&Known, &Presented)) -> Result<(), Fault> {
        let ended = (known, SessionEnd::Logout);
        logout::end(&self.outside, &self.revocations, ended, &arrival.circumstances).await?;
        self.subjects.forget(&presented.token);
        Ok(())
    }

    /// The application's own session, where ours was ended on another host. What cannot be found out now is found out
    /// by the next request, or by the next login.
    async fn after_logout(&self, application: &Application, presented: &Presented) -> Vec<HeaderValue> {
        if application.leaving.session_cookies.is_empty() {
            return Vec::new();
        }
        match self.subjects.was_ended(&presented.token).await {
            Ok(true) => expire_sessions(application).collect(),
            Ok(false) | Err(_) => Vec::new(),
        }
    }
}
