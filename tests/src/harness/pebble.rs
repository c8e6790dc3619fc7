//! A real authority of certificates (Let's Encrypt's Pebble), and a name server that sends it here for every name.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::certificates::Authority;
use super::patience::eventually;
use super::ports::free_port;
use super::program::Program;
use super::visitor::install_crypto;

pub(crate) struct Pebble {
    authority: Authority,
    directory: TempDir,
    port: u16,
    operators: u16,
    names: u16,
    running: Option<(Program, Program)>,
}

impl Pebble {
    /// It has its place, and does not run yet.
    pub(crate) fn new() -> Pebble {
        Pebble {
            authority: Authority::new(),
            directory: tempfile::tempdir().expect("a directory for Pebble"),
            port: free_port(),
            operators: free_port(),
            names: free_port(),
            running: None,
        }
    }

    /// Where it is asked, as the configuration has it.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}/dir", self.port)
    }

    /// Whoever certifies its own server.
    pub(crate) fn certified_by(&self) -> PathBuf {
        self.authority.file()
    }

    /// Starts it anew, without any memory: it asks hosts at `http_port`, and what it issues lives for so many seconds.
    pub(crate) async fn start(&mut self, http_port: u16, life: u32, environment: &[(&str, &str)]) {
        self.stop().await;
        let own = self.authority.certify("localhost");
        let config = json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{}", self.port),
            "managementListenAddress": format!("127.0.0.1:{}", self.operators),
            "certificate": own.file,
            "privateKey": own.key,
            "httpPort": http_port,
            "tlsPort": 1,
            "certificateValidityPeriod": life,
        }});
        let file = self.directory.path().join("pebble.json");
        std::fs::write(&file, config.to_string()).expect("a writable directory");
        let names_at = format!("127.0.0.1:{}", self.names);
        let mut names = Command::new("pebble-challtestsrv");
        names.args(["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""]);
        names.args([
            "-dns01",
            &names_at,
            "-management",
            &format!("127.0.0.1:{}", free_port()),
        ]);
        let names = Program::start("pebble-challtestsrv", &mut names);
        let mut pebble = Command::new("pebble");
        pebble.arg("-config").arg(&file).args(["-dnsserver", &names_at]);
        pebble.env("PEBBLE_VA_NOSLEEP", "1").envs(environment.iter().copied());
        let pebble = Program::start("pebble", &mut pebble);
        for port in [self.port, self.operators, self.names] {
            eventually("Pebble to listen", async || {
                TcpStream::connect(("127.0.0.1", port)).await.ok()
            })
            .await;
        }
        self.running = Some((pebble, names));
    }

    /// Ends it without a warning.
    pub(crate) async fn stop(&mut self) {
        if let Some((mut pebble, mut names)) = self.running.take() {
            pebble.kill().await;
            names.kill().await;
        }
    }

    /// How often it has logged these words since its start.
    pub(crate) fn has_said(&self, words: &str) -> usize {
        let (pebble, _) = self.running.as_ref().expect("a running Pebble");
        pebble.output().join("\n").matches(words).count() + pebble.log().matches(words).count()
    }

    /// What whoever trusts it trusts.
    pub(crate) async fn root(&self) -> reqwest::Certificate {
        install_crypto();
        let client = reqwest::Client::builder()
            .no_proxy()
            .add_root_certificate(self.authority.root());
        let url = format!("https://localhost:{}/roots/0", self.operators);
        let answer = client
            .build()
            .expect("a client")
            .get(url)
            .send()
            .await
            .expect("an answer");
        reqwest::Certificate::from_pem(&answer.bytes().await.expect("a body")).expect("a certificate")
    }
}
