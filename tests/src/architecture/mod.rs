//! The diagram in `gateway/src/lib.rs` as a test: reads every source of the workspace and names each line that breaks a
//! rule. Judges text only; what the compiler already refuses (private fields, unused results) is left to it.

mod imports;
mod leftovers;
mod makers;
mod names;
mod paths;
mod source;
mod surface;

use source::{Source, Workspace};

/// One broken rule, printed as `file:line: what`.
#[derive(Debug, PartialEq)]
struct Finding {
    file: String,
    line: usize,
    what: String,
}

impl Finding {
    fn new(source: &Source, line: usize, what: impl Into<String>) -> Finding {
        Finding {
            file: source.path.clone(),
            line,
            what: what.into(),
        }
    }
}

#[test]
fn the_sources_obey_the_architecture() {
    let workspace = Workspace::read();
    let rules = [imports::check, names::check, makers::check, leftovers::check];
    let findings: Vec<String> = rules
        .iter()
        .flat_map(|rule| rule(&workspace))
        .map(|finding| format!("{}:{}: {}", finding.file, finding.line, finding.what))
        .collect();
    assert!(
        findings.is_empty(),
        "{} broken rules:\n{}",
        findings.len(),
        findings.join("\n")
    );
}

/// The lines that `rule` finds fault with in one source alone; what the tests of the rules are written with.
fn lines_caught(rule: fn(&Workspace) -> Vec<Finding>, path: &str, text: &str) -> Vec<usize> {
    rule(&Workspace::of([Source::parse(path, text)]))
        .into_iter()
        .map(|finding| finding.line)
        .collect()
}
