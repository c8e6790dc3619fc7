use super::*;
use crate::io::keys::KeyRing;

/// What each migration was when it landed, by the beginning of its hash. One that has landed never changes: databases
/// that have it refuse a node that has another. What is to be different goes into a new one.
const LANDED: &[(i64, &str)] = &[
    (1, "e63bb87aed2a0614"),
    (2, "6948fd3f0af75909"),
    (15, "6ffbbfe608c36c39"),
    (16, "71a8c56d843ed3b4"),
    (17, "3fc399b41005cb67"),
    (18, "06c802a14f1cd581"),
    (20, "5a511fe0b07d88de"),
    (23, "92e14b3eb1707687"),
    (26, "9a99cfbd2d39babb"),
    (30, "bb2f4695a7ab8939"),
    (31, "24b2bd038b4c04e3"),
    (35, "05a09fd9cd402146"),
    (44, "385cfa2343b9f354"),
    (46, "98d3d5be53a970d9"),
];

#[test]
fn a_landed_migration_never_changes() {
    let migrations = migrations();
    let found: Vec<(i64, String)> = migrations
        .iter()
        .map(|one| {
            let hash = one.checksum.iter().take(8);
            (one.version, hash.map(|byte| format!("{byte:02x}")).collect())
        })
        .collect();
    let landed: Vec<(i64, String)> = LANDED
        .iter()
        .map(|(version, hash)| (*version, (*hash).to_owned()))
        .collect();
    assert_eq!(found, landed);
}

#[tokio::test]
async fn a_schema_of_a_newer_version_opens() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("directory.db");
    let keys = Arc::new(KeyRing::load(&folder.path().join("keys"))?);
    let database = Database::sqlite(&path, Chain::new(Arc::clone(&keys), "node"), Asker::Request).await?;
    let newer = sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'newer', TRUE, x'00', 0)",
    );
    newer.execute(database.pool()).await?;
    Database::sqlite(&path, Chain::new(keys, "node"), Asker::Request).await?;
    Ok(())
}
