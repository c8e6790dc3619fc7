//! Every text that is used exists in every language, and none is left over.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::{Language, texts};

#[test]
fn every_language_has_the_same_texts() {
    let expected = keys(Language::FALLBACK);
    for language in Language::ALL {
        assert_eq!(keys(language), expected, "{}", language.tag());
    }
}

/// Together with the rendering of every sample, in which a text that is missing is a fault.
#[test]
fn every_text_that_templates_name_exists() {
    let known = keys(Language::FALLBACK);
    for template in sources("templates") {
        for named in template
            .split("say(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert!(known.contains(named), "{named}");
        }
    }
}

#[test]
fn no_text_is_left_over() {
    let sources = [sources("templates"), sources("src")].concat().concat();
    for key in keys(Language::FALLBACK) {
        assert!(sources.contains(&format!("\"{key}\"")), "nothing says {key}");
    }
}

/// The identifiers at the start of a line of a Fluent file.
fn keys(language: Language) -> BTreeSet<&'static str> {
    let messages = texts::source(language).lines().filter_map(|line| line.split_once(" ="));
    messages
        .map(|(key, _)| key)
        .filter(|key| key.starts_with(|letter: char| letter.is_ascii_lowercase()))
        .collect()
}

/// The text of every file under a directory of this crate.
fn sources(directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path
            .extension()
            .is_some_and(|extension| extension != "snap" && extension != "new")
        {
            found.push(fs::read_to_string(path).unwrap());
        }
    }
    found
}
