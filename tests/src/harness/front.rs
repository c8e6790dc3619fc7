//! A real server in front that asks the gateway about each request, by the very file of `config/fronts` that an operator
//! starts from: only names, addresses and certificates are put in.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::Client;
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::certificates::{Authority, Certificate};
use super::patience::eventually;
use super::program::Program;
use super::visitor::install_crypto;

/// The secret that stands in the files.
pub(crate) const SECRET: &str = "put-the-secret-here-22-or-more";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
    HaProxy,
    Envoy,
    Traefik,
}

/// What the files name.
pub(crate) struct Around<'a> {
    /// Where browsers connect, in TLS.
    pub(crate) port: u16,
    pub(crate) vestibule: u16,
    pub(crate) upstream: u16,
    pub(crate) certificate: &'a Certificate,
}

pub(crate) struct Front {
    pub(crate) kind: Kind,
    port: u16,
    files: Vec<(PathBuf, String)>,
    folder: TempDir,
    program: Program,
}

/// What an operator puts in: what the files say, and what is said instead. Each stands there.
type Words = Vec<(&'static str, String)>;

impl Kind {
    /// The files, the one that is started first.
    pub(crate) fn files(self) -> &'static [&'static str] {
        match self {
            Kind::Nginx => &["nginx.conf", "nginx-strip.conf"],
            Kind::Caddy => &["Caddyfile"],
            Kind::HaProxy => &["haproxy.cfg", "haproxy.lua"],
            Kind::Envoy => &["envoy.yaml"],
            Kind::Traefik => &["traefik-dynamic.yaml"],
        }
    }

    fn words(self, around: &Around<'_>) -> Words {
        let Around {
            port,
            vestibule,
            upstream,
            certificate,
        } = around;
        let (file, key) = (certificate.file.display(), certificate.key.display());
        let local = |port: &u16| format!("127.0.0.1:{port}");
        let servers = vec![("127.0.0.1:8080", local(vestibule)), ("10.0.0.5:8080", local(upstream))];
        let shown = vec![
            ("/etc/vestibule/front.pem", file.to_string()),
            ("/etc/vestibule/front.key", key.to_string()),
        ];
        let own = match self {
            Kind::Nginx => vec![
                ("listen 443", format!("listen {}", local(port))),
                ("server_name app.example.com", "server_name app.localhost".to_owned()),
                (
                    "server_name login.example.com",
                    "server_name login.localhost".to_owned(),
                ),
                ("app.example.com", format!("app.localhost:{port}")),
                ("login.example.com", format!("login.localhost:{port}")),
            ],
            Kind::Caddy => vec![
                ("\napp.example.com {", format!("\nhttps://app.localhost:{port} {{")),
                ("\nlogin.example.com {", format!("\nhttps://login.localhost:{port} {{")),
            ],
            Kind::Traefik => vec![
                ("app.example.com", "app.localhost".to_owned()),
                ("login.example.com", "login.localhost".to_owned()),
            ],
            Kind::Envoy => {
                let socket = |address: &str, port: &u16| format!("address: {address}, port_value: {port}");
                return [
                    shown,
                    vec![
                        ("http://127.0.0.1:8080", format!("http://{}", local(vestibule))),
                        ("address: 127.0.0.1, port_value: 8080", socket("127.0.0.1", vestibule)),
                        ("address: 10.0.0.5, port_value: 8080", socket("127.0.0.1", upstream)),
                        ("address: 0.0.0.0, port_value: 443", socket("127.0.0.1", port)),
                        ("app.example.com", "app.localhost".to_owned()),
                        ("login.example.com", "login.localhost".to_owned()),
                    ],
                ]
                .concat();
            }
            Kind::HaProxy => {
                let both = certificate.file.with_extension("both");
                let texts =
                    [&certificate.file, &certificate.key].map(|path| std::fs::read(path).expect("a file of ours"));
                std::fs::write(&both, texts.concat()).expect("a writable folder");
                return [
                    servers,
                    vec![
                        ("bind :443", format!("bind {}", local(port))),
                        ("app.example.com", "app.localhost".to_owned()),
                        ("login.example.com", "login.localhost".to_owned()),
                        ("/etc/vestibule/front-with-key.pem", both.display().to_string()),
                    ],
                ]
                .concat();
            }
        };
        [servers, shown, own].concat()
    }

    fn command(self, folder: &Path, port: u16) -> Command {
        match self {
            Kind::Nginx => {
                let main = "daemon off; master_process off; pid nginx.pid; error_log stderr; events {}
                    http {
                        access_log off; proxy_headers_hash_bucket_size 128;
                        client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                        uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                        include nginx.conf;
                    }";
                std::fs::write(folder.join("main.conf"), main).expect("a writable folder");
                let mut command = Command::new("nginx");
                command.args(["-e", "stderr", "-c", "main.conf", "-p"]).arg(folder);
                command
            }
            Kind::Caddy => {
                let main = "{\n admin off\n auto_https off\n default_bind 127.0.0.1\n}\nimport Caddyfile\n";
                std::fs::write(folder.join("main"), main).expect("a writable folder");
                let mut command = Command::new("caddy");
                command.args(["run", "--adapter", "caddyfile", "--config", "main"]);
                command.env("HOME", folder).current_dir(folder);
                command
            }
            Kind::Envoy => {
                let envoy = Path::new(env!("CARGO_MANIFEST_DIR")).join("envoy/venv/bin/envoy");
                let mut command = Command::new(envoy);
                command.args([
                    "-c",
                    "envoy.yaml",
                    "--disable-hot-restart",
                    "--concurrency",
                    "1",
                    "-l",
                    "warn",
                ]);
                command.current_dir(folder);
                command
            }
            Kind::Traefik => {
                let traefik = Path::new(env!("CARGO_MANIFEST_DIR")).join("traefik/bin/traefik");
                let mut command = Command::new(traefik);
                command.args([
                    "--global.checkNewVersion=false",
                    "--global.sendAnonymousUsage=false",
                    "--providers.file.filename=traefik-dynamic.yaml",
                    &format!("--entryPoints.web.address=127.0.0.1:{port}"),
                ]);
                command.current_dir(folder);
                command
            }
            Kind::HaProxy => {
                let mut command = Command::new("haproxy");
                command.args(["-db", "-f", "haproxy.cfg"]).current_dir(folder);
                command
            }
        }
    }
}

