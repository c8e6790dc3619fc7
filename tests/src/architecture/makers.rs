//! Who may make the values that carry authority. Private fields keep strangers out of a struct; this keeps the
//! constructor that is left from being called anywhere but where the proof happens.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::Finding;
use super::paths::named;
use super::source::{Source, Workspace};

/// A constructor, where it is written, and who else may call it.
struct Guard {
    call: &'static str,
    home: &'static str,
    callers: &'static [&'static str],
}

const GUARDS: &[Guard] = &[
    Guard {
        call: "Authentication::proven",
        home: "gateway/src/domain/assurance.rs",
        callers: &["gateway/src/io/credentials/", "gateway/src/io/directory/"],
    },
    Guard {
        call: "Authentication::supposed",
        home: "gateway/src/domain/assurance.rs",
        callers: &["gateway/src/flow/operators/supposition.rs"],
    },
];

/// Structs written out (`Permit { … }`) in one file only.
const LITERALS: &[(&str, &str)] = &[("Permit", "gateway/src/domain/policy.rs")];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    workspace
        .product()
        .flat_map(|source| calls(source).into_iter().chain(literals(source)))
        .collect()
}

fn calls(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in named(source) {
        let guard = GUARDS
            .iter()
            .find(|guard| path.text().ends_with(&format!("::{}", guard.call)) || path.text() == guard.call);
        if let Some(guard) = guard
            && !source.is_in(guard.home)
            && !guard.callers.iter().any(|place| source.is_in(place))
        {
            findings.push(Finding::new(
                source,
                path.line,
                format!("{} may be called only in {:?}", guard.call, guard.callers),
            ));
        }
    }
    findings
}

fn literals(source: &Source) -> Vec<Finding> {
    let mut literals = Literals { found: Vec::new() };
    literals.visit_file(&source.syntax);
    let strays = literals.found.into_iter().filter_map(|(name, line)| {
        let (name, home) = LITERALS
            .iter()
            .find(|(guarded, home)| *guarded == name && !source.is_in(home))?;
        Some(Finding::new(source, line, format!("{name} may be made only in {home}")))
    });
    strays.collect()
}

struct Literals {
    found: Vec<(String, usize)>,
}

impl<'ast> Visit<'ast> for Literals {
    fn visit_expr_struct(&mut self, literal: &'ast syn::ExprStruct) {
        let name = literal.path.segments.last().map(|segment| segment.ident.to_string());
        self.found.push((name.unwrap_or_default(), literal.span().start().line));
        visit::visit_expr_struct(self, literal);
    }
}

mod tests {
    use super::*;
    use crate::architecture::lines_caught;

    #[test]
    fn a_guarded_constructor_is_caught_outside_its_list() {
        let text = "use crate::domain::assurance::Authentication as A;\nfn f() { A::proven() }";
        assert_eq!(lines_caught(check, "gateway/src/flow/login.rs", text), [2]);
        assert_eq!(lines_caught(check, "gateway/src/io/credentials/sql.rs", text), [0; 0]);
    }

    #[test]
    fn a_permit_is_written_out_in_policy_only() {
        let text = "fn f() -> Permit { policy::Permit { rule: 1 } }";
        assert_eq!(lines_caught(check, "gateway/src/flow/admit.rs", text), [1]);
        assert_eq!(lines_caught(check, "gateway/src/domain/policy.rs", text), [0; 0]);
    }

    /// A guard on a name that no longer exists guards nothing.
    #[test]
    fn every_guard_guards_something() {
        let workspace = Workspace::read();
        for guard in GUARDS {
            let (_, function) = guard.call.split_once("::").expect("Type::function");
            let home = workspace.sources.iter().find(|source| source.is_in(guard.home));
            let text = home.map(|source| source.text.as_str()).unwrap_or_default();
            assert!(
                text.contains(&format!("fn {function}(")),
                "{} is not written in {}",
                guard.call,
                guard.home
            );
        }
    }
}
