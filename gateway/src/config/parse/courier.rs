//! `[[courier.sms]]` and `[[courier.email]]`.

use super::words::{line, one_of};
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::config::{CourierSpec, Listen};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::host::Authority;
use crate::domain::secret::Secret;
use http::{HeaderName, HeaderValue, Method};
use url::Url;

/// All couriers, each under its own name. An outbox shows codes, so it needs a gateway that nobody else can reach.
pub(super) fn all(section: &Section<'_>, listen: Option<&Listen>) -> Vec<CourierSpec> {
    let mut names = Vec::new();
    let mut couriers = Vec::new();
    for (at, sms) in section.sections("sms").iter().enumerate() {
        let name = name(sms, format!("sms-{}", at + 1), &mut names);
        couriers.extend(by_sms(sms, name, listen));
    }
    for (at, email) in section.sections("email").iter().enumerate() {
        let name = name(email, format!("email-{}", at + 1), &mut names);
        couriers.extend(by_email(email, name, listen));
    }
    couriers
}

fn name(section: &Section<'_>, default: String, taken: &mut Vec<String>) -> String {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let given = section.optional("name", |text| {
        let fits = (1..=40).contains(&text.len()) && text.bytes().all(plain);
        if fits {
            Ok(text.to_owned())
        } else {
            Err(flaw("not a name", "1 to 40 of a-z, 0-9 and -"))
        }
    });
    let name = given.unwrap_or(default);
    if taken.contains(&name) {
        section.report(
            "name",
            flaw(
                format!("another courier is called {name}"),
                "give each a name of its own",
            ),
        );
    }
    taken.push(name.clone());
    name
}

fn by_sms(section: &Section<'_>, name: String, listen: Option<&Listen>) -> Option<CourierSpec> {
    match section.optional("provider", provider).unwrap_or(Provider::Http) {
        Provider::Http => sms_http(section, name),
        Provider::Outbox => outbox(section, "provider", name, listen),
    }
}

fn sms_http(section: &Section<'_>, name: String) -> Option<CourierSpec> {
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
    Some(CourierSpec::SmsHttp {
        name,
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

/// Who carries an SMS.
enum Provider {
    Http,
    Outbox,
}

fn provider(text: &str) -> Result<Provider, Flaw> {
    match text {
        "http" => Ok(Provider::Http),
        "outbox" => Ok(Provider::Outbox),
        "twilio" | "ovhcloud" | "vonage" | "sns" => Err(flaw(
            format!("{text} is not available yet"),
            r#""http", with the company's URL, headers and body"#,
        )),
        _ => Err(flaw(
            format!("{text:?} is not known here"),
            r#""http", which fits any gateway"#,
        )),
    }
}

/// Where requests go; it may hold a key of the company's, so no message repeats it.
fn gateway(text: &str) -> Result<Url, Flaw> {
    let hint = "https://host/path";
    let url = Url::parse(text).map_err(|_| flaw("not a URL", hint))?;
    let local = Authority::of(&url).is_ok_and(|authority| authority.is_loopback());
    if !(url.scheme() == "https" || url.scheme() == "http" && local) {
        return Err(flaw("codes and numbers must not travel in the plain", hint));
    }
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

fn by_email(section: &Section<'_>, name: String, listen: Option<&Listen>) -> Option<CourierSpec> {
    let place = section.required(
        "url",
        r#"the mail server: url = "smtp://mail.example.net:587""#,
        mail_place,
    );
    match place {
        Some(MailPlace::Server(url)) => smtp(section, name, Some(url)),
        Some(MailPlace::Outbox) => outbox(section, "url", name, listen),
        None => smtp(section, name, None),
    }
}

fn outbox(section: &Section<'_>, key: &'static str, name: String, listen: Option<&Listen>) -> Option<CourierSpec> {
    if listen.is_some_and(|listen| !(listen.http.ip().is_loopback() && listen.admin.ip().is_loopback())) {
        let hint = "listen.http and listen.admin on 127.0.0.1, or a courier that reaches people";
        section.report(
            key,
            flaw(
                "an outbox shows every code, and others than this machine could read it",
                hint,
            ),
        );
    }
    Some(CourierSpec::Outbox { name })
}

fn smtp(section: &Section<'_>, name: String, url: Option<Url>) -> Option<CourierSpec> {
    let from = section.required("from", r#"the sender: from = "Example <login@example.com>""#, sender);
    let username = section.optional("username", |text| line(text, 200));
    let password = section.secret("password_file");
    if section.has("username") && !section.has("password_file") {
        section.report(
            "password_file",
            flaw(
                "missing, but there is a username",
                "name the file that holds the password",
            ),
        );
    }
    if section.has("password_file") && !section.has("username") {
        section.report(
            "username",
            flaw("missing, but there is a password_file", "name whose password it is"),
        );
    }
    let login: Option<(String, Secret<String>)> = username.zip(password);
    Some(CourierSpec::Smtp {
        name,
        url: url?,
        from: from?,
        login,
    })
}

/// Where mail goes.
enum MailPlace {
    Server(Url),
    Outbox,
}

fn mail_place(text: &str) -> Result<MailPlace, Flaw> {
    match text {
        "outbox:" => Ok(MailPlace::Outbox),
        server => mail_server(server).map(MailPlace::Server),
    }
}

/// A mail server; somebody may have written a password into it, so no message repeats it.
fn mail_server(text: &str) -> Result<Url, Flaw> {
    let bad = |message: &str| flaw(message, "smtp://host:587 (STARTTLS) or smtps://host:465, nothing more");
    let url = Url::parse(text).map_err(|_| bad("not a URL"))?;
    if !matches!(url.scheme(), "smtp" | "smtps") {
        return Err(bad("not a mail server"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(flaw("has a login in it", "use username and password_file"));
    }
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let host = url.host_str().is_some_and(|host| !host.is_empty());
    if bare && host {
        Ok(url)
    } else {
        Err(bad("not host and port alone"))
    }
}

fn sender(text: &str) -> Result<String, Flaw> {
    let bad = || flaw("not a sender", "login@example.com or Example <login@example.com>");
    let (name, address) = match text.strip_suffix('>').map(|open| open.rsplit_once('<')) {
        Some(parts) => parts.ok_or_else(bad)?,
        None => ("", text),
    };
    let odd = |letter: char| letter.is_control() || matches!(letter, '<' | '>');
    let address = Mailbox::parse(address).map_err(|_| bad())?;
    if name.contains(odd) {
        return Err(bad());
    }
    Ok(if name.trim().is_empty() {
        address.as_str().to_owned()
    } else {
        format!("{} <{}>", name.trim(), address.as_str())
    })
}
