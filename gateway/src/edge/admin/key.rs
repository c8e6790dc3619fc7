//! `key …`: says which keys there are, makes new ones, seals anew what older ones have sealed.

use super::answer::{Answer, Exit, shown, tame};
use super::cli::{KeyCommand, KeyRotate};
use crate::flow::operators::{self, Key, KeyKind, KeyUse, Resealed};
use crate::flow::{Fault, Outside};
use serde_json::json;

/// Does one thing with the keys and prints what came of it.
///
/// # Errors
/// When something that must be asked fails.
pub async fn run(outside: &Outside, command: KeyCommand) -> Result<Exit, Fault> {
    let answer = match command {
        KeyCommand::List(output) => {
            let keys = operators::keys(outside)?;
            Answer::done(shown(&keys, output.format(), |keys| lines(keys)), "")
        }
        KeyCommand::Rotate(rotate) => make(outside, rotate).await?,
        KeyCommand::Reseal(output) => {
            let Resealed { rows, unopened } = operators::reseal(outside).await?;
            let text = |_: &serde_json::Value| format!("{rows} sealed anew by the key in use");
            let result = json!({ "resealed": rows, "unopened": unopened });
            let (exit, remark) = match unopened.as_slice() {
                [] => (Exit::Done, String::new()),
                some => (
                    Exit::Failed,
                    format!(
                        "{} could not be opened, and stay as they were. Put the keys back that they name, or remove these \
                         authenticators:\n{}",
                        some.len(),
                        some.iter().map(|one| tame(one)).collect::<Vec<_>>().join("\n")
                    ),
                ),
            };
            Answer {
                exit,
                result: shown(&result, output.format(), text),
                remark,
            }
        }
    };
    Ok(answer.give())
}

async fn make(outside: &Outside, rotate: KeyRotate) -> Result<Answer, Fault> {
    let kinds: Vec<KeyKind> = if rotate.kinds.is_empty() {
        KeyKind::ALL.to_vec()
    } else {
        rotate.kinds.into_iter().map(KeyKind::from).collect()
    };
    let made = operators::rotate_keys(outside, &kinds).await?;
    let text = |made: &Vec<(KeyKind, u32)>| {
        let names = made.iter().map(|(kind, number)| format!("{}-{number}", kind.word()));
        names.collect::<Vec<_>>().join("\n")
    };
    Ok(Answer::done(
        shown(&made, rotate.output.format(), text),
        "Every node must have these files within ten minutes, when they begin to be used.\n\
         After that: vestibule key reseal",
    ))
}

fn lines(keys: &[Key]) -> String {
    let line = |key: &Key| {
        let used = match &key.used {
            KeyUse::InUse => "in use".to_owned(),
            KeyUse::Accepted => "accepted".to_owned(),
            KeyUse::From(moment) => format!("accepted, in use from {moment}"),
        };
        format!("{}-{}  made {}  {used}", key.kind.word(), key.number, key.made_at)
    };
    keys.iter().map(line).collect::<Vec<_>>().join("\n")
}
