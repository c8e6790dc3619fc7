//! SMS or calls through any company that takes one HTTP request: provider `http`, described by a template.
//!
//! The request is sent once; trying again, or elsewhere, is the business of [`super::Couriers`]. What the company
//! answers is read for its operator only: any 2xx means that it took the message. A company that calls is told the
//! code alone; that it waits for a key before it speaks is for its own settings to say.

use super::exchange::{Trouble, ask, unusable};
use super::template::{Escape, Place, Template, Values};
use super::{Accepted, Courier, CourierFault, Destination, Letter, Wording};
use crate::domain::secret::Secret;
use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};
use std::sync::Arc;

/// What a company carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// Text messages.
    Sms,
    /// Calls.
    Calls,
}

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

/// A company that is asked by a template.
pub struct HttpCourier {
    name: String,
    carries: Carries,
    client: Client,
    wording: Arc<dyn Wording>,
    method: Method,
    url: Template,
    headers: HeaderMap,
    body: Template,
    escape: Escape,
    secret: Secret<String>,
}

impl HttpCourier {
    /// A courier that asks in this way. The client must not follow redirects, which would carry code and secret to
    /// wherever the answer says.
    ///
    /// # Errors
    /// When method, URL or a header is not one, or a place has no value; the text says which.
    pub fn new(
        (name, carries): (&str, Carries),
        request: Request,
        client: Client,
        wording: Arc<dyn Wording>,
    ) -> Result<Self, CourierFault> {
        let unfit = |why: String| unusable(name, why);
        let url = Template::parse(&request.url);
        let body = Template::parse(&request.body);
        has_fixed_host(&url).map_err(unfit)?;
        let headers = headers(&request).map_err(unfit)?;
        if request.secret.is_none() && (url.has(Place::Secret) || body.has(Place::Secret)) {
            return Err(unusable(name, "{secret} has no value: set secret_file"));
        }
        let escape = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map_or(Escape::Plain, Escape::of_content_type);
        Ok(Self {
            name: name.to_owned(),
            carries,
            client,
            wording,
            method: request
                .method
                .parse()
                .map_err(|_| unusable(name, "the method is not an HTTP method"))?,
            url,
            headers,
            body,
            escape,
            secret: request.secret.unwrap_or_else(|| Secret::new(String::new())),
        })
    }

    async fn hand_over(&self, to: &str, text: &str) -> Result<Accepted, Trouble> {
        let secret = self.secret.expose();
        let values = Values { to, text, secret };
        let unwritable = |what: &str| Trouble::refused(format!("{what}: a value may not stand there"));
        let url = self
            .url
            .expand(values, Escape::Url)
            .map_err(|_| unwritable("the URL"))?;
        let body = self
            .body
            .expand(values, self.escape)
            .map_err(|_| unwritable("the body"))?;
        let mut request = self
            .client
            .request(self.method.clone(), url)
            .headers(self.headers.clone());
        if !body.is_empty() {
            request = request.body(body);
        }
        ask(request).await?.taken(&[secret]).map(|_| Accepted::Unnamed)
    }
}

#[async_trait]
impl Courier for HttpCourier {
    fn name(&self) -> &str {
        &self.name
    }

    fn serves(&self, destination: Destination<'_>) -> bool {
        match destination {
            Destination::Phone(_) => self.carries == Carries::Sms,
            Destination::Call(_) => self.carries == Carries::Calls,
            Destination::Mailbox(_) => false,
        }
    }

    async fn send(&self, destination: Destination<'_>, letter: &Letter<'_>) -> Result<Accepted, CourierFault> {
        let sent = match (destination, self.carries) {
            (Destination::Phone(number), Carries::Sms) => {
                let text = self.wording.sms(letter)?;
                self.hand_over(number.expose(), &text).await
            }
            (Destination::Call(number), Carries::Calls) => {
                let said = self.wording.call(letter)?;
                self.hand_over(number.expose(), &said.code).await
            }
            (Destination::Phone(_) | Destination::Call(_) | Destination::Mailbox(_), _) => {
                Err(Trouble::refused("does not go there"))
            }
        };
        sent.map_err(|trouble| trouble.of(&self.name))
    }
}

/// No value may choose the host of the URL.
fn has_fixed_host(url: &Template) -> Result<(), String> {
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
        return Err("the URL is not one of http or https".to_owned());
    };
    let credentials = !one.username().is_empty() || one.password().is_some();
    if one.origin() != other.origin() || credentials {
        return Err("the URL's host and user may not hold values: put {secret} into a header".to_owned());
    }
    Ok(())
}

fn headers(request: &Request) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let template = Template::parse(value);
        if template.has(Place::To) || template.has(Place::Text) {
            return Err(format!("the header {name} may hold {{secret}} only"));
        }
        if template.has(Place::Secret) && request.secret.is_none() {
            return Err("{secret} has no value: set secret_file".to_owned());
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
            return Err(format!("{name} is not a header, or its value cannot stand in one"));
        };
        value.set_sensitive(template.has(Place::Secret));
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests;
