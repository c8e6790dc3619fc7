//! `audit …`: what happened, and whether the record of it is whole.

use super::{Configured, Output};
use crate::domain::user::UserName;
use clap::{Args, Subcommand};
use std::time::Duration;

/// `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// Whose.
    #[command(flatten)]
    pub configured: Configured,
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// One thing to do with the audit.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Say what happened, newest first
    List(AuditList),
    /// Make sure that no record was changed, removed or moved, and name the first that was
    Verify(AuditVerify),
    /// Print where the record ends now; keep it elsewhere, so that its end cannot be cut off unseen
    Head(Output),
}

/// `audit list`.
#[derive(Debug, Args)]
pub struct AuditList {
    /// How far back, such as 90m, 12h or 30d
    #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = span)]
    pub since: Duration,
    /// Only what is about this person
    #[arg(long, value_name = "NAME", value_parser = UserName::parse)]
    pub user: Option<UserName>,
    /// Only this kind, such as password_set
    #[arg(long, value_name = "KIND", default_value = "", hide_default_value = true)]
    pub kind: String,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub limit: u32,
    /// How they are shown.
    #[command(flatten)]
    pub output: Output,
}

/// `audit verify`.
#[derive(Debug, Args)]
pub struct AuditVerify {
    /// Read what `audit head --json` once printed from stdin, and make sure that it is still there
    #[arg(long)]
    pub heads_stdin: bool,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
}

fn span(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number and s, m, h or d, such as 12h".to_owned();
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let seconds: u64 = match text.strip_prefix(number) {
        Some("s") => 1,
        Some("m") => 60,
        Some("h") => 3600,
        Some("d") => 24 * 3600,
        Some(_) | None => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}
