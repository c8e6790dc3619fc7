//! A configuration is right as a whole, or nothing starts.

use std::net::TcpStream;
use std::path::Path;

use crate::harness::ports::free_port;
use crate::harness::vestibule::command;

/// Everything is wrong here: each key path must be named.
const WRONG: &[&str] = &[
    "portal.url",
    "session.idle",
    "listen.nonsense",
    "application[0].upstream",
    "application[0].rule[0].require",
    "application[0].rule[1].networks",
    "courier.email[0].from",
];

#[tokio::test(flavor = "multi_thread")]
async fn check_names_every_mistake_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = wrong_config(folder.path(), free_port());
    let outcome = command(&["check", "--config", &config], "").await;
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    let said = outcome.output + &outcome.errors;
    for key in WRONG {
        // `application[0]` may be written `application.0`.
        let dotted = key.replace('[', ".").replace(']', "");
        assert!(
            said.contains(key) || said.contains(&dotted),
            "{key} is not named in:\n{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_configuration_starts_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let config = wrong_config(folder.path(), port);
    for arguments in [
        &["serve", "--config", &config][..],
        &["user", "list", "--config", &config],
    ] {
        assert_eq!(command(arguments, "").await.code, Some(2), "{arguments:?}");
    }
    TcpStream::connect(("127.0.0.1", port)).expect_err("nobody listens");
    let files = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(files, 1, "nothing but the configuration itself is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_missing_or_no_toml_is_exit_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("vestibule.toml");
    let path = path.to_str().expect("UTF-8");
    assert_eq!(command(&["check", "--config", path], "").await.code, Some(2));
    for text in ["[portal", "\u{0}\u{1}", "= 1"] {
        std::fs::write(path, text).expect("a writable folder");
        let outcome = command(&["check", "--config", path], "").await;
        assert_eq!(outcome.code, Some(2), "{text}: {outcome:?}");
        assert!(!(outcome.output + &outcome.errors).contains("panicked"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_configuration_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = right_config(folder.path(), free_port());
    command(&["check", "--config", &config], "").await.expect(0);
    command(&["check", "--config", &config, "--json"], "").await.json();
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_keys_and_databases_are_named_and_start_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let config = right_config(folder.path(), port);
    let add = ["user", "add", "ann", "--password-stdin", "--config", &config];
    command(&add, "violet Tram 48 harbour").await.expect(0);

    let database = folder.path().join("directory.db");
    let whole = std::fs::read(&database).expect("a database");
    // What was written last may stand in the log beside it, from which SQLite would mend the file.
    std::fs::remove_file(folder.path().join("directory.db-wal")).ok();
    std::fs::write(
        &database,
        b"this is no database at all, just a text that is long enough to be taken for one",
    )
    .expect("writable");
    let outcome = command(&["serve", "--config", &config], "").await;
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    std::fs::write(&database, whole).expect("writable");

    for key in std::fs::read_dir(folder.path().join("keys")).expect("a key directory") {
        std::fs::write(key.expect("a file").path(), b"?").expect("writable");
    }
    let outcome = command(&["serve", "--config", &config], "").await;
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.errors.contains("keys"), "{outcome:?}");
    TcpStream::connect(("127.0.0.1", port)).expect_err("nobody listens");
}

fn wrong_config(folder: &Path, port: u16) -> String {
    let folder_text = folder.display();
    let text = format!(
        r#"
[listen]
http = "127.0.0.1:{port}"
nonsense = true
[portal]
url = "not a URL"
[store]
url = "embedded:{folder_text}/store.db"
[directory]
url = "sqlite:{folder_text}/directory.db"
[keys]
directory = "{folder_text}/keys"
[session]
idle = "a while"
[[courier.email]]
url = "smtp://127.0.0.1:25"
from = "nobody"
[[application]]
name = "Sample"
url = "http://app.localhost:{port}"
upstream = ["ftp://example.com"]
[[application.rule]]
path = "/"
require = "faith"
[[application.rule]]
path = "/x"
require = "nothing"
networks = ["300.0.0.0/8"]
"#
    );
    write(folder, &text)
}

fn right_config(folder: &Path, port: u16) -> String {
    let folder_text = folder.display();
    let admin = free_port();
    let text = format!(
        r#"
[listen]
http = "127.0.0.1:{port}"
admin = "127.0.0.1:{admin}"
[portal]
url = "http://login.localhost:{port}"
[store]
url = "embedded:{folder_text}/store.db"
[directory]
url = "sqlite:{folder_text}/directory.db"
[keys]
directory = "{folder_text}/keys"
[second_factor]
methods = ["totp"]
[[application]]
name = "Sample"
url = "http://app.localhost:{port}"
upstream = ["http://127.0.0.1:9"]
[[application.rule]]
path = "/"
require = "two_factor"
"#
    );
    write(folder, &text)
}

fn write(folder: &Path, text: &str) -> String {
    let path = folder.join("vestibule.toml");
    std::fs::write(&path, text).expect("a writable folder");
    path.to_str().expect("UTF-8").to_owned()
}
