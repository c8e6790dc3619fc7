//! The configuration: what an operator writes, as values of the domain.
//!
//! ```text
//! file, environment --raw.rs--> sections that count their keys --parse.rs--> Config
//!                                          \--> Problems, all at once
//! ```
//!
//! The only module that reads the environment. It opens no database, binds no address and resolves no name: whether
//! what is configured also answers is for whoever uses it. What may be omitted, and what then holds, is written in
//! `config/vestibule.toml`, which a test compares with this code.

mod courier;
mod duration;
mod overrides;
mod parse;
mod problem;
mod raw;
mod secret_file;
mod syntax;

pub use courier::{Channel, CourierSpec, CouriersSpec, HttpTemplate, Provider};
pub use problem::{Problem, Problems};

use crate::domain::application::UpstreamTls;
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use problem::flaw;
use raw::{Reading, Section};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Table;

/// Everything the program runs by.
#[derive(Debug)]
pub struct Config {
    /// Where it listens.
    pub listen: Listen,
    /// Where it ends TLS, if it does.
    pub https: Option<Https>,
    /// What requests are decided by.
    pub settings: Settings,
    /// How long a node may go without reading the revocation log; then it closes.
    pub max_revocation_lag: Duration,
    /// Where sessions, logins and challenges are.
    pub store: StoreUrl,
    /// Where people, groups and authenticators are.
    pub directory: DirectoryUrl,
    /// The directory of the key files.
    pub keys: PathBuf,
    /// What carries codes.
    pub couriers: CouriersSpec,
    /// How log lines are written.
    pub log: LogFormat,
}

/// Addresses to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// For browsers, or the server that ends their TLS.
    pub http: SocketAddr,
    /// For operators.
    pub admin: SocketAddr,
    /// How long answers under way may take to finish once the program is to end.
    pub drain: Duration,
}

/// Where browsers connect in TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Https {
    /// The address; its port is not 0.
    pub address: SocketAddr,
    /// What is shown there; at least one, unless some are ordered. The first of all is for whoever asks for no name or an
    /// unknown one.
    pub certificates: Vec<CertificateFiles>,
    /// What is ordered beside them.
    pub acme: Option<Acme>,
    /// Who certifies the fronts that prove by a certificate that they may ask, in PEM.
    pub fronts: Option<PathBuf>,
}

/// Certificates that an authority is asked for (RFC 8555).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acme {
    /// The directory of the authority, with https.
    pub directory: String,
    /// Where it writes to.
    pub contact: Option<String>,
    /// Who certifies the authority's own server, in PEM; whoever this machine trusts where there is nobody.
    pub authority: Option<PathBuf>,
    /// The hosts, each with a certificate of its own; at least one.
    pub names: Vec<String>,
    /// How long an order waits that failed for the first time.
    pub retry: Duration,
}

/// A chain of certificates and the key of its first, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The chain.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// Where the store is.
#[derive(Debug)]
pub enum StoreUrl {
    /// In this file.
    Embedded(PathBuf),
    /// On Redis: a `redis://` or `rediss://` URL, its password included.
    Redis(Secret<String>),
}

/// Where the directory is.
#[derive(Debug)]
pub enum DirectoryUrl {
    /// In this SQLite file.
    Sqlite(PathBuf),
    /// On PostgreSQL: a `postgres://` URL, its password included.
    Postgres(Secret<String>),
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object each.
    Json,
    /// For reading at a terminal.
    Text,
}

/// How a file named by a `*_file` key is read: its secret, or what is wrong in words.
pub type ReadSecret<'a> = dyn Fn(&Path) -> Result<Secret<String>, String> + 'a;

/// Reads a configuration file with the environment's overrides and the secret files it names. Relative paths in
/// either are relative to the file's directory.
///
/// # Errors
/// Everything that is wrong with any of them.
pub fn load(path: &Path) -> Result<Config, Problems> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let missing = flaw(format!("cannot be read: {error}"), "name the file with --config");
        Problems::new(vec![missing.at(path.display().to_string())])
    })?;
    let base = path.parent().unwrap_or(Path::new(""));
    let config = parse(&text, &environment()?, &|secret| secret_file::read(&base.join(secret)))?;
    Ok(config.based_at(base))
}

