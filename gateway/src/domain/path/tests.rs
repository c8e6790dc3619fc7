//! Readings against tables, and against how real servers read.

use super::*;
use proptest::prelude::*;

fn reads_as(sent: &str, reading: &str) -> bool {
    Path::parse(sent).is_ok_and(|path| path.readings().any(|other| other == reading))
}

#[test]
fn every_known_spelling_of_a_protected_path_is_read_as_it() {
    for sent in [
        "/public/../secret",
        "/public/%2e%2e/secret",
        "/public/%2E./secret",
        "/public/..%2fsecret",
        "/public/%252e%252e/secret",
        "/public\\..\\secret",
        "/public/%5c../%2e%2e/secret",
        "//secret",
        "/./secret",
        "/public/..;/secret",
        "/public/..;x=1/secret",
        "/secret;a=b",
        "/%73ecret",
        "/%2573ecret",
        "/x//../../secret",
        "/secret/.",
        "/public/.;/../secret",
        "//public/secret",
        "///public/secret",
        "/\\public/secret",
        "/%5cpublic%5csecret",
        "/public/%2e%2e/secret.",
        "/secret.",
        "/secret%20",
        "/secret.%20.",
        "/secret::$DATA",
        "/secret%3f.css",
        "/secret%253fx",
        "/secret%23/public",
        "/%u0073ecret",
    ] {
        assert!(
            ["/secret", "/secret/"].iter().any(|reading| reads_as(sent, reading)),
            "{sent}"
        );
    }
}

#[test]
fn what_nobody_can_read_is_refused() {
    for sent in [
        "",
        "secret",
        "*",
        "/a%00",
        "/a%0d%0a",
        "/a#b",
        "/%c0%ae",
        "/%ff",
        "/%2500",
        "http://x/",
    ] {
        assert_eq!(Path::parse(sent).err(), Some(NotAPath), "{sent}");
    }
}

#[test]
fn a_plain_path_has_one_reading() -> Result<(), NotAPath> {
    assert_eq!(Path::parse("/a/b-c_d.html")?.readings().count(), 1);
    Ok(())
}

#[test]
fn prefixes_match_whole_segments() -> Result<(), NotAPath> {
    let table = [
        ("/public/", "/public", true),
        ("/public/", "/public/x", true),
        ("/public", "/publicity", false),
        ("/", "/x", true),
        ("/a/b", "/a", false),
    ];
    for (prefix, reading, expected) in table {
        assert_eq!(Prefix::parse(prefix)?.covers(reading), expected, "{prefix} {reading}");
    }
    assert!(Prefix::parse("/Admin")?.covers_folded("/aDMIN/x"));
    Ok(())
}

#[test]
fn prefixes_that_could_never_match_are_refused() {
    for text in ["", "admin", "/a//b", "/a/../b", "/a%20b", "//"] {
        assert!(Prefix::parse(text).is_err(), "{text}");
    }
}

/// How real servers read a path; a scenario with the servers themselves stands beside these.
mod servers {
    use super::super::readings;

    /// nginx: decodes once, merges slashes, resolves dots.
    pub(super) fn nginx(sent: &str) -> Option<String> {
        let decoded = decode(sent)?;
        let mut kept: Vec<&str> = Vec::new();
        for segment in decoded.split('/').filter(|segment| !segment.is_empty()) {
            match segment {
                "." => {}
                ".." => drop(kept.pop()?),
                other => kept.push(other),
            }
        }
        Some(format!("/{}", kept.join("/")))
    }

    /// Apache httpd: refuses an encoded slash, otherwise like nginx.
    pub(super) fn apache(sent: &str) -> Option<String> {
        if sent.to_ascii_lowercase().contains("%2f") {
            return None;
        }
        nginx(sent)
    }

