//! Applications on servers that only a company's own authority vouches for, and that want to know who we are.

use std::path::Path;

use crate::harness::certificates::{Authority, Certificate};
use crate::harness::nginx::Nginx;
use crate::harness::patience::eventually;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

use super::tls::OPEN;

/// The name in the server's certificate.
const NAME: &str = "payroll.internal";

/// A server, who vouches for it, and who vouches for us.
struct Company {
    servers: Authority,
    clients: Authority,
    nginx: Nginx,
}

impl Company {
    async fn start() -> Company {
        let (servers, clients) = (Authority::new(), Authority::new());
        let nginx = Nginx::saying_to_known("$ssl_client_s_dn", &servers.certify(NAME), &clients).await;
        Company {
            servers,
            clients,
            nginx,
        }
    }

    fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.nginx.port())
    }

    fn plan(&self, keys: &str) -> Plan {
        Plan::new().upstream(&self.url()).rules(OPEN).application(keys)
    }
}

fn tls(authority: &Path, shown: Option<&Certificate>, name: &str) -> String {
    let shown = shown.map_or(String::new(), |Certificate { file, key }| {
        format!(r#", certificate = "{}", key = "{}""#, file.display(), key.display())
    });
    let authority = authority.display();
    format!(r#"upstream_tls = {{ authority = "{authority}", server_name = "{name}"{shown} }}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_known_by_its_own_authority_and_knows_us() {
    let company = Company::start().await;
    let us = company.clients.certify_client("us");
    let world = World::serve(company.plan(&tls(&company.servers.file(), Some(&us), NAME))).await;
    for _ in 0..3 {
        let answer = Visitor::new().open(&world.page("/seen")).await.expect(200);
        assert_eq!(answer.body, "CN=us");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_who_it_should_be_gets_no_request() {
    let company = Company::start().await;
    let us = company.clients.certify_client("us");
    let own = company.servers.file();
    for (what, keys) in [
        ("another authority", tls(&Authority::new().file(), Some(&us), NAME)),
        ("another name", tls(&own, Some(&us), "elsewhere.internal")),
        (
            "the address",
            tls(&own, Some(&us), NAME).replace(&format!("server_name = \"{NAME}\", "), ""),
        ),
    ] {
        // Not even where the machine trusts that authority.
        let plan = company.plan(&keys).environment("SSL_CERT_FILE", &own.to_string_lossy());
        let world = World::serve(plan).await;
        let answer = Visitor::new().open(&world.page("/")).await.expect(502);
        assert!(!answer.body.contains("ertificate"), "{what}: that is for operators");
        assert!(company.nginx.turns().is_empty(), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_certificate_has_expired_gets_no_request() {
    let authority = Authority::new();
    let nginx = Nginx::saying_over_tls("reached", &authority.certify_long_ago(NAME)).await;
    let plan = Plan::new()
        .upstream(&format!("https://127.0.0.1:{}", nginx.port()))
        .rules(OPEN)
        .application(&tls(&authority.file(), None, NAME));
    let world = World::serve(plan).await;
    Visitor::new().open(&world.page("/")).await.expect(502);
    assert!(nginx.turns().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_to_know_us_refuses_us_without_a_certificate_or_with_a_strange_one() {
    let company = Company::start().await;
    let stranger = Authority::new();
    let strange = stranger.certify_client("us");
    for shown in [None, Some(&strange)] {
        let world = World::serve(company.plan(&tls(&company.servers.file(), shown, NAME))).await;
        let answer = Visitor::new().open(&world.page("/")).await.expect(400);
        assert!(!answer.body.contains("CN="), "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_application_comes_over_the_connection_of_another() {
    let company = Company::start().await;
    let [one, two] = ["one", "two"].map(|name| company.clients.certify_client(name));
    let (own, stranger) = (company.servers.file(), Authority::new());
    let beside = |keys: String| format!("{keys}\n{OPEN}");
    let plan = company
        .plan(&tls(&own, Some(&one), NAME))
        .beside("other.localhost", &company.url(), &beside(tls(&own, Some(&two), NAME)))
        .beside(
            "nowhere.localhost",
            &company.url(),
            &beside(tls(&stranger.file(), Some(&one), NAME)),
        )
        .beside("localhost", &company.url(), &beside(tls(&own, None, NAME)));
    let world = World::serve(plan).await;
    let on = |host: &str| {
        let mut url = world.page("/seen");
        url.set_host(Some(host)).expect("a host");
        url
    };
    let mut visitor = Visitor::new();
    for _ in 0..10 {
        assert_eq!(visitor.open(&world.page("/seen")).await.expect(200).body, "CN=one");
        assert_eq!(visitor.open(&on("other.localhost")).await.expect(200).body, "CN=two");
        visitor.open(&on("nowhere.localhost")).await.expect(502);
        visitor.open(&on("localhost")).await.expect(400);
    }
    let kept = |turn: &&crate::harness::nginx::Turn| turn.target == "/seen";
    let turns = company.nginx.turns();
    let connections: std::collections::BTreeSet<u64> = turns.iter().filter(kept).map(|turn| turn.connection).collect();
    assert!(connections.len() < turns.len(), "connections are kept: {turns:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_change_are_taken_over_and_wrong_ones_are_not() {
    let company = Company::start().await;
    let [us, fresh] = ["us", "fresh"].map(|name| company.clients.certify_client(name));
    let world = World::serve(company.plan(&tls(&company.servers.file(), Some(&us), NAME))).await;
    let mut visitor = Visitor::new();
    assert_eq!(visitor.open(&world.page("/seen")).await.expect(200).body, "CN=us");
    std::fs::write(&us.file, "no certificate").expect("a file of ours");
    eventually("a complaint", async || {
        let log = world.server.program.log();
        (log.contains("application[0].upstream_tls.certificate") && log.contains("stays in force")).then_some(())
    })
    .await;
    assert_eq!(visitor.open(&world.page("/seen")).await.expect(200).body, "CN=us");
    let checked = world.command(&["check"], "").await;
    assert_eq!(checked.code, Some(2));
    let said = format!("{checked:?}");
    assert!(
        said.contains("application[0].upstream_tls.certificate") && said.contains("us.pem"),
        "{said}"
    );
    std::fs::copy(&fresh.key, &us.key).expect("a file of ours");
    std::fs::copy(&fresh.file, &us.file).expect("a file of ours");
    eventually("the new certificate", async || {
        let answer = visitor.open(&world.page("/seen")).await.expect(200);
        (answer.body == "CN=fresh").then_some(())
    })
    .await;
}
