//! A new configuration and a new program while people work: no request fails, and nothing is half old and half new.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Client;
use tokio::task::JoinHandle;

use crate::harness::certificates::Authority;
use crate::harness::patience::eventually;
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;
use crate::harness::vestibule::Server;
use crate::harness::visitor::{Visitor, install_crypto};
use crate::harness::wire::exchange;
use crate::harness::world::World;

const OPEN: &str = "[[application.rule]]\npath = \"/\"\nrequire = \"nothing\"\n";
const CLOSED: &str = "[[application.rule]]\npath = \"/\"\nrequire = \"deny\"\n";
const TIMES: usize = 10;

/// Eight people who never stop ask together for at most this many pages in a second, half of one source's share: being
/// told to wait would say nothing of reloads.
const PAGES_A_SECOND: u32 = 500;
const PEOPLE: u32 = 8;

/// Requests without a break, over connections that are kept.
struct Traffic {
    ended: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    workers: Vec<JoinHandle<()>>,
}

impl Traffic {
    fn start(url: &url::Url) -> Traffic {
        install_crypto();
        let (ended, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let client = Client::builder()
            .no_proxy()
            .resolve("app.localhost", ([127, 0, 0, 1], 0).into())
            .build()
            .expect("a client");
        let worker = |_| {
            let (client, url) = (client.clone(), url.clone());
            let (ended, answered) = (Arc::clone(&ended), Arc::clone(&answered));
            tokio::spawn(async move {
                while !ended.load(Ordering::Relaxed) {
                    let answer = client.get(url.clone()).send().await.expect("an answer");
                    assert_eq!(answer.status(), 200);
                    assert_eq!(answer.text().await.expect("a whole body"), "reached");
                    answered.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_secs(1) * PEOPLE / PAGES_A_SECOND).await;
                }
            })
        };
        let workers = (0..PEOPLE).map(worker).collect();
        Traffic {
            ended,
            answered,
            workers,
        }
    }

    /// Waits for so many answers more.
    async fn goes_on(&self) {
        let before = self.answered.load(Ordering::Relaxed);
        eventually("more answers", async || {
            let all_well = self.workers.iter().all(|worker| !worker.is_finished());
            assert!(all_well, "a request failed");
            (self.answered.load(Ordering::Relaxed) > before + 100).then_some(())
        })
        .await;
    }

    async fn end(self) {
        self.ended.store(true, Ordering::Relaxed);
        for worker in self.workers {
            worker.await.expect("no failed request");
        }
        eprintln!("{} requests, none failed", self.answered.load(Ordering::Relaxed));
    }
}

/// Replaces the file as an editor does, in one step.
fn rewrite(file: &Path, text: &str) {
    let fresh = file.with_extension("fresh");
    std::fs::write(&fresh, text).expect("a writable folder");
    std::fs::rename(fresh, file).expect("a writable folder");
}

fn text(world: &World) -> String {
    std::fs::read_to_string(&world.config).expect("a configuration")
}

/// Waits until the log has said so this often.
async fn said(world: &World, words: &str, times: usize) {
    eventually(words, async || {
        (world.server.program.log().matches(words).count() >= times).then_some(())
    })
    .await;
}

const LOADED: &str = "loaded again";
const KEPT: &str = "the old configuration stays in force";

