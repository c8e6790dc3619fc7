//! The sources as the rules see them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// One source file: where it is (from the top of the repository, `gateway/src/app.rs`), its text, its syntax.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) syntax: syn::File,
}

/// Everything the rules look at.
pub(super) struct Workspace {
    pub(super) sources: Vec<Source>,
    /// Names of the crates that a path may begin with, `std` included.
    pub(super) crates: BTreeSet<String>,
}

impl Workspace {
    /// All crates of the workspace, from the disk.
    pub(super) fn read() -> Workspace {
        let sources: Vec<Source> = ["gateway", "auth-pages", "tests", "benches"]
            .into_iter()
            .flat_map(sources_of)
            .collect();
        assert!(
            sources.len() > 30,
            "only {} sources found: the rules would prove nothing",
            sources.len()
        );
        let crates = ["gateway", "auth-pages"]
            .into_iter()
            .flat_map(dependencies_of)
            .chain(standard_crates())
            .collect();
        Workspace { sources, crates }
    }

    /// Sources made up by a test of a rule, with the dependencies of the real gateway.
    pub(super) fn of<const N: usize>(sources: [Source; N]) -> Workspace {
        let crates = dependencies_of("gateway")
            .into_iter()
            .chain(standard_crates())
            .collect();
        Workspace {
            sources: sources.into(),
            crates,
        }
    }

    /// The sources of the product alone, without the tests and benches.
    pub(super) fn product(&self) -> impl Iterator<Item = &Source> {
        self.sources
            .iter()
            .filter(|source| source.is_in("gateway/") || source.is_in("auth-pages/"))
    }
}

impl Source {
    pub(super) fn parse(path: &str, text: &str) -> Source {
        let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{path} is not Rust: {error}"));
        Source {
            path: path.to_owned(),
            text: text.to_owned(),
            syntax,
        }
    }

    /// Whether this is the file `place`, or lies in the folder `place` (which then ends in a slash).
    pub(super) fn is_in(&self, place: &str) -> bool {
        self.path == place || (place.ends_with('/') && self.path.starts_with(place))
    }

    /// The module this file is: `["crate", "io", "store"]` for `gateway/src/io/store/mod.rs`.
    pub(super) fn module(&self) -> Vec<String> {
        let inside = self
            .path
            .split_once("/src/")
            .map_or(self.path.as_str(), |(_, inside)| inside);
        let names = inside
            .trim_end_matches(".rs")
            .split('/')
            .filter(|name| !["mod", "lib", "main"].contains(name));
        std::iter::once("crate").chain(names).map(str::to_owned).collect()
    }

    /// Whether the whole file is compiled for tests only: the contracts and test modules in files of their own.
    pub(super) fn is_test_only(&self) -> bool {
        self.path.ends_with("/contract.rs") || self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }
}

fn sources_of(member: &str) -> Vec<Source> {
    WalkDir::new(top().join(member))
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.expect("a readable source tree").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a readable source");
            let name = path.strip_prefix(top()).expect("a path inside the repository");
            Source::parse(&name.to_string_lossy(), &text)
        })
        .collect()
}

fn dependencies_of(member: &str) -> Vec<String> {
    let manifest = std::fs::read_to_string(top().join(member).join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("a manifest in TOML");
    let dependencies = manifest
        .get("dependencies")
        .and_then(toml::Value::as_table)
        .cloned()
        .unwrap_or_default();
    dependencies.keys().map(|name| name.replace('-', "_")).collect()
}

fn standard_crates() -> impl Iterator<Item = String> {
    ["std", "core", "alloc"].into_iter().map(str::to_owned)
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the repository")
}
