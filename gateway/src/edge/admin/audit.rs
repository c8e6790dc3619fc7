//! `audit …`: says what happened, and whether the record of it is whole.

use super::answer::{Answer, Exit, shown, tame};
use super::cli::{AuditCommand, AuditList, AuditVerify};
use crate::flow::operators::{self, Happened, Head, Outcome, Verdict, Wanted};
use crate::flow::{Fault, Outside};
use serde_json::Value;
use std::io::Read;

/// Does one thing with the audit and prints what came of it.
///
/// # Errors
/// When something that must be asked fails.
pub async fn run(outside: &Outside, command: AuditCommand) -> Result<Exit, Fault> {
    let answer = match command {
        AuditCommand::List(list) => all(outside, list).await?,
        AuditCommand::Verify(verify) => check(outside, verify).await?,
        AuditCommand::Head(output) => {
            let heads = operators::audit_heads(outside).await?;
            Answer::done(shown(&heads, output.format(), |heads| lines(heads)), "")
        }
    };
    Ok(answer.give())
}

async fn all(outside: &Outside, list: AuditList) -> Result<Answer, Fault> {
    let wanted = Wanted {
        age: list.since,
        user: list.user,
        kind: list.kind,
        most: list.limit,
    };
    Ok(match operators::audit(outside, &wanted).await? {
        Outcome::Done(all) => {
            let nothing = if all.is_empty() {
                "nothing of that kind happened."
            } else {
                ""
            };
            let text = |all: &Vec<Happened>| all.iter().map(line).collect::<Vec<_>>().join("\n");
            Answer::done(shown(&all, list.output.format(), text), nothing)
        }
        Outcome::Refused(_) => Answer::failed("nobody is called that.\nSee who there is: vestibule user list"),
    })
}

async fn check(outside: &Outside, verify: AuditVerify) -> Result<Answer, Fault> {
    let kept = if verify.heads_stdin {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text).is_ok();
        match serde_json::from_str::<Vec<Head>>(&text) {
            Ok(heads) if read => heads,
            Ok(_) | Err(_) => {
                return Ok(Answer::misused(
                    "stdin is not what `vestibule audit head --json` prints; nothing was verified",
                ));
            }
        }
    } else {
        Vec::new()
    };
    let verdict = operators::verify_audit(outside, kept).await?;
    let said = shown(&verdict, verify.output.format(), say);
    Ok(match verdict {
        Verdict::Whole { .. } => Answer::done(said, ""),
        Verdict::Broken { .. } => Answer {
            exit: Exit::Failed,
            ..Answer::done(
                said,
                "Somebody has changed the database. Keep it as it is, and compare it with a backup and with the log.",
            )
        },
    })
}

fn say(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Whole { records, nodes } => format!("whole: {records} records of {nodes} nodes"),
        Verdict::Broken { node, seq, why } => format!("broken at record {seq} of node {}: {why}", tame(node)),
    }
}

fn lines(heads: &[Head]) -> String {
    let line = |head: &Head| format!("{} {} {}", tame(&head.node), head.seq, head.link);
    heads.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// When, what, whom, from where; and what else the record says.
fn line(happened: &Happened) -> String {
    let event = happened.record.get("event").and_then(Value::as_object);
    let kind = event.and_then(|event| event.get("kind")).and_then(Value::as_str);
    let details = event.into_iter().flatten().filter(|(key, _)| *key != "kind");
    let details: Vec<String> = details
        .map(|(key, value)| match value {
            Value::String(text) => format!("{key}={text}"),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                format!("{key}={value}")
            }
        })
        .collect();
    let origin = happened.record.get("origin");
    let source = origin
        .and_then(|origin| origin.pointer("/request/source"))
        .and_then(Value::as_str);
    let source = source.or_else(|| origin.and_then(Value::as_str)).unwrap_or_default();
    let name = if happened.name.is_empty() { "-" } else { &happened.name };
    tame(&format!(
        "{}  {:<22} {:<16} {:<15} {}",
        happened.at,
        kind.unwrap_or_default(),
        name,
        source,
        details.join(" ")
    ))
}
