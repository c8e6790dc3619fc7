//! Who may know whom: the house of `gateway/src/lib.rs` as a table, for `use` and for paths written out in code.

use std::collections::BTreeSet;

use super::Finding;
use super::paths::{Named, named};
use super::source::{Source, Workspace};

/// What one part of the house may name.
struct Layer {
    place: &'static str,
    /// Our own modules, each with everything below it.
    modules: &'static [&'static str],
    crates: Crates,
    /// Not even as part of a crate that is allowed.
    never: &'static [&'static str],
}

enum Crates {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

/// What touches the world. The clock, randomness and environment have `.clippy.toml` beside this.
const WORLD: &[&str] = &[
    "std::env",
    "std::fs",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::net::UdpSocket",
];

const LAYERS: &[Layer] = &[
    Layer {
        place: "gateway/src/domain/",
        modules: &["crate::domain"],
        crates: Crates::Only(&[
            "std",
            "core",
            "alloc",
            "serde",
            "thiserror", // a derive: leaves nothing but `impl Display`
            "http",
            "url",
            "ipnet",
            "subtle",
            "zeroize",
            "totp_rs",
            "aws_lc_rs::digest",
            "aws_lc_rs::hmac",
            "aws_lc_rs::constant_time",
            "data_encoding",
            "base64",
            "unicode_normalization",
            "phonenumber",
            "zxcvbn",
        ]),
        never: WORLD,
    },
    Layer {
        place: "gateway/src/io/",
        modules: &["crate::domain", "crate::io"],
        crates: Crates::AllBut(&["pingora", "axum", "tower", "auth_pages", "clap"]),
        never: &["std::env"],
    },
    Layer {
        place: "gateway/src/config/",
        modules: &["crate::domain", "crate::config"],
        crates: Crates::AllBut(&[
            "pingora",
            "axum",
            "tower",
            "auth_pages",
            "clap",
            "tokio",
            "sqlx",
            "redis",
            "lettre",
            "reqwest",
        ]),
        never: &[],
    },
    Layer {
        place: "gateway/src/flow/",
        modules: &["crate::domain", "crate::io", "crate::flow"],
        crates: Crates::AllBut(&[
            "pingora",
            "http",
            "axum",
            "tower",
            "auth_pages",
            "sqlx",
            "redis",
            "lettre",
            "reqwest",
            "clap",
        ]),
        never: &["std::env", "std::fs", "std::time::SystemTime", "std::time::Instant"],
    },
    Layer {
        place: "gateway/src/edge/",
        modules: &["crate::domain", "crate::flow", "crate::edge"],
        crates: Crates::AllBut(&["sqlx", "redis", "lettre", "reqwest"]),
        never: &["std::env"],
    },
    Layer {
        place: "auth-pages/src/",
        modules: &["crate"],
        crates: Crates::AllBut(&["vestibule", "pingora", "axum", "tokio", "sqlx", "redis", "reqwest"]),
        never: WORLD,
    },
];

/// What may be named in few places only, whatever the layer allows.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("pingora", &["gateway/src/edge/proxy/", APP, APP_PARTS, MAIN, EXAMPLES]),
    ("auth_pages", &["gateway/src/edge/pages/", APP, APP_PARTS, MAIN]),
    ("axum", &["gateway/src/edge/", APP, APP_PARTS, MAIN]),
    ("sqlx", &["gateway/src/io/", APP, APP_PARTS]),
    ("redis", &["gateway/src/io/store/", APP, APP_PARTS]),
    ("lettre", &["gateway/src/io/courier/", APP, APP_PARTS]),
    ("crate::app", &[APP, APP_PARTS, MAIN]),
    ("crate::config", &["gateway/src/config/", APP, APP_PARTS, MAIN]),
];

/// Lies beside the store's backends and is none: what is kept in the store, whichever it is.
const RECORDS: &str = "crate::io::store::records";

const APP: &str = "gateway/src/app.rs";
/// What `app.rs` is divided into.
const APP_PARTS: &str = "gateway/src/app/";
const MAIN: &str = "gateway/src/main.rs";
/// Proxies of somebody else's.
const EXAMPLES: &str = "gateway/examples/";

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let backends = backends(workspace);
    let mut findings = Vec::new();
    for source in workspace.product() {
        for path in named(source) {
            let faults = [
                outside_the_layer(source, &path, &workspace.crates),
                elsewhere_only(source, &path),
                names_a_backend(source, &path, &backends),
            ];
            let what = faults.into_iter().flatten().next();
            findings.extend(what.map(|what| Finding::new(source, path.line, what)));
        }
    }
    findings
}

fn outside_the_layer(source: &Source, path: &Named, crates: &BTreeSet<String>) -> Option<String> {
    let layer = LAYERS.iter().find(|layer| source.is_in(layer.place))?;
    if path.segments.first().is_some_and(|first| first == "crate") {
        let is_allowed = layer.modules.iter().any(|module| path.reaches(module));
        return (!is_allowed).then(|| format!("{} may not know {}", layer.place, path.text()));
    }
    if !path.segments.first().is_some_and(|first| crates.contains(first)) {
        return None;
    }
    let is_allowed = match layer.crates {
        Crates::Only(allowed) => allowed.iter().any(|allowed| path.reaches(allowed)),
        Crates::AllBut(forbidden) => !forbidden.iter().any(|forbidden| path.reaches(forbidden)),
    };
    let is_barred = layer.never.iter().any(|never| path.reaches(never));
    (!is_allowed || is_barred).then(|| format!("{} may not know {}", layer.place, path.text()))
}

