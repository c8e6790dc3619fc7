//! Redis as operators run it: behind Sentinels, as a cluster, or in TLS with a user who may do little.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::certificates::Certificate;
use super::patience::eventually;
use super::ports::free_port;
use super::program::Program;

/// What `config/cluster.toml` says of the user: every right that is needed, none that is not.
pub(crate) const LEAST: &str =
    "+@connection +get +set +getdel +getrange +incr +pexpire +time +evalsha +script|load +config|get";
/// The password of all these servers.
pub(crate) const PASSWORD: &str = "a-password-of-Redis";

/// One server of a group.
struct Node {
    port: u16,
    program: Program,
}

/// A master, its replica, and a Sentinel that judges quickly.
pub(crate) struct Sentinels {
    sentinel: Node,
    master: Node,
    replica: Node,
    _folder: TempDir,
}

impl Sentinels {
    pub(crate) async fn start() -> Sentinels {
        let folder = tempfile::tempdir().expect("a folder for Redis");
        let master = node(folder.path(), "master", &[]).await;
        let of = format!("127.0.0.1 {}", master.port);
        let replica = node(folder.path(), "replica", &["--replicaof", &of]).await;
        eventually("the replica to follow", async || {
            let told = ask(replica.port, &["INFO", "replication"]);
            told.contains("master_link_status:up").then_some(())
        })
        .await;
        let port = free_port();
        let file = folder.path().join("sentinel.conf");
        let text = format!(
            "port {port}\nbind 127.0.0.1\nsentinel monitor people 127.0.0.1 {} 1\n\
             sentinel auth-pass people {}\nsentinel down-after-milliseconds people 500\n\
             sentinel failover-timeout people 3000\n",
            master.port, PASSWORD,
        );
        std::fs::write(&file, text).expect("a writable folder");
        let mut command = Command::new("redis-server");
        command.current_dir(folder.path()).arg(&file).arg("--sentinel");
        let program = Program::start("sentinel", &mut command);
        program.prints(|line| line.contains("+monitor")).await;
        let sentinel = Node { port, program };
        eventually("the Sentinel to know the replica", async || {
            let told = ask(sentinel.port, &["SENTINEL", "replicas", "people"]);
            told.contains(&replica.port.to_string()).then_some(())
        })
        .await;
        Sentinels {
            sentinel,
            master,
            replica,
            _folder: folder,
        }
    }

    /// The first Sentinel named is not there.
    pub(crate) fn url(&self) -> String {
        let (nobody, sentinel) = (free_port(), self.sentinel.port);
        format!(
            "redis+sentinel://vestibule:{PASSWORD}@127.0.0.1:{nobody}/people?node=127.0.0.1:{sentinel}&sentinel_auth=none"
        )
    }

    pub(crate) fn flush(&self) {
        assert_eq!(ask(self.master.port, &["FLUSHALL"]), "OK");
    }

    /// The master dies; returns once the replica is the master.
    pub(crate) async fn fail_over(&mut self) {
        self.master.program.kill().await;
        self.promoted().await;
    }

    /// The master hangs, with its connections; returns once the replica is the master.
    pub(crate) async fn freeze_master(&self) {
        self.master.program.freeze().await;
        self.promoted().await;
    }

    async fn promoted(&self) {
        eventually("the replica to be the master", async || {
            ask(self.replica.port, &["ROLE"]).starts_with("master").then_some(())
        })
        .await;
    }
}

/// Three masters.
pub(crate) struct Cluster {
    nodes: Vec<Node>,
    _folder: TempDir,
}

