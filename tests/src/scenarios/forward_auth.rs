//! What a front is told that asks about a request, in each dialect: asked byte for byte, as no front would, too.

mod certified;
mod odd;

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::harness::patience::within;
use crate::harness::settings::Plan;
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
/// A page for everybody, one for a group that nobody is in, and the rest for everybody with two factors.
pub(super) const RULES: &str = r#"
[[application.rule]]
path = "/public/"
require = "nothing"
[[application.rule]]
path = "/members/"
require = "one_factor"
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