fn elsewhere_only(source: &Source, path: &Named) -> Option<String> {
    let (what, places) = ONLY_IN.iter().find(|(what, _)| path.reaches(what))?;
    let is_there = !source.is_in("gateway/") || places.iter().any(|place| source.is_in(place));
    (!is_there).then(|| format!("{what} may be named only in {}", places.join(", ")))
}

/// Modules below `crate::io::<folder>`: what stands behind that folder's trait.
fn backends(workspace: &Workspace) -> BTreeSet<String> {
    let modules = workspace.product().map(Source::module);
    let below = modules.filter(|module| module.len() > 3 && module[1] == "io");
    below
        .map(|module| module[..4].join("::"))
        .filter(|module| module != RECORDS)
        .collect()
}

fn names_a_backend(source: &Source, path: &Named, backends: &BTreeSet<String>) -> Option<String> {
    let backend = path
        .segments
        .get(..4)
        .map(|start| start.join("::"))
        .filter(|start| backends.contains(start))?;
    let folder = format!("gateway/src/io/{}/", path.segments[2]);
    let may = source.is_in(APP) || source.is_in(APP_PARTS) || source.is_in(&folder);
    (!may).then(|| format!("only app.rs may name the backend {backend}"))
}

mod tests {
    use super::*;
    use crate::architecture::lines_caught;

    #[track_caller]
    fn caught(path: &str, text: &str) {
        assert_eq!(lines_caught(check, path, text), [1], "{path}: {text}");
    }

    #[track_caller]
    fn allowed(path: &str, text: &str) {
        assert_eq!(lines_caught(check, path, text), [0; 0], "{path}: {text}");
    }

    #[test]
    fn domain_is_pure() {
        let policy = "gateway/src/domain/policy.rs";
        caught(policy, "use tokio::sync::Mutex;");
        caught(policy, "use aws_lc_rs::{digest, rand};");
        caught(policy, "use std::time::{Duration, Instant};");
        caught(policy, "use std::time::*;");
        caught(policy, "use crate::io::clock;");
        caught(policy, "use super::super::flow::admit;");
        caught(policy, "fn f() { tracing::info!(\"seen\"); }");
        caught(policy, "fn f() -> bool { std::env::var(\"X\").is_ok() }");
        allowed(
            policy,
            "use aws_lc_rs::{digest, hmac}; use std::time::Duration; use super::session::Session; use http::Method;",
        );
    }

    #[test]
    fn io_and_config_look_inwards_only() {
        caught("gateway/src/io/store/mod.rs", "use crate::config::Settings;");
        caught("gateway/src/io/store/mod.rs", "fn f() { crate::flow::admit::admit() }");
        caught("gateway/src/config/parse.rs", "use crate::io::store::Store;");
        caught("gateway/src/config/parse.rs", "use sqlx::AnyPool;");
        allowed(
            "gateway/src/io/store/mod.rs",
            "use crate::domain::id::UserId; use crate::io::clock::Clock;",
        );
        allowed(
            "gateway/src/config/parse.rs",
            "use crate::domain::policy::Policy; use std::fs;",
        );
    }

    #[test]
    fn flow_knows_traits_not_protocols() {
        caught("gateway/src/flow/admit.rs", "use http::StatusCode;");
        caught("gateway/src/flow/admit.rs", "use pingora::proxy::Session;");
        caught("gateway/src/flow/admit.rs", "use crate::edge::reply::Reply;");
        allowed(
            "gateway/src/flow/admit.rs",
            "use crate::io::store::Store; use crate::io::clock;",
        );
    }

    #[test]
    fn edge_knows_no_backend_and_each_protocol_has_its_room() {
        caught("gateway/src/edge/fault.rs", "use crate::io::store::Store;");
        caught("gateway/src/edge/fault.rs", "use pingora::Error;");
        caught("gateway/src/edge/door/read.rs", "use auth_pages::Page;");
        caught("gateway/src/edge/pages/login.rs", "fn f(_: sqlx::AnyPool) {}");
        allowed(
            "gateway/src/edge/pages/login.rs",
            "use auth_pages::Page; use axum::Router;",
        );
        allowed("gateway/src/edge/proxy/arrive.rs", "use pingora::proxy::Session;");
    }

    #[test]
    fn only_app_puts_things_together() {
        caught("gateway/src/edge/admin/mod.rs", "use crate::app::App;");
        caught("gateway/src/edge/admin/mod.rs", "use crate::config::Settings;");
        allowed(
            "gateway/src/main.rs",
            "use crate::app::App; use pingora::server::Server;",
        );
        let redis = ("gateway/src/io/store/redis.rs", "");
        let caught_in = |path: &str| {
            let sources = [redis, (path, "use crate::io::store::redis::RedisStore;")];
            check(&Workspace::of(sources.map(|(path, text)| Source::parse(path, text)))).len()
        };
        assert_eq!(caught_in("gateway/src/flow/login.rs"), 1);
        assert_eq!(caught_in("gateway/src/io/credentials/sql.rs"), 1);
        assert_eq!(caught_in("gateway/src/app.rs"), 0);
        assert_eq!(caught_in("gateway/src/io/store/mod.rs"), 0);
    }

    #[test]
    fn pages_know_nothing_of_the_gateway() {
        caught("auth-pages/src/texts.rs", "use tokio::fs;");
        caught("auth-pages/src/texts.rs", "use std::fs;");
        allowed(
            "auth-pages/src/texts.rs",
            "use std::fmt; use crate::language::Language;",
        );
    }
}
