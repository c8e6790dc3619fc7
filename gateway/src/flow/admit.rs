//! Life of a request, step 4: who is it, and may it pass?

use super::Fault;
use super::subject::{Presented, Reading, Subjects};
use crate::domain::access::AccessRequest;
use crate::domain::application::Application;
use crate::domain::policy::{Decision, decide};
use crate::domain::session::Limits;
use crate::domain::user::Subject;
use crate::io::clock::Clock;
use std::sync::Arc;

/// Decides requests.
#[derive(Clone)]
pub struct Admission {
    subjects: Arc<Subjects>,
    clock: Arc<dyn Clock>,
}

impl Admission {
    /// Decides by these subjects.
    pub fn new(subjects: Arc<Subjects>, clock: Arc<dyn Clock>) -> Self {
        Self { subjects, clock }
    }

    /// Decides one request. Without a cookie of ours nothing is asked of anybody. A page open to everybody stays open
    /// when the subject cannot be found out; it is then told of nobody.
    ///
    /// # Errors
    /// When the decision needs the subject, and who it is cannot be found out.
    pub async fn admit(
        &self,
        application: &Arc<Application>,
        request: &AccessRequest,
        cookie: Option<(Presented, Limits)>,
    ) -> Result<Decision, Fault> {
        let as_nobody = || decide(application, request, &Subject::Anonymous, self.clock.now());
        let Some((presented, limits)) = cookie else {
            return Ok(as_nobody());
        };
        let remembered = match self.subjects.of(&presented, limits, Reading::Remembered).await {
            Ok(subject) => decide(application, request, &subject, self.clock.now()),
            Err(fault) => return open_to_all(as_nobody()).ok_or(fault),
        };
        match remembered {
            Decision::Admit(permit) => Ok(Decision::Admit(permit)),
            // More may have been proven, or a group given, since the session was read.
            Decision::Authenticate(_) | Decision::Refuse(_) => {
                let subject = self.subjects.of(&presented, limits, Reading::Fresh).await?;
                Ok(decide(application, request, &subject, self.clock.now()))
            }
        }
    }

    /// Decides again what was admitted before and still goes on: a stream. Whoever was somebody then must be the same
    /// in the same session now, whatever the rules say of strangers.
    ///
    /// # Errors
    /// When who it is cannot be found out.
    pub async fn still_admits(
        &self,
        application: &Arc<Application>,
        request: &AccessRequest,
        (before, presented, limits): (&Subject, Option<&Presented>, Limits),
    ) -> Result<bool, Fault> {
        let subject = match (before, presented) {
            (Subject::User(then), Some(presented)) => match self.subjects.glance(presented, limits).await? {
                Subject::User(now) if now.session.id == then.session.id => Subject::User(now),
                Subject::User(_) | Subject::Anonymous => return Ok(false),
            },
            (Subject::User(_), None) => return Ok(false),
            (Subject::Anonymous, _) => Subject::Anonymous,
        };
        Ok(match decide(application, request, &subject, self.clock.now()) {
            Decision::Admit(_) => true,
            Decision::Authenticate(_) | Decision::Refuse(_) => false,
        })
    }
}

fn open_to_all(decision: Decision) -> Option<Decision> {
    match decision {
        Decision::Admit(permit) => Some(Decision::Admit(permit)),
        Decision::Authenticate(_) | Decision::Refuse(_) => None,
    }
}
