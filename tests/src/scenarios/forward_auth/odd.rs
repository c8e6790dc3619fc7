//! Questions whose only answer is no: from strangers, about nothing, about two things at once.

use std::net::Ipv4Addr;

use super::{DIALECTS, Dialect, Envoy, Forward, Nginx, RULES, TRUSTING};
use super::{asked, asked_by, cookie_of_ann, question, trusting};
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;
use crate::harness::world::World;

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
