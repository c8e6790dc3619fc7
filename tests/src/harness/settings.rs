//! The configuration a `serve` world runs by, and what a test may change in it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::certificates::Certificate;

/// An application and the rules in front of it, by default the sample application behind [`TWO_FACTOR_RULES`]; others
/// beside it, and what the gateway runs in.
#[derive(Clone)]
pub(crate) struct Plan {
    /// The server of the application; the sample where there is none, and none at all where it is "none".
    pub(crate) upstream: Option<String>,
    pub(crate) rules: String,
    /// More keys of the application.
    pub(crate) application: String,
    /// More tables.
    pub(crate) more: String,
    /// More keys of `[listen]`.
    pub(crate) listen: String,
    /// What browsers are shown, where they connect in TLS: a chain and its key, and others beside it.
    pub(crate) https: Vec<(PathBuf, PathBuf)>,
    /// Where browsers connect in TLS to a front that asks us; to the gateway itself where there is none.
    pub(crate) front: Option<u16>,
    /// What runs: the gateway itself where there is none, else an example of a proxy with the gateway inside, by its name,
    /// and the server it sends requests to, if it knows one.
    pub(crate) embedded: Option<(&'static str, String)>,
    /// The directory; a new database of the shared PostgreSQL where there is none.
    pub(crate) directory: Option<String>,
    /// The store; a Redis of its own where there is none.
    pub(crate) store: Option<String>,
    /// Further applications.
    pub(crate) others: Vec<Other>,
    /// Secrets in files beside the configuration, by the names of the files.
    pub(crate) secrets: Vec<(String, String)>,
    /// What the environment of the gateway has more than that of the tests.
    pub(crate) environment: Vec<(String, String)>,
}

/// An application beside the first one.
#[derive(Clone)]
pub(crate) struct Other {
    host: String,
    upstream: String,
    rules: String,
}

/// The rules of the demo.
pub(crate) const TWO_FACTOR_RULES: &str = r#"
[[application.rule]]
path = "/public/"
require = "nothing"
[[application.rule]]
path = "/"
require = "two_factor"
"#;

impl Plan {
    pub(crate) fn new() -> Plan {
        let empty = String::new;
        Plan {
            upstream: None,
            rules: TWO_FACTOR_RULES.to_owned(),
            application: empty(),
            more: empty(),
            listen: empty(),
            https: Vec::new(),
            front: None,
            embedded: None,
            directory: None,
            store: None,
            others: Vec::new(),
            secrets: Vec::new(),
            environment: Vec::new(),
        }
    }

    pub(crate) fn upstream(self, url: &str) -> Plan {
        Plan {
            upstream: Some(url.to_owned()),
            ..self
        }
    }

    pub(crate) fn rules(self, rules: &str) -> Plan {
        Plan {
            rules: rules.to_owned(),
            ..self
        }
    }

    pub(crate) fn application(self, keys: &str) -> Plan {
        Plan {
            application: keys.to_owned(),
            ..self
        }
    }

    pub(crate) fn more(self, tables: &str) -> Plan {
        Plan {
            more: tables.to_owned(),
            ..self
        }
    }

    pub(crate) fn listen(self, keys: &str) -> Plan {
        Plan {
            listen: keys.to_owned(),
            ..self
        }
    }

    /// In TLS, with this certificate, beside those there are.
    pub(crate) fn https(mut self, certificate: &Certificate) -> Plan {
        self.https.push((certificate.file.clone(), certificate.key.clone()));
        self
    }

    /// `http` or `https`.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.https.is_empty() && self.front.is_none() {
            "http"
        } else {
            "https"
        }
    }

    /// Behind a front that listens on this port.
    pub(crate) fn front(self, port: u16) -> Plan {
        Plan {
            front: Some(port),
            ..self
        }
    }

    /// Inside the example `embed`, which sends requests on to this server.
    pub(crate) fn in_proxy(self, server: &str) -> Plan {
        Plan {
            embedded: Some(("embed", server.to_owned())),
            ..self.upstream("embedding")
        }
    }

    /// Inside the example `embed_small`, which knows no server of its own.
    pub(crate) fn in_small_proxy(self) -> Plan {
        Plan {
            embedded: Some(("embed_small", String::new())),
            ..self
        }
    }

    pub(crate) fn directory(self, url: &str) -> Plan {
        Plan {
            directory: Some(url.to_owned()),
            ..self
        }
    }

    pub(crate) fn store(self, url: &str) -> Plan {
        Plan {
            store: Some(url.to_owned()),
            ..self
        }
    }

    /// With another application on a host of its own.
    pub(crate) fn beside(mut self, host: &str, upstream: &str, rules: &str) -> Plan {
        let [host, upstream, rules] = [host, upstream, rules].map(str::to_owned);
        self.others.push(Other { host, upstream, rules });
        self
    }

    /// With a secret in a file of this name.
    pub(crate) fn secret(mut self, file: &str, secret: &str) -> Plan {
        self.secrets.push((file.to_owned(), secret.to_owned()));
        self
    }

    pub(crate) fn environment(mut self, name: &str, value: &str) -> Plan {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl Other {
    fn written(&self, scheme: &str, port: u16) -> String {
        let Other { host, upstream, rules } = self;
        format!(
            r#"
[[application]]
name = "{host}"
url = "{scheme}://{host}:{port}"
upstream = ["{upstream}"]
{rules}
"#
        )
    }
}

/// Where everything is that a configuration names.
pub(crate) struct Places<'a> {
    pub(crate) folder: &'a Path,
    /// Where browsers connect.
    pub(crate) port: u16,
    /// Where they connect in the plain.
    pub(crate) plain_port: u16,
    pub(crate) admin_port: u16,
    pub(crate) store: String,
    pub(crate) directory: String,
    pub(crate) upstream: String,
    pub(crate) sms: String,
    pub(crate) mail: String,
}

