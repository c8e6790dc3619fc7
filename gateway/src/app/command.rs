//! From what was typed to what runs: loads the configuration, opens what the command needs, and calls it.

use super::serve::{Addresses, Beside, Start, serve, serve_router};
use super::{Opened, certificates, certification, demo, memory, open};
use crate::config::{self, Config, LogFormat};
use crate::domain::password::Password;
use crate::edge::admin::answer::{Exit, Format};
use crate::edge::admin::cli::{Check, Cli, Command, Sample, Serve};
use crate::edge::admin::{self, check, explain, hash, user, verify};
use crate::edge::demo::sample;
use crate::io::Fault;
use crate::io::clock::{Clock, SystemClock};
use crate::io::entropy::{Entropy, SystemEntropy};
use crate::io::hashing::{Cost, HashPool, Hashed};
use crate::io::keys::{self, KeyRing};
use crate::io::sql::Asker;
use serde_json::json;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::Runtime;
use tracing::Level;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// Runs one command to its end.
pub fn run(cli: Cli) -> ExitCode {
    // First of all, so that every TLS connection of every library is made by one provider.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let outcome = Runtime::new()
        .map_err(|error| Fault::new("runtime", error))
        .and_then(|runtime| dispatch(cli.command, &runtime));
    match outcome {
        Ok(exit) => exit.into(),
        Err(fault) => {
            say(&format!("vestibule: {fault}"));
            Exit::Misused.into()
        }
    }
}

fn dispatch(command: Command, runtime: &Runtime) -> Result<Exit, Fault> {
    match command {
        Command::Demo(demo) => {
            log(LogFormat::Text);
            memory::keep_private();
            demo::run(demo, runtime)
        }
        Command::Serve(Serve {
            configured,
            upgrade,
            output,
        }) => with(&configured.config.clone(), |config| {
            log(config.log);
            memory::keep_private();
            let opened = runtime.block_on(open(&config, Asker::Request))?;
            let beside = Beside {
                admin: demo::outbox_pages(&opened),
                file: configured.config,
                start: if upgrade { Start::Successor } else { Start::First },
                announce: announcement(&config, output.format()),
            };
            serve(config, opened, (runtime.handle(), beside)).map(|()| Exit::Done)
        }),
        Command::Sample(Sample { listen, output }) => run_sample(listen, output.format(), runtime),
        Command::Check(Check { configured, output }) => {
            let problems: Vec<_> = match config::load(&configured.config) {
                Ok(config) => {
                    let shown = config.https.as_ref().and_then(|https| certificates::read(https).err());
                    let acme = config.https.as_ref().and_then(|https| https.acme.as_ref());
                    let authority = acme.and_then(|acme| certification::plan(acme).err());
                    let upstream = certificates::trusts(&config.settings.applications).err();
                    let files = shown.into_iter().chain(upstream).flatten();
                    files.chain(authority).collect()
                }
                Err(problems) => problems.iter().cloned().collect(),
            };
            Ok(check::run(&configured.config, &problems, output.format()))
        }
        Command::Explain(asked) => {
            let file = asked.configured.config.clone();
            with(&file, |config| {
                opened(&config, runtime, |opened| {
                    runtime.block_on(explain::run(&opened.outside, &config.settings, asked))
                })
            })
        }
        Command::User(user) => {
            let file = user.configured.config.clone();
            with(&file, |config| {
                opened(&config, runtime, |opened| {
                    runtime.block_on(user::run(&opened.outside, &config.settings, user.command))
                })
            })
        }
        Command::Session(sessions) => {
            let file = sessions.configured.config.clone();
            with(&file, |config| {
                opened(&config, runtime, |opened| {
                    runtime.block_on(admin::session::run(&opened.outside, sessions.command))
                })
            })
        }
        Command::Audit(audit) => {
            let file = audit.configured.config.clone();
            with(&file, |config| {
                opened(&config, runtime, |opened| {
                    runtime.block_on(admin::audit::run(&opened.outside, audit.command))
                })
            })
        }
        Command::Key(asked) => {
            let file = asked.configured.config.clone();
            with(&file, |config| {
                opened(&config, runtime, |opened| {
                    runtime.block_on(admin::key::run(&opened.outside, asked.command))
                })
            })
        }
        Command::Verify(asked) => {
            let file = asked.configured.config.clone();
            with(&file, |config| {
                let read = keys::reader(&config.keys)?;
                Ok(verify::run(&config.settings, &asked, (SystemClock.now(), &read)))
            })
        }
        Command::Hash(configured) => with(&configured.config, |config| {
            runtime.block_on(hash::run(async |password| hash_by(&config, password).await))
        }),
    }
}

