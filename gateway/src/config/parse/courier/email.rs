//! `[[courier.email]]`: mail servers.

use super::outbox;
use crate::config::parse::words::line;
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::config::{Listen, Provider};
use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::secret::Secret;
use url::Url;

/// Who carries e-mail.
pub(super) fn provider(section: &Section<'_>, listen: Option<&Listen>) -> Option<Provider> {
    let place = section.required(
        "url",
        r#"the mail server: url = "smtp://mail.example.net:587""#,
        mail_place,
    );
    match place {
        Some(MailPlace::Server(url)) => smtp(section, Some(url)),
        Some(MailPlace::Outbox) => Some(outbox(section, "url", listen)),
        None => smtp(section, None),
    }
}

fn smtp(section: &Section<'_>, url: Option<Url>) -> Option<Provider> {
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
    Some(Provider::Smtp {
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
