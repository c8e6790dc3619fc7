//! What a client says of itself under our names, or under those of fronts and other gateways, in every spelling; and
//! that each line of a front's file that takes one away is needed.

use http::Method;

use super::Place;
use crate::harness::front::Kind;
use crate::harness::visitor::NAVIGATION;

/// Spellings under which a legacy server may read a header of ours (CGI folds them all), and names that speak for the
/// sender.
pub(super) const FORGED: &[&str] = &[
    "Remote-User",
    "REMOTE-USER",
    "Remote_User",
    "remote_user",
    "Remote.User",
    "Remote~User",
    "X-Remote-User",
    "X_Remote_User",
    "Remote-Name",
    "Remote_Name",
    "Remote-Email",
    "REMOTE_EMAIL",
    "Remote-Groups",
    "Remote_Groups",
    "Vestibule-Assertion",
    "vestibule_assertion",
    "Vestibule.Assertion",
    "X-Vestibule-Assertion",
    "X-Forwarded-For",
    "X_Forwarded_For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Forwarded-Preferred-Username",
    "X-Real-IP",
    "X_Real_IP",
    "Forwarded",
    "X-Original-URL",
    "X-Original-Method",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "X-Auth-Request-User",
    "X-MS-Client-Principal-Name",
    "X-Client-IP",
    "CF-Connecting-IP",
    "True-Client-IP",
    "Front-End-Https",
    "Proxy",
    "Proxy-User",
];

/// A header name as CGI reads it.
pub(super) fn folded(name: &str) -> String {
    let fold = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    name.chars().map(fold).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_strip_line_of_nginx_is_needed() {
    every_strip_line_is_needed(Kind::Nginx, 70).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_strip_line_of_caddy_is_needed() {
    every_strip_line_is_needed(Kind::Caddy, 30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_strip_line_of_haproxy_is_needed() {
    every_strip_line_is_needed(Kind::HaProxy, 10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_strip_line_of_envoy_is_needed() {
    every_strip_line_is_needed(Kind::Envoy, 10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_strip_line_of_traefik_is_needed() {
    every_strip_line_is_needed(Kind::Traefik, 1).await;
}

/// Takes each line away in turn: what it takes away arrives then, and only then.
async fn every_strip_line_is_needed(kind: Kind, at_least: usize) {
    let mut place = Place::behind(kind).await;
    let mut front = place.front.take().expect("a front");
    let lines = front.strip_lines();
    assert!(lines.len() > at_least, "{}", lines.len());
    for (index, (_, _, line)) in lines.iter().enumerate() {
        let target = format!("/public/{index}/with");
        assert!(!says(&place, forged_by(line), &target).await, "{line}");
    }
    let mut needless = Vec::new();
    for (index, (file, number, line)) in lines.iter().enumerate() {
        front.without((*file, *number)).await;
        if !says(&place, forged_by(line), &format!("/public/{index}/without")).await {
            needless.push(line);
        }
    }
    assert!(needless.is_empty(), "{needless:#?}");
}

/// What a client could say without this line: the name it gives as an example, or begins with.
fn forged_by(line: &str) -> (&str, &str) {
    let named = line.split_once("# strip: ").map(|(_, name)| name.trim());
    let name = named.unwrap_or_else(|| line.split_whitespace().nth(1).expect("proxy_set_header NAME"));
    match name {
        "Cookie" => (name, "__Host-vestibule=mallory"),
        _ => (name, "mallory"),
    }
}

/// Whether the application hears what a client says of itself.
async fn says(place: &Place, header: (&str, &str), target: &str) -> bool {
    let forged = [NAVIGATION, &[header]].concat();
    place
        .visitor()
        .send(Method::GET, &place.world.page(target), &forged, "")
        .await;
    place
        .reached(target)
        .is_some_and(|request| format!("{:?}", request.head).contains("mallory"))
}
