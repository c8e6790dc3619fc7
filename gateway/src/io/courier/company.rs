//! For the tests of couriers: a company that is asked once, and what its courier needs around it.

use super::{CallText, CodeLetter, CourierFault, EmailText, Letter, Occasion, Wording};
use crate::domain::authenticator::challenge::Code;
use crate::domain::authenticator::phone::PhoneNumber;
use crate::domain::time::Timestamp;
use crate::io::clock::Clock;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

/// A company that gives one answer, to the last byte.
pub(super) struct Company {
    url: Url,
    seen: JoinHandle<Seen>,
}

/// A request as it came.
pub(super) struct Seen {
    /// All of it.
    pub(super) whole: String,
    /// Method and target.
    pub(super) line: String,
    /// By lower-case name.
    pub(super) headers: BTreeMap<String, String>,
    /// The body.
    pub(super) body: String,
}

impl Seen {
    /// The body as a form.
    pub(super) fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    fn of(whole: String) -> Self {
        let (head, body) = whole.split_once("\r\n\r\n").unwrap();
        let mut lines = head.split("\r\n");
        let line = lines.next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
        let headers = lines
            .map(|header| header.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self {
            line,
            headers,
            body: body.to_owned(),
            whole,
        }
    }
}

impl Company {
    /// One that gives this whole HTTP response, then ends the connection.
    pub(super) async fn answering(response: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let response = response.to_owned();
        let seen = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut seen = Vec::new();
            while !is_whole(&seen) {
                let mut more = [0; 4096];
                let read = connection.read(&mut more).await.unwrap();
                assert!(read > 0, "half a request: {}", String::from_utf8_lossy(&seen));
                seen.extend_from_slice(&more[..read]);
            }
            // Whoever has read enough may hang up.
            let _ = connection.write_all(response.as_bytes()).await;
            Seen::of(String::from_utf8(seen).unwrap())
        });
        Self { url, seen }
    }

    /// One that answers with this status and body.
    pub(super) async fn saying(status: &str, body: &str) -> Self {
        let length = body.len();
        Self::answering(&format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}")).await
    }

    /// Where it is.
    pub(super) fn url(&self) -> Url {
        self.url.clone()
    }

    /// What it was asked.
    pub(super) async fn seen(self) -> Seen {
        self.seen.await.unwrap()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .to_ascii_lowercase()
        .split("\r\n")
        .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    body.len() >= length.unwrap_or_default()
}

/// What companies answer that do not keep to their documentation, none of which says that a message was taken.
pub(super) const ILL_ANSWERS: [(&str, &str); 6] = [
    ("HTML", "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>ok</html>"),
    (
        "half an answer",
        "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"sid\":",
    ),
    ("nothing", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    (
        "a redirect",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    ),
    ("no HTTP", "SSH-2.0-OpenSSH\r\n"),
    (
        "an error",
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops",
    ),
];

/// An answer without an end.
pub(super) fn flood() -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n{}",
        "x".repeat(10_485_760)
    )
}

const HOST: &str = "login.example";

impl Letter<'_> {
    /// The code it carries, in the plain.
    pub(super) fn code(&self) -> &str {
        match self {
            Self::Code(letter) => letter.code.expose(),
            Self::Notice(_) | Self::Invitation(_) => panic!("these tests carry codes"),
        }
    }
}

/// Short words.
pub(super) struct Words;

impl Wording for Words {
    fn sms(&self, letter: &Letter<'_>) -> Result<String, CourierFault> {
        Ok(format!("Your \"code\"\n@{} #{}", HOST, letter.code()))
    }

    fn call(&self, letter: &Letter<'_>) -> Result<CallText, CourierFault> {
        Ok(CallText {
            language: "en-US".to_owned(),
            invitation: "Press a key & listen".to_owned(),
            code: format!("Your code is {}", letter.code()),
            farewell: "Goodbye".to_owned(),
        })
    }

    fn email(&self, letter: &Letter<'_>) -> Result<EmailText, CourierFault> {
        Ok(EmailText {
            subject: letter.code().to_owned(),
            text: letter.code().to_owned(),
            html: String::new(),
        })
    }
}

/// 14 November 2023, 22:13:20 UTC.
pub(super) struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_250)
    }
}

#[expect(clippy::disallowed_methods, reason = "a test puts its own program together")]
pub(super) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

pub(super) fn number() -> PhoneNumber {
    PhoneNumber::parse("+33612345612").unwrap()
}

pub(super) fn letter(code: &Code) -> CodeLetter<'_> {
    CodeLetter {
        occasion: Occasion::Login,
        code,
        life: Duration::from_secs(300),
        host: HOST,
        origin: IpAddr::V4(Ipv4Addr::LOCALHOST),
        language: "en",
        parcel: None,
    }
}

/// The text of [`Words`] with the code 123456.
pub(super) const TEXT: &str = "Your \"code\"\n@login.example #123456";
