//! Words that say nothing may name no module and no type.

use syn::visit::{self, Visit};

use super::Finding;
use super::source::Workspace;

const EMPTY_WORDS: &[&str] = &[
    "util", "helper", "common", "manager", "service", "handler", "data", "info", "context", "misc",
];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &workspace.sources {
        let mut definitions = Definitions { names: Vec::new() };
        definitions.visit_file(&source.syntax);
        let modules = source.module().into_iter().map(|name| (name, 1));
        for (name, line) in modules.chain(definitions.names) {
            if is_empty_word(&last_word(&name)) {
                findings.push(Finding::new(
                    source,
                    line,
                    format!("the name `{name}` says nothing: use a word of the glossary in gateway/src/lib.rs"),
                ));
            }
        }
    }
    findings
}

/// Names given by this source. Uses are free: a trait of somebody else's may ask for `type CTX`.
struct Definitions {
    names: Vec<(String, usize)>,
}

impl Definitions {
    fn define(&mut self, name: &syn::Ident) {
        self.names.push((name.to_string(), name.span().start().line));
    }
}

impl<'ast> Visit<'ast> for Definitions {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.define(&item.ident);
        visit::visit_item_mod(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.define(&item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.define(&item.ident);
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.define(&item.ident);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.define(&item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.define(&item.ident);
        visit::visit_item_trait(self, item);
    }
}

/// `SessionManager` ends in `manager`; a module name such as `metadata` or `user_data` is one word.
fn last_word(name: &str) -> String {
    let start = name
        .char_indices()
        .rev()
        .find(|(_, letter)| letter.is_uppercase())
        .map_or(0, |(start, _)| start);
    name.split_at(start).1.to_lowercase()
}

fn is_empty_word(word: &str) -> bool {
    EMPTY_WORDS
        .iter()
        .any(|empty| word == *empty || word.strip_suffix('s') == Some(empty))
}

mod tests {
    use super::*;
    use crate::architecture::lines_caught;

    fn caught(path: &str, text: &str) -> Vec<usize> {
        lines_caught(check, path, text)
    }

    #[test]
    fn empty_names_of_types_and_modules_are_caught() {
        let path = "gateway/src/flow/login.rs";
        assert_eq!(
            caught(
                path,
                "\nstruct SessionManager;\nenum Data {}\ntrait LoginHandler {}\ntype Info = u8;"
            ),
            [2, 3, 4, 5]
        );
        assert_eq!(caught(path, "mod helpers;"), [1]);
        assert_eq!(caught("gateway/src/io/utils.rs", ""), [1]);
        assert_eq!(caught("gateway/src/common/login.rs", ""), [1]);
    }

    #[test]
    fn telling_names_and_uses_of_other_peoples_names_pass() {
        let text = "mod metadata; struct Dataset; struct ManagerOfficeHours; impl ProxyHttp for Door { type CTX = (); } fn f() { background_service() }";
        assert!(caught("gateway/src/edge/proxy/mod.rs", text).is_empty());
    }
}
