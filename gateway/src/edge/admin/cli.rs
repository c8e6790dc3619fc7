//! What can be typed: commands, their options and the meaning of each value.
//!
//! Values become types here; whether they fit the configuration or the directory is for whoever runs the command.

mod audit;
mod key;
mod session;
mod user;

pub use audit::{Audit, AuditCommand, AuditList, AuditVerify};
pub use key::{KeyCommand, KeyRotate, Keys};
pub use session::{SessionCommand, SessionList, Sessions, SessionsEnd};
pub use user::{
    ListUsers, NewApp, NewEmail, NewGuest, NewPassword, NewPerson, NewPhone, NewReset, OneUser, ShowUser, Uninvited,
    User, UserCommand,
};

use super::answer::Format;
use crate::domain::assurance::Method;
use crate::domain::user::UserName;
use clap::{Args, Parser, Subcommand};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Where a configuration is when nobody says where.
const CONFIG: &str = "/etc/vestibule/vestibule.toml";

/// A reverse proxy that puts two-factor login in front of web applications.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 done, 1 refused or failed, 2 bad usage or configuration.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One command of the program.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start everything on this machine: gateway, a sample application, two people, an outbox
    Demo(Demo),
    /// Run the gateway
    Serve(Serve),
    /// Run the demo's sample application alone
    Sample(Sample),
    /// Name everything that is wrong with a configuration
    Check(Check),
    /// Say why a request would pass or not, rule by rule
    Explain(Explain),
    /// Look after people, their passwords and second factors
    User(User),
    /// Say who is logged in where, and end it
    Session(Sessions),
    /// Say what happened, and make sure that the record of it is whole
    Audit(Audit),
    /// Look after the keys on this machine
    Key(Keys),
    /// Say whether an assertion (on stdin) is ours, for whom, and what it claims
    Verify(Verify),
    /// Print what the directory would keep of a password (typed, or one line on stdin)
    Hash(Configured),
}

/// `demo`: needs nothing, keeps everything in one directory.
#[derive(Debug, Args)]
pub struct Demo {
    /// Where browsers connect; on this machine only, because everybody knows the demo's passwords
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = loopback)]
    pub listen: SocketAddr,
    /// Where the outbox, health and metrics are
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9090", value_parser = loopback)]
    pub admin: SocketAddr,
    /// Where sessions, people, keys and vestibule.toml are kept; a relative one is in the working directory
    #[arg(long, value_name = "DIR", default_value = "vestibule-demo")]
    pub data: PathBuf,
    /// Forget what an earlier demo left there
    #[arg(long)]
    pub fresh: bool,
    /// How it announces itself.
    #[command(flatten)]
    pub output: Output,
}

/// `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// What to run by.
    #[command(flatten)]
    pub configured: Configured,
    /// Take the sockets over from a running gateway of the same configuration: start this, then send the old one SIGQUIT
    /// within five seconds of the announcement
    #[arg(long)]
    pub upgrade: bool,
    /// How it announces itself.
    #[command(flatten)]
    pub output: Output,
}

/// `sample`.
#[derive(Debug, Args)]
pub struct Sample {
    /// Where it listens; port 0 is any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,
    /// How it announces itself.
    #[command(flatten)]
    pub output: Output,
}

/// `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// What to check.
    #[command(flatten)]
    pub configured: Configured,
    /// How problems are printed.
    #[command(flatten)]
    pub output: Output,
}

/// `explain`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 admitted, 3 must log in first, 4 refused.")]
pub struct Explain {
    /// Whose rules.
    #[command(flatten)]
    pub configured: Configured,
    /// Who asks; somebody without a session where nobody is named
    #[arg(long, value_name = "NAME", value_parser = UserName::parse)]
    pub user: Option<UserName>,
    /// What is asked for; the path is taken as written
    #[arg(long)]
    pub url: String,
    /// How it is asked for
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    pub method: http::Method,
    /// Where the request comes from
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub from: IpAddr,
    /// What they have just proven, such as password,totp; everything they are enrolled with where nothing is said
    #[arg(long, value_name = "METHODS", value_delimiter = ',', value_parser = method, requires = "user")]
    pub proven: Vec<Method>,
    /// How it is explained.
    #[command(flatten)]
    pub output: Output,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// By whose keys.
    #[command(flatten)]
    pub configured: Configured,
    /// The application it should be for, by its address; any of the configuration where none is named
    #[arg(long, value_name = "URL")]
    pub audience: Option<String>,
    /// How it is said.
    #[command(flatten)]
    pub output: Output,
}

/// A command that works by a configuration.
#[derive(Debug, Args)]
pub struct Configured {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = CONFIG, global = true)]
    pub config: PathBuf,
}

/// A command whose result a program may read.
#[derive(Clone, Copy, Debug, Args)]
pub struct Output {
    /// Print one line of JSON
    #[arg(long)]
    json: bool,
}

impl Output {
    /// Who reads the result.
    pub fn format(self) -> Format {
        if self.json { Format::Json } else { Format::Text }
    }
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "write an address and a port, such as 127.0.0.1:8080".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("the demo's passwords are known to everybody, so it listens on 127.0.0.1 or [::1] only".to_owned())
    }
}

fn method(word: &str) -> Result<Method, String> {
    let known = || Method::ALL.map(Method::word).join(", ");
    Method::from_word(word).ok_or_else(|| format!("one of: {}", known()))
}

#[cfg(test)]
mod tests;