impl Cluster {
    pub(crate) async fn start() -> Cluster {
        let folder = tempfile::tempdir().expect("a folder for Redis");
        let mut nodes = Vec::new();
        for number in 0..3 {
            // A node speaks to others on the port 10,000 above its own.
            let bus = free_port().to_string();
            let more = [
                "--cluster-enabled",
                "yes",
                "--cluster-port",
                &bus,
                "--cluster-node-timeout",
                "2000",
            ];
            nodes.push(node(folder.path(), &format!("node-{number}"), &more).await);
        }
        let addresses = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port));
        let mut command = cli(None);
        command.args(["--cluster", "create"]).args(addresses);
        let made = command.args(["--cluster-yes"]).output().expect("redis-cli");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        for node in &nodes {
            eventually("the cluster to be whole", async || {
                ask(node.port, &["CLUSTER", "INFO"])
                    .contains("cluster_state:ok")
                    .then_some(())
            })
            .await;
        }
        Cluster { nodes, _folder: folder }
    }

    /// One node of it; the first one named is not there.
    pub(crate) fn url(&self) -> String {
        let last = self.nodes.last().expect("a node").port;
        format!(
            "redis+cluster://vestibule:{PASSWORD}@127.0.0.1:{}?node=127.0.0.1:{last}",
            free_port()
        )
    }

    pub(crate) fn flush(&self) {
        for node in &self.nodes {
            assert_eq!(ask(node.port, &["FLUSHALL"]), "OK");
        }
    }

    /// How many records each node has.
    pub(crate) fn sizes(&self) -> Vec<u32> {
        let sizes = self.nodes.iter().map(|node| ask(node.port, &["DBSIZE"]));
        sizes.map(|size| size.parse().expect("a number")).collect()
    }

    /// Whether a node may drop records.
    pub(crate) fn let_one_evict(&self) {
        let last = self.nodes.last().expect("a node");
        assert_eq!(
            ask(last.port, &["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]),
            "OK"
        );
    }
}

/// A server that speaks TLS alone, to a user who may do no more than is needed.
pub(crate) struct Guarded {
    port: u16,
    _program: Program,
    _folder: TempDir,
}

impl Guarded {
    pub(crate) async fn start(certificate: &Certificate, rights: &str) -> Guarded {
        let (folder, port) = (tempfile::tempdir().expect("a folder for Redis"), free_port());
        let file = folder.path().join("redis.conf");
        let text = format!(
            "port 0\ntls-port {port}\nbind 127.0.0.1\nsave \"\"\ntls-auth-clients no\n\
             tls-cert-file {}\ntls-key-file {}\nuser default off\nuser vestibule on >{} ~vestibule:* {rights}\n",
            certificate.file.display(),
            certificate.key.display(),
            PASSWORD,
        );
        std::fs::write(&file, text).expect("a writable folder");
        let mut command = Command::new("redis-server");
        command.current_dir(folder.path()).arg(&file);
        let program = Program::start("redis-server", &mut command);
        program
            .prints(|line| line.contains("Ready to accept connections"))
            .await;
        Guarded {
            port,
            _program: program,
            _folder: folder,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("rediss://vestibule:{}@localhost:{}", PASSWORD, self.port)
    }
}

async fn node(folder: &Path, name: &str, more: &[&str]) -> Node {
    let (folder, port) = (folder.join(name), free_port());
    std::fs::create_dir(&folder).expect("a folder for a node");
    let mut command = Command::new("redis-server");
    command
        .current_dir(&folder)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    command.args(["--requirepass", PASSWORD, "--masterauth", PASSWORD]);
    let who = ["--user", "vestibule", "on", &format!(">{PASSWORD}"), "~vestibule:*"];
    command
        .args(who)
        .args(LEAST.split(' '))
        .args(["+role", "+cluster|slots"]);
    command.args(["--repl-diskless-sync-delay", "0"]).args(more);
    let program = Program::start(name, &mut command);
    program
        .prints(|line| line.contains("Ready to accept connections"))
        .await;
    Node { port, program }
}

fn cli(port: Option<u16>) -> Command {
    let mut command = Command::new("redis-cli");
    command.args(["--no-auth-warning", "-a", PASSWORD]);
    if let Some(port) = port {
        command.args(["-p", &port.to_string()]);
    }
    command
}

fn ask(port: u16, words: &[&str]) -> String {
    let output = cli(Some(port)).args(words).output().expect("redis-cli");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
