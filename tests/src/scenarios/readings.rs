//! Four real servers, each with its own way of reading a path: no spelling of a protected path reaches it on any of them.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::harness::patience::eventually;
use crate::harness::ports::free_port;
use crate::harness::program::Program;
use crate::harness::settings::Plan;
use crate::harness::wire::exchange;
use crate::harness::world::World;

const RULES: &str = r#"
[[application.rule]]
path = "/secret"
require = "two_factor"
[[application.rule]]
path = "/"
require = "nothing"
"#;

/// Ways to say `/secret`, for one server or another.
const SPELLINGS: &[&str] = &[
    "/secret",
    "/secret/",
    "/secret/page",
    "//secret",
    "///secret",
    "/./secret",
    "/x/../secret",
    "/x/%2e%2e/secret",
    "/x/%2E./secret",
    "/x/.%2e/secret",
    "/x/..%2fsecret",
    "/x/%2e%2e%2fsecret",
    "/%73ecret",
    "/%2573ecret",
    "/secre%74",
    "/%2fsecret",
    "/%2f%2fsecret",
    "/x/%252e%252e/secret",
    "/secret;a=b",
    "/x;/../secret",
    "/x/..;/secret",
    "/x/..;a=b/secret",
    "/;/secret",
    "/x\\..\\secret",
    "/x/..\\secret",
    "\\secret",
    "/\\secret",
    "/%5csecret",
    "/x/%5c../secret",
    "/SECRET",
    "/Secret/",
    "//public/secret",
    "///public/secret",
    "/\\public/secret",
    "//a@b:80/secret",
    "/secret.",
    "/secret%20",
    "/secret%2e",
    "/secret%3fx",
    "/secret%23x",
    "/secret?x",
    "/x/./../secret/.",
    "/x/y/../../secret",
    "/.//secret",
    "/x//../secret",
    "/x/../../secret",
    "/../secret",
    "/%2e/secret",
    "/%2e%2e/secret",
    "/secret/../secret",
    "/open/../secret/page",
    "/%u0073ecret",
];

struct Servers {
    nginx: u16,
    apache: u16,
    python: u16,
    node: u16,
    _running: Vec<Program>,
    _folder: TempDir,
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_of_a_protected_path_reaches_it_on_any_server() {
    let servers = Servers::start().await;
    let ports = [
        ("app.localhost", servers.nginx),
        ("apache.localhost", servers.apache),
        ("python.localhost", servers.python),
        ("node.localhost", servers.node),
    ];
    let plan = ports[1..].iter().fold(
        Plan::new().upstream(&url(servers.nginx)).rules(RULES),
        |plan, (host, port)| plan.beside(host, &url(*port), RULES),
    );
    let world = World::serve(plan).await;
    for (host, port) in ports {
        let host = format!("{host}:{}", world.port());
        let (_, open) = ask(world.port(), &host, "/open").await.expect("an answer");
        assert_eq!(open, "open", "{host}");
        let mut reached = 0;
        for spelling in SPELLINGS {
            let straight = ask(port, &host, spelling).await;
            reached += usize::from(straight.is_some_and(|(status, body)| status == 200 && body.contains("SECRET")));
            if let Some((status, body)) = ask(world.port(), &host, spelling).await {
                assert!(!body.contains("SECRET"), "{spelling} at {host}: {status}");
            }
        }
        assert!(
            reached > 8,
            "{host} reads no more than {reached} of these as what is protected"
        );
    }
}

/// The status and the body of an answer to a stranger.
async fn ask(port: u16, host: &str, target: &str) -> Option<(u16, String)> {
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    let (head, body) = exchange(port, request).await?;
    Some((head.status(), body.text().trim().to_owned()))
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

impl Servers {
    async fn start() -> Servers {
        let folder = tempfile::tempdir().expect("a folder for the servers");
        open_to_all(folder.path());
        let [nginx, apache, python, node] = [(); 4].map(|()| free_port());
        let running = vec![
            start_nginx(folder.path(), nginx),
            start_apache(folder.path(), apache),
            start_python(folder.path(), python),
            start_node(folder.path(), node),
        ];
        for port in [nginx, apache, python, node] {
            eventually("a server to listen", async || {
                TcpStream::connect(("127.0.0.1", port)).await.ok()
            })
            .await;
        }
        Servers {
            nginx,
            apache,
            python,
            node,
            _running: running,
            _folder: folder,
        }
    }
}

/// Apache leaves root behind.
fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("a folder of ours");
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
    std::fs::write(path, text).expect("a writable folder");
}

fn start_nginx(folder: &Path, port: u16) -> Program {
    let text = format!(
        r#"
daemon off; master_process off; pid nginx.pid; error_log stderr; events {{}}
http {{
    access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port};
        location ~* ^/secret(/|$) {{ return 200 "SECRET"; }}
        location / {{ return 200 "open"; }}
    }}
}}
"#
    );
    write(folder, "nginx/nginx.conf", &text);
    let mut command = Command::new("nginx");
    command
        .args(["-e", "stderr", "-c", "nginx.conf", "-p"])
        .arg(folder.join("nginx"));
    Program::start("nginx", &mut command)
}

fn start_apache(folder: &Path, port: u16) -> Program {
    let root = folder.join("apache");
    for (name, text) in [("hidden", "SECRET"), ("open", "open")] {
        write(&root, &format!("files/{name}"), text);
    }
    let modules = "/usr/lib/apache2/modules";
    let text = format!(
        r#"
ServerRoot "{root}"
ServerName localhost
Listen 127.0.0.1:{port}
PidFile apache.pid
ErrorLog /dev/stderr
User www-data
Group www-data
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule alias_module {modules}/mod_alias.so
DocumentRoot "{root}/files"
AllowEncodedSlashes On
AliasMatch "(?i)^/secret(/.*)?$" "{root}/files/hidden"
<Directory "{root}/files">
    Require all granted
</Directory>
"#,
        root = root.display()
    );
    write(&root, "apache.conf", &text);
    let mut command = Command::new("apache2");
    command.args(["-D", "FOREGROUND", "-f"]).arg(root.join("apache.conf"));
    // Its workers would outlive it.
    Program::start_kept("apache2", &root, &command)
}

/// An application that brings a path into its normal form and does not care for letter case.
fn start_python(folder: &Path, port: u16) -> Program {
    let text = r#"
import posixpath
def application(environ, start):
    path = posixpath.normpath("/" + environ["PATH_INFO"].lstrip("/"))
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"SECRET" if path.split("/")[1].lower() == "secret" else b"open"]
"#;
    write(folder, "python/gate.py", text);
    let mut command = Command::new("gunicorn");
    command
        .arg(format!("--bind=127.0.0.1:{port}"))
        .arg("--chdir")
        .arg(folder.join("python"));
    command.arg("gate:application").env_remove("PYTHONPATH");
    Program::start("gunicorn", &mut command)
}

/// An application that reads the path as browsers read addresses.
fn start_node(folder: &Path, port: u16) -> Program {
    let text = r#"
require("http").createServer((request, response) => {
  let path = "/";
  try { path = decodeURIComponent(new URL(request.url, "http://localhost").pathname); } catch { response.statusCode = 400; }
  response.end(/^\/+secret(\/|$)/i.test(path) ? "SECRET" : "open");
}).listen(Number(process.argv[2]), "127.0.0.1");
"#;
    write(folder, "node/server.js", text);
    let mut command = Command::new("node");
    command.arg(folder.join("node/server.js")).arg(port.to_string());
    Program::start("node", &mut command)
}
