//! A real nginx as the server of an application, over http or TLS. It says its own words to everything, and keeps a log
//! that tells its connections apart.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tokio::net::TcpStream;

use super::certificates::{Authority, Certificate};
use super::patience::eventually;
use super::ports::free_port;
use super::program::Program;

pub(crate) struct Nginx {
    directory: TempDir,
    port: u16,
    program: Program,
}

/// A request it has answered.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) connection: u64,
    pub(crate) target: String,
}

impl Nginx {
    pub(crate) async fn saying(words: &str) -> Nginx {
        Nginx::start(words, "", "").await
    }

    /// Over TLS, showing this certificate.
    pub(crate) async fn saying_over_tls(words: &str, certificate: &Certificate) -> Nginx {
        let Certificate { file, key } = certificate;
        let shown = format!(
            "ssl_certificate {}; ssl_certificate_key {};",
            file.display(),
            key.display()
        );
        Nginx::start(words, "ssl", &shown).await
    }

    /// Over TLS, to whoever shows a certificate of this authority; the words may have `$ssl_client_s_dn` in them.
    pub(crate) async fn saying_to_known(words: &str, certificate: &Certificate, authority: &Authority) -> Nginx {
        let Certificate { file, key } = certificate;
        let shown = format!(
            "ssl_certificate {}; ssl_certificate_key {}; ssl_verify_client on; ssl_client_certificate {};",
            file.display(),
            key.display(),
            authority.file().display()
        );
        Nginx::start(words, "ssl", &shown).await
    }

    /// By a file of `config/upstreams/nginx` as it is shipped, with these words put in beside its own address.
    pub(crate) async fn shipped(file: &str, words: &[(&str, String)]) -> Nginx {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/upstreams/nginx");
        let text = std::fs::read_to_string(folder.join(file)).expect("a file of config/upstreams/nginx");
        Nginx::serving(|port| {
            let own = ("10.0.0.5:8443", format!("127.0.0.1:{port}"));
            words.iter().chain([&own]).fold(text, |text, (from, to)| {
                assert!(text.contains(from), "{file} does not name {from}");
                text.replace(from, to)
            })
        })
        .await
    }

    async fn start(words: &str, protocol: &str, more: &str) -> Nginx {
        Nginx::serving(|port| {
            format!("server {{ listen 127.0.0.1:{port} {protocol}; {more} return 200 \"{words}\"; }}")
        })
        .await
    }

    /// With what this says of its port.
    async fn serving(servers: impl FnOnce(u16) -> String) -> Nginx {
        let directory = tempfile::tempdir().expect("a directory for nginx");
        let port = free_port();
        let servers = servers(port);
        let text = format!(
            r#"
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    log_format turns "$connection $request_uri";
    access_log turns turns;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {servers}
}}
"#
        );
        std::fs::write(directory.path().join("nginx.conf"), text).expect("a writable directory");
        let program = run(directory.path(), port).await;
        Nginx {
            directory,
            port,
            program,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// All requests so far, oldest first.
    pub(crate) fn turns(&self) -> Vec<Turn> {
        let log = std::fs::read_to_string(self.directory.path().join("turns")).expect("a log");
        let turn = |line: &str| {
            let (connection, target) = line.split_once(' ').expect("two fields");
            Turn {
                connection: connection.parse().expect("a number"),
                target: target.to_owned(),
            }
        };
        log.lines().map(turn).collect()
    }

    /// Ends it the hard way, with every connection it has.
    pub(crate) async fn kill(&mut self) {
        self.program.kill().await;
    }

    pub(crate) async fn start_again(&mut self) {
        self.program = run(self.directory.path(), self.port).await;
    }
}

async fn run(directory: &Path, port: u16) -> Program {
    let mut command = Command::new("nginx");
    command.args(["-e", "stderr", "-c", "nginx.conf", "-p"]).arg(directory);
    let program = Program::start("nginx", &mut command);
    eventually("nginx to listen", async || {
        TcpStream::connect(("127.0.0.1", port)).await.ok()
    })
    .await;
    program
}
