//! The only file that knows every backend: it takes a configuration and puts the program together.

use crate::config::{Config, DirectoryUrl, StoreUrl};
use crate::domain::settings::Settings;
use crate::edge::door::Door;
use crate::edge::pages::{Desk, Pages};
use crate::edge::proxy::balance::Balance;
use crate::edge::proxy::{Answers, Forwarding, Gateway, RequestIds, Shares};
use crate::flow::Outside;
use crate::flow::admit::Admission;
use crate::flow::assertion::Assertions;
use crate::flow::certification::Certification;
use crate::flow::login::Logins;
use crate::flow::postroom::Postroom;
use crate::flow::recovery::Recoveries;
use crate::flow::registration::Registrations;
use crate::flow::revocation::Revocations;
use crate::flow::strangers::Strangers;
use crate::flow::subject::Subjects;
use crate::io::Fault;
use crate::io::clock::{Clock, SystemClock};
use crate::io::courier::outbox::Outbox;
use crate::io::credentials::sql::SqlCredentials;
use crate::io::deliveries::Deliveries;
use crate::io::directory::sql::SqlDirectory;
use crate::io::entropy::{Entropy, SystemEntropy};
use crate::io::hashing::{Cost, HashPool};
use crate::io::issuance::Issuance;
use crate::io::issuance::sql::SqlIssuance;
use crate::io::keys::KeyRing;
use crate::io::sql::{Asker, Chain, Database};
use crate::io::store::Store;
use crate::io::store::records::Records;
use crate::io::store::redis::RedisStore;
use crate::io::store::sqlite::SqliteStore;
use arc_swap::ArcSwap;
use std::sync::Arc;

mod certificates;
mod certification;
pub mod command;
mod couriers;
mod demo;
pub mod guard;
mod handover;
mod keeping;
mod memory;
mod reload;
pub mod serve;
mod upkeep;
mod wording;

pub use upkeep::Upkeep;

/// What a configuration leads to before anything listens.
pub struct Opened {
    /// What flows call.
    pub outside: Outside,
    /// The messages sent so far, where the configuration says that they stay here.
    pub outbox: Option<Arc<Outbox>>,
    /// Certificates that were ordered.
    issuance: Arc<dyn Issuance>,
    /// The embedded store, to be swept now and then.
    embedded: Option<Arc<SqliteStore>>,
}

/// Opens keys, database, store and couriers, for whoever waits for the database.
///
/// # Errors
/// The first thing that could not be opened, with what to do about it.
pub async fn open(config: &Config, asker: Asker) -> Result<Opened, Fault> {
    let keys = Arc::new(KeyRing::load(&config.keys)?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
    let chain = Chain::new(Arc::clone(&keys), &node()?);
    let database = match &config.directory {
        DirectoryUrl::Sqlite(path) => Database::sqlite(path, chain, asker).await?,
        DirectoryUrl::Postgres(url) => Database::postgres(url.expose(), chain, asker).await?,
    };
    let (store, embedded) = store(config, &clock).await?;
    let hashes = HashPool::start(Arc::clone(&keys), Cost::default())?;
    let records = Records::new(store, Arc::clone(&keys));
    let (couriers, outbox) = couriers::all(
        config,
        &couriers::Around {
            clock: &clock,
            entropy: &entropy,
            records: &records,
        },
        None,
    )?;
    let issuance = Arc::new(SqlIssuance::new(database.clone(), Arc::clone(&keys)));
    let outside = Outside {
        records,
        directory: Arc::new(SqlDirectory::new(
            (database.clone(), Arc::clone(&keys)),
            hashes,
            Arc::clone(&clock),
            Arc::clone(&entropy),
        )),
        credentials: Arc::new(SqlCredentials::new(database.clone(), Arc::clone(&keys))),
        couriers: Arc::new(couriers),
        deliveries: Deliveries::new(database),
        denials: Arc::default(),
        clock,
        entropy,
        keys,
    };
    Ok(Opened {
        outside,
        outbox,
        issuance,
        embedded,
    })
}

/// What the audit calls this machine.
fn node() -> Result<String, Fault> {
    let name = hostname::get().map_err(|error| Fault::new("host name", error))?;
    Ok(name.to_string_lossy().into_owned())
}

async fn store(config: &Config, clock: &Arc<dyn Clock>) -> Result<(Arc<dyn Store>, Option<Arc<SqliteStore>>), Fault> {
    Ok(match &config.store {
        StoreUrl::Embedded(path) => {
            let store = Arc::new(SqliteStore::open(path, Arc::clone(clock)).await?);
            (Arc::clone(&store) as Arc<dyn Store>, Some(store))
        }
        StoreUrl::Redis(url) => (Arc::new(RedisStore::connect(url.expose()).await?), None),
    })
}

/// The gateway, ready to be run by Pingora, and what must be done beside it.
pub struct House {
    /// Answers requests.
    pub gateway: Gateway,
    /// Keeps it in order.
    pub upkeep: Upkeep,
    /// The applications' servers.
    pub balance: Arc<Balance>,
    /// What must not keep those who recover waiting.
    pub recovering: Postroom,
    /// What must not keep those who register waiting.
    pub registering: Postroom,
}

/// Puts the gateway together.
///
/// # Errors
/// When a certificate for or of an application's servers cannot be used.
pub fn house(config: &Config, opened: &Opened, forwarding: Forwarding) -> Result<House, Fault> {
    let outside = opened.outside.clone();
    let settings: Arc<ArcSwap<Settings>> = Arc::new(ArcSwap::from_pointee(config.settings.clone()));
    let revocations = Arc::new(Revocations::new(config.max_revocation_lag));
    let subjects = Arc::new(Subjects::new(outside.clone(), Arc::clone(&revocations)));
    let strangers = Arc::new(Strangers::default());
    let balance = Arc::new(Balance::new(
        &config.settings.applications,
        &certificates::load_trusts(&config.settings.applications)?,
    ));
    let (recoveries, recovering) = Recoveries::new(outside.clone());
    let (registrations, registering) = Registrations::new(outside.clone());
    let pages = Pages::new(Desk {
        settings: Arc::clone(&settings),
        logins: Logins::new(outside.clone(), Arc::clone(&revocations), Arc::clone(&strangers)),
        recoveries,
        registrations,
        subjects: Arc::clone(&subjects),
        revocations: Arc::clone(&revocations),
        outside: outside.clone(),
    });
    let mut start = [0_u8; 8];
    outside.entropy.fill(&mut start);
    let upkeep_settings = Arc::clone(&settings);
    let gateway = Gateway {
        settings,
        door: Door {
            admission: Admission::new(Arc::clone(&subjects), Arc::clone(&outside.clock)),
            subjects,
            revocations: Arc::clone(&revocations),
            assertions: Assertions::new(outside.clone()),
            outside: outside.clone(),
            pages,
        },
        balance: Arc::clone(&balance),
        request_ids: RequestIds::new(start),
        answers: Answers::new(),
        certification: Arc::new(Certification::new(outside.clone(), Arc::clone(&opened.issuance))),
        shares: Shares::new(),
        leaving: Arc::default(),
        forwarding,
    };
    let upkeep = Upkeep {
        outside,
        revocations,
        strangers,
        settings: upkeep_settings,
        embedded: opened.embedded.clone(),
        memory: config.settings.session.absolute,
    };
    Ok(House {
        gateway,
        upkeep,
        balance,
        recovering,
        registering,
    })
}
