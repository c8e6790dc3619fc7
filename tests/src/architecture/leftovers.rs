//! What must not stay in a source: too much of it, work put off, silenced lints and tests.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::Finding;
use super::source::Workspace;

const LONGEST: usize = 400;

/// In two halves, so that this file does not find itself.
const PUT_OFF: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &workspace.sources {
        let lines = source.text.lines().count();
        if lines > LONGEST {
            findings.push(Finding::new(
                source,
                LONGEST + 1,
                format!("{lines} lines: {LONGEST} are the most a file may have"),
            ));
        }
        for (line, text) in (1..).zip(source.text.lines()) {
            if PUT_OFF.iter().any(|word| words(text).any(|found| found == *word)) {
                findings.push(Finding::new(source, line, "put off: do it, or open an issue"));
            }
        }
        let mut silenced = Silenced { found: Vec::new() };
        silenced.visit_file(&source.syntax);
        findings.extend(
            silenced
                .found
                .into_iter()
                .map(|(line, what)| Finding::new(source, line, what)),
        );
    }
    findings
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

struct Silenced {
    found: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Silenced {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        let line = attribute.span().start().line;
        if attribute.path().is_ident("ignore") {
            self.found
                .push((line, "an ignored test: run it or remove it".to_owned()));
        }
        if attribute.path().is_ident("allow") {
            self.found
                .push((line, "a lint allowed: `expect` it with a reason".to_owned()));
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let is_gap = call
            .path
            .segments
            .last()
            .is_some_and(|name| name.ident == "todo" || name.ident == "unimplemented");
        if is_gap {
            self.found
                .push((call.span().start().line, "a gap in the code".to_owned()));
        }
    }
}

mod tests {
    use super::*;
    use crate::architecture::lines_caught;

    fn caught(text: &str) -> Vec<usize> {
        lines_caught(check, "gateway/src/flow/login.rs", text)
    }

    #[test]
    fn a_file_over_the_limit_is_caught() {
        assert_eq!(caught(&"\n".repeat(LONGEST)), [0; 0]);
        assert_eq!(caught(&"\n".repeat(LONGEST + 1)), [LONGEST + 1]);
    }

    #[test]
    fn work_put_off_is_caught() {
        for word in PUT_OFF {
            assert_eq!(caught(&format!("\n// {word}: later")), [2]);
            assert_eq!(caught(&format!("// {word}LIST")), [0; 0]);
        }
        assert_eq!(caught("fn f() {\n    todo!()\n}"), [2]);
    }

    #[test]
    fn silenced_lints_and_tests_are_caught() {
        assert_eq!(caught("#[allow(dead_code)]\nfn f() {}"), [1]);
        assert_eq!(caught("#![allow(dead_code)]"), [1]);
        assert_eq!(caught("#[test]\n#[ignore = \"slow\"]\nfn f() {}"), [2]);
        assert_eq!(caught("#[expect(dead_code, reason = \"\")]\nfn f() {}"), [0; 0]);
    }
}