#[tokio::test(flavor = "multi_thread")]
async fn ten_reloads_cost_no_request() {
    let (one, other) = (Upstream::start().await, Upstream::start().await);
    let world = World::serve(Plan::new().upstream(&one.url()).rules(OPEN)).await;
    let first = text(&world);
    let second = first.replace(&one.url(), &other.url());
    let traffic = Traffic::start(&world.page("/"));
    traffic.goes_on().await;
    for round in 1..=TIMES {
        rewrite(&world.config, if round % 2 == 0 { &first } else { &second });
        world.server.program.signal("HUP");
        said(&world, LOADED, round).await;
        traffic.goes_on().await;
    }
    traffic.end().await;
    assert!(!one.requests().is_empty() && !other.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_taken_over_and_a_wrong_one_is_not() {
    let upstream = Upstream::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(OPEN)).await;
    let good = text(&world);
    let mut visitor = Visitor::new();
    visitor.open(&world.page("/")).await.expect(200);

    let wrong = good
        .replace("require = \"nothing\"", "require = \"everything\"")
        .replace("name = \"Sample\"", "nome = \"Sample\"");
    rewrite(&world.config, &wrong);
    said(&world, KEPT, 1).await;
    let log = world.server.program.log();
    for problem in [
        "application[0].rule[0].require",
        "application[0].nome",
        "application[0].name",
    ] {
        assert!(log.contains(problem), "{problem} in {log}");
    }
    visitor.open(&world.page("/")).await.expect(200);

    let elsewhere = good.replace(&format!("127.0.0.1:{}", world.port()), "127.0.0.1:1");
    rewrite(
        &world.config,
        &elsewhere.replace("[keys]\ndirectory = \"", "[keys]\ndirectory = \"/elsewhere"),
    );
    said(&world, KEPT, 2).await;
    let log = world.server.program.log();
    assert!(
        log.contains("listen.http: cannot change") && log.contains("keys.directory: cannot change"),
        "{log}"
    );
    visitor.open(&world.page("/")).await.expect(200);

    rewrite(
        &world.config,
        &good
            .replace(OPEN, CLOSED)
            .replace("[portal]", "[portal]\nbrand = \"Changed\""),
    );
    said(&world, LOADED, 1).await;
    let refused = visitor.open(&world.page("/")).await.expect(403);
    assert!(refused.body.contains("Changed"), "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_certificate_is_shown_and_open_connections_stay() {
    let (authority, next) = (Authority::new(), Authority::new());
    let upstream = Upstream::start().await;
    let shown = authority.certify("app.localhost");
    let world = World::serve(Plan::new().https(&shown).upstream(&upstream.url()).rules(OPEN)).await;
    install_crypto();
    let client = |authority: &Authority| {
        let client = Client::builder().no_proxy().add_root_certificate(authority.root());
        let client = client.resolve("app.localhost", ([127, 0, 0, 1], 0).into());
        client.build().expect("a client")
    };
    let old = client(&authority);
    assert_eq!(old.get(world.page("/")).send().await.expect("an answer").status(), 200);

    let fresh = next.certify("app.localhost");
    std::fs::copy(&fresh.file, &shown.file).expect("a writable folder");
    std::fs::copy(&fresh.key, &shown.key).expect("a writable folder");
    eventually("the new certificate", async || {
        client(&next).get(world.page("/")).send().await.ok()
    })
    .await;
    // A new connection of this client would not trust what is shown now.
    assert_eq!(old.get(world.page("/")).send().await.expect("an answer").status(), 200);
    assert!(client(&authority).get(world.page("/")).send().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_upgrades_cost_no_request_and_no_session() {
    let upstream = Upstream::start().await;
    let rules = "[[application.rule]]\npath = \"/open\"\nrequire = \"nothing\"\n\
                 [[application.rule]]\npath = \"/\"\nrequire = \"two_factor\"\n";
    let mut world = World::serve(Plan::new().upstream(&upstream.url()).rules(rules)).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/").await.expect(200);
    let mut ben = Visitor::new();
    let login = ben.visit(&world.page("/")).await;
    let second = ben.enter_password(&login, &world.ben).await;
    let code = world
        .message_to(&world.ben, crate::harness::messages::Channel::Email)
        .await
        .code();

    let traffic = Traffic::start(&world.page("/open"));
    traffic.goes_on().await;
    let meeting = world.config.with_file_name("keys").join("upgrade.sock");
    let config = world.config.to_string_lossy().into_owned();
    let mut retired = Vec::new();
    for _ in 0..TIMES {
        let next = Server::start(&["serve", "--config", &config, "--json", "--upgrade"]).await;
        eventually("the successor to wait", async || meeting.exists().then_some(())).await;
        world.server.program.signal("QUIT");
        eventually("the sockets to be taken over", async || {
            (!meeting.exists()).then_some(())
        })
        .await;
        retired.push(std::mem::replace(&mut world.server, next));
        traffic.goes_on().await;
        ann.open(&world.page("/")).await.expect(200);
    }
    for mut server in retired {
        assert_eq!(server.program.ended().await, Some(0));
    }
    traffic.goes_on().await;
    traffic.end().await;
    ann.open(&world.page("/")).await.expect(200);
    let landed = ben.enter_code(&second, &code).await;
    ben.follow(landed).await.expect(200);
    let health = format!(
        "GET /health/ready HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        world.admin.authority()
    );
    let (head, _) = exchange(world.admin.port().expect("a port"), health)
        .await
        .expect("an answer");
    assert_eq!(head.status(), 200);
}