/// Writes `vestibule.toml`.
pub(crate) fn write(plan: &Plan, places: &Places<'_>) -> PathBuf {
    let Places {
        folder,
        port,
        plain_port,
        admin_port,
        store,
        directory,
        upstream,
        sms,
        mail,
    } = places;
    let (scheme, https) = (plan.scheme(), https(&plan.https, *port));
    let keys = folder.join("keys");
    let Plan {
        rules,
        application,
        more,
        listen,
        others,
        ..
    } = plan;
    let others: String = others.iter().map(|other| other.written(scheme, *port)).collect();
    let upstream = match upstream.as_str() {
        word @ ("none" | "embedding") => format!("\"{word}\""),
        url => format!("[\"{url}\"]"),
    };
    for (file, secret) in &plan.secrets {
        write_secret(&folder.join(file), secret);
    }
    let text = format!(
        r#"
[listen]
http = "127.0.0.1:{plain_port}"
admin = "127.0.0.1:{admin_port}"
{https}
{listen}
[portal]
url = "{scheme}://login.localhost:{port}"
[store]
url = "{store}"
[directory]
url = "{directory}"
[keys]
directory = "{keys}"
{more}
[[courier.sms]]
provider = "http"
url = "{sms}"
method = "POST"
headers = {{ "Content-Type" = "application/json" }}
body = '{{"to":"{{to}}","text":"{{text}}"}}'
[[courier.email]]
url = "{mail}"
from = "Vestibule <login@example.test>"
[[application]]
name = "Sample"
url = "{scheme}://app.localhost:{port}"
upstream = {upstream}
{application}
{rules}
{others}
"#,
        keys = keys.display(),
    );
    let path = folder.join("vestibule.toml");
    std::fs::write(&path, text).expect("a writable folder");
    path
}

/// Writes a file that nobody else may read.
pub(super) fn write_secret(path: &Path, secret: impl AsRef<[u8]>) {
    std::fs::write(path, secret).expect("a writable folder");
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).expect("a file of ours");
}

fn https(pairs: &[(PathBuf, PathBuf)], port: u16) -> String {
    let pair =
        |(file, key): &(PathBuf, PathBuf)| format!("certificate = \"{}\", key = \"{}\"", file.display(), key.display());
    let Some((first, further)) = pairs.split_first() else {
        return String::new();
    };
    let further: Vec<String> = further.iter().map(|one| format!("{{ {} }}", pair(one))).collect();
    format!(
        "https = {{ address = \"127.0.0.1:{port}\", {}, further = [{}] }}",
        pair(first),
        further.join(", ")
    )
}

mod tests {
    use super::*;

    #[test]
    fn a_plan_is_written_as_toml() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = || "x://y".to_owned();
        let (store, directory, upstream, sms, mail) = (text(), text(), text(), text(), text());
        let places = Places {
            folder: folder.path(),
            port: 1,
            plain_port: 1,
            admin_port: 2,
            store,
            directory,
            upstream,
            sms,
            mail,
        };
        let plan = Plan::new()
            .more("[session]\nidle = \"1m\"")
            .beside("other.localhost", "x://z", TWO_FACTOR_RULES);
        let path = write(&plan, &places);
        let table: toml::Table = std::fs::read_to_string(path).expect("written").parse().expect("TOML");
        assert_eq!(
            table["application"][0]["rule"][1]["require"].as_str(),
            Some("two_factor")
        );
        assert_eq!(
            table["application"][1]["url"].as_str(),
            Some("http://other.localhost:1")
        );
        assert_eq!(
            table["courier"]["sms"][0]["body"].as_str(),
            Some(r#"{"to":"{to}","text":"{text}"}"#)
        );
    }
}
