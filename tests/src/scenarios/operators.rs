//! What operators see: their listener, the log, the audit.

use serde_json::Value;

use crate::harness::answer::Answer;
use crate::harness::patience::eventually;
use crate::harness::postgres::Postgres;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::wire::exchange;
use crate::harness::world::{World, in_every_world};

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_who_is_logged_in_and_ends_it() {
    in_every_world(async |world| {
        let (mut one, mut other, mut ben) = (Visitor::new(), Visitor::new(), Visitor::new());
        world.log_in(&mut one, &world.ann, "/headers").await.expect(200);
        world.log_in(&mut other, &world.ann, "/headers").await.expect(200);
        world.log_in(&mut ben, &world.ben, "/headers").await.expect(200);
        let all = world.command(&["session", "list", "--json"], "").await.json();
        let names: Vec<_> = all.as_array().expect("a list").iter().map(|one| &one["user"]).collect();
        assert_eq!(names, ["ann", "ann", "ben"]);
        let newest = all[0]["id"].as_str().expect("an id");
        let said = world.command(&["session", "end", newest], "").await;
        assert!(said.code == Some(0) && said.errors.contains("1 ended"), "{said:?}");
        let again = world.command(&["session", "end", newest], "").await;
        assert!(
            again.code == Some(1) && again.errors.contains("session list"),
            "{again:?}"
        );
        let page = world.page("/headers");
        let out = async |visitor: &mut Visitor| {
            eventually("the end of a session", async || {
                (visitor.open(&page).await.status == 303).then_some(())
            })
            .await;
        };
        out(&mut other).await;
        one.visit(&page).await.expect(200);
        world.command(&["session", "end", "--user", "ann"], "").await.expect(0);
        out(&mut one).await;
        ben.visit(&page).await.expect(200);
        let left = world.command(&["session", "list"], "").await.expect(0);
        assert!(left.contains("ben") && !left.contains("ann"), "{left}");
        for wrong in [
            &["session", "end"] as &[&str],
            &["session", "end", "x"],
            &["session", "list", "--user", "a b"],
        ] {
            assert_eq!(world.command(wrong, "").await.code, Some(2), "{wrong:?}");
        }
        assert_eq!(
            world.command(&["session", "list", "--user", "nobody"], "").await.code,
            Some(1)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_are_for_operators_only() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        world.log_in(&mut visitor, &world.ann, "/headers").await;
        for page in ["health/live", "health/ready", "metrics"] {
            let on_admin = world.admin.join(page).expect("a path");
            visitor.open(&on_admin).await.expect(200);
            let in_public = Visitor::new().open(&world.page(&format!("/{page}"))).await;
            assert!(in_public.onward().is_some(), "{page}: {}", in_public.status);
            let under_prefix = Visitor::new().open(&world.own_page(page)).await;
            assert_ne!(under_prefix.status, 200, "{page}");
        }
        let metrics = visitor.open(&world.admin.join("metrics").expect("a path")).await.body;
        assert!(metrics.lines().any(|line| line.starts_with("vestibule_")), "{metrics}");
        assert!(!metrics.contains(&world.ann.username), "no names among the numbers");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_of_a_login_is_counted() {
    in_every_world(async |world| {
        let events = ["password_accepted", "factor_accepted", "session_opened"];
        let mut operator = Visitor::new();
        let metrics = world.admin.join("metrics").expect("a path");
        let before = operator.open(&metrics).await.expect(200).body;
        let requests = "vestibule_requests_total{class=\"2xx\"}";
        for event in events {
            assert_eq!(counted(&before, event), 0);
        }
        for login in 1..=2 {
            world.log_in(&mut Visitor::new(), &world.ann, "/headers").await;
            let after = operator.open(&metrics).await.expect(200).body;
            for event in events {
                assert_eq!(counted(&after, event), login, "{event} in {after}");
            }
            assert!(value(&after, requests) > value(&before, requests));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_without_its_store_is_alive_and_not_ready() {
    let mut world = World::serve(Plan::new()).await;
    let page = |world: &World, name: &str| world.admin.join(name).expect("a path");
    let (live, ready) = (page(&world, "health/live"), page(&world, "health/ready"));
    let mut operator = Visitor::new();
    operator.open(&ready).await.expect(200);

    world.redis().kill().await;
    eventually("not ready", async || {
        (operator.open(&ready).await.status == 503).then_some(())
    })
    .await;
    operator.open(&live).await.expect(200);

    world.redis().start_again().await;
    eventually("ready", async || {
        (operator.open(&ready).await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_one_line_of_its_own() {
    in_every_world(async |world| {
        world.log_in(&mut Visitor::new(), &world.ann, "/headers").await;
        eventually("a line about the login", async || {
            world
                .server
                .program
                .log()
                .lines()
                .any(|line| line.contains("login"))
                .then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_json_log_is_an_object_with_a_time() {
    let mut world = World::serve(Plan::new().more(JSON_LOG)).await;
    log_in(&world).await;
    let mut stranger = Visitor::new();
    let login = stranger.visit(&world.page("/headers")).await;
    stranger.try_password(&login, "nobody", "a guess").await.expect(422);
    for request in ["GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", "\0\r\n\r\n"] {
        exchange(world.port(), request).await;
    }
    world.redis().kill().await;
    stranger.open(&world.admin.join("health/ready").expect("a path")).await;
    world.server.stop().await;

    let lines = lines(&world);
    assert!(lines.len() > 3, "{lines:?}");
    for line in lines {
        let time = line["timestamp"].as_str().unwrap_or_default();
        let (day, hour) = time.split_once('T').unwrap_or_else(|| panic!("no time in {line}"));
        assert!(day.len() == 10 && hour.len() >= 9 && hour.ends_with('Z'), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_and_audit_tell_each_step_of_a_login_by_the_request_that_made_it() {
    let postgres = Postgres::shared().await;
    let database = postgres.new_database();
    let world = World::serve(Plan::new().more(JSON_LOG).directory(&database)).await;
    let (password, code) = log_in(&world).await;
    let steps = [
        ("password_accepted", password.header("x-request-id")),
        ("factor_accepted", code.header("x-request-id")),
        ("session_opened", code.header("x-request-id")),
    ];
    for (event, request) in steps {
        assert!(!request.is_empty());
        let logged = eventually(event, async || {
            let told = |line: &Value| line["kind"] == event && line["request"] == request;
            let told: Vec<Value> = lines(&world).into_iter().filter(told).collect();
            (!told.is_empty()).then_some(told)
        });
        assert_eq!(logged.await.len(), 1, "{event} is one line");
        let name = database.rsplit('/').next().expect("a name");
        let audit = format!("SELECT count(*) FROM audit WHERE kind = '{event}' AND record LIKE '%{request}%'");
        assert_eq!(postgres.query(name, &audit), "1", "{event}");
    }
}

const JSON_LOG: &str = "[log]\nformat = \"json\"";

/// Logs Ann in; the answers to her password and to her code.
async fn log_in(world: &World) -> (Answer, Answer) {
    let mut ann = Visitor::new();
    let login = ann.visit(&world.page("/headers")).await;
    let password = ann.try_password(&login, &world.ann.username, &world.ann.password).await;
    let second = ann.follow(password.clone()).await;
    let code = ann.enter_code(&second, &world.ann.app().new_code().await).await;
    ann.follow(code.clone()).await.expect(200);
    (password, code)
}

/// What was logged so far.
fn lines(world: &World) -> Vec<Value> {
    let log = world.server.program.log();
    let line = |line: &str| match serde_json::from_str(line) {
        Ok(object @ Value::Object(_)) => object,
        _ => panic!("not an object: {line}"),
    };
    log.lines().map(line).collect()
}

/// How many events of a kind the metrics have.
fn counted(metrics: &str, event: &str) -> u64 {
    value(metrics, &format!("vestibule_events_total{{kind=\"{event}\"}}"))
}

/// A counter's value; 0 where it has not begun.
fn value(metrics: &str, counter: &str) -> u64 {
    let value = metrics.lines().find_map(|line| line.strip_prefix(counter));
    value.map_or(0, |value| value.trim().parse().expect("a number"))
}
