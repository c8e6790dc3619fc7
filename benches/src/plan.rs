//! Configurations of Vestibule, as they are measured: each on free ports of its own, all of one house.

use std::fs;
use std::path::PathBuf;

use crate::Outcome;

/// Where a house is, and the ports of what stands around it.
pub(crate) struct Ground {
    pub(crate) folder: PathBuf,
    pub(crate) upstream: u16,
    pub(crate) redis: u16,
}

/// How one program is configured.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) store: Store,
    pub(crate) tls: bool,
    /// Whether a front forwards by itself and asks.
    pub(crate) front: bool,
    /// Whether whoever connects may say where a request came from.
    pub(crate) trusting: bool,
    /// Further applications before the one that is measured.
    pub(crate) applications: usize,
    /// Further rules before the one that matches.
    pub(crate) rules: usize,
    /// Where the application runs, if not on the upstream.
    pub(crate) upstream: Option<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Embedded,
    Redis,
    /// Apart from the others, for what fills stores before they are measured.
    EmbeddedFull,
    RedisFull,
}

impl Wish {
    pub(crate) const PLAIN: Wish = Wish {
        store: Store::Embedded,
        tls: false,
        front: false,
        trusting: false,
        applications: 0,
        rules: 0,
        upstream: None,
    };
}

/// A configuration that a program can be started by.
pub(crate) struct Plan {
    pub(crate) config: PathBuf,
    pub(crate) port: u16,
    /// Where browsers connect: `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
}

impl Plan {
    /// Changes what was written down: nobody may pass any more.
    pub(crate) fn close(&self) -> Outcome<()> {
        let text = fs::read_to_string(&self.config)?;
        Ok(fs::write(&self.config, text.replace("\"two_factor\"", "\"deny\""))?)
    }
}

impl Ground {
    /// What the configuration file says.
    pub(crate) fn text(&self, wish: Wish, plan: &Plan, [admin, further]: [u16; 2]) -> String {
        let (folder, port, origin) = (self.folder.display(), plan.port, &plan.origin);
        let upstream = wish.upstream.unwrap_or(self.upstream);
        let store = match wish.store {
            Store::Embedded => format!("embedded:{folder}/store.db"),
            Store::EmbeddedFull => format!("embedded:{folder}/full.db"),
            Store::Redis => format!("redis://127.0.0.1:{}/0", self.redis),
            Store::RedisFull => format!("redis://127.0.0.1:{}/1", self.redis),
        };
        let listen = if wish.tls {
            let pem = format!(r#"certificate = "{folder}/../tls.pem", key = "{folder}/../tls.key""#);
            format!("http = \"127.0.0.1:{further}\"\nhttps = {{ address = \"127.0.0.1:{port}\", {pem} }}")
        } else {
            format!("http = \"127.0.0.1:{port}\"")
        };
        let trusted = if wish.front || wish.trusting {
            r#"["127.0.0.1"]"#
        } else {
            "[]"
        };
        let (forward_auth, runs_on) = if wish.front {
            let secret = format!("[forward_auth]\nsecret_file = \"{folder}/secret\"");
            (secret, r#""none""#.to_owned())
        } else {
            (String::new(), format!(r#"["http://127.0.0.1:{upstream}"]"#))
        };
        let mut text = format!(
            r#"
[listen]
{listen}
admin = "127.0.0.1:{admin}"
trusted_proxies = {trusted}
{forward_auth}
[limits]
connections = 100000
connections_per_source = 100000
requests_per_second = 1000000
requests_at_a_time = 100000
session_requests_per_second = 1000000
session_requests_at_a_time = 100000
[portal]
url = "{origin}"
shared_origin = "accepted"
[store]
url = "{store}"
[directory]
url = "sqlite:{folder}/directory.db"
[keys]
directory = "{folder}/keys"
[second_factor]
methods = ["totp"]
"#
        );
        for number in 0..wish.applications {
            let scheme = if wish.tls { "https" } else { "http" };
            text += &application(&format!("{scheme}://a{number}.localhost:{port}"), number, &runs_on);
            text += &rule("/");
        }
        text += &application(origin, wish.applications, &runs_on);
        for number in 0..wish.rules {
            text += &rule(&format!("/part-{number}/"));
        }
        text + &rule("/")
    }
}

fn application(url: &str, number: usize, runs_on: &str) -> String {
    format!("[[application]]\nname = \"Upstream {number}\"\nurl = \"{url}\"\nupstream = {runs_on}\n")
}

fn rule(path: &str) -> String {
    format!("[[application.rule]]\npath = \"{path}\"\nrequire = \"two_factor\"\n")
}
