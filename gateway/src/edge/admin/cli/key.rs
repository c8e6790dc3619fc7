//! `key …`: the keys on this machine.

use super::{Configured, Output};
use crate::flow::operators::KeyKind;
use clap::{Args, Subcommand, ValueEnum};

/// `key`.
#[derive(Debug, Args)]
pub struct Keys {
    /// Whose.
    #[command(flatten)]
    pub configured: Configured,
    /// What to do.
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// One thing to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Say which keys there are, and which are used
    List(Output),
    /// Make new keys; running gateways accept them at once and use them ten minutes later
    Rotate(KeyRotate),
    /// Seal what older keys have sealed in the database by the one in use; can be stopped and begun again
    Reseal(Output),
}

/// `key rotate`.
#[derive(Debug, Args)]
pub struct KeyRotate {
    /// Only these; all where nothing is said
    #[arg(value_enum)]
    pub kinds: Vec<Named>,
    /// How it is shown.
    #[command(flatten)]
    pub output: Output,
}

/// A kind of keys, as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Named {
    /// Records, authenticators, cookies, forms and codes
    Sealing,
    /// Password hashes
    Pepper,
    /// Assertions
    Signing,
}

impl From<Named> for KeyKind {
    fn from(named: Named) -> Self {
        match named {
            Named::Sealing => Self::Sealing,
            Named::Pepper => Self::Pepper,
            Named::Signing => Self::Signing,
        }
    }
}
