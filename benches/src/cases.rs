//! What is measured: every case with its proxy, and the servers that stand behind them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::Outcome;
use crate::login::{Person, log_in};
use crate::server::{Cores, Server, free_ports, on_cores};

/// A proxy under load. The first case is the one that all others are compared with.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) server: Server,
    /// The `Cookie` header of every request.
    pub(crate) cookie: String,
}

/// Everything runs until this is dropped.
pub(crate) struct Cases {
    pub(crate) all: Vec<Case>,
    _behind: [Server; 2],
    _folder: TempDir,
}

impl Cases {
    pub(crate) fn start(cores: &Cores) -> Outcome<Cases> {
        let folder = tempfile::tempdir()?;
        let stage = Stage {
            folder: folder.path(),
            cores,
            upstream: 0,
        };
        let upstream = stage.upstream()?;
        let redis = stage.redis()?;
        let stage = Stage {
            upstream: upstream.port,
            ..stage
        };

        let embedded = stage.vestibule("Vestibule, embedded store", "embedded", None)?;
        let remote = stage.vestibule("Vestibule, Redis", "redis", Some(redis.port))?;
        // The same bytes for everybody: the bare proxies forward the cookie that Vestibule reads.
        let bare = stage.bare("bare Pingora, built the same way", "vestibule", &embedded.cookie)?;
        let plain = stage.bare(
            "bare Pingora, its own buffers and keep-alive",
            "pingora",
            &embedded.cookie,
        )?;
        let all = vec![bare, embedded, remote, plain];
        Ok(Cases {
            all,
            _behind: [upstream, redis],
            _folder: folder,
        })
    }
}

/// Where servers are started.
struct Stage<'a> {
    folder: &'a Path,
    cores: &'a Cores,
    upstream: u16,
}

impl Stage<'_> {
    /// nginx with one worker and an answer of 1 KiB; one process, so that nothing of it is left when that is killed.
    fn upstream(&self) -> Outcome<Server> {
        let [port] = free_ports()?;
        let (file, folder, body) = (self.folder.join("nginx.conf"), self.folder.display(), "x".repeat(1024));
        let text = format!(
            "daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
            events {{ worker_connections 1024; }}
            http {{
                access_log off; keepalive_requests 1000000000; default_type text/plain;
                client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
                uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
                server {{ listen 127.0.0.1:{port}; location / {{ return 200 {body}; }} }}
            }}"
        );
        fs::write(&file, text)?;
        let mut command = on_cores(&self.cores.rest, Path::new("nginx"));
        command.args(["-e", "stderr", "-c"]).arg(file);
        Server::start(&mut command, port, self.folder.join("nginx.log"))
    }

    fn redis(&self) -> Outcome<Server> {
        let [port] = free_ports()?;
        let mut command = on_cores(&self.cores.rest, Path::new("redis-server"));
        command
            .current_dir(self.folder)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"]);
        Server::start(&mut command, port, self.folder.join("redis.log"))
    }

    fn bare(&self, name: &'static str, tuning: &str, cookie: &str) -> Outcome<Case> {
        let [port] = free_ports()?;
        let mut command = on_cores(&self.cores.proxy, &std::env::current_exe()?);
        command.args(["bare", "--tuning", tuning, "--listen", &format!("127.0.0.1:{port}")]);
        command.args(["--upstream", &format!("127.0.0.1:{}", self.upstream)]);
        let server = Server::start(&mut command, port, self.folder.join(format!("bare-{tuning}.log")))?;
        Ok(Case {
            name,
            server,
            cookie: cookie.to_owned(),
        })
    }

    /// `vestibule serve` with one person, who has logged in. The store is a file where there is no Redis.
    fn vestibule(&self, name: &'static str, short: &str, redis: Option<u16>) -> Outcome<Case> {
        let folder = self.folder.join(short);
        fs::create_dir(&folder)?;
        let store = redis.map_or_else(
            || format!("embedded:{}/store.db", folder.display()),
            |port| format!("redis://127.0.0.1:{port}/0"),
        );
        let [port, admin] = free_ports()?;
        let config = folder.join("vestibule.toml");
        fs::write(&config, configuration(&folder, [port, admin, self.upstream], &store))?;

        let (username, password) = ("ann", "a long walk before an early breakfast");
        run(&config, &["user", "add", username, "--password-stdin"], password)?;
        let said = run(&config, &["user", "add-totp", username], "")?;
        let totp_uri = said
            .lines()
            .find(|line| line.starts_with("otpauth://"))
            .ok_or("no otpauth URI")?
            .to_owned();

        let mut command = on_cores(&self.cores.proxy, &vestibule()?);
        command.args(["serve", "--config"]).arg(&config);
        let server = Server::start(&mut command, port, folder.join("log"))?;
        let cookie = log_in(
            port,
            &Person {
                username,
                password,
                totp_uri,
            },
        )?;
        Ok(Case { name, server, cookie })
    }
}

fn configuration(folder: &Path, [port, admin, upstream]: [u16; 3], store: &str) -> String {
    let folder = folder.display();
    format!(
        r#"
[listen]
http = "127.0.0.1:{port}"
admin = "127.0.0.1:{admin}"
[limits]
requests_per_second = 1000000
session_requests_per_second = 1000000
[portal]
url = "http://127.0.0.1:{port}"
shared_origin = "accepted"
[store]
url = "{store}"
[directory]
url = "sqlite:{folder}/directory.db"
[keys]
directory = "{folder}/keys"
[second_factor]
methods = ["totp"]
[[application]]
name = "Upstream"
url = "http://127.0.0.1:{port}"
upstream = ["http://127.0.0.1:{upstream}"]
[[application.rule]]
path = "/"
require = "two_factor"
"#
    )
}

/// Runs a command of `vestibule` with one line on its stdin; what it printed.
fn run(config: &Path, words: &[&str], line: &str) -> Outcome<String> {
    let mut command = Command::new(vestibule()?);
    command.args(words).arg("--config").arg(config);
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = process.stdin.take() {
        // A command that reads nothing may have ended.
        let _ = writeln!(stdin, "{line}");
    }
    let output = process.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("vestibule {words:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The program, which is built into the same folder as this one.
fn vestibule() -> Outcome<PathBuf> {
    let built = std::env::current_exe()?.with_file_name("vestibule");
    if built.exists() {
        Ok(built)
    } else {
        Err(format!("{} is not built: start benches/run", built.display()).into())
    }
}