impl Front {
    pub(crate) async fn start(kind: Kind, around: &Around<'_>) -> Front {
        let folder = tempfile::tempdir().expect("a folder for a front");
        let words = kind.words(around);
        let texts: Vec<String> = kind.files().iter().map(|file| shipped(file)).collect();
        for (from, _) in &words {
            assert!(texts.iter().any(|text| text.contains(from)), "no file names {from}");
        }
        let put_in = |text: &String| {
            words
                .iter()
                .fold(text.clone(), |text, (from, to)| text.replace(from, to))
        };
        let files = kind.files().iter().zip(&texts);
        let files: Vec<_> = files
            .map(|(file, text)| (folder.path().join(file), put_in(text)))
            .collect();
        for (path, text) in &files {
            std::fs::write(path, text).expect("a writable folder");
        }
        let program = run(kind, folder.path(), around.port).await;
        Front {
            kind,
            port: around.port,
            files,
            folder,
            program,
        }
    }

    /// Lines that take something away from what a client says: the number of their file, and their own.
    pub(crate) fn strip_lines(&self) -> Vec<(usize, usize, String)> {
        let numbered = |(file, (_, text)): (usize, &(PathBuf, String))| {
            let lines = text.lines().enumerate();
            let strips = lines.filter(|(_, line)| line.contains("# strip"));
            strips
                .map(|(number, line)| (file, number, line.to_owned()))
                .collect::<Vec<_>>()
        };
        self.files.iter().enumerate().flat_map(numbered).collect()
    }

    /// Starts it again without this line.
    pub(crate) async fn without(&mut self, (file, number): (usize, usize)) {
        let (path, text) = self.files[file].clone();
        let lines = text.lines().enumerate().filter(|(line, _)| *line != number);
        let rest: String = lines.map(|(_, line)| format!("{line}\n")).collect();
        std::fs::write(&path, rest).expect("a writable folder");
        self.start_again().await;
        std::fs::write(path, text).expect("a writable folder");
    }

    pub(crate) async fn start_again(&mut self) {
        self.program.kill().await;
        self.program = run(self.kind, self.folder.path(), self.port).await;
    }
}

/// A certificate for all hosts.
pub(crate) fn certificate(authority: &Authority) -> Certificate {
    authority.certify_all(&["app.localhost", "login.localhost"])
}

/// A file of `config/fronts`, as it is shipped.
pub(crate) fn shipped(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/fronts");
    std::fs::read_to_string(folder.join(file)).expect("a file of config/fronts")
}

async fn run(kind: Kind, folder: &Path, port: u16) -> Program {
    let program = Program::start(&format!("{kind:?}"), &mut kind.command(folder, port));
    eventually("a front that listens", async || {
        TcpStream::connect(("127.0.0.1", port)).await.ok()
    })
    .await;
    if kind == Kind::Traefik {
        knows_its_applications(port).await;
    }
    program
}

/// Traefik listens before it has read its file: it hangs up first, then knows no page, of nobody.
async fn knows_its_applications(port: u16) {
    install_crypto();
    let anybody = Client::builder()
        .no_proxy()
        .danger_accept_invalid_certs(true)
        .resolve("app.localhost", (Ipv4Addr::LOCALHOST, 0).into());
    let anybody = anybody.build().expect("an HTTP client");
    eventually("a front that knows its applications", async || {
        let asked = anybody.get(format!("https://app.localhost:{port}/")).send().await;
        asked.ok().filter(|answer| answer.status() != 404)
    })
    .await;
}
