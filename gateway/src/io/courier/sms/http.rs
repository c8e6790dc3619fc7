//! SMS through any company that takes one HTTP request: provider `http`, described by a template.
//!
//! The request is sent once; trying again, or elsewhere, is the business of [`super::super::Couriers`]. What the company
//! answers is read for its operator only: any 2xx means that it took the message.

use super::template::{Escape, Place, Template, Values};
use crate::domain::secret::Secret;
use crate::io::courier::{Courier, CourierFault, Destination, Notice, Wording};
use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, Url};
use std::sync::Arc;
use std::time::Duration;

/// How the company wants to be asked. `{secret}` may stand everywhere, `{to}` and `{text}` in the URL's path and query
/// and in the body.
pub struct Request {
    /// Such as `POST`.
    pub method: String,
    /// `http` or `https`; values are percent-encoded.
    pub url: String,
    /// Names and values; `Content-Type` also says how values are written in the body.
    pub headers: Vec<(String, String)>,
    /// Empty for none.
    pub body: String,
    /// What stands for `{secret}`; `None` where the company wants none.
    pub secret: Option<Secret<String>>,
}

/// A company that carries SMS.
pub struct HttpSms {
    name: String,
    client: Client,
    wording: Arc<dyn Wording>,
    method: Method,
    url: Template,
    headers: HeaderMap,
    body: Template,
    escape: Escape,
    secret: Secret<String>,
}

impl HttpSms {
    /// A courier that asks in this way. The client must not follow redirects, which would carry code and secret to
    /// wherever the answer says.
    ///
    /// # Errors
    /// When method, URL or a header is not one, or a place has no value; the text says which.
    pub fn new(request: Request, client: Client, wording: Arc<dyn Wording>) -> Result<Self, CourierFault> {
        let url = Template::parse(&request.url);
        let body = Template::parse(&request.body);
        let host = fixed_host(&url)?;
        let headers = headers(&request)?;
        if request.secret.is_none() && (url.has(Place::Secret) || body.has(Place::Secret)) {
            return Err(unusable("{secret} has no value: set secret_file"));
        }
        let escape = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map_or(Escape::Plain, Escape::of_content_type);
        Ok(Self {
            name: format!("sms:{host}"),
            client,
            wording,
            method: request
                .method
                .parse()
                .map_err(|_| unusable("the method is not an HTTP method"))?,
            url,
            headers,
            body,
            escape,
            secret: request.secret.unwrap_or_else(|| Secret::new(String::new())),
        })
    }

    async fn ask(&self, to: &str, text: &str) -> Result<(), String> {
        let values = Values {
            to,
            text,
            secret: self.secret.expose(),
        };
        let url = self.url.expand(values, Escape::Url).map_err(|why| why.to_string())?;
        let body = self
            .body
            .expand(values, self.escape)
            .map_err(|why| format!("the body: {why}"))?;
        let mut request = self
            .client
            .request(self.method.clone(), url)
            .headers(self.headers.clone())
            .timeout(PATIENCE);
        if !body.is_empty() {
            request = request.body(body);
        }
        let answer = request.send().await.map_err(told)?;
        let status = answer.status();
        // Read in any case, so that the connection can be used again.
        let said = beginning(answer).await;
        if status.is_success() {
            Ok(())
        } else {
            Err(format!(
                "answered {status}: {}",
                without_secrets(&said, self.secret.expose())
            ))
        }
    }
}

#[async_trait]
impl Courier for HttpSms {
    fn name(&self) -> &str {
        &self.name
    }

    fn serves(&self, destination: Destination<'_>) -> bool {
        matches!(destination, Destination::Phone(_))
    }

    async fn send(&self, destination: Destination<'_>, notice: &Notice<'_>) -> Result<(), CourierFault> {
        let fault = |why| CourierFault {
            courier: self.name.clone(),
            why,
        };
        match destination {
            Destination::Phone(number) => self
                .ask(number.expose(), &self.wording.sms(notice)?)
                .await
                .map_err(fault),
            Destination::Mailbox(_) => Err(fault("carries no e-mail".to_owned())),
        }
    }
}

/// The host of the URL, which no value may choose.
fn fixed_host(url: &Template) -> Result<String, CourierFault> {
    let with = |value| -> Option<Url> {
        let text = url
            .expand(
                Values {
                    to: value,
                    text: value,
                    secret: value,
                },
                Escape::Url,
            )
            .ok()?;
        Url::parse(&text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none())
    };
    let (Some(one), Some(other)) = (with("1"), with("2")) else {
        return Err(unusable("the URL is not one of http or https"));
    };
    let credentials = !one.username().is_empty() || one.password().is_some();
    if one.origin() != other.origin() || credentials {
        return Err(unusable(
            "the URL's host and user may not hold values: put {secret} into a header",
        ));
    }
    Ok(one.host_str().unwrap_or_default().to_owned())
}

fn headers(request: &Request) -> Result<HeaderMap, CourierFault> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let template = Template::parse(value);
        if template.has(Place::To) || template.has(Place::Text) {
            return Err(unusable(&format!("the header {name} may hold {{secret}} only")));
        }
        if template.has(Place::Secret) && request.secret.is_none() {
            return Err(unusable("{secret} has no value: set secret_file"));
        }
        let secret = request.secret.as_ref().map_or("", |secret| secret.expose());
        let value = template.expand(
            Values {
                to: "",
                text: "",
                secret,
            },
            Escape::Header,
        );
        let value = value.ok().and_then(|value| HeaderValue::from_str(&value).ok());
        let (Ok(name), Some(mut value)) = (name.parse::<HeaderName>(), value) else {
            return Err(unusable(&format!(
                "{name} is not a header, or its value cannot stand in one"
            )));
        };
        value.set_sensitive(template.has(Place::Secret));
        headers.append(name, value);
    }
    Ok(headers)
}

fn unusable(why: &str) -> CourierFault {
    CourierFault {
        courier: "sms".to_owned(),
        why: why.to_owned(),
    }
}

/// What became of the connection, without the URL, which may hold the number.
fn told(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in 3 s".to_owned();
    }
    let error = error.without_url();
    let cause = std::iter::successors(std::error::Error::source(&error), |error| error.source()).last();
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// At most 64 KiB of the answer.
async fn beginning(mut answer: Response) -> String {
    let mut said = Vec::new();
    while said.len() < MOST_READ {
        match answer.chunk().await {
            Ok(Some(chunk)) => said.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    said.truncate(MOST_READ);
    String::from_utf8_lossy(&said).into_owned()
}

/// The first words of an answer, which may repeat what it was sent: without its digits, for they may be the number or
/// the code, and without anything if the secret is in it.
fn without_secrets(said: &str, secret: &str) -> String {
    let spellings = [Escape::Plain, Escape::Json, Escape::Form, Escape::Url, Escape::Xml];
    if !secret.is_empty()
        && spellings
            .iter()
            .any(|escape| escape.write(secret).is_ok_and(|spelt| said.contains(&spelt)))
    {
        return "…".to_owned();
    }
    let shown = |letter: char| match letter {
        digit if digit.is_numeric() => '#',
        control if control.is_control() => ' ',
        other => other,
    };
    said.chars().take(MOST_SHOWN).map(shown).collect()
}

const PATIENCE: Duration = Duration::from_secs(3);
const MOST_READ: usize = 64 * 1024;
const MOST_SHOWN: usize = 200;

#[cfg(test)]
mod tests;
