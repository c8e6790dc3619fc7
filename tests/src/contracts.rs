//! Every backend keeps its folder's contract: the embedded store and Redis, SQLite and PostgreSQL. The one place here
//! that links the gateway.

use std::sync::Arc;

use tempfile::TempDir;
use vestibule::io::clock::{Clock, SystemClock};
use vestibule::io::credentials::Credentials;
use vestibule::io::credentials::sql::SqlCredentials;
use vestibule::io::deliveries::Deliveries;
use vestibule::io::deliveries::contract::Place as Counted;
use vestibule::io::directory::Directory;
use vestibule::io::directory::newcomers;
use vestibule::io::directory::newcomers::contract::Place;
use vestibule::io::directory::sql::SqlDirectory;
use vestibule::io::entropy::SystemEntropy;
use vestibule::io::hashing::{Cost, HashPool};
use vestibule::io::issuance::{self, sql::SqlIssuance};
use vestibule::io::keys::KeyRing;
use vestibule::io::sql::{Asker, Chain, Database};
use vestibule::io::store::Store;
use vestibule::io::store::redis::RedisStore;
use vestibule::io::store::sqlite::SqliteStore;
use vestibule::io::{credentials, deliveries, directory, store};

use crate::harness::postgres::Postgres;
use crate::harness::redis::Redis;
use crate::harness::redis_group::{Cluster, Sentinels};

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_keeps_the_contract() {
    for (name, test) in store::contract::CONTRACT {
        let folder = folder();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = SqliteStore::open(&folder.path().join("store.db"), clock).await;
        let store: Arc<dyn Store> = Arc::new(store.expect("a store"));
        test(store).await.unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_keeps_the_contract() {
    let redis = Redis::start().await;
    for (name, test) in store::contract::CONTRACT {
        redis.flush();
        let store: Arc<dyn Store> = Arc::new(RedisStore::connect(&redis.url()).await.expect("a store"));
        test(store).await.unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_sentinels_name_keeps_the_contract() {
    let sentinels = Sentinels::start().await;
    for (name, test) in store::contract::CONTRACT {
        sentinels.flush();
        let store: Arc<dyn Store> = Arc::new(RedisStore::connect(&sentinels.url()).await.expect("a store"));
        test(store).await.unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_cluster_keeps_the_contract() {
    let cluster = Cluster::start().await;
    for (name, test) in store::contract::CONTRACT {
        cluster.flush();
        let store: Arc<dyn Store> = Arc::new(RedisStore::connect(&cluster.url()).await.expect("a store"));
        test(store).await.unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
    cluster.let_one_evict();
    let refused = RedisStore::connect(&cluster.url()).await.err().expect("refused");
    assert!(refused.to_string().contains("allkeys-lru"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contracts_of_directory_and_credentials() {
    for (name, test) in directory::contract::CONTRACT {
        let (folder, database) = sqlite().await;
        let outcome = test(a_directory(database, &folder)).await;
        outcome.unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
    for (name, test) in credentials::contract::contract() {
        let (folder, database) = sqlite().await;
        let outcome = test(some_credentials(database, &folder)).await;
        outcome.unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
    for (name, test) in newcomers::contract::CONTRACT {
        let (folder, database) = sqlite().await;
        let outcome = test(a_place(database, &folder)).await;
        outcome.unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_keeps_the_contracts_of_directory_and_credentials() {
    let server = Postgres::shared().await;
    for (name, test) in directory::contract::CONTRACT {
        let folder = folder();
        let outcome = test(a_directory(postgres(server, &folder).await, &folder)).await;
        outcome.unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
    for (name, test) in credentials::contract::contract() {
        let folder = folder();
        let outcome = test(some_credentials(postgres(server, &folder).await, &folder)).await;
        outcome.unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
    for (name, test) in newcomers::contract::CONTRACT {
        let folder = folder();
        let outcome = test(a_place(postgres(server, &folder).await, &folder)).await;
        outcome.unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_keep_the_contract_of_deliveries() {
    let server = Postgres::shared().await;
    for (name, test) in deliveries::contract::CONTRACT {
        let (folder, database) = sqlite().await;
        let outcome = test(some_counts(database, &folder)).await;
        outcome.unwrap_or_else(|fault| panic!("SQLite: {name}: {fault}"));
        let outcome = test(some_counts(postgres(server, &folder).await, &folder)).await;
        outcome.unwrap_or_else(|fault| panic!("PostgreSQL: {name}: {fault}"));
    }
}

async fn sqlite() -> (TempDir, Database) {
    let folder = folder();
    let chain = Chain::new(keys(&folder), "node");
    let database = Database::sqlite(&folder.path().join("directory.db"), chain, Asker::Request).await;
    (folder, database.expect("a database"))
}

async fn postgres(server: &Postgres, folder: &TempDir) -> Database {
    let chain = Chain::new(keys(folder), "node");
    let database = Database::postgres(&server.new_database(), chain, Asker::Request).await;
    database.expect("a database")
}

fn a_directory(database: Database, folder: &TempDir) -> Arc<dyn Directory> {
    let cheap = Cost { memory: 64, passes: 1 };
    let hashes = HashPool::start(keys(folder), cheap).expect("threads");
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy::new()));
    Arc::new(SqlDirectory::new((database, keys(folder)), hashes, clock, entropy))
}

fn some_credentials(database: Database, folder: &TempDir) -> Arc<dyn Credentials> {
    Arc::new(SqlCredentials::new(database, keys(folder)))
}

fn a_place(database: Database, folder: &TempDir) -> Place {
    Place {
        directory: a_directory(database.clone(), folder),
        credentials: some_credentials(database, folder),
    }
}

fn some_counts(database: Database, folder: &TempDir) -> Counted {
    Counted {
        deliveries: Deliveries::new(database.clone()),
        credentials: some_credentials(database, folder),
    }
}

fn keys(folder: &TempDir) -> Arc<KeyRing> {
    Arc::new(KeyRing::load(&folder.path().join("keys")).expect("keys"))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_keep_the_contract_of_issuance() {
    let server = Postgres::shared().await;
    for (name, test) in issuance::contract::CONTRACT {
        let (folder, database) = sqlite().await;
        let outcome = test(Arc::new(SqlIssuance::new(database, keys(&folder)))).await;
        outcome.unwrap_or_else(|fault| panic!("SQLite, {name}: {fault}"));
        let outcome = test(Arc::new(SqlIssuance::new(
            postgres(server, &folder).await,
            keys(&folder),
        )))
        .await;
        outcome.unwrap_or_else(|fault| panic!("PostgreSQL, {name}: {fault}"));
    }
}
