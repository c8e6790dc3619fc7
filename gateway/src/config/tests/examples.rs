//! The files in `config/` are read as they are, and `vestibule.toml` says of every key what holds without it.

use super::*;
use std::collections::BTreeSet;
use toml::Value;

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config").join(name);
    std::fs::read_to_string(path).expect("a file of the repository")
}

/// The same file with its commented keys in force; some of them only (those with a default), or all.
fn uncommented(text: &str, all: bool) -> String {
    let mut without_default = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let key = line.strip_prefix("# ").filter(|rest| {
            rest.split_once(" = ")
                .is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        });
        lines.push(key.filter(|_| all || !without_default).unwrap_or(line));
        without_default = line.contains("(no default)");
    }
    lines.join("\n")
}

/// Tables that are one key each: the names in them are the operator's.
const OF_ANY_NAMES: [&str; 5] = [
    "courier.sms[].headers",
    "courier.voice[].headers",
    "courier.route",
    "application[].headers.more",
    "application[].headers.encodings",
];

/// The dotted paths of all keys.
fn keys(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    let deeper = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    if let Value::Table(table) = value
        && !OF_ANY_NAMES.contains(&path)
    {
        table.iter().for_each(|(key, inner)| keys(inner, &deeper(key), found));
    } else if let Some(tables) = value.as_array().filter(|items| items.iter().any(Value::is_table)) {
        tables.iter().for_each(|inner| keys(inner, &format!("{path}[]"), found));
    } else {
        found.insert(path.to_owned());
    }
}

#[test]
fn every_example_is_right() {
    for name in ["vestibule.toml", "small.toml", "cluster.toml", "acme.toml"] {
        let read = read(&example(name));
        assert!(
            read.is_ok(),
            "{name}:\n{}",
            read.err().map_or(String::new(), |problems| problems.to_string())
        );
    }
}

#[test]
fn the_full_example_has_exactly_the_keys_of_the_code() {
    let table: Table = uncommented(&example("vestibule.toml"), true).parse().expect("TOML");
    let mut found = BTreeSet::new();
    keys(&Value::Table(table), "", &mut found);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), known_keys());
}

#[test]
fn commented_keys_show_the_defaults() -> Result<(), Problems> {
    let text = example("vestibule.toml");
    let spelled_out = uncommented(&text, false);
    assert!(spelled_out.lines().any(|line| line == "idle = \"60m\""));
    let (left_out, spelled_out) = (read(&text)?, read(&spelled_out)?);
    assert_eq!(left_out.settings.methods, spelled_out.settings.methods);
    assert_eq!(words(&left_out), words(&spelled_out));
    Ok(())
}

/// Everything in it, sorted: there are sets within, whose order is never the same.
fn words(config: &Config) -> Vec<String> {
    let shown = format!("{config:?}");
    let mut words: Vec<String> = shown
        .split([',', ' ', '{', '}', '[', ']', '(', ')'])
        .map(str::to_owned)
        .collect();
    words.sort();
    words
}
