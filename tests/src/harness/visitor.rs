//! A person with a browser that knows no JavaScript: plain HTTP, a cookie jar, and redirects followed only when asked.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Once;

use http::Method;
use reqwest::ClientBuilder;
use reqwest::redirect::Policy;
use url::Url;

use super::answer::Answer;
use super::certificates::Authority;
use super::cookies::Cookies;
use super::form::Form;
use super::people::Person;

/// Every host name of the tests is this machine.
const HOSTS: &[&str] = &[
    "localhost",
    "app.localhost",
    "login.localhost",
    "other.localhost",
    "nowhere.localhost",
];

/// A clone goes on with the cookies of the original: another tab, as long as neither is given new ones.
#[derive(Clone)]
pub(crate) struct Visitor {
    http: reqwest::Client,
    pub(crate) cookies: Cookies,
}

impl Visitor {
    pub(crate) fn new() -> Visitor {
        Visitor::at(Ipv4Addr::LOCALHOST)
    }

    /// Somebody at another address of this machine.
    pub(crate) fn at(address: Ipv4Addr) -> Visitor {
        Visitor::with(address, |client| client)
    }

    /// Somebody who trusts what this authority has certified.
    pub(crate) fn trusting(authority: &Authority) -> Visitor {
        Visitor::with(Ipv4Addr::LOCALHOST, |client| {
            client.add_root_certificate(authority.root())
        })
    }

    pub(crate) fn with(address: Ipv4Addr, how: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Visitor {
        install_crypto();
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        // No connection is kept: a gateway that was restarted must not surprise the next request.
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .local_address(IpAddr::V4(address))
            .pool_max_idle_per_host(0);
        let client = HOSTS.iter().fold(client, |client, host| client.resolve(host, here));
        Visitor {
            http: how(client).build().expect("an HTTP client"),
            cookies: Cookies::default(),
        }
    }

    /// Opens a page and goes wherever it leads.
    pub(crate) async fn visit(&mut self, url: &Url) -> Answer {
        let answer = self.open(url).await;
        self.follow(answer).await
    }

    /// Opens a page, the way a browser loads one.
    pub(crate) async fn open(&mut self, url: &Url) -> Answer {
        self.send(Method::GET, url, NAVIGATION, "").await
    }

    /// Goes on until an answer leads nowhere else.
    pub(crate) async fn follow(&mut self, mut answer: Answer) -> Answer {
        let mut hops = 0;
        while let Some(next) = answer.onward() {
            hops += 1;
            assert!(hops < 10, "led in a circle, last to {next}");
            answer = self.open(&next).await;
        }
        answer
    }

    /// Sends a form.
    pub(crate) async fn submit(&mut self, form: &Form) -> Answer {
        let origin = form.action.origin().ascii_serialization();
        let own = [
            ("Origin", origin.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        self.send(
            Method::POST,
            &form.action,
            &[NAVIGATION, &own].concat(),
            &form.encoded(),
        )
        .await
    }

    /// On the login page: name and password, then on to whatever is asked next.
    pub(crate) async fn enter_password(&mut self, page: &Answer, person: &Person) -> Answer {
        let answer = self
            .try_password(page, &person.username, &person.password)
            .await
            .expect(303);
        self.follow(answer).await
    }

    pub(crate) async fn try_password(&mut self, page: &Answer, username: &str, password: &str) -> Answer {
        self.submit(
            &page
                .form_with("password")
                .fill("username", username)
                .fill("password", password),
        )
        .await
    }

    /// On the page that asks for a code: the answer to it, not followed.
    pub(crate) async fn enter_code(&mut self, page: &Answer, code: &str) -> Answer {
        self.submit(&page.form_with("code").fill("code", code)).await
    }

    /// On the page that asks for a code: another method, by the words on its button.
    pub(crate) async fn try_another_method(&mut self, page: &Answer, words: &str) -> Answer {
        let mut methods = page.url.clone();
        methods.set_path("/.vestibule/methods");
        let choices = self.visit(&methods).await.expect(200);
        let answer = self.submit(&choices.form_to("methods").press(words)).await.expect(303);
        self.follow(answer).await
    }

    /// Asks for a tunnel, with a client of HTTP/1.1; the status of the answer.
    pub(crate) async fn handshake(&self, url: &Url, headers: &[(&str, &str)]) -> u16 {
        let request = self.http.get(url.clone());
        let request = request.header("Cookie", self.cookies.header(url));
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.expect("an answer").status().as_u16()
    }

    /// Anything else. Sends and takes cookies.
    pub(crate) async fn send(&mut self, method: Method, url: &Url, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = self.http.request(method, url.clone());
        if !body.is_empty() {
            request = request.body(body.to_owned());
        }
        let cookies = self.cookies.header(url);
        if !cookies.is_empty() {
            request = request.header("Cookie", cookies);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("no answer from {url}: {error:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.text().await.expect("a whole body");
        self.cookies.take(url, &headers);
        Answer {
            url: url.clone(),
            status,
            headers,
            body,
        }
    }
}

/// What a browser sends along when a page is opened.
pub(crate) const NAVIGATION: &[(&str, &str)] = &[
    ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Site", "same-origin"),
];

/// Every TLS client of the tests needs one provider, chosen once.
pub(crate) fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        rustls::crypto::aws_lc_rs::default_provider()
            .install_default()
            .expect("nobody was faster");
    });
}
