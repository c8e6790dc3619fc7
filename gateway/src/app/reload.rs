//! A new configuration while the program runs: on SIGHUP, or when a file of it has changed. Everything is taken over at
//! once, or nothing, with every reason in the log. Requests under way are finished by the configuration they began with.

use super::{Opened, certificates, certification, couriers};
use crate::config::{self, Config, DirectoryUrl, Problem, StoreUrl};
use crate::domain::application::UpstreamTls;
use crate::domain::settings::Settings;
use crate::edge::proxy::balance::Balance;
use crate::edge::proxy::entrance::certificates::Certificates;
use crate::flow::certification::Certification;
use arc_swap::ArcSwap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::signal::unix::{SignalKind, signal};

/// How often files are looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// Takes new configurations over.
pub(super) struct Reload {
    pub(super) file: PathBuf,
    /// What the program was started by.
    pub(super) config: Arc<Config>,
    pub(super) opened: Arc<Opened>,
    pub(super) settings: Arc<ArcSwap<Settings>>,
    pub(super) balance: Arc<Balance>,
    pub(super) certification: Arc<Certification>,
    pub(super) certificates: Option<Arc<Certificates>>,
}

/// What tells a file from its successor.
type Stamp = Option<(SystemTime, u64)>;

impl Reload {
    /// Takes over what comes until the program ends.
    pub(super) async fn run(self) {
        let Ok(mut asked) = signal(SignalKind::hangup()) else {
            tracing::error!("SIGHUP cannot be waited for: a new configuration needs a restart");
            return;
        };
        let mut files = files(&self.file, &self.config);
        let mut seen = stamps(&files);
        loop {
            tokio::select! {
                _ = asked.recv() => {}
                () = tokio::time::sleep(PERIOD) => {
                    let now = stamps(&files);
                    if now == seen {
                        continue;
                    }
                }
            }
            // Before they are read, so that what changes meanwhile is read again.
            seen = stamps(&files);
            match self.take_over().await {
                Ok(config) => {
                    tracing::info!(file = %self.file.display(), "the configuration was loaded again");
                    let fresh = self::files(&self.file, &config);
                    if fresh != files {
                        files = fresh;
                        seen = stamps(&files);
                    }
                }
                Err(problems) => {
                    for problem in problems {
                        tracing::error!(%problem, "the new configuration cannot be used");
                    }
                    tracing::error!(file = %self.file.display(), "the old configuration stays in force");
                }
            }
        }
    }

    async fn take_over(&self) -> Result<Config, Vec<Problem>> {
        let config = config::load(&self.file).map_err(|problems| problems.iter().cloned().collect::<Vec<_>>())?;
        let mut problems = unchangeable(&self.config, &config);
        let certificates = config.https.as_ref().map(certificates::read).transpose();
        let certificates = certificates.unwrap_or_else(|unfit| {
            problems.extend(unfit);
            None
        });
        let acme = config.https.as_ref().and_then(|https| https.acme.as_ref());
        let plan = acme.map(certification::plan).transpose();
        let plan = plan.map_err(|problem| problems.push(problem));
        let trusts = certificates::trusts(&config.settings.applications);
        let trusts = trusts.map_err(|unfit| problems.extend(unfit));
        let outside = &self.opened.outside;
        let around = couriers::Around {
            clock: &outside.clock,
            entropy: &outside.entropy,
            records: &outside.records,
        };
        let couriers = couriers::all(&config, &around, self.opened.outbox.clone());
        let couriers = couriers.map_err(|fault| problems.push(problem("courier", fault.to_string(), "")));
        let (Ok((couriers, _)), Ok(trusts), Ok(plan), true) = (couriers, trusts, plan, problems.is_empty()) else {
            return Err(problems);
        };
        let last = self.settings.load_full();
        self.balance
            .prepare(&last.applications, (&config.settings.applications, &trusts))
            .await;
        if let (Some(shown), Some(fresh)) = (&self.certificates, certificates) {
            shown.replace(fresh);
        }
        self.certification.replace(plan);
        outside.couriers.replace(couriers);
        self.settings.store(Arc::new(config.settings.clone()));
        Ok(config)
    }
}

/// What only a new process can change.
fn unchangeable(running: &Config, fresh: &Config) -> Vec<Problem> {
    let addresses = |config: &Config| config.https.as_ref().map(|https| https.address);
    let changed = [
        ("listen.http", running.listen.http != fresh.listen.http),
        ("listen.admin", running.listen.admin != fresh.listen.admin),
        ("listen.drain", running.listen.drain != fresh.listen.drain),
        ("listen.https.address", addresses(running) != addresses(fresh)),
        ("store.url", store(running) != store(fresh)),
        ("directory.url", directory(running) != directory(fresh)),
        ("keys.directory", running.keys != fresh.keys),
        (
            "session.max_revocation_lag",
            running.max_revocation_lag != fresh.max_revocation_lag,
        ),
        ("log.format", running.log != fresh.log),
    ];
    let hint = "restart or upgrade the program, or put back what was there";
    let changed = changed.into_iter().filter(|(_, changed)| *changed);
    changed
        .map(|(key, _)| problem(key, "cannot change while the program runs".to_owned(), hint))
        .collect()
}

fn problem(path: &str, message: String, hint: &str) -> Problem {
    Problem {
        path: path.to_owned(),
        message,
        hint: hint.to_owned(),
    }
}

fn store(config: &Config) -> (Option<&Path>, Option<&str>) {
    match &config.store {
        StoreUrl::Embedded(path) => (Some(path), None),
        StoreUrl::Redis(url) => (None, Some(url.expose())),
    }
}

fn directory(config: &Config) -> (Option<&Path>, Option<&str>) {
    match &config.directory {
        DirectoryUrl::Sqlite(path) => (Some(path), None),
        DirectoryUrl::Postgres(url) => (None, Some(url.expose())),
    }
}

/// The files whose change is a new configuration.
fn files(file: &Path, config: &Config) -> Vec<PathBuf> {
    let pairs = config.https.iter().flat_map(|https| &https.certificates);
    let shown = pairs.flat_map(|pair| [pair.certificate.clone(), pair.key.clone()]);
    let acme = config.https.iter().filter_map(|https| https.acme.as_ref());
    let authority = acme.filter_map(|acme| acme.authority.clone());
    let applications = config.settings.applications.iter();
    let tls = applications.filter_map(|application| application.upstream_tls.as_ref());
    let mut upstream: Vec<_> = tls.flat_map(UpstreamTls::files).cloned().collect();
    upstream.sort();
    let fronts = config.https.iter().filter_map(|https| https.fronts.clone());
    let shown = shown.chain(authority).chain(fronts);
    std::iter::once(file.to_owned()).chain(shown).chain(upstream).collect()
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |file: &PathBuf| {
        let known = std::fs::metadata(file).ok()?;
        Some((known.modified().ok()?, known.len()))
    };
    files.iter().map(stamp).collect()
}
