//! Where a request was sent: host and port, in one spelling.
//!
//! Knows nothing of DNS: a name is only compared with the names in the configuration.

use std::fmt;

/// Host and, where it was given, port: lower case, without a trailing dot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Authority {
    host: Box<str>,
    port: Option<u16>,
}

/// The text names no host (RFC 9110 section 7.2 with RFC 3986 section 3.2.2).
#[derive(Debug, thiserror::Error)]
#[error("not a host name")]
pub struct NotAHost;

impl Authority {
    /// Reads a `Host` header or the authority of a URL.
    ///
    /// # Errors
    /// When it is empty, has user information, a character outside host names, or an odd port.
    pub fn parse(text: &str) -> Result<Self, NotAHost> {
        let (host, port) = split_port(text)?;
        let host = host.strip_suffix('.').unwrap_or(host);
        if !is_host(host) {
            return Err(NotAHost);
        }
        Ok(Self {
            host: host.to_ascii_lowercase().into(),
            port,
        })
    }

    /// The host and port of a URL; a default port counts as none.
    ///
    /// # Errors
    /// When the URL has no host.
    pub fn of(url: &url::Url) -> Result<Self, NotAHost> {
        let host = url.host_str().ok_or(NotAHost)?;
        Ok(Self {
            port: url.port(),
            ..Self::parse(host)?
        })
    }

    /// The same host without its port, when that port is one that browsers leave out.
    pub fn without_default_port(&self) -> Option<Self> {
        matches!(self.port, Some(80 | 443)).then(|| Self {
            host: self.host.clone(),
            port: None,
        })
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, where one was given.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether only this machine can be meant, so that plain http is safe (W3C Secure Contexts section 3.1).
    pub fn is_loopback(&self) -> bool {
        let host = &*self.host;
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || address
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(out, "{}:{port}", self.host),
            None => out.write_str(&self.host),
        }
    }
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), NotAHost> {
    let after_bracket = text.rfind(']').map_or(0, |at| at + 1);
    let Some(colon) = text.get(after_bracket..).and_then(|rest| rest.find(':')) else {
        return Ok((text, None));
    };
    let (host, port) = text.split_at_checked(after_bracket + colon).ok_or(NotAHost)?;
    let digits = port.strip_prefix(':').ok_or(NotAHost)?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let port: u16 = digits.parse().map_err(|_| NotAHost)?;
    if plain && port > 0 {
        Ok((host, Some(port)))
    } else {
        Err(NotAHost)
    }
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    host.len() <= 253 && host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_every_way_to_write_a_host() -> Result<(), NotAHost> {
        let table = [
            ("App.Example.COM", "app.example.com"),
            ("app.example.com.", "app.example.com"),
            ("app.example.com:8080", "app.example.com:8080"),
            ("[::1]:80", "[::1]:80"),
            ("127.0.0.1", "127.0.0.1"),
        ];
        for (text, expected) in table {
            assert_eq!(Authority::parse(text)?.to_string(), expected);
        }
        Ok(())
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            ".",
            "a..b",
            "a/b",
            "a?c",
            "user@host",
            "host:",
            "host:0",
            "host:+80",
            "host:99999",
            "höst",
            "a b",
            "[::1",
            "a:1:2",
        ] {
            assert!(Authority::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn loopback_is_this_machine_only() -> Result<(), NotAHost> {
        for (text, expected) in [
            ("localhost", true),
            ("app.localhost:1", true),
            ("127.9.9.9", true),
            ("[::1]", true),
            ("localhost.example.com", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(Authority::parse(text)?.is_loopback(), expected, "{text}");
        }
        Ok(())
    }
}
