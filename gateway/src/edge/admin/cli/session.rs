//! `session …`: who is logged in where.

use super::{Configured, Output};
use crate::domain::id::SessionId;
use crate::domain::user::UserName;
use clap::{Args, Subcommand};

/// `session`.
#[derive(Debug, Args)]
pub struct Sessions {
    /// Whose.
    #[command(flatten)]
    pub configured: Configured,
    /// What to do.
    #[command(subcommand)]
    pub command: SessionCommand,
}

/// One thing to do with sessions.
#[derive(Debug, Subcommand)]
pub enum SessionCommand {
    /// Name the open sessions
    List(SessionList),
    /// End a session, or all of a person, on every node within a second
    End(SessionsEnd),
}

/// `session list`.
#[derive(Debug, Args)]
pub struct SessionList {
    /// Only this person's
    #[arg(long, value_name = "NAME", value_parser = UserName::parse)]
    pub user: Option<UserName>,
    /// How they are shown.
    #[command(flatten)]
    pub output: Output,
}

/// `session end`.
#[derive(Debug, Args)]
pub struct SessionsEnd {
    /// The id that `session list` names it by
    #[arg(value_name = "ID", required_unless_present = "user")]
    pub id: Option<SessionId>,
    /// All sessions of this person
    #[arg(long, value_name = "NAME", value_parser = UserName::parse, conflicts_with = "id")]
    pub user: Option<UserName>,
}
