//! What every row stands on: cores, a folder, the upstream, Redis, and a house of Vestibule's in which somebody has
//! logged in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::Outcome;
use crate::house::House;
use crate::server::{Cores, Server, free_ports, on_cores};

/// Everything runs until this is dropped.
pub(crate) struct Stage {
    pub(crate) cores: Cores,
    /// How long each measurement takes.
    pub(crate) seconds: u32,
    pub(crate) upstream: Server,
    pub(crate) redis: Server,
    pub(crate) house: House,
    folder: TempDir,
}

/// The paths of the upstream's larger answers, and how long those are.
pub(crate) const LARGER: [(&str, usize); 2] = [("/10-KiB", 10 << 10), ("/1-MiB", 1 << 20)];

impl Stage {
    pub(crate) fn set(cores: Cores, seconds: u32) -> Outcome<Stage> {
        let folder = tempfile::tempdir()?;
        let upstream = upstream(folder.path(), &cores)?;
        let redis = redis(folder.path(), &cores)?;
        let house = House::build(&folder.path().join("house"), [upstream.port, redis.port], &cores.rest)?;
        certificate(folder.path())?;
        Ok(Stage {
            cores,
            seconds,
            upstream,
            redis,
            house,
            folder,
        })
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command on the cores of whatever stands between client and upstream.
    pub(crate) fn between(&self, program: &Path) -> Command {
        on_cores(&self.cores.proxy, program)
    }

    /// A command on the other cores.
    pub(crate) fn beside(&self, program: &Path) -> Command {
        on_cores(&self.cores.rest, program)
    }

    /// nginx between client and upstream: one process with this in its `http` section.
    pub(crate) fn nginx(&self, name: &str, servers: &str) -> Outcome<Server> {
        let [port] = free_ports()?;
        let file = self.file(&format!("{name}-nginx.conf"));
        fs::write(
            &file,
            nginx_text(self.folder.path(), &servers.replace("PORT", &port.to_string())),
        )?;
        let mut command = self.between(Path::new("nginx"));
        command.args(["-e", "stderr", "-c"]).arg(&file);
        Server::start(&mut command, port, &file.with_extension("log"))
    }
}

/// One process, so that nothing of it is left when that is killed.
fn nginx_text(folder: &Path, servers: &str) -> String {
    let folder = folder.display();
    format!(
        "daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
        worker_rlimit_nofile 65536; events {{ worker_connections 16384; }}
        http {{
            access_log off; keepalive_requests 1000000000; default_type text/plain; open_file_cache max=16;
            client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
            {servers}
        }}"
    )
}

/// nginx that answers 1 KiB by `return 200`, and larger bodies from files.
fn upstream(folder: &Path, cores: &Cores) -> Outcome<Server> {
    let [port] = free_ports()?;
    for (path, length) in LARGER {
        fs::write(folder.join(path.trim_start_matches('/')), "x".repeat(length))?;
    }
    let (file, body) = (folder.join("upstream.conf"), "x".repeat(1024));
    let server = format!(
        "server {{ listen 127.0.0.1:{port} backlog=4096; sendfile on; tcp_nopush on; root {};
            location = / {{ return 200 {body}; }} }}",
        folder.display()
    );
    fs::write(&file, nginx_text(folder, &server))?;
    let mut command = on_cores(&cores.rest, Path::new("nginx"));
    command.args(["-e", "stderr", "-c"]).arg(&file);
    Server::start(&mut command, port, &file.with_extension("log"))
}

fn redis(folder: &Path, cores: &Cores) -> Outcome<Server> {
    let [port] = free_ports()?;
    let mut command = on_cores(&cores.rest, Path::new("redis-server"));
    command
        .current_dir(folder)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
    command.args(["--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"]);
    Server::start(&mut command, port, &folder.join("redis.log"))
}

/// A certificate for 127.0.0.1, signed by itself: `tls.pem` and `tls.key`.
fn certificate(folder: &Path) -> Outcome<()> {
    let made = Command::new("openssl")
        .current_dir(folder)
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ])
        .args([
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1,DNS:localhost",
        ])
        .args(["-out", "tls.pem", "-keyout", "tls.key"])
        .output()?;
    if made.status.success() {
        Ok(())
    } else {
        Err(format!("openssl: {}", String::from_utf8_lossy(&made.stderr)).into())
    }
}
