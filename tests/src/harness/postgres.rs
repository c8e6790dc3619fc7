//! A real PostgreSQL cluster. One is shared by the whole test run, and each test gets a database of its own; a test
//! that takes PostgreSQL away starts a cluster for itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::ports::free_port;
use super::program::{Program, send_signal};

pub(crate) struct Postgres {
    directory: TempDir,
    port: u16,
    program: Program,
}

static SHARED: OnceCell<Postgres> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(1);

impl Postgres {
    /// The cluster of this test run. It ends and goes when the test process does.
    pub(crate) async fn shared() -> &'static Postgres {
        SHARED.get_or_init(Postgres::start).await
    }

    pub(crate) async fn start() -> Postgres {
        let directory = tempfile::tempdir().expect("a directory for PostgreSQL");
        if is_root() {
            done(Command::new("chown").arg("postgres").arg(directory.path()));
        }
        let initialise = [
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--pgdata",
        ];
        done(
            as_server_account(&installed("initdb"))
                .args(initialise)
                .arg(directory.path()),
        );
        let port = free_port();
        let program = run(directory.path(), port).await;
        Postgres {
            directory,
            port,
            program,
        }
    }

    /// The URL of a new, empty database.
    pub(crate) fn new_database(&self) -> String {
        self.copy_of("template0")
    }

    /// The URL of a new database with what is in this one, to which nobody may be connected.
    pub(crate) fn copy_of(&self, database: &str) -> String {
        let name = format!("test{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        self.query("postgres", &format!("CREATE DATABASE {name} TEMPLATE {database}"));
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// What `psql` prints for `sql`, without headings.
    pub(crate) fn query(&self, database: &str, sql: &str) -> String {
        let port = self.port.to_string();
        let mut command = Command::new(installed("psql"));
        command.args([
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-U",
            "postgres",
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
        ]);
        let output = done(command.args(["--set=ON_ERROR_STOP=1", "--command", sql, database]));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// All connections are cut and none is taken any more.
    pub(crate) async fn stop(&mut self) {
        let lock = std::fs::read_to_string(self.directory.path().join("postmaster.pid")).expect("a running PostgreSQL");
        let process = lock
            .lines()
            .next()
            .and_then(|line| line.parse().ok())
            .expect("the id of the postmaster");
        send_signal("QUIT", process);
        self.program.ended().await;
    }

    pub(crate) async fn start_again(&mut self) {
        self.program = run(self.directory.path(), self.port).await;
    }
}

async fn run(directory: &Path, port: u16) -> Program {
    let mut command = as_server_account(&installed("postgres"));
    command
        .arg("-D")
        .arg(directory)
        .arg("-k")
        .arg(directory)
        .args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    // Nothing is kept over a crash of the machine, and nothing tidies up behind hundreds of short-lived databases.
    for setting in [
        "fsync=off",
        "full_page_writes=off",
        "synchronous_commit=off",
        "autovacuum=off",
        "checkpoint_timeout=1d",
        "max_wal_size=16GB",
        "max_connections=400",
    ] {
        command.args(["-c", setting]);
    }
    let program = Program::start_kept("postgres", directory, &command);
    program.logs(|line| line.contains("ready to accept connections")).await;
    program
}

/// PostgreSQL refuses to run as root; then its own account does.
fn as_server_account(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"])
        .arg(program);
    command
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id(1)");
    output.stdout.trim_ascii() == b"0"
}

fn installed(program: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed (tests/run does it)");
    let newest = versions
        .map(|version| version.expect("a folder").path())
        .max()
        .expect("a version of PostgreSQL");
    newest.join("bin").join(program)
}

fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn each_test_has_a_database_of_its_own() {
        let cluster = Postgres::shared().await;
        let (one, other) = (cluster.new_database(), cluster.new_database());
        assert_ne!(one, other);
        let name = one.rsplit('/').next().expect("a name");
        assert_eq!(
            cluster.query(name, "CREATE TABLE door (); SELECT count(*) FROM door"),
            "CREATE TABLE\n0"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_cluster_can_be_taken_away_and_given_back() {
        let mut cluster = Postgres::start().await;
        let directory = cluster.directory.path().to_owned();
        cluster.stop().await;
        std::net::TcpStream::connect(("127.0.0.1", cluster.port)).expect_err("nobody listens");
        cluster.start_again().await;
        assert_eq!(cluster.query("postgres", "SELECT 1"), "1");
        drop(cluster);
        assert!(!directory.exists());
    }
}
