//! Single values: words, lines, networks, methods.

use crate::config::problem::{Flaw, flaw};
use crate::domain::assurance::Method;
use ipnet::IpNet;
use std::net::IpAddr;
use std::path::PathBuf;

/// One of these words.
pub(super) fn one_of<'w, T: Clone>(words: &'w [(&'static str, T)]) -> impl Fn(&str) -> Result<T, Flaw> + 'w {
    move |text| {
        let found = words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| value.clone());
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        found.ok_or_else(|| {
            flaw(
                format!("{text:?} is not known here"),
                format!("one of: {}", all.join(", ")),
            )
        })
    }
}

/// One line for people.
pub(super) fn line(text: &str, most: usize) -> Result<String, Flaw> {
    let fits = !text.trim().is_empty() && text.chars().count() <= most && !text.contains(char::is_control);
    if fits {
        Ok(text.trim().to_owned())
    } else {
        Err(flaw(
            "not a line of text",
            format!("1 to {most} characters in one line"),
        ))
    }
}

/// A file or directory.
pub(super) fn path(text: &str) -> Result<PathBuf, Flaw> {
    let fits = !text.is_empty() && !text.contains(char::is_control);
    if fits {
        Ok(PathBuf::from(text))
    } else {
        Err(flaw("not a path", r#""/var/lib/vestibule/…""#))
    }
}

/// The name of a group.
pub(super) fn group(text: &str) -> Result<String, Flaw> {
    line(text, 200).map_err(|_| {
        flaw(
            format!("{text:?} is not the name of a group"),
            "the name as the directory has it",
        )
    })
}

/// A network, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, Flaw> {
    let one = text.parse::<IpAddr>().map(IpNet::from);
    let network: IpNet = one.or_else(|_| text.parse()).map_err(|_| {
        flaw(
            format!("{text:?} is not a network"),
            r#"in CIDR notation: "10.0.0.0/8", "2001:db8::/32""#,
        )
    })?;
    let whole = network.trunc();
    if network == whole {
        Ok(network)
    } else {
        Err(flaw(format!("{text:?} has bits beyond its prefix"), format!("{whole}")))
    }
}

/// A second factor that can be asked for, though perhaps not enrolled yet.
pub(super) fn method(text: &str) -> Result<Method, Flaw> {
    let hint = "one of: webauthn, totp, sms, voice, email";
    match text {
        "webauthn" => Ok(Method::Webauthn),
        "totp" => Ok(Method::Totp),
        "sms" => Ok(Method::Sms),
        "voice" => Ok(Method::Voice),
        "email" => Ok(Method::Email),
        "emergency_code" => Err(flaw(format!("{text} is not available yet"), hint)),
        "password" => Err(flaw("the password is the first factor", hint)),
        _ => Err(flaw(format!("{text:?} is not a method"), hint)),
    }
}

/// An HTTP method that may pass.
pub(super) fn http_method(text: &str) -> Result<http::Method, Flaw> {
    let bad = |hint: &str| flaw(format!("{text:?} is not a method that can pass"), hint);
    let upper = text.to_ascii_uppercase();
    if upper != text {
        return Err(bad(&format!("methods are written large: {upper:?}")));
    }
    match http::Method::from_bytes(text.as_bytes()) {
        Ok(http::Method::CONNECT | http::Method::TRACE) => Err(bad("CONNECT and TRACE never pass")),
        Ok(method) => Ok(method),
        Err(_) => Err(bad(r#""GET", "POST", …"#)),
    }
}
