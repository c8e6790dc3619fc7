//! People who log in with two factors, by plain HTTP and with a cookie jar each.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use totp_rs::Totp;
use url::form_urlencoded::Serializer;

use crate::Outcome;
use crate::client::{Answer, Client};

/// Who logs in.
pub(crate) struct Person {
    pub(crate) username: String,
    pub(crate) password: &'static str,
    /// The `otpauth://` URI of their authenticator app.
    pub(crate) totp_uri: String,
}

/// Logs in through the page that stands before `/`, until the upstream answers; the cookies of the session.
pub(crate) fn log_in(browser: &mut Browser, person: &Person) -> Outcome<String> {
    let page = browser.open("/")?;
    let names = [("username", person.username.as_str()), ("password", person.password)];
    let page = browser.submit(&page, "password", &names)?;
    let now = clock()?.as_secs();
    let code = Totp::from_url(&person.totp_uri)?.generate(now).to_string();
    let page = browser.submit(&page, "code", &[("code", &code)])?;
    if page.body.contains("<form") {
        return Err(format!("not let in: {}", page.body).into());
    }
    Ok(browser.cookie_header())
}

pub(crate) struct Browser {
    client: Client,
    port: u16,
    cookies: BTreeMap<String, String>,
    /// What is said of where it is, for servers that believe it; a whole header line.
    from: Option<String>,
}

pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) body: String,
}

/// A form that is filled in.
pub(crate) struct Filled {
    action: String,
    body: String,
}

/// Redirects that one click may lead through.
const HOPS: u32 = 8;

impl Browser {
    pub(crate) fn new(port: u16, from: Option<&str>) -> Outcome<Browser> {
        Ok(Browser {
            client: Client::connect(port)?,
            port,
            cookies: BTreeMap::new(),
            from: from.map(|from| format!("X-Forwarded-For: {from}")),
        })
    }

    pub(crate) fn open(&mut self, path: &str) -> Outcome<Page> {
        let answer = self.send(("GET", path), "")?;
        self.follow(path, answer)
    }

    /// Sends the form of a page that has this field, with its hidden inputs and these values.
    pub(crate) fn submit(&mut self, page: &Page, field: &str, values: &[(&str, &str)]) -> Outcome<Page> {
        let filled = fill(page, field, values)?;
        let answer = self.post(&filled)?;
        self.follow(&filled.action, answer)
    }

    /// Sends a form; its first answer.
    pub(crate) fn post(&mut self, form: &Filled) -> Outcome<Answer> {
        self.send(("POST", &form.action), &form.body)
    }

    fn follow(&mut self, path: &str, mut answer: Answer) -> Outcome<Page> {
        let mut path = path.to_owned();
        for _ in 0..HOPS {
            match location(&answer, self.port) {
                Some(next) => path = next,
                None if answer.status == 200 => {
                    let body = String::from_utf8(answer.body)?;
                    return Ok(Page { path, body });
                }
                None => {
                    let text = String::from_utf8_lossy(&answer.body);
                    return Err(format!("{path}: {}\n{text}", answer.status).into());
                }
            }
            answer = self.send(("GET", &path), "")?;
        }
        Err(format!("led in a circle, last to {path}").into())
    }

    fn send(&mut self, (method, path): (&str, &str), body: &str) -> Outcome<Answer> {
        let cookie = format!("Cookie: {}", self.cookie_header());
        let origin = format!("Origin: http://127.0.0.1:{}", self.port);
        let mut headers = vec!["Accept: text/html"];
        headers.extend((!self.cookies.is_empty()).then_some(cookie.as_str()));
        headers.extend(self.from.as_deref());
        if method == "POST" {
            headers.extend([origin.as_str(), "Content-Type: application/x-www-form-urlencoded"]);
        }
        let answer = self.client.send((method, path), &headers, body)?;
        let set = answer.headers("set-cookie");
        for (name, value) in set.filter_map(|line| line.split(';').next()?.split_once('=')) {
            if value.is_empty() {
                self.cookies.remove(name)
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned())
            };
        }
        if answer.header("connection") == Some("close") {
            self.client = Client::connect(self.port)?;
        }
        Ok(answer)
    }

    fn cookie_header(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }
}

/// Fills in the form of a page that has this field.
pub(crate) fn fill(page: &Page, field: &str, values: &[(&str, &str)]) -> Outcome<Filled> {
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
    Ok(Filled {
        action: attribute(form, "action").unwrap_or_else(|| page.path.clone()),
        body: body.finish(),
    })
}

/// Where an answer leads, as a path: every page of ours is on one host here.
fn location(answer: &Answer, port: u16) -> Option<String> {
    let to = answer.header("location")?;
    Some(
        to.strip_prefix(&format!("http://127.0.0.1:{port}"))
            .unwrap_or(to)
            .to_owned(),
    )
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
