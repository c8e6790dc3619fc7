//! One login for many tabs and hosts: whoever logs in in one tab is in in all, and nobody is sent in circles.

use http::Method;
use url::Url;

use crate::harness::answer::Answer;
use crate::harness::browser::Browser;
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Upstream};
use crate::harness::visitor::{NAVIGATION, Visitor};
use crate::harness::world::World;

const RULES: &str = "[[application.rule]]\npath = \"/\"\nrequire = \"two_factor\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn tabs_that_waited_go_on_at_their_next_click() {
    let world = World::serve(Plan::new()).await;
    let mut ann = Visitor::new();
    let pages = ["/headers?tab=1", "/headers?tab=2", "/headers?tab=3"].map(|path| world.page(path));
    let mut tabs = Vec::new();
    for page in &pages {
        tabs.push(ann.visit(page).await.expect(200));
    }
    // The second tab is sent while the first waits for the code: there is one login, and it goes on.
    let second = ann.enter_password(&tabs[0], &world.ann).await;
    let sent = ann
        .try_password(&tabs[1], &world.ann.username, &world.ann.password)
        .await;
    let also_second = ann.follow(sent).await;
    assert!(also_second.form_with("code").has("authenticator"));

    let code = world.ann.app().new_code().await;
    let answer = ann.enter_code(&second, &code).await;
    assert_eq!(ann.follow(answer).await.url, pages[0]);

    let answer = ann.enter_code(&also_second, &code).await;
    assert_eq!(ann.follow(answer).await.url, pages[1]);
    let answer = ann.try_password(&tabs[2], "anybody", "anything").await;
    assert_eq!(ann.follow(answer).await.url, pages[2]);
    assert_eq!(world.open_sessions(&world.ann).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_on_three_hosts_go_on_by_themselves() {
    let other = Upstream::answering(|_| Reply::text("the other application")).await;
    let world = World::serve(Plan::new().beside("other.localhost", &other.url(), RULES)).await;
    let mut on_other = world.page("/files");
    on_other.set_host(Some("other.localhost")).expect("a host");
    let pages = [world.page("/headers?first"), on_other, world.own_page("account")];
    let browser = Browser::desktop().await;
    browser.open(&pages[0]).await;
    let mut tabs = vec![browser.tab().await];
    for page in &pages[1..] {
        tabs.push(browser.new_tab().await);
        browser.open(page).await;
        browser.reads("Log in").await;
    }
    browser.enter_password(&world.ann).await;
    browser.enter_code(&world.ann.app().new_code().await).await;
    for (tab, page) in tabs.iter().zip(&pages).rev() {
        browser.show(tab).await;
        browser.arrives_at(page).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_always_back_is_told_so() {
    let world = World::serve(Plan::new()).await;
    let mut ann = Visitor::new();
    let page = world.page("/headers?round");
    world.log_in(&mut ann, &world.ann, "/headers?round").await;
    let mut rounds = 0;
    let told = loop {
        rounds += 1;
        assert!(rounds < 7, "browsers give up after twenty redirects");
        ann.cookies.set(&page, &world.session_cookie(), "not-kept");
        let answer = until_back(&world, &mut ann, &page).await;
        if answer.status == 403 {
            break answer;
        }
    };
    assert!(told.text().contains("round in circles"), "{}", told.text());
    // It is this way only that is closed.
    ann.visit(&world.page("/headers?elsewhere")).await.expect(200);
}

/// From the application over the portal to where it would be back, or to whatever stops it.
async fn until_back(world: &World, visitor: &mut Visitor, page: &Url) -> Answer {
    let mut answer = visitor.open(page).await;
    loop {
        match answer.onward() {
            Some(next) if next == *page && answer.url.origin() == world.application.origin() => return answer,
            Some(next) => answer = visitor.open(&next).await,
            None => return answer,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_keeps_no_cookies_is_told_so() {
    let world = World::serve(Plan::new()).await;
    let login = Visitor::new().visit(&world.page("/headers")).await.expect(200);
    let (name, password) = (&world.ann.username, &world.ann.password);
    let again = Visitor::new().try_password(&login, name, password).await.expect(403);
    let told = Visitor::new().try_password(&again, name, password).await.expect(403);
    assert!(told.text().contains("did not bring our cookie"), "{}", told.text());

    // Whoever had just lost them goes on.
    let mut ann = Visitor::new();
    let again = ann.try_password(&login, name, password).await.expect(403);
    let second = ann.enter_password(&again, &world.ann).await;
    let answer = ann.enter_code(&second, &world.ann.app().new_code().await).await;
    let told = ann.follow(answer).await.expect(403);
    assert!(
        told.text().contains("did not bring our cookie"),
        "it was another browser that asked: {}",
        told.text()
    );
    ann.visit(&world.page("/headers")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tabs_leave_one_cookie_on_each_host() {
    let world = World::serve(Plan::new()).await;
    let mut ann = Visitor::new();
    for tab in 0..20 {
        let login = ann.visit(&world.page(&format!("/headers?tab={tab}"))).await;
        login.expect(200);
    }
    for host in [&world.application, &world.portal] {
        assert_eq!(ann.cookies.header(host).split(';').count(), 1, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whole_tabs_are_sent_to_the_login() {
    let world = World::serve(Plan::new()).await;
    for (mode, dest) in [
        ("navigate", "iframe"),
        ("navigate", "embed"),
        ("no-cors", "script"),
        ("no-cors", "image"),
        ("cors", "empty"),
    ] {
        let headers = [
            ("Accept", "text/html"),
            ("Sec-Fetch-Mode", mode),
            ("Sec-Fetch-Dest", dest),
        ];
        let answer = Visitor::new()
            .send(Method::GET, &world.page("/headers"), &headers, "")
            .await
            .expect(401);
        assert!(!answer.headers.contains_key("set-cookie"), "{mode} {dest}");
    }
    let whole = Visitor::new()
        .send(Method::GET, &world.page("/headers"), NAVIGATION, "")
        .await;
    assert!(whole.onward().is_some());
}
