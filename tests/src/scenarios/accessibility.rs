//! Every page in every state, in a real Chromium: usable by everybody, in light and dark, on a phone and on a desktop,
//! under the content security policy that the gateway sends.

use auth_pages::{Frame, Language, Page, assets};
use serde_json::json;
use url::Url;

use crate::harness::axe::Axe;
use crate::harness::browser::{Browser, Scheme, Screen};
use crate::harness::upstream::{Reply, Upstream};

/// As in `gateway/src/edge/reply.rs`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_accessible_on_a_phone_in_the_light() {
    look_at_every_page(Screen::Phone, Scheme::Light).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_accessible_on_a_phone_in_the_dark() {
    look_at_every_page(Screen::Phone, Scheme::Dark).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_accessible_on_a_desktop_in_the_light() {
    look_at_every_page(Screen::Desktop, Scheme::Light).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_accessible_on_a_desktop_in_the_dark() {
    look_at_every_page(Screen::Desktop, Scheme::Dark).await;
}

/// That the tests above can fail.
#[tokio::test(flavor = "multi_thread")]
async fn an_inaccessible_page_is_caught() {
    let page = "<!doctype html><title>Bad</title><meta name=viewport content='width=device-width'>\
        <body><img src='data:,'><input name=code><p style='width:999px;color:#eee'>faint</p>";
    let site = Upstream::answering(move |_| html(page, "default-src 'none'; style-src 'unsafe-inline'")).await;
    let phone = Browser::on(Screen::Phone, Scheme::Light).await;
    phone.open(&Url::parse(&site.url()).expect("a URL")).await;
    let faults = Axe::load().faults(&phone).await.join("\n");
    for fault in [
        "html-has-lang",
        "image-alt",
        "label",
        "color-contrast",
        "too small",
        "wider than the screen",
    ] {
        assert!(faults.contains(fault), "{fault}: {faults}");
    }
}

async fn look_at_every_page(screen: Screen, scheme: Scheme) {
    let site = Upstream::answering(|request| answer(request.head.target())).await;
    let browser = Browser::on(screen, scheme).await;
    let axe = Axe::load();
    let mut faults = Vec::new();
    for (name, page) in Page::samples() {
        // They leave at once for an application that is not here.
        if matches!(page, Page::Leave(_) | Page::FormUnderWay(_)) {
            continue;
        }
        let url = format!("{}/{name}", site.url());
        browser.open(&Url::parse(&url).expect("a URL")).await;
        assert!(browser.has_styles().await, "{name}");
        faults.extend(
            axe.faults(&browser)
                .await
                .iter()
                .map(|fault| format!("{name}: {fault}")),
        );
    }
    let is_dark = "return window.matchMedia('(prefers-color-scheme: dark)').matches";
    assert_eq!(browser.run(is_dark).await, json!(matches!(scheme, Scheme::Dark)));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn answer(target: &str) -> Reply {
    if let Some(asset) = target.strip_prefix("/.vestibule/assets/").and_then(assets::find) {
        let content = std::str::from_utf8(asset.bytes).expect("assets are text");
        return reply(asset.content_type, content, "");
    }
    let name = target.trim_start_matches('/');
    match Page::samples().into_iter().find(|(sample, _)| *sample == name) {
        Some((_, page)) => html(&page.render(&frame()).expect("a page"), POLICY),
        None => Reply::Raw("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned()),
    }
}

fn html(page: &str, policy: &str) -> Reply {
    reply(
        "text/html; charset=utf-8",
        page,
        &format!("Content-Security-Policy: {policy}\r\n"),
    )
}

fn reply(content_type: &str, content: &str, headers: &str) -> Reply {
    let length = content.len();
    Reply::Raw(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n{headers}\r\n{content}"
    ))
}

fn frame() -> Frame<'static> {
    Frame {
        language: Language::English,
        brand: "Example Hospital",
        request_id: "01HZX4Q8T7N3SAMPLE0REQUEST",
        support: Some("Call the service desk on 555 0100, weekdays from 8 to 18."),
    }
}
