//! How an HTTP gateway is asked: `url`, `method`, `headers`, `body`, `secret_file`.

use crate::config::HttpTemplate;
use crate::config::parse::words::one_of;
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::domain::host::Authority;
use http::{HeaderName, HeaderValue, Method};
use url::Url;

/// The template of a request.
pub(super) fn template(section: &Section<'_>) -> Option<HttpTemplate> {
    let url = section.required(
        "url",
        r#"where requests go: url = "https://sms.example.net/send""#,
        gateway,
    );
    let methods = [("POST", Method::POST), ("PUT", Method::PUT)];
    let method = section.optional("method", one_of(&methods)).unwrap_or(Method::POST);
    let headers = section.entries("headers", header);
    let hint = r#"what is sent: body = '{"to":"{to}","text":"{text}"}'"#;
    let body = section.required("body", hint, body);
    let secret = section.secret("secret_file");
    if body.is_some()
        && !headers
            .iter()
            .any(|(name, value)| name == "content-type" && is_escapable(value))
    {
        let hint = "application/json or application/x-www-form-urlencoded; {to} and {text} are escaped for it";
        section.report("headers", flaw("no Content-Type known here", hint));
    }
    if let Some(body) = &body {
        placed(section, headers.iter().map(|(_, value)| value).chain([body]));
    }
    Some(HttpTemplate {
        url: url?,
        method,
        headers,
        body: body?,
        secret,
    })
}

/// A secret is named exactly when some text mentions it.
fn placed<'t>(section: &Section<'_>, mut texts: impl Iterator<Item = &'t String>) {
    match (texts.any(|text| text.contains("{secret}")), section.has("secret_file")) {
        (true, true) | (false, false) => {}
        (true, false) => section.must("secret_file", "it stands for {secret}; name the file that holds it"),
        (false, true) => {
            let hint = r#"say where it goes: Authorization = "Bearer {secret}""#;
            section.report("secret_file", flaw("no header and no body mentions {secret}", hint));
        }
    }
}

/// Where requests go; it may hold a key of the company's, so no message repeats it.
fn gateway(text: &str) -> Result<Url, Flaw> {
    let url = address(text)?;
    if ["{to}", "{text}", "{secret}"].iter().any(|place| text.contains(place)) {
        return Err(flaw(
            "codes, numbers and secrets never stand in a URL, which gets logged",
            "put them in body or headers",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(flaw(
            "has a password in it",
            "use secret_file and a header with {secret}",
        ));
    }
    Ok(url)
}

fn header(name: &str, value: &str) -> Result<(String, String), Flaw> {
    let parsed =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| flaw("not a header name", "letters, digits and -"))?;
    let lower = parsed.as_str();
    if matches!(lower, "host" | "content-length" | "transfer-encoding" | "connection") {
        return Err(flaw("is set by the gateway itself", "leave it out"));
    }
    if HeaderValue::from_str(value).is_err() {
        return Err(flaw("not a header value", "one line of text"));
    }
    if value.contains("{to}") || value.contains("{text}") {
        return Err(flaw("only {secret} is filled in here", "put {to} and {text} in body"));
    }
    if lower == "authorization" && !value.contains("{secret}") {
        return Err(flaw(
            "a secret in the open",
            r#"keep it in secret_file and write {secret}: "Bearer {secret}""#,
        ));
    }
    Ok((lower.to_owned(), value.to_owned()))
}

fn body(text: &str) -> Result<String, Flaw> {
    let whole = text.contains("{to}") && text.contains("{text}");
    if whole {
        Ok(text.to_owned())
    } else {
        Err(flaw(
            "must mention {to} and {text}",
            r#"'{"to":"{to}","text":"{text}"}'"#,
        ))
    }
}

fn is_escapable(content_type: &str) -> bool {
    let kind = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    matches!(kind.as_str(), "application/json" | "application/x-www-form-urlencoded")
}

/// An address that what is secret may be sent to.
pub(super) fn address(text: &str) -> Result<Url, Flaw> {
    let hint = "https://host/path";
    let url = Url::parse(text).map_err(|_| flaw("not a URL", hint))?;
    let local = Authority::of(&url).is_ok_and(|authority| authority.is_loopback());
    if url.scheme() == "https" || url.scheme() == "http" && local {
        Ok(url)
    } else {
        Err(flaw("codes and numbers must not travel in the plain", hint))
    }
}
