//! A person with a real browser: Chromium, driven through chromedriver, as a desktop or as a phone 390 pixels wide.

use std::process::Command;

use fantoccini::wd::{Capabilities, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use url::Url;

use super::patience::{PATIENCE, eventually};
use super::people::Person;
use super::ports::free_port;
use super::program::Program;
use super::visitor::install_crypto;

pub(crate) struct Browser {
    client: Client,
    _driver: Program,
}

/// What a person looks at.
#[derive(Clone, Copy)]
pub(crate) enum Screen {
    Desktop,
    Phone,
}

/// The colours a person prefers.
#[derive(Clone, Copy)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

impl Browser {
    pub(crate) async fn desktop() -> Browser {
        Browser::on(Screen::Desktop, Scheme::Light).await
    }

    pub(crate) async fn phone() -> Browser {
        Browser::on(Screen::Phone, Scheme::Light).await
    }

    pub(crate) async fn on(screen: Screen, scheme: Scheme) -> Browser {
        let colours = match scheme {
            Scheme::Light => "--blink-settings=preferredColorScheme=1",
            Scheme::Dark => "--blink-settings=preferredColorScheme=0",
        };
        let metrics = json!({"width": 390, "height": 844, "pixelRatio": 2.0, "touch": true, "mobile": true});
        match screen {
            Screen::Desktop => Browser::start(&["--window-size=1280,800", colours], json!({})).await,
            Screen::Phone => {
                Browser::start(&["--window-size=390,844", colours], json!({"deviceMetrics": metrics})).await
            }
        }
    }

    async fn start(own_flags: &[&str], emulation: Value) -> Browser {
        install_crypto();
        let profile = tempfile::tempdir()
            .expect("a directory for the browser's profile")
            .keep();
        // Told to choose a port, it chooses one that is free for IPv6, and may find it taken for IPv4.
        let port = free_port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}"));
        let driver = Program::start_kept("chromedriver", &profile, &command);
        driver
            .prints(|line| line.contains("started successfully on port"))
            .await;

        let quiet = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
        ];
        let offline = [
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let data = format!("--user-data-dir={}", profile.display());
        let flags = [&quiet[..], &offline, own_flags, &[data.as_str()]].concat();
        let mut options = json!({"args": flags});
        if emulation != json!({}) {
            options["mobileEmulation"] = emulation;
        }
        let capabilities = Capabilities::from_iter([("goog:chromeOptions".to_owned(), options)]);
        let mut builder = ClientBuilder::rustls().expect("a WebDriver client");
        let client = builder
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await;
        Browser {
            client: client.expect("a running Chromium"),
            _driver: driver,
        }
    }

    pub(crate) async fn open(&self, url: &Url) {
        self.client
            .goto(url.as_str())
            .await
            .unwrap_or_else(|error| panic!("{url} does not open: {error}"));
    }

    /// The tab that is shown.
    pub(crate) async fn tab(&self) -> WindowHandle {
        self.client.window().await.expect("a tab")
    }

    /// Opens another tab and shows it.
    pub(crate) async fn new_tab(&self) -> WindowHandle {
        let made = self.client.new_window(true).await.expect("another tab");
        self.show(&made.handle).await;
        made.handle
    }

    /// Shows a tab.
    pub(crate) async fn show(&self, tab: &WindowHandle) {
        self.client.switch_to_window(tab.clone()).await.expect("a tab");
    }

    /// Waits until the browser shows `url`.
    pub(crate) async fn arrives_at(&self, url: &Url) {
        let arrival = self.client.wait().at_most(PATIENCE).for_url(url).await;
        if let Err(error) = arrival {
            panic!(
                "the browser shows {} and not {url} ({error}):\n{}",
                self.url().await,
                self.text().await
            );
        }
    }

    /// Waits until the page says `words`.
    pub(crate) async fn reads(&self, words: &str) {
        eventually(words, async || self.text().await.contains(words).then_some(())).await;
    }

    pub(crate) async fn url(&self) -> Url {
        self.client.current_url().await.expect("a page")
    }

    /// What a person reads.
    pub(crate) async fn text(&self) -> String {
        let text = self.client.execute("return document.body.innerText", Vec::new()).await;
        text.ok()
            .and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    pub(crate) async fn enter_password(&self, person: &Person) {
        self.type_into("username", &person.username).await;
        self.type_into("password", &person.password).await;
        self.press("form:has([name=password]) button").await;
    }

    pub(crate) async fn enter_code(&self, code: &str) {
        self.type_into("code", code).await;
        self.press("form:has([name=code]) button").await;
    }

    /// Fills the only other field of a form, and sends it.
    pub(crate) async fn fill_and_send(&self, name: &str, text: &str) {
        self.field(name)
            .await
            .clear()
            .await
            .expect("a field that can be emptied");
        self.type_into(name, text).await;
        self.press(&format!("form:has([name={name}]) button")).await;
    }

    /// Follows the link that reads so.
    pub(crate) async fn follow(&self, words: &str) {
        let link = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::LinkText(words))
            .await;
        link.expect(words).click().await.expect(words);
    }

    /// On the page that asks for a code: another method, by the words on its button.
    pub(crate) async fn try_another_method(&self, words: &str) {
        self.press("a[href*='/.vestibule/methods']").await;
        self.press_button(words).await;
    }

    /// What a script says that runs in the page.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect("a page")
    }

    /// What a script says that calls its first argument when it has ended.
    pub(crate) async fn run_to_end(&self, script: &str) -> Value {
        self.client.execute_async(script, Vec::new()).await.expect("a page")
    }

    /// Types into the field `name`, over whatever is in it.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        self.field(name).await.clear().await.expect("a field that takes text");
        self.type_into(name, text).await;
    }

    /// Presses the button with these words on it.
    pub(crate) async fn press_button(&self, words: &str) {
        self.click(&format!("//button[contains(., '{words}')]")).await;
    }

    /// Follows the link with exactly these words.
    pub(crate) async fn press_link(&self, words: &str) {
        self.click(&format!("//a[normalize-space(.)='{words}']")).await;
    }

    /// Follows the link that has these words in it.
    pub(crate) async fn press_choice(&self, words: &str) {
        self.click(&format!("//a[contains(., '{words}')]")).await;
    }

    /// Presses the Tab key until what this selector finds has the focus, and can be seen to have it.
    pub(crate) async fn tab_to(&self, selector: &str) {
        // A page that was come to by a key may have no focus of the window yet: striking gives it that.
        let has_focus = format!("return document.hasFocus() && document.activeElement.matches(\"{selector}\")");
        let ring = "const style = getComputedStyle(document.activeElement); \
            return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2";
        for _ in 0..60 {
            if self.run(&has_focus).await == json!(true) {
                // A field may have the focus before the page has its styles.
                let what = format!("{selector} shows that it has the focus");
                let seen = async || (self.run(ring).await == json!(true)).then_some(());
                return eventually(&what, seen).await;
            }
            self.strike("\u{e004}").await;
        }
        panic!("no way to {selector} by keyboard:\n{}", self.text().await);
    }

    /// Strikes keys, wherever the focus is.
    pub(crate) async fn strike(&self, keys: &str) {
        let focused = self.client.active_element().await.expect("a focus");
        focused.send_keys(keys).await.expect("keys are taken");
    }

    /// Keeps a picture of the page, to be looked at.
    pub(crate) async fn picture(&self, name: &str) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pictures");
        std::fs::create_dir_all(&folder).expect("a folder for pictures");
        let picture = self.client.screenshot().await.expect("a picture");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("a file");
    }

    /// What stands in the first element that this selector finds.
    pub(crate) async fn text_of(&self, selector: &str) -> String {
        let wait = self.client.wait().at_most(PATIENCE);
        let element = wait.for_element(Locator::Css(selector)).await.expect(selector);
        element.text().await.expect(selector)
    }

    async fn click(&self, path: &str) {
        let wait = self.client.wait().at_most(PATIENCE);
        match wait.for_element(Locator::XPath(path)).await {
            Ok(element) => element.click().await.expect(path),
            Err(error) => panic!("no {path} at {} ({error}):\n{}", self.url().await, self.text().await),
        }
    }

    /// Whether nothing lies beyond the right edge of the screen. Not asked of the window: on a phone it grows with what
    /// does not fit.
    pub(crate) async fn fits_the_screen(&self) -> bool {
        let script = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth";
        self.run(script).await == json!(true)
    }

    /// Whether the page's own style sheet took effect.
    pub(crate) async fn has_styles(&self) -> bool {
        let script = "return [...document.styleSheets].some(sheet => sheet.cssRules.length > 0)";
        self.run(script).await == json!(true)
    }

    /// An attribute of the field `name`.
    pub(crate) async fn field_attribute(&self, name: &str, attribute: &str) -> Option<String> {
        self.field(name).await.attr(attribute).await.expect("a page")
    }

    async fn type_into(&self, name: &str, text: &str) {
        self.field(name)
            .await
            .send_keys(text)
            .await
            .expect("a field that takes text");
    }

    async fn field(&self, name: &str) -> fantoccini::elements::Element {
        let field = format!("input[name={name}]");
        let found = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(&field))
            .await;
        match found {
            Ok(field) => field,
            Err(error) => panic!(
                "no field {name} at {} ({error}):\n{}",
                self.url().await,
                self.text().await
            ),
        }
    }

    async fn press(&self, selector: &str) {
        let button = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(selector))
            .await;
        button.expect(selector).click().await.expect(selector);
    }
}

mod tests {
    use super::*;
    use crate::harness::upstream::{Reply, Upstream};

    const PAGE: &str = "<!doctype html><meta name=viewport content='width=device-width'><body>hello <input name=code>";

    #[tokio::test(flavor = "multi_thread")]
    async fn a_phone_is_narrow_and_finds_local_names() {
        let upstream = Upstream::answering(|_| {
            let length = PAGE.len();
            Reply::Raw(format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n{PAGE}"
            ))
        });
        let url = upstream.await.url().replace("127.0.0.1", "app.localhost");
        let phone = Browser::phone().await;
        phone.open(&Url::parse(&url).expect("a URL")).await;
        phone.reads("hello").await;
        assert!(phone.fits_the_screen().await);
        let width = phone
            .client
            .execute("return window.innerWidth", Vec::new())
            .await
            .expect("a page");
        assert_eq!(width, json!(390));
    }
}
