//! What a front is told that asks about a request, in each dialect: asked byte for byte, as no front would, too.

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::harness::patience::within;
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;
use crate::harness::visitor::Visitor;
use crate::harness::wire::{Head, Wire};
use crate::harness::world::World;

const TRUSTING: &str = "trusted_proxies = [\"127.0.0.1\"]";
const PAGE: &str = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
const IDENTITY: &[&str] = &[
    "remote-user",
    "remote-name",
    "remote-email",
    "remote-groups",
    "vestibule-assertion",
];
const RULES: &str = r#"
[[application.rule]]
path = "/public/"
require = "nothing"
[[application.rule]]
path = "/ledger/"
require = "two_factor"
groups = ["bookkeepers"]
[[application.rule]]
path = "/"
require = "two_factor"
"#;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Dialect {
    Nginx,
    Forward,
    Envoy,
}
use Dialect::{Envoy, Forward, Nginx};

const DIALECTS: [Dialect; 3] = [Nginx, Forward, Envoy];

/// A question as its front would write it.
fn question(dialect: Dialect, (method, host, target): (&str, &str, &str), more: &str) -> String {
    let (path, said) = match dialect {
        Nginx => (
            "/.vestibule/authorize/nginx".to_owned(),
            format!("Host: gateway\r\nX-Original-Method: {method}\r\nX-Original-URL: http://{host}{target}\r\n"),
        ),
        Forward => (
            "/.vestibule/authorize/forward".to_owned(),
            format!(
                "Host: gateway\r\nX-Forwarded-Method: {method}\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: {host}\r\nX-Forwarded-Uri: {target}\r\n"
            ),
        ),
        Envoy => (
            format!("/.vestibule/authorize/envoy{target}"),
            format!("Host: {host}\r\n"),
        ),
    };
    let method = if dialect == Envoy { method } else { "GET" };
    format!("{method} {path} HTTP/1.1\r\n{said}{more}\r\n")
}

async fn asked_by(peer: Ipv4Addr, world: &World, question: &str) -> (Head, String) {
    let mut wire = Wire::connect_from(peer, world.port()).await;
    wire.send(question).await.expect("a gateway that reads");
    let head = wire.head().await.expect("an answer");
    let body = wire.body(&head).await;
    (head, body.text())
}

async fn asked(world: &World, question: &str) -> (Head, String) {
    asked_by(Ipv4Addr::LOCALHOST, world, question).await
}

/// The cookies of Ann, logged in.
async fn cookie_of_ann(world: &World) -> String {
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await;
    format!("Cookie: theme=dark; {}\r\n", ann.cookies.header(&world.application))
}