/// Calls what works by a configuration, or names everything that is wrong with it.
fn with(file: &Path, command: impl FnOnce(Config) -> Result<Exit, Fault>) -> Result<Exit, Fault> {
    match config::load(file) {
        Ok(config) => command(config),
        Err(problems) => {
            let all: Vec<_> = problems.iter().cloned().collect();
            all.iter().for_each(|problem| say(&problem.to_string()));
            say(&format!(
                "vestibule: {} cannot be used; every problem is named above",
                file.display()
            ));
            Ok(Exit::Misused)
        }
    }
}

/// Calls what needs the stores open; a fault in it is a failure, not a misuse.
fn opened(
    config: &Config,
    runtime: &Runtime,
    command: impl FnOnce(&Opened) -> Result<Exit, Fault>,
) -> Result<Exit, Fault> {
    let opened = runtime.block_on(open(config, Asker::Operator))?;
    command(&opened).or_else(|fault| {
        say(&format!("vestibule: {fault}"));
        Ok(Exit::Failed)
    })
}

async fn hash_by(config: &Config, password: Password) -> Result<String, Fault> {
    let pool = HashPool::start(Arc::new(KeyRing::load(&config.keys)?), Cost::default())?;
    let mut salt = [0_u8; 16];
    SystemEntropy::new().fill(&mut salt);
    let hashed = match pool.place(None) {
        Some(place) => pool.hash(password, salt, place).await?,
        None => Hashed::Busy,
    };
    match hashed {
        Hashed::Done(text) => Ok(text),
        Hashed::Busy => Err(Fault::new("hashing", "it took too long; try again")),
    }
}

fn run_sample(listen: std::net::SocketAddr, format: Format, runtime: &Runtime) -> Result<Exit, Fault> {
    log(LogFormat::Text);
    let listener = TcpListener::bind(listen).map_err(|error| Fault::new("--listen", format!("{listen}: {error}")))?;
    let address = listener.local_addr().map_err(|error| Fault::new("--listen", error))?;
    match format {
        Format::Json => print(&json!({ "url": format!("http://{address}/") }).to_string()),
        Format::Text => say(&format!("the sample application listens on http://{address}/")),
    }
    runtime.block_on(serve_router(listener, sample::router()));
    Ok(Exit::Done)
}

fn announcement(config: &Config, format: Format) -> Box<dyn FnOnce(Addresses) + Send> {
    let url = config.settings.portal.origin.as_str().to_owned();
    Box::new(move |Addresses { http, admin }| match format {
        Format::Json => print(&json!({ "url": url, "http": http, "admin": admin }).to_string()),
        Format::Text => tracing::info!(%http, %admin, portal = url, "listening"),
    })
}

/// Log lines go to stderr; `RUST_LOG` chooses which, as everywhere in Rust, but never what libraries say beyond `info`: at
/// `debug` and `trace` they tell of heads, cookies among them, and of what is sent to couriers.
pub(super) fn log(format: LogFormat) {
    // Pingora's proxy calls every client that leaves early an error; what happens to requests is ours to say.
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,pingora=warn,pingora_core=warn,pingora_proxy=off,sqlx=warn"));
    let heads_kept_out = filter_fn(|line| *line.level() <= Level::INFO || is_ours(line.target()));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => lines.with_ansi(false).boxed(),
    };
    // Over all layers: filters of a single one forget lines after somebody has only asked whether a level is on.
    let filters = filter.and_then(heads_kept_out);
    tracing_subscriber::registry().with(lines).with(filters).init();
}

fn is_ours(target: &str) -> bool {
    target == "vestibule" || target.starts_with("vestibule::")
}

/// One line on stdout. A reader that has left is no reason to stop.
pub(super) fn print(line: &str) {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// One line on stderr.
pub(super) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
