//! `explain`: why a request would pass or not, rule by rule.
//!
//! Decides nothing itself: what each reading of the path selects comes from [`Policy::matching`](crate::domain::policy::Policy::matching), what follows for
//! the subject from [`decide`], the same two that requests are decided by. Only why the other rules do not match is
//! worked out here, in `reading`.

mod reading;
mod target;
mod words;

pub use reading::{Fit, LetterCase, Reading, Tried};

use super::answer::{Answer, Exit, Format, shown};
use super::cli;
use crate::domain::access::{AccessRequest, Audience};
use crate::domain::application::Application;
use crate::domain::assurance::Need;
use crate::domain::policy::{Decision, Refusal, decide};
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::domain::user::Subject;
use crate::flow::operators::{Outcome, Proven, Who, suppose};
use crate::flow::{Fault, Outside};
use serde::Serialize;
use std::net::IpAddr;
use std::sync::Arc;
use target::{Target, Unexplained};

/// Explains one request; the exit code is the decision.
///
/// # Errors
/// When something that must be asked fails.
pub async fn run(outside: &Outside, settings: &Settings, command: cli::Explain) -> Result<Exit, Fault> {
    let target = match Target::read(settings, &command.url) {
        Ok(target) => target,
        Err(unexplained) => return Ok(misplaced(&unexplained, command.output.format())),
    };
    let who = match &command.user {
        None => Who::Anybody,
        Some(name) if command.proven.is_empty() => Who::User(name.clone(), Proven::Everything),
        Some(name) => Who::User(name.clone(), Proven::These(command.proven.clone())),
    };
    let supposed = match suppose(outside, &who).await? {
        Outcome::Done(supposed) => supposed,
        Outcome::Refused(_) => {
            return Ok(Answer::failed("nobody is called that.\nSee who there is: vestibule user list").give());
        }
    };
    let request = AccessRequest {
        method: command.method,
        path: target.path,
        source: command.from,
        audience: Audience::Page,
    };
    let explanation = explain(&target.application, &request, &supposed.subject, supposed.at);
    let remark = match (&who, &supposed.subject) {
        (Who::User(name, _), Subject::Anonymous) => {
            format!("{} is disabled: no session of theirs stands.", name.as_str())
        }
        (Who::User(..) | Who::Anybody, Subject::User(_) | Subject::Anonymous) => String::new(),
    };
    let result = shown(&explanation, command.output.format(), words::text);
    Ok(Answer {
        exit: explanation.ruling.exit(),
        result,
        remark,
    }
    .give())
}

/// The gateway refuses some requests before it asks any rule.
fn misplaced(unexplained: &Unexplained, format: Format) -> Exit {
    let reason = unexplained.to_string();
    match unexplained {
        Unexplained::NotAUrl | Unexplained::Ours => Answer::misused(reason).give(),
        Unexplained::NoApplication(_) | Unexplained::NotAPath => {
            let ruling = Ruling::Refuse { reason };
            Answer {
                exit: ruling.exit(),
                result: shown(&ruling, format, words::decided),
                remark: String::new(),
            }
            .give()
        }
    }
}

/// Why one request would pass or not.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// The application it is for.
    pub application: String,
    /// Its HTTP method.
    pub method: String,
    /// Its path, as sent.
    pub path: String,
    /// Where it comes from.
    pub source: IpAddr,
    /// The login name of whoever sends it; nothing for somebody without a session.
    pub user: Option<String>,
    /// The groups they belong to.
    pub groups: Vec<String>,
    /// What they have proven.
    pub proven: Vec<&'static str>,
    /// Every reading of the path; all of them must be admitted.
    pub readings: Vec<Reading>,
    /// What is decided.
    #[serde(flatten)]
    pub ruling: Ruling,
}

/// What is decided, in words.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Ruling {
    /// It passes.
    Admit,
    /// This must be proven first.
    Authenticate {
        /// What.
        need: Need,
    },
    /// It does not pass.
    Refuse {
        /// Why.
        reason: String,
    },
}

impl Ruling {
    /// How the command ends.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Admit => Exit::Done,
            Self::Authenticate { .. } => Exit::Authenticate,
            Self::Refuse { .. } => Exit::Refuse,
        }
    }
}

/// Explains one request by the rules of its application.
pub fn explain(
    application: &Arc<Application>,
    request: &AccessRequest,
    subject: &Subject,
    now: Timestamp,
) -> Explanation {
    let (user, groups, proven) = match subject {
        Subject::Anonymous => (None, Vec::new(), Vec::new()),
        Subject::User(known) => {
            let proven = known
                .session
                .authentications
                .iter()
                .map(|proof| proof.method().word())
                .collect();
            (
                Some(known.user.name.as_str().to_owned()),
                known.user.groups.clone(),
                proven,
            )
        }
    };
    let ruling = if application.http_methods.contains(&request.method) {
        rule(decide(application, request, subject, now))
    } else {
        refused("the application does not take this HTTP method (http_methods)")
    };
    Explanation {
        application: application.name.clone(),
        method: request.method.to_string(),
        path: request.path.as_sent().to_owned(),
        source: request.source,
        user,
        groups,
        proven,
        readings: reading::all(application, request),
        ruling,
    }
}

fn rule(decision: Decision) -> Ruling {
    match decision {
        Decision::Admit(_) => Ruling::Admit,
        Decision::Authenticate(need) => Ruling::Authenticate { need },
        Decision::Refuse(Refusal::NoRule) => refused("no rule matches, and then the answer is no"),
        Decision::Refuse(Refusal::Denied) => refused("the rule says deny"),
        Decision::Refuse(Refusal::NotAMember) => refused("the user is in none of the rule's groups"),
    }
}

fn refused(reason: &str) -> Ruling {
    Ruling::Refuse {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests;
