//! What the application learns of who came, and that nobody else can tell it.

use http::Method;

use crate::harness::settings::Plan;
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
        let cookie = ann.cookies.header(&world.application);
        let request = format!(
            "GET /cut HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\nConnection: close, {name}\r\n\r\n",
            world.host()
        );
        let (head, _) = exchange(world.port(), request).await.expect("an answer");
        assert_eq!(head.status(), 400, "{name}");
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
    let add = [
        "user",
        "add",
        "zoe",
        "--name",
        "Zoë Ångström",
        "--email",
        "zoe@example.test",
        "--password-stdin",
    ];
    world.command(&add, "silver Comet 77 orchard").await.expect(0);
    let zoe = crate::harness::people::Person {
        username: "zoe".to_owned(),
        password: "silver Comet 77 orchard".to_owned(),
        email: "zoe@example.test".to_owned(),
        phone: None,
        app: None,
    };
    let headers = sample_headers(&world.log_in(&mut Visitor::new(), &zoe, "/headers").await.body);
    assert_eq!(values(&headers, "remote-name"), ["Zo%C3%AB %C3%85ngstr%C3%B6m"]);
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
