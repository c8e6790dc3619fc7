//! `session …`: says who is logged in where, and ends it.

use super::answer::{Answer, Exit, shown, tame};
use super::cli::{SessionCommand, SessionList, SessionsEnd};
use crate::flow::operators::{self, Ended, OpenSession, Outcome, Refusal, Whose};
use crate::flow::{Fault, Outside};

/// Does one thing with sessions and prints what came of it.
///
/// # Errors
/// When something that must be asked or written fails.
pub async fn run(outside: &Outside, command: SessionCommand) -> Result<Exit, Fault> {
    let answer = match command {
        SessionCommand::List(list) => all(outside, list).await?,
        SessionCommand::End(end) => ended(outside, end).await?,
    };
    Ok(answer.give())
}

async fn all(outside: &Outside, list: SessionList) -> Result<Answer, Fault> {
    let whose = list.user.map_or(Whose::Everybodys, Whose::Only);
    Ok(match operators::sessions(outside, &whose).await? {
        Outcome::Done(open) => {
            let nothing = if open.is_empty() { "nobody is logged in." } else { "" };
            Answer::done(shown(&open, list.output.format(), |open| lines(open)), nothing)
        }
        Outcome::Refused(refusal) => Answer::failed(refused(refusal)),
    })
}

async fn ended(outside: &Outside, end: SessionsEnd) -> Result<Answer, Fault> {
    let which = match (end.id, end.user) {
        (Some(id), None) => Ended::One(id),
        (None, Some(name)) => Ended::AllOf(name),
        (Some(_), Some(_)) | (None, None) => return Ok(Answer::misused("name a session or a person, not both")),
    };
    Ok(match operators::end_sessions(outside, &which).await? {
        Outcome::Done(count) => Answer::done("", format!("{count} ended; no node admits them a second from now.")),
        Outcome::Refused(refusal) => Answer::failed(refused(refusal)),
    })
}

fn refused(refusal: Refusal) -> &'static str {
    if refusal == Refusal::NoSuchSession {
        "no open session has that id.\nSee which there are: vestibule session list"
    } else {
        "nobody is called that.\nSee who there is: vestibule user list"
    }
}

fn lines(open: &[OpenSession]) -> String {
    let line = |one: &OpenSession| {
        let OpenSession { user, session } = one;
        let source = tame(&session.source);
        let (opened, ends) = (&session.opened_at, &session.ends_at);
        format!(
            "{}  {:<16} {source:<15} opened {opened}, ends {ends} at the latest",
            session.id,
            user.as_str()
        )
    };
    open.iter().map(line).collect::<Vec<_>>().join("\n")
}
