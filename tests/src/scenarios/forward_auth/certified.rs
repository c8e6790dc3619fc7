//! Fronts that prove by a certificate that they may ask.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use reqwest::{Client, Identity};
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::RULES;
use crate::harness::certificates::{Authority, Certificate};
use crate::harness::front::{SECRET, certificate, shipped};
use crate::harness::patience::eventually;
use crate::harness::ports::free_port;
use crate::harness::program::Program;
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;
use crate::harness::world::World;

/// A gateway that asks fronts for certificates, who certifies its own, and who certifies fronts.
struct Place {
    world: World,
    servers: Authority,
    fronts: Authority,
    /// Where the configuration says that those who certify fronts are.
    trusted: TempDir,
}

impl Place {
    async fn with(more: &str) -> Place {
        let (servers, fronts) = (Authority::new(), Authority::new());
        let trusted = tempfile::tempdir().expect("a folder");
        let file = trusted.path().join("fronts.pem");
        std::fs::copy(fronts.file(), &file).expect("a writable folder");
        let plan = Plan::new().https(&certificate(&servers)).upstream("none").rules(RULES);
        let plan = plan.listen("trusted_proxies = [\"127.0.0.1\"]").secret("front", SECRET);
        let table = format!("[forward_auth]\nauthority = \"{}\"\n{more}", file.display());
        Place {
            world: World::serve(plan.more(&table)).await,
            servers,
            fronts,
            trusted,
        }
    }

    /// A client that shows this.
    fn client(&self, shown: Option<&Certificate>) -> Client {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut client = Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .resolve("login.localhost", here)
            .add_root_certificate(self.servers.root());
        if let Some(Certificate { file, key }) = shown {
            let texts = [key, file].map(|path| std::fs::read(path).expect("a file of ours"));
            client = client.identity(Identity::from_pem(&texts.concat()).expect("a certificate and its key"));
        }
        client.build().expect("an HTTP client")
    }

    /// What is said to a question about a page for everybody; nothing where the connection is refused.
    async fn asked(&self, client: &Client, more: (&str, &str)) -> Option<u16> {
        let url = self.world.portal.join("/.vestibule/authorize/nginx").expect("a URL");
        let about = self.world.page("/public/");
        let request = client
            .get(url)
            .header("X-Original-Method", "GET")
            .header("X-Original-URL", about.as_str());
        let answer = request.header(more.0, more.1).send().await;
        answer.ok().map(|answer| answer.status().as_u16())
    }
}

const NOTHING: (&str, &str) = ("Accept", "*/*");

#[tokio::test(flavor = "multi_thread")]
async fn whoever_shows_a_certificate_of_the_authority_may_ask_and_nobody_else() {
    let place = Place::with("").await;
    let front = place.client(Some(&place.fronts.certify_client("front")));
    // The second connection resumes the TLS session of the first, and shows nothing.
    for _ in 0..2 {
        assert_eq!(place.asked(&front, NOTHING).await, Some(200));
    }
    let stranger = place.client(None);
    let claims = [
        NOTHING,
        ("Vestibule-Secret", SECRET),
        ("X-SSL-Client-Verify", "SUCCESS"),
        ("X-Forwarded-Client-Cert", "Hash=00"),
    ];
    for claim in claims {
        assert_eq!(place.asked(&stranger, claim).await, Some(403), "{claim:?}");
    }
    let unknown = Authority::new();
    let others = [
        unknown.certify_client("front"),
        place.servers.certify_client("front"),
        place.fronts.certify_long_ago("front-of-last-year"),
    ];
    for other in others {
        let told = place.asked(&place.client(Some(&other)), NOTHING).await;
        assert_eq!(told, None, "{}", other.file.display());
    }
    let login = stranger
        .get(place.world.own_page("login"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(login.status(), 200, "browsers need none");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_beside_it_does_as_well() {
    let place = Place::with("secret_file = \"front\"").await;
    let front = place.client(Some(&place.fronts.certify_client("front")));
    let stranger = place.client(None);
    assert_eq!(place.asked(&front, NOTHING).await, Some(200));
    assert_eq!(place.asked(&stranger, ("Vestibule-Secret", SECRET)).await, Some(200));
    assert_eq!(
        place
            .asked(&stranger, ("Vestibule-Secret", "another-secret-22-or-more"))
            .await,
        Some(403)
    );
    assert_eq!(place.asked(&stranger, NOTHING).await, Some(403));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_authority_ends_what_the_first_has_certified() {
    let place = Place::with("").await;
    let front = place.client(Some(&place.fronts.certify_client("front")));
    assert_eq!(place.asked(&front, NOTHING).await, Some(200));
    let next = Authority::new();
    std::fs::copy(next.file(), place.trusted.path().join("fronts.pem")).expect("a writable folder");
    let successor = place.client(Some(&next.certify_client("front")));
    eventually("the new authority", async || {
        (place.asked(&successor, NOTHING).await == Some(200)).then_some(())
    })
    .await;
    assert_eq!(
        place.asked(&front, NOTHING).await,
        None,
        "also where a TLS session could be resumed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_shows_one_by_the_file_that_is_shipped() {
    let (place, application) = (Place::with("").await, Upstream::start().await);
    let client = place.fronts.certify_client("nginx");
    let (folder, port) = (tempfile::tempdir().expect("a folder for nginx"), free_port());
    let mut file = shipped("nginx-certificate.conf");
    for (from, to) in [
        ("127.0.0.1:8443", format!("127.0.0.1:{}", place.world.port())),
        ("/etc/vestibule/front-client.pem", shown(&client.file)),
        ("/etc/vestibule/front-client.key", shown(&client.key)),
        ("/etc/vestibule/ca.pem", shown(&place.servers.file())),
        ("login.example.com", "login.localhost".to_owned()),
    ] {
        assert!(file.contains(from), "{from}");
        file = file.replace(from, &to);
    }
    std::fs::write(folder.path().join("nginx-certificate.conf"), file).expect("a writable folder");
    let main = format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr; events {{}}
        http {{
            access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi; scgi_temp_path scgi;
            server {{
                listen 127.0.0.1:{port};
                location / {{ auth_request /ask; proxy_pass {}; }}
                location = /ask {{
                    internal;
                    proxy_pass_request_body off;
                    proxy_set_header Content-Length \"\";
                    proxy_set_header X-Original-Method $request_method;
                    proxy_set_header X-Original-URL {}$request_uri;
                    include nginx-certificate.conf;
                }}
            }}
        }}",
        application.url(),
        place.world.application.as_str().trim_end_matches('/'),
    );
    std::fs::write(folder.path().join("main.conf"), main).expect("a writable folder");
    let mut command = Command::new("nginx");
    command
        .args(["-e", "stderr", "-c", "main.conf", "-p"])
        .arg(folder.path());
    let _nginx = Program::start("nginx", &mut command);
    eventually("nginx", async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
    let status = async |path: &str| {
        let answer = reqwest::get(format!("http://127.0.0.1:{port}{path}")).await;
        answer.expect("an answer").status().as_u16()
    };
    assert_eq!((status("/public/x").await, status("/headers").await), (200, 401));
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