async fn trusting() -> World {
    World::serve(Plan::new().listen(TRUSTING).rules(RULES)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_told_with_every_identity_header() {
    let world = trusting().await;
    let (host, cookie) = (world.host(), cookie_of_ann(&world).await);
    for dialect in DIALECTS {
        for method in ["GET", "HEAD", "POST", "DELETE"] {
            let (head, _) = asked(&world, &question(dialect, (method, &host, "/headers?a=b"), &cookie)).await;
            assert_eq!(head.status(), 200, "{dialect:?} {method}: {head:?}");
            for name in IDENTITY {
                assert_eq!(head.values(name).len(), 1, "{name}");
            }
            assert_eq!(head.value("remote-user"), Some("ann"));
            assert_eq!(head.value("remote-groups"), Some("staff"));
            assert!(head.value("vestibule-assertion").expect("one").len() > 100);
            assert_eq!(head.values("cookie"), ["theme=dark"], "ours stay with us");
            assert_eq!(head.value("cache-control"), Some("no-store"));
            assert!(head.value("x-request-id").is_some());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_for_everybody_is_told_with_empty_identity_headers() {
    let world = trusting().await;
    for dialect in DIALECTS {
        let (head, _) = asked(
            &world,
            &question(dialect, ("GET", &world.host(), "/public/"), "Remote-User: mallory\r\n"),
        )
        .await;
        assert_eq!(head.status(), 200, "{dialect:?}: {head:?}");
        for name in IDENTITY {
            assert_eq!(head.values(name), [""], "{name}");
        }
        assert_eq!(head.values("cookie"), [""]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_sent_to_log_in_programs_told_and_outsiders_refused() {
    let world = trusting().await;
    let (host, cookie) = (world.host(), cookie_of_ann(&world).await);
    let login = world.own_page("login").to_string();
    for dialect in DIALECTS {
        let (head, _) = asked(&world, &question(dialect, ("GET", &host, "/deep?x=1"), PAGE)).await;
        assert_eq!(head.status(), if dialect == Nginx { 401 } else { 303 }, "{dialect:?}");
        assert!(
            head.value("location")
                .is_some_and(|place| place.starts_with(&format!("{login}?to="))),
            "{head:?}"
        );
        assert_eq!(head.values("set-cookie").len(), 1, "what the ticket is bound to");

        let (head, body) = asked(&world, &question(dialect, ("GET", &host, "/deep"), "Accept: */*\r\n")).await;
        assert_eq!((head.status(), head.value("location")), (401, None), "{dialect:?}");
        assert!(body.contains("login_required") && body.contains(&login), "{body}");
        for more in [PAGE, "Accept: */*\r\n"] {
            let ledger = question(dialect, ("GET", &host, "/ledger/1"), &format!("{more}{cookie}"));
            assert_eq!(asked(&world, &ledger).await.0.status(), 403, "{dialect:?}");
        }
        let posted = question(dialect, ("POST", &host, "/deep"), PAGE);
        assert_eq!(asked(&world, &posted).await.0.status(), 401, "{dialect:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_question_is_refused_whoever_it_is_about() {
    let other = Upstream::start().await;
    let plan = Plan::new().listen(TRUSTING).rules(RULES);
    let world = World::serve(plan.beside("other.localhost", &other.url(), RULES)).await;
    let (host, cookie) = (world.host(), cookie_of_ann(&world).await);
    let other = host.replace("app.", "other.");
    let sound = |dialect| question(dialect, ("GET", &host, "/headers"), &cookie);
    let url = format!("X-Original-URL: http://{host}/headers\r\n");
    let (forwarded_host, uri) = (format!("X-Forwarded-Host: {host}\r\n"), "X-Forwarded-Uri: /headers\r\n");
    let (method, proto) = ("X-Forwarded-Method: GET\r\n", "X-Forwarded-Proto: http\r\n");
    let table: Vec<(Dialect, &str, String)> = vec![
        (Nginx, &url, String::new()),
        (Nginx, "X-Original-Method: GET\r\n", String::new()),
        (Nginx, &url, url.repeat(2)),
        (
            Nginx,
            "X-Original-Method: GET\r\n",
            "X-Original-Method: GET\r\n".repeat(2),
        ),
        (Nginx, &url, "X-Original-URL: /headers\r\n".to_owned()),
        (Nginx, &url, format!("X-Original-URL: //{host}/headers\r\n")),
        (Nginx, &url, format!("X-Original-URL: http://{host}\r\n")),
        (Nginx, &url, format!("X-Original-URL: ftp://{host}/headers\r\n")),
        (Nginx, &url, format!("X-Original-URL: https://{host}/headers\r\n")),
        (Nginx, &url, format!("X-Original-URL: http://u@{host}/headers\r\n")),
        (Nginx, &url, format!("X-Original-URL: http://{host}/headers#x\r\n")),
        (
            Nginx,
            &url,
            "X-Original-URL: http://nowhere.localhost/headers\r\n".to_owned(),
        ),
        (
            Nginx,
            &url,
            format!("X-Original-URL: http://{}/headers\r\n", host.replace("app.", "login.")),
        ),
        (Nginx, &url, format!("{url}X-Forwarded-Host: {other}\r\n")),
        (Nginx, &url, format!("{url}X-Forwarded-Uri: /public/\r\n")),
        (Nginx, &url, format!("{url}X-Forwarded-Method: POST\r\n")),
        (Nginx, &url, format!("{url}X-Forwarded-Proto: https\r\n")),
        (Nginx, "Host: gateway\r\n", format!("Host: {other}\r\n")),
        (Nginx, &url, format!("{url}X-Forwarded-For: somebody\r\n")),
        (Forward, &forwarded_host, String::new()),
        (Forward, uri, String::new()),
        (Forward, method, String::new()),
        (Forward, proto, String::new()),
        (Forward, &forwarded_host, forwarded_host.repeat(2)),
        (Forward, uri, uri.repeat(2)),
        (Forward, method, method.repeat(2)),
        (Forward, proto, proto.repeat(2)),
        (
            Forward,
            &forwarded_host,
            format!("X-Forwarded-Host: {host}, {host}\r\n"),
        ),
        (Forward, &forwarded_host, format!("X-Forwarded-Host: {host}/x\r\n")),
        (
            Forward,
            &forwarded_host,
            "X-Forwarded-Host: nowhere.localhost\r\n".to_owned(),
        ),
        (Forward, uri, "X-Forwarded-Uri: headers\r\n".to_owned()),
        (Forward, uri, format!("X-Forwarded-Uri: http://{host}/headers\r\n")),
        (Forward, uri, "X-Forwarded-Uri: \r\n".to_owned()),
        (Forward, uri, "X-Forwarded-Uri: /a b\r\n".to_owned()),
        (Forward, uri, "X-Forwarded-Uri: /a%00b\r\n".to_owned()),
        (Forward, method, "X-Forwarded-Method: GET POST\r\n".to_owned()),
        (Forward, method, "X-Forwarded-Method: BREW\r\n".to_owned()),
        (Forward, method, "X-Forwarded-Method: get\r\n".to_owned()),
        (Forward, proto, "X-Forwarded-Proto: https\r\n".to_owned()),
        (Forward, proto, "X-Forwarded-Proto: HTTP\r\n".to_owned()),
        (Forward, "Host: gateway\r\n", format!("Host: {other}\r\n")),
        (Forward, uri, format!("{uri}X-Original-URL: http://{host}/public/\r\n")),
        (Forward, uri, format!("{uri}X-Original-Method: POST\r\n")),
        (Envoy, "envoy/headers", "envoy".to_owned()),
        (Envoy, "envoy/headers", "envoy?/headers".to_owned()),
        (Envoy, &host, "nowhere.localhost".to_owned()),
        (Envoy, &host, format!("{host}\r\nX-Forwarded-Host: {other}")),
    ];
    for dialect in DIALECTS {
        assert_eq!(asked(&world, &sound(dialect)).await.0.status(), 200, "{dialect:?}");
    }
    for (dialect, line, instead) in table {
        let odd = sound(dialect).replacen(line, &instead, 1);
        assert_ne!(odd, sound(dialect), "{line}");
        let (head, _) = asked(&world, &odd).await;
        let no = head.status() == 403 || (dialect == Forward && head.status() == 405);
        assert!(no, "{dialect:?}, {line:?} as {instead:?}: {head:?}");
        assert!(head.values("remote-user").is_empty(), "{head:?}");
    }
    for path in ["nginx/", "forward/headers", "envoyx", "", "caddy"] {
        let ask = format!(
            "GET /.vestibule/authorize/{path} HTTP/1.1\r\nHost: {host}\r\n{url}X-Original-Method: GET\r\n{cookie}\r\n"
        );
        assert_eq!(asked(&world, &ask).await.0.status(), 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_of_a_path_finds_a_laxer_rule_and_our_own_pages_are_never_admitted() {
    let world = trusting().await;
    let (host, cookie) = (world.host(), cookie_of_ann(&world).await);
    for dialect in DIALECTS {
        for path in [
            "/public/../headers",
            "/public/%2e%2e/headers",
            "/public/..;/headers",
            "/public\\..\\headers",
            "/public/%252e%252e/headers",
            "//x/public/../../headers",
        ] {
            let (head, _) = asked(&world, &question(dialect, ("GET", &host, path), "")).await;
            assert_ne!(head.status(), 200, "{dialect:?} {path}");
        }
        for path in [
            "/.vestibule/login",
            "/.vestibule",
            "/.vestibule/authorize/forward",
            "/.VESTIBULE/login",
            "/%2evestibule/login",
            "/a/../.vestibule/login",
            "//.vestibule/login",
            "/.vestibule/../headers",
        ] {
            let (head, _) = asked(&world, &question(dialect, ("GET", &host, path), &cookie)).await;
            assert_eq!(head.status(), 403, "{dialect:?} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_trusted_peers_are_answered() {
    let world = trusting().await;
    let cookie = cookie_of_ann(&world).await;
    for dialect in DIALECTS {
        for target in ["/headers", "/public/"] {
            let ask = question(
                dialect,
                ("GET", &world.host(), target),
                &format!("{cookie}X-Forwarded-For: 127.0.0.1\r\nVestibule-Secret: \r\n"),
            );
            let (head, body) = asked_by(Ipv4Addr::new(127, 0, 0, 9), &world, &ask).await;
            assert_eq!(head.status(), 403, "{dialect:?} {target}");
            assert!(!body.contains("ann") && head.values("remote-user").is_empty());
        }
    }
    let nobody = World::serve(Plan::new()).await;
    let ask = question(Forward, ("GET", &nobody.host(), "/public/"), "");
    assert_eq!(
        asked(&nobody, &ask).await.0.status(),
        403,
        "nobody is trusted by default"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_a_secret_only_who_knows_it_is_answered() {
    const SECRET: &str = "violet-Tram-48-harbour-copper";
    let plan = Plan::new().listen(TRUSTING).rules(RULES).secret("front", SECRET);
    let world = World::serve(plan.more("[forward_auth]\nsecret_file = \"front\"")).await;
    let cookie = cookie_of_ann(&world).await;
    let ask = |secret: &str| {
        question(
            Forward,
            ("GET", &world.host(), "/headers"),
            &format!("{cookie}{secret}"),
        )
    };
    let right = format!("Vestibule-Secret: {SECRET}\r\n");
    for peer in [Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 9)] {
        let (head, _) = asked_by(peer, &world, &ask(&right)).await;
        assert_eq!((head.status(), head.value("remote-user")), (200, Some("ann")), "{peer}");
        assert!(!format!("{head:?}").contains(SECRET));
        for wrong in [
            String::new(),
            "Vestibule-Secret: \r\n".to_owned(),
            right.to_lowercase(),
            right.replace("copper", "coppe"),
            right.repeat(2),
        ] {
            let (head, _) = asked_by(peer, &world, &ask(&wrong)).await;
            assert_eq!(head.status(), 403, "{peer} {wrong}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_opens_no_websocket() {
    let world = trusting().await;
    let (host, cookie) = (world.host(), cookie_of_ann(&world).await);
    let socket = format!("{cookie}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
    for dialect in DIALECTS {
        for (origin, status) in [
            (format!("http://{host}"), 200),
            ("https://evil.example".to_owned(), 403),
        ] {
            let ask = question(
                dialect,
                ("GET", &host, "/socket"),
                &format!("{socket}Origin: {origin}\r\n"),
            );
            assert_eq!(asked(&world, &ask).await.0.status(), status, "{dialect:?} {origin}");
        }
        let ask = question(dialect, ("GET", &host, "/socket"), &socket);
        assert_eq!(
            asked(&world, &ask).await.0.status(),
            403,
            "{dialect:?}: a cookie, and nobody says whose page"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_503_in_every_dialect() {
    let mut world = trusting().await;
    let cookie = cookie_of_ann(&world).await;
    world.server.crash_and_start_again().await; // so that the session is in no read cache
    world.redis().kill().await;
    for dialect in DIALECTS {
        let ask = question(dialect, ("GET", &world.host(), "/headers"), &format!("{cookie}{PAGE}"));
        let told = within(Duration::from_millis(1500), "an answer", async || {
            Some(asked(&world, &ask).await)
        })
        .await;
        assert_eq!(told.0.status(), 503, "{dialect:?}: {:?}", told.0);
        assert!(told.0.value("retry-after").is_some() && told.0.values("set-cookie").is_empty());
        assert!(told.0.values("remote-user").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_out_of_the_application_is_ours_too() {
    let plan = Plan::new()
        .listen(TRUSTING)
        .application("logout_path = \"/bye\"\nsession_cookies = [\"JSESSIONID\"]");
    let world = World::serve(plan).await;
    let (host, cookie) = (world.host(), cookie_of_ann(&world).await);
    let (head, _) = asked(&world, &question(Forward, ("GET", &host, "/bye"), &cookie)).await;
    assert_eq!((head.status(), head.values("set-cookie").len()), (200, 2), "{head:?}");
    let again = question(Forward, ("GET", &host, "/headers"), &cookie);
    assert_eq!(asked(&world, &again).await.0.status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_without_servers_is_reached_by_its_front_only() {
    let world = World::serve(Plan::new().listen(TRUSTING).rules(RULES).upstream("none")).await;
    for path in ["/", "/public/"] {
        Visitor::new().open(&world.page(path)).await.expect(421);
    }
    // Its front sends the browser to the login, and passes what is ours through.
    let ask = question(Forward, ("GET", &world.host(), "/headers?x=1"), PAGE);
    let (head, _) = asked(&world, &ask).await;
    let mut ann = Visitor::new();
    let (name, value) = head
        .value("set-cookie")
        .and_then(|line| line.split(';').next()?.split_once('='))
        .expect("a cookie");
    ann.cookies.set(&world.application, name, value);
    let login = ann
        .visit(&head.value("location").expect("a place").parse().expect("a URL"))
        .await;
    let second = ann.enter_password(&login, &world.ann).await;
    let mut answer = ann.enter_code(&second, &world.ann.app().new_code().await).await;
    while answer.url.path() != "/.vestibule/ticket" || answer.url.origin() != world.application.origin() {
        let next = answer.onward().expect("a way to the ticket");
        answer = ann.open(&next).await;
    }
    assert_eq!(answer.onward(), Some(world.page("/headers?x=1")));
    let cookie = format!("Cookie: {}\r\n", ann.cookies.header(&world.application));
    let (head, _) = asked(
        &world,
        &question(Forward, ("GET", &world.host(), "/headers?x=1"), &cookie),
    )
    .await;
    assert_eq!((head.status(), head.value("remote-user")), (200, Some("ann")));
}
