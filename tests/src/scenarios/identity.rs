//! What the application learns of who came, and that nobody else can tell it.

use std::os::unix::fs::PermissionsExt;

use http::Method;

use crate::harness::people::Person;
use crate::harness::settings::{Plan, TWO_FACTOR_RULES};
use crate::harness::upstream::{Reply, Request, Upstream};
use crate::harness::visitor::{NAVIGATION, Visitor};
use crate::harness::wire::exchange;
use crate::harness::world::{World, in_every_world};

/// Spellings under which a legacy server may read a header of ours (CGI folds them all).
const FORGED: &[&str] = &[
    "Remote-User",
    "remote-user",
    "REMOTE-USER",
    "Remote_User",
    "remote_user",
    "Remote.User",
    "Remote-Name",
    "Remote-Email",
    "REMOTE_EMAIL",
    "Remote-Groups",
    "Remote_Groups",
    "Vestibule-Assertion",
    "vestibule_assertion",
    "Vestibule.Assertion",
    "Vestibule-Anything",
    "X-Forwarded-For",
    "X_Forwarded_For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-User",
    "X-Real-IP",
    "Forwarded",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "True-Client-IP",
    "Proxy",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_application_learns_who_came() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let headers = sample_headers(&world.log_in(&mut visitor, &world.ann, "/headers").await.body);
        assert_eq!(values(&headers, "remote-user"), [world.ann.username.as_str()]);
        assert_eq!(values(&headers, "remote-email"), [world.ann.email.as_str()]);
        assert_eq!(values(&headers, "remote-name").len(), 1);
        assert_eq!(values(&headers, "remote-groups").len(), 1);
        assert_eq!(values(&headers, "vestibule-assertion").len(), 1);
        assert_eq!(values(&headers, "host"), [world.host().as_str()]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_identities_never_pass_whoever_sends_them() {
    in_every_world(async |world| {
        let mut ann = Visitor::new();
        world.log_in(&mut ann, &world.ann, "/headers").await;
        for name in FORGED {
            let forged = [NAVIGATION, &[(*name, "mallory")]].concat();
            let answer = ann
                .send(Method::GET, &world.page("/headers"), &forged, "")
                .await
                .expect(200);
            assert!(!answer.body.contains("mallory"), "{name}: {}", answer.body);
            assert_eq!(
                values(&sample_headers(&answer.body), "remote-user"),
                [world.ann.username.as_str()],
                "{name}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_request_carries_nobodys_identity() {
    let upstream = Upstream::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url())).await;
    for (index, name) in FORGED.iter().enumerate() {
        let host = world.host();
        let target = format!("/public/{index}");
        let twice = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{name}: mallory\r\n{name}: mallory\r\n\r\n");
        exchange(world.port(), twice).await.expect("an answer");
        // A forgery may be refused instead.
        if let Some(request) = upstream
            .requests()
            .into_iter()
            .find(|request| request.head.target() == target)
        {
            let text = format!("{:?}", request.head);
            assert!(!text.contains("mallory"), "{name}: {text}");
            assert_eq!(
                request.head.values("remote-user"),
                [""],
                "set to nobody, so that no front can fill it in"
            );
        }
    }
    assert!(
        upstream.requests().len() > FORGED.len() / 2,
        "most forgeries are dropped, not refused"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn connection_cannot_name_our_headers_away() {
    let upstream = Upstream::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url())).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await;
    for name in [
        "Remote-User",
        "Vestibule-Assertion",
        "Cookie",
        "Authorization",
        "X-Forwarded-For",
        "Host",
    ] {
        // Nor in a line that not everybody can read.
        for before in ["close", "close, é"] {
            let cookie = ann.cookies.header(&world.application);
            let request = format!(
                "GET /cut HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nConnection: {before}, {name}\r\n\r\n",
                world.host()
            );
            let (head, _) = exchange(world.port(), request).await.expect("an answer");
            assert_eq!(head.status(), 400, "{before}, {name}");
        }
    }
    assert!(
        !upstream
            .requests()
            .iter()
            .any(|request| request.head.target() == "/cut")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn our_cookies_stay_with_us_and_others_pass() {
    let upstream = Upstream::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url())).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await;
    ann.cookies.set(&world.application, "theme", "dark");
    ann.cookies.set(&world.application, "__Host-vestibule", "planted");
    ann.open(&world.page("/seen")).await.expect(200);
    let seen = upstream.request_for("/seen").await;
    assert_eq!(seen.head.values("cookie"), ["theme=dark"]);
    assert!(ann.cookies.value(&world.application, &world.session_cookie()).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_cannot_set_our_cookies() {
    let upstream = Upstream::answering(|request: &Request| {
        let port = request
            .head
            .value("host")
            .and_then(|host| host.rsplit(':').next())
            .unwrap_or_default();
        let names = ["__Host-vestibule", "__Host-vestibule-login", "__Host-vestibule-device"].map(str::to_owned);
        let plain = ["vestibule", "vestibule-login", "vestibule-device"].map(|name| format!("{name}-{port}"));
        let ours = names
            .iter()
            .chain(&plain)
            .map(|name| format!("Set-Cookie: {name}=stolen; Path=/\r\n"))
            .collect::<String>();
        Reply::Raw(format!(
            "HTTP/1.1 200 OK\r\n{ours}Set-Cookie: theme=dark; Path=/\r\nContent-Length: 0\r\n\r\n"
        ))
    })
    .await;
    let world = World::serve(Plan::new().upstream(&upstream.url())).await;
    let answer = Visitor::new().open(&world.page("/public/set")).await.expect(200);
    let set: Vec<&str> = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    assert_eq!(set, ["theme=dark; Path=/"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_an_application_could_misread_are_encoded() {
    let world = World::serve(Plan::new()).await;
    let zoe = zoe(&world, "Zoë Ångström").await;
    let headers = sample_headers(&world.log_in(&mut Visitor::new(), &zoe, "/headers").await.body);
    assert_eq!(values(&headers, "remote-name"), ["Zo%C3%AB %C3%85ngstr%C3%B6m"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_told_as_its_older_gateway_did() {
    let upstream = Upstream::start().await;
    let headers = r#"
[application.headers]
preset = "siteminder"
email = "X-Mail"
more = { X-DN = "uid={username},ou=people", X-All = "{name} <{email}>" }
encodings = { Remote-Name = "raw", X-All = "drop" }
"#;
    let rules = format!("{headers}{TWO_FACTOR_RULES}");
    let world = World::serve(Plan::new().upstream(&upstream.url()).rules(&rules)).await;
    let zoe = zoe(&world, "Zoë Ångström").await;
    let mut visitor = Visitor::new();
    world.log_in(&mut visitor, &zoe, "/seen").await;
    let seen = upstream.request_for("/seen").await.head;
    for (name, value) in [
        ("SM_USER", "zoe"),
        ("Remote-Name", "Zoë Ångström"),
        ("X-Mail", "zoe@example.test"),
        ("X-DN", "uid=zoe,ou=people"),
        ("X-All", ""),
    ] {
        assert_eq!(seen.values(name), [value], "{name}");
    }
    assert_eq!(seen.values("SM_UNIVERSALID").len(), 1);
    assert!(seen.values("remote-user").is_empty());
    // Nobody else can say any of it, nor what the older gateway said beside it.
    let forged = [
        "SM_USER",
        "sm-user",
        "SM.UniversalID",
        "SM-UserDN",
        "X-SM-AuthType",
        "Remote-User",
        "X.DN",
        "X-All",
    ];
    for (index, name) in forged.iter().enumerate() {
        let target = format!("/public/{index}");
        visitor
            .send(Method::GET, &world.page(&target), &[(*name, "mallory")], "")
            .await
            .expect(200);
        let seen = format!("{:?}", upstream.request_for(&target).await.head);
        assert!(!seen.contains("mallory"), "{name}: {seen}");
    }
    let nobody = format!(
        "GET /public/nobody HTTP/1.1\r\nHost: {}\r\nSM_USER: mallory\r\n\r\n",
        world.host()
    );
    exchange(world.port(), nobody).await.expect("an answer");
    let seen = upstream.request_for("/public/nobody").await.head;
    for name in ["SM_USER", "SM_UNIVERSALID", "X-DN", "X-Mail"] {
        assert_eq!(seen.values(name), [""], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_gets_the_password_it_shares_with_us_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let password = folder.path().join("password");
    std::fs::write(&password, "open sesame\n").expect("a writable folder");
    std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).expect("a file of ours");
    let basic = format!(
        r#"basic = {{ username = "{{username}}", password_file = "{}" }}"#,
        password.display()
    );
    let upstream = Upstream::start().await;
    let world = World::serve(Plan::new().upstream(&upstream.url()).application(&basic)).await;
    let zoe = zoe(&world, "Zoe").await;
    let mut visitor = Visitor::new();
    world.log_in(&mut visitor, &zoe, "/in").await;
    let forged = [("Authorization", "Basic bWFsbG9yeQ=="), ("X-Authorization", "mallory")];
    visitor
        .send(Method::GET, &world.page("/seen"), &forged, "")
        .await
        .expect(200);
    let seen = upstream.request_for("/seen").await.head;
    assert_eq!(seen.values("authorization"), ["Basic em9lOm9wZW4gc2VzYW1l"]);
    assert!(seen.values("x-authorization").is_empty());
    // Whoever is not logged in comes without a name, whatever they send.
    Visitor::new()
        .send(Method::GET, &world.page("/public/nobody"), &forged, "")
        .await
        .expect(200);
    let seen = upstream.request_for("/public/nobody").await.head;
    assert!(seen.values("authorization").is_empty() && seen.values("x-authorization").is_empty());
}

/// Somebody of this name, whose login name is `zoe`.
async fn zoe(world: &World, name: &str) -> Person {
    let password = "silver Comet 77 orchard".to_owned();
    let email = "zoe@example.test".to_owned();
    let add = [
        "user",
        "add",
        "zoe",
        "--name",
        name,
        "--email",
        &email,
        "--password-stdin",
    ];
    world.command(&add, &password).await.expect(0);
    Person {
        username: "zoe".to_owned(),
        password,
        email,
        phone: None,
        app: None,
    }
}

/// What the sample application says it received.
fn sample_headers(body: &str) -> Vec<(String, String)> {
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

fn values<'a>(headers: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    headers
        .iter()
        .filter(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
        .collect()
}
