use super::*;
use crate::io::clock::SystemClock;
use std::sync::atomic::{AtomicI64, Ordering};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Moves when the test says so.
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

const HOUR: Ttl = Ttl(Duration::from_secs(3600));

async fn open(directory: &tempfile::TempDir) -> Result<SqliteStore, StoreFault> {
    SqliteStore::open(&directory.path().join("store.db"), Arc::new(SystemClock)).await
}

#[cfg(feature = "contract")]
#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract() -> Outcome {
    for (name, test) in super::super::contract::CONTRACT {
        let directory = tempfile::tempdir()?;
        test(Arc::new(open(&directory).await?))
            .await
            .map_err(|fault| format!("{name}: {fault}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn two_processes_share_the_file_and_the_next_one_finds_it() -> Outcome {
    let directory = tempfile::tempdir()?;
    let (one, other) = (open(&directory).await?, open(&directory).await?);
    let key = Key::new("session", "a");
    assert_eq!(
        one.insert(&key, Bytes::from_static(b"here"), HOUR).await?,
        Inserted::New
    );
    assert_eq!(other.insert(&key, Bytes::new(), HOUR).await?, Inserted::Exists);
    drop((one, other));
    assert_eq!(
        open(&directory).await?.take(&key).await?,
        Some(Bytes::from_static(b"here"))
    );
    Ok(())
}

#[tokio::test]
async fn expired_records_are_absent_and_then_swept() -> Outcome {
    let directory = tempfile::tempdir()?;
    let clock = Arc::new(HandClock(AtomicI64::new(1_000)));
    let store = SqliteStore::open(&directory.path().join("store.db"), clock.clone()).await?;
    for number in 0..=BATCH {
        let _ = store.insert(&Key::new("login", number), Bytes::new(), HOUR).await?;
    }
    let lasting = Key::new("login", "lasting");
    let _ = store
        .insert(&lasting, Bytes::new(), Ttl(Duration::from_secs(7200)))
        .await?;
    assert_eq!(store.sweep().await?, 0);
    clock.0.store(1_000 + 3_600_000, Ordering::SeqCst);
    assert_eq!(store.get(&Key::new("login", 0)).await?, None);
    assert_eq!(store.sweep().await?, BATCH.unsigned_abs() + 1);
    assert!(store.get(&lasting).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn a_writer_that_keeps_the_file_is_a_fault_in_time_and_reads_go_on() -> Outcome {
    let directory = tempfile::tempdir()?;
    let store = open(&directory).await?;
    let key = Key::new("session", "a");
    let _ = store.insert(&key, Bytes::new(), HOUR).await?;
    let mut hog = SqliteConnectOptions::new()
        .filename(directory.path().join("store.db"))
        .connect()
        .await?;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut hog).await?;
    let took = tokio::time::timeout(Duration::from_millis(950), store.take(&key)).await?;
    assert!(took.is_err(), "{took:?}");
    assert!(store.get(&key).await?.is_some());
    sqlx::raw_sql("COMMIT").execute(&mut hog).await?;
    assert_eq!(
        store.take(&key).await?,
        Some(Bytes::new()),
        "what was given up was not done later"
    );
    Ok(())
}

#[tokio::test]
async fn another_file_is_named_and_left_alone() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("store.db");
    std::fs::write(&path, "this is a letter, not a database".repeat(100))?;
    let fault = open(&directory)
        .await
        .err()
        .map(|fault| fault.to_string())
        .unwrap_or_default();
    assert!(
        fault.contains("store.db") && fault.contains("not a database"),
        "{fault}"
    );
    assert!(std::fs::read_to_string(&path)?.starts_with("this is a letter"));
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_the_file() -> Outcome {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir()?;
    let store = open(&directory).await?;
    store.ping().await?;
    for name in ["store.db", "store.db-wal"] {
        let mode = std::fs::metadata(directory.path().join(name))?.permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    Ok(())
}