/// Reads a configuration without touching anything: the text of the file, `VESTIBULE__…` variables with their
/// values, and a way to read secret files. Relative paths stay as they are.
///
/// # Errors
/// Everything that is wrong.
pub fn parse(text: &str, overrides: &[(String, String)], read_secret: &ReadSecret<'_>) -> Result<Config, Problems> {
    let mut table = syntax::table(text).map_err(Problems::new)?;
    let (set, odd): (Vec<_>, Vec<_>) = overrides::apply(&mut table, overrides)
        .into_iter()
        .partition(Result::is_ok);
    let reading = Reading::new(read_secret);
    let config = parse::config(&Section::root(&reading, &table));
    let (mut problems, _) = reading.finish();
    for problem in &mut problems {
        problem.message.push_str(&origin(&problem.path, set.iter().flatten()));
    }
    problems.extend(odd.into_iter().filter_map(Result::err));
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(Problems::new(problems)),
    }
}

/// Every key there is, as dotted paths: `application[].rule[].require`; sorted.
pub fn known_keys() -> Vec<String> {
    let one_of_each = "[[application]]\n[[application.rule]]\n[[courier.email]]\n[[listen.https.further]]\n";
    let of_provider = |(kind, provider)| format!("[[courier.{kind}]]\nprovider = '{provider}'\n");
    let companies: String = parse::PROVIDERS.into_iter().map(of_provider).collect();
    let table = syntax::table(&format!("{one_of_each}{companies}")).unwrap_or_else(|_| Table::new());
    let none = |_: &Path| Err(String::new());
    let reading = Reading::new(&none);
    let _ = parse::config(&Section::root(&reading, &table));
    let keys = reading.finish().1.into_iter();
    let unnumbered: BTreeSet<String> = keys
        .map(|key| key.replace(|letter: char| letter.is_ascii_digit(), ""))
        .collect();
    unnumbered.into_iter().collect()
}

/// Which variable of the environment a problem comes from, if one set what it is about.
fn origin<'a>(path: &str, mut set: impl Iterator<Item = &'a (String, String)>) -> String {
    let within = |at: &str| {
        path.strip_prefix(at)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    set.find(|(_, at)| within(at))
        .map_or(String::new(), |(name, _)| format!(", set by {name}"))
}

#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
fn environment() -> Result<Vec<(String, String)>, Problems> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        let name = name
            .into_string()
            .ok()
            .filter(|name| name.starts_with(overrides::PREFIX))?;
        let odd = flaw("its value is not UTF-8", "");
        Some(
            value
                .into_string()
                .map_err(|_| Problems::new(vec![odd.at(&name)]))
                .map(|value| (name, value)),
        )
    };
    let mut variables: Vec<_> = std::env::vars_os().filter_map(text).collect::<Result<_, _>>()?;
    variables.sort();
    Ok(variables)
}

impl Config {
    fn based_at(mut self, base: &Path) -> Self {
        self.keys = base.join(self.keys);
        for files in self.https.iter_mut().flat_map(|https| &mut https.certificates) {
            files.certificate = base.join(&files.certificate);
            files.key = base.join(&files.key);
        }
        for authority in self.https.iter_mut().filter_map(|https| https.fronts.as_mut()) {
            *authority = base.join(&*authority);
        }
        let acme = self.https.iter_mut().filter_map(|https| https.acme.as_mut());
        for authority in acme.filter_map(|acme| acme.authority.as_mut()) {
            *authority = base.join(&*authority);
        }
        let applications = self.settings.applications.iter_mut();
        let tls = applications.filter_map(|application| application.upstream_tls.as_mut());
        for file in tls.flat_map(UpstreamTls::files_mut) {
            *file = base.join(&*file);
        }
        self.store = match self.store {
            StoreUrl::Embedded(path) => StoreUrl::Embedded(base.join(path)),
            StoreUrl::Redis(url) => StoreUrl::Redis(url),
        };
        self.directory = match self.directory {
            DirectoryUrl::Sqlite(path) => DirectoryUrl::Sqlite(base.join(path)),
            DirectoryUrl::Postgres(url) => DirectoryUrl::Postgres(url),
        };
        self
    }
}

#[cfg(test)]
mod tests;
