//! A person who logs in once with two factors, by plain HTTP and with a cookie jar, and then has a session to measure.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use totp_rs::Totp;
use url::form_urlencoded::Serializer;

use crate::Outcome;

/// Who logs in.
pub(crate) struct Person {
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    /// The `otpauth://` URI of their authenticator app.
    pub(crate) totp_uri: String,
}

/// Logs in through the page that stands before `/`, until the upstream answers; the cookies of the session.
pub(crate) fn log_in(port: u16, person: &Person) -> Outcome<String> {
    let mut browser = Browser {
        port,
        cookies: BTreeMap::new(),
    };
    let page = browser.open("/")?;
    let names = [("username", person.username), ("password", person.password)];
    let page = browser.submit(&page, "password", &names)?;
    let now = clock()?.as_secs();
    let code = Totp::from_url(&person.totp_uri)?.generate(now).to_string();
    let page = browser.submit(&page, "code", &[("code", &code)])?;
    if page.body.contains("<form") {
        return Err(format!("not let in: {}", page.body).into());
    }
    Ok(browser.cookie_header())
}

struct Browser {
    port: u16,
    cookies: BTreeMap<String, String>,
}

struct Page {
    path: String,
    body: String,
}

/// Redirects that one click may lead through.
const HOPS: u32 = 8;
/// For a server that hangs.
const PATIENCE: Duration = Duration::from_secs(20);

impl Browser {
    fn open(&mut self, path: &str) -> Outcome<Page> {
        self.follow(path, "GET", "")
    }

    /// Sends the form of a page that has this field, with its hidden inputs and these values.
    fn submit(&mut self, page: &Page, field: &str, values: &[(&str, &str)]) -> Outcome<Page> {
        let mut forms = page
            .body
            .split("<form")
            .skip(1)
            .filter_map(|rest| rest.split("</form>").next());
        let form = forms.find(|form| form.contains(&format!("name=\"{field}\"")));
        let form = form.ok_or_else(|| format!("no form for the {field} on {}:\n{}", page.path, page.body))?;
        let hidden = form
            .split("<input")
            .skip(1)
            .filter(|tag| tag.contains("type=\"hidden\""));
        let hidden = hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)));
        let mut body = Serializer::new(String::new());
        body.extend_pairs(hidden).extend_pairs(values);
        let action = attribute(form, "action").unwrap_or_else(|| page.path.clone());
        self.follow(&action, "POST", &body.finish())
    }

    fn follow(&mut self, path: &str, method: &str, body: &str) -> Outcome<Page> {
        let mut path = path.to_owned();
        let mut answer = self.send(method, &path, body)?;
        for _ in 0..HOPS {
            match answer.location(self.port) {
                Some(next) => path = next,
                None if answer.status == 200 => {
                    return Ok(Page {
                        path,
                        body: answer.body,
                    });
                }
                None => return Err(format!("{path}: {}\n{}", answer.status, answer.body).into()),
            }
            answer = self.send("GET", &path, "")?;
        }
        Err(format!("led in a circle, last to {path}").into())
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Outcome<Answer> {
        let host = format!("127.0.0.1:{}", self.port);
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: text/html\r\n");
        request += &format!("Cookie: {}\r\n", self.cookie_header());
        if method == "POST" {
            request += &format!("Origin: http://{host}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(format!("{request}\r\n{body}").as_bytes())?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let answer = Answer::read(&text)?;
        for pair in answer
            .headers("set-cookie")
            .filter_map(|line| line.split(';').next()?.split_once('='))
        {
            let (name, value) = (pair.0.to_owned(), pair.1.to_owned());
            if value.is_empty() {
                self.cookies.remove(&name)
            } else {
                self.cookies.insert(name, value)
            };
        }
        Ok(answer)
    }

    fn cookie_header(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn read(text: &str) -> Outcome<Answer> {
        let (head, body) = text.split_once("\r\n\r\n").ok_or("not an HTTP answer")?;
        let status = head.split(' ').nth(1).ok_or("an answer without a status")?.parse()?;
        Ok(Answer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        })
    }

    fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Where it leads, as a path: every page of ours is on one host here.
    fn location(&self, port: u16) -> Option<String> {
        let to = self.headers("location").next()?;
        Some(
            to.strip_prefix(&format!("http://127.0.0.1:{port}"))
                .unwrap_or(to)
                .to_owned(),
        )
    }
}

/// The value of an attribute in double quotes in the first tag of `html`.
fn attribute(html: &str, name: &str) -> Option<String> {
    let (_, rest) = html.split('>').next()?.split_once(&format!(" {name}=\""))?;
    rest.split('"')
        .next()
        .map(|value| value.replace("&#38;", "&").replace("&amp;", "&"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "an authenticator app reads the clock; the product's clock is not ours"
)]
fn clock() -> Outcome<Duration> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?)
}