    /// A WSGI server and an application that brings the path into a normal form (`posixpath.normpath`).
    pub(super) fn wsgi(sent: &str) -> Option<String> {
        let mut kept: Vec<String> = Vec::new();
        for segment in decode(sent)?.split('/') {
            match segment {
                "" | "." => {}
                ".." => drop(kept.pop()),
                other => kept.push(other.to_owned()),
            }
        }
        Some(format!("/{}", kept.join("/")))
    }

    /// Node with `new URL(request.url, base).pathname`, decoded by the application.
    pub(super) fn node(sent: &str) -> Option<String> {
        let base = url::Url::parse("http://localhost/").ok()?;
        decode(base.join(sent).ok()?.path())
    }

    /// A servlet container: parameters go before anything else.
    pub(super) fn servlet(sent: &str) -> Option<String> {
        let bare: Vec<&str> = sent
            .split('/')
            .map(|segment| segment.split(';').next().unwrap_or_default())
            .collect();
        wsgi(&bare.join("/"))
    }

    fn decode(sent: &str) -> Option<String> {
        readings::decode(sent).ok()
    }
}

/// Ways to write a letter or a slash.
fn written(letter: char, way: u8) -> String {
    match way % 6 {
        0 => format!("%{:02x}", u32::from(letter)),
        1 => format!("%{:02X}", u32::from(letter)),
        2 => format!("%25{:02x}", u32::from(letter)),
        _ => letter.to_string(),
    }
}

fn spelling() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec![
        "secret",
        "public",
        ".",
        "..",
        "",
        "..;x",
        ".;",
        "secret;a=b",
        "\\",
        "secret.",
        "secret ",
        "x?y",
        "secret#z",
    ]);
    let segments = prop::collection::vec((segment, prop::collection::vec(any::<u8>(), 12)), 1..5);
    segments.prop_map(|segments| {
        let mut path = String::new();
        for (segment, ways) in segments {
            path.push('/');
            let spelt = segment
                .chars()
                .zip(ways.iter().cycle())
                .map(|(letter, way)| match letter {
                    '?' | '#' | ' ' => format!("%{:02x}", u32::from(letter)),
                    other => written(other, *way),
                });
            path.extend(spelt);
        }
        path
    })
}

/// What a server finds at a reading is under the same rule as the reading, with or without a slash at its end.
fn is_read(path: &Path, server: &str) -> bool {
    let bare = |reading: &str| reading.trim_end_matches('/').to_owned();
    path.readings().any(|reading| bare(reading) == bare(server))
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_the_first_reading_is_the_text(sent in "/[a-z./;%25\\\\A-Z0-9]{0,24}") {
        if let Ok(path) = Path::parse(&sent) {
            prop_assert_eq!(path.readings().next(), Some(sent.as_str()));
        }
    }

    #[test]
    fn whatever_a_server_reads_was_asked_of_the_rules(sent in spelling()) {
        if let Ok(path) = Path::parse(&sent) {
            for (name, read) in [
                ("nginx", servers::nginx(&sent)),
                ("apache", servers::apache(&sent)),
                ("wsgi", servers::wsgi(&sent)),
                ("node", servers::node(&sent)),
                ("servlet", servers::servlet(&sent)),
            ] {
                if let Some(read) = read {
                    prop_assert!(is_read(&path, &read), "{name} reads {sent} as {read}");
                }
            }
        }
    }

    #[test]
    fn no_spelling_of_a_protected_path_is_admitted(sent in spelling()) {
        let prefix = Prefix::parse("/secret").map_err(|error| TestCaseError::fail(error.to_string()))?;
        let reached = [
            servers::nginx(&sent), servers::apache(&sent), servers::wsgi(&sent), servers::node(&sent), servers::servlet(&sent),
        ];
        if reached.iter().flatten().any(|read| prefix.covers_folded(read)) {
            let asked = Path::parse(&sent).is_ok_and(|path| path.readings().any(|reading| prefix.covers_folded(reading)));
            prop_assert!(asked || Path::parse(&sent).is_err(), "{sent}");
        }
    }
}
