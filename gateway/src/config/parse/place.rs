//! `[store]` and `[directory]`: a file, or a server and its password.

use super::words;
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::config::{DirectoryUrl, StoreUrl};
use crate::domain::secret::Secret;
use std::path::PathBuf;
use url::Url;

enum Place {
    File(PathBuf),
    Server(Url),
}

struct Schemes {
    file: &'static str,
    servers: &'static [&'static str],
    default: &'static str,
    hint: &'static str,
}

const STORE: Schemes = Schemes {
    file: "embedded",
    servers: &[
        "redis",
        "rediss",
        "redis+sentinel",
        "rediss+sentinel",
        "redis+cluster",
        "rediss+cluster",
    ],
    default: "/var/lib/vestibule/store.db",
    hint: "embedded:/var/lib/vestibule/store.db, redis://host:6379, rediss:// for TLS, redis+sentinel:// or redis+cluster://",
};
const DIRECTORY: Schemes = Schemes {
    file: "sqlite",
    servers: &["postgres", "postgresql"],
    default: "/var/lib/vestibule/directory.db",
    hint: "sqlite:/var/lib/vestibule/directory.db or postgres://user@host/database",
};

/// Store and directory, which never share a file.
pub(super) fn both(root: &Section<'_>) -> (Option<StoreUrl>, Option<DirectoryUrl>) {
    let store = place(&root.section("store"), &STORE);
    let directory = place(&root.section("directory"), &DIRECTORY);
    if let (Some(Place::File(one)), Some(Place::File(two))) = (&store, &directory)
        && one == two
    {
        root.report(
            "directory.url",
            flaw("the same file as store.url", "give each a file of its own"),
        );
    }
    let store = store.map(|place| match place {
        Place::File(path) => StoreUrl::Embedded(path),
        Place::Server(url) => StoreUrl::Redis(Secret::new(url.into())),
    });
    let directory = directory.map(|place| match place {
        Place::File(path) => DirectoryUrl::Sqlite(path),
        Place::Server(url) => DirectoryUrl::Postgres(Secret::new(url.into())),
    });
    (store, directory)
}

fn place(section: &Section<'_>, schemes: &Schemes) -> Option<Place> {
    let given = section.has("url");
    let place = section.optional("url", |text| read(text, schemes));
    let password = section.secret("password_file");
    let place = place.or((!given).then(|| Place::File(schemes.default.into())))?;
    match (place, password) {
        (place, None) => Some(place),
        (Place::File(_), Some(_)) => {
            section.report(
                "password_file",
                flaw("a file has no password", "leave it out, or name a server in url"),
            );
            None
        }
        (Place::Server(url), Some(password)) => with_password(section, url, &password),
    }
}

fn with_password(section: &Section<'_>, mut url: Url, password: &Secret<String>) -> Option<Place> {
    if url.password().is_some() {
        section.report(
            "password_file",
            flaw("the url has a password already", "keep it in one place: the file"),
        );
        return None;
    }
    if url.set_password(Some(password.expose())).is_err() {
        section.report(
            "password_file",
            flaw("the url names no host to use it for", "add the host to url"),
        );
        return None;
    }
    Some(Place::Server(url))
}

/// Reads where something is; the text may hold a password, so no message repeats it.
fn read(text: &str, schemes: &Schemes) -> Result<Place, Flaw> {
    let (scheme, rest) = text.split_once(':').unwrap_or_default();
    if scheme == schemes.file {
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let odd = path.is_empty() || path.contains(['?', '#']) || path.starts_with(':');
        return if odd {
            Err(flaw("names no file", schemes.hint))
        } else {
            words::path(path).map(Place::File)
        };
    }
    if !schemes.servers.contains(&scheme) {
        return Err(flaw("not a kind of place known here", schemes.hint));
    }
    let url = Url::parse(text).map_err(|_| flaw("not a URL", schemes.hint))?;
    let host = url.host_str().is_some_and(|host| !host.is_empty());
    let socket = scheme.starts_with("postgres") && url.query_pairs().any(|(key, _)| key == "host");
    if !host && !socket {
        return Err(flaw("names no host", schemes.hint));
    }
    if scheme.starts_with("redis") {
        redis_path(scheme, url.path().trim_start_matches('/'))?;
    }
    if url.fragment().is_some() {
        return Err(flaw(
            "no fragment is allowed: it could switch off the check of the certificate",
            "leave out # and what follows",
        ));
    }
    Ok(Place::Server(url))
}

/// What stands behind the host of a Redis: the number of a database, behind the master's name where Sentinels are asked.
fn redis_path(scheme: &str, path: &str) -> Result<(), Flaw> {
    let is_number = |text: &str| text.is_empty() || text.parse::<u16>().is_ok();
    match scheme.split_once('+') {
        Some((_, "sentinel")) => {
            let (name, number) = path.split_once('/').unwrap_or((path, ""));
            if name.is_empty() || !is_number(number) {
                let example = "redis+sentinel://host:26379/mymaster/0?node=other:26379";
                return Err(flaw(
                    "the path is not the master's name and perhaps the number of a database",
                    example,
                ));
            }
        }
        Some(_) if !path.is_empty() => {
            let example = "redis+cluster://host:6379?node=other:6379";
            return Err(flaw("a cluster has one database, and no name", example));
        }
        None if !is_number(path) => {
            return Err(flaw("the path is not the number of a database", "redis://host:6379/0"));
        }
        Some(_) | None => {}
    }
    Ok(())
}
