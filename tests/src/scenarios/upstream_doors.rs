//! Applications that can only be reached over the network, behind the shipped nginx that lets nobody through but us: what
//! we say arrives, and whoever goes past us hears nothing and reaches nothing.

use std::fs::Permissions;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use reqwest::{Client, Identity};

use crate::harness::certificates::{Authority, Certificate};
use crate::harness::nginx::Nginx;
use crate::harness::settings::{Plan, TWO_FACTOR_RULES};
use crate::harness::upstream::Upstream;
use crate::harness::visitor::{Visitor, install_crypto};
use crate::harness::world::World;

/// The name in the server's certificate.
const NAME: &str = "payroll.internal";
const SECRET: &str = "9wUqC0c4mT2yXb1vH7kLrD5sJ8aZ3eFg6nQp";

/// An application, the nginx on its machine, and what that shows.
struct Place {
    application: Upstream,
    servers: Authority,
    nginx: Nginx,
}

impl Place {
    async fn with(file: &str, more: (&str, &Path)) -> Place {
        let (application, servers) = (Upstream::start().await, Authority::new());
        let Certificate { file: shown, key } = servers.certify(NAME);
        let words = [
            ("127.0.0.1:8000", format!("127.0.0.1:{}", application.port())),
            ("/etc/payroll/server.pem", shown.display().to_string()),
            ("/etc/payroll/server.key", key.display().to_string()),
            (more.0, more.1.display().to_string()),
        ];
        let nginx = Nginx::shipped(file, &words).await;
        Place {
            application,
            servers,
            nginx,
        }
    }

    /// The gateway in front, with these keys of `upstream_tls` and of the application.
    fn plan(&self, tls: &str, application: &str) -> Plan {
        let authority = self.servers.file();
        let tls = format!(
            r#"upstream_tls = {{ authority = "{}", server_name = "{NAME}"{tls} }}"#,
            authority.display()
        );
        Plan::new()
            .upstream(&format!("https://127.0.0.1:{}", self.nginx.port()))
            .rules(TWO_FACTOR_RULES)
            .application(&format!("{tls}\n{application}"))
    }

    /// What somebody is told who goes past us and says to be ann.
    async fn past_us(&self, shown: Option<&Certificate>, password: Option<&str>) -> u16 {
        install_crypto();
        let mut client = Client::builder()
            .no_proxy()
            .resolve(NAME, (Ipv4Addr::LOCALHOST, 0).into())
            .add_root_certificate(self.servers.root());
        if let Some(Certificate { file, key }) = shown {
            let texts = [key, file].map(|path| std::fs::read(path).expect("a file of ours"));
            client = client.identity(Identity::from_pem(&texts.concat()).expect("a certificate and its key"));
        }
        let client = client.build().expect("an HTTP client");
        let mut request = client
            .get(format!("https://{NAME}:{}/past", self.nginx.port()))
            .header("Remote-User", "ann");
        if let Some(password) = password {
            request = request.basic_auth("vestibule", Some(password));
        }
        request.send().await.expect("an answer").status().as_u16()
    }

    fn was_reached_past_us(&self) -> bool {
        let requests = self.application.requests();
        requests.iter().any(|request| request.head.target() == "/past")
    }

    async fn tells_the_application_who_came(&self, world: &World) {
        let mut ann = Visitor::new();
        world.log_in(&mut ann, &world.ann, "/who").await.expect(200);
        let heard = self.application.request_for("/who").await.head;
        assert_eq!(heard.values("remote-user"), ["ann"]);
        assert_eq!(heard.values("vestibule-assertion").len(), 1);
        assert_eq!(heard.values("authorization"), [""; 0], "secrets end before it");
        assert_eq!(heard.value("host"), Some(world.host().as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_lets_us_through_and_nobody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let us = certified_by_itself(folder.path());
    let place = Place::with("certificate.conf", ("/etc/payroll/vestibule.pem", &us.file)).await;
    let shown = format!(
        r#", certificate = "{}", key = "{}""#,
        us.file.display(),
        us.key.display()
    );
    let world = World::serve(place.plan(&shown, "")).await;
    place.tells_the_application_who_came(&world).await;
    Visitor::new().open(&world.page("/public/")).await.expect(200);

    let (unknown, elsewhere) = (Authority::new(), tempfile::tempdir().expect("a folder"));
    let strange = [
        unknown.certify_client("vestibule"),
        certified_by_itself(elsewhere.path()),
    ];
    assert_eq!(place.past_us(None, None).await, 400);
    for shown in &strange {
        assert_eq!(place.past_us(Some(shown), None).await, 400, "{}", shown.file.display());
    }
    assert!(!place.was_reached_past_us());
}

/// As certificate.conf says to make it.
fn certified_by_itself(folder: &Path) -> Certificate {
    let (file, key) = (folder.join("vestibule.pem"), folder.join("vestibule.key"));
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    command.args(["-nodes", "-days", "365", "-subj", "/CN=vestibule"]);
    let made = command.arg("-keyout").arg(&key).arg("-out").arg(&file).output();
    assert!(made.expect("openssl").status.success());
    Certificate { file, key }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_lets_us_through_and_nobody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let known = folder.path().join("htpasswd");
    let hash = Command::new("openssl")
        .args(["passwd", "-apr1", SECRET])
        .output()
        .expect("openssl");
    let line = format!("vestibule:{}", String::from_utf8_lossy(&hash.stdout));
    std::fs::write(&known, line).expect("a writable folder");
    for (path, mode) in [(folder.path(), 0o755), (&known, 0o644)] {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("a file of ours");
    }
    let place = Place::with("secret.conf", ("/etc/payroll/vestibule.htpasswd", &known)).await;
    let basic = r#"basic = { username = "vestibule", password_file = "payroll" }"#;
    let world = World::serve(place.plan("", basic).secret("payroll", SECRET)).await;
    place.tells_the_application_who_came(&world).await;
    Visitor::new().open(&world.page("/public/")).await.expect(401);

    for password in [None, Some(""), Some("a guess")] {
        assert_eq!(place.past_us(None, password).await, 401, "{password:?}");
    }
    assert!(!place.was_reached_past_us());
}
