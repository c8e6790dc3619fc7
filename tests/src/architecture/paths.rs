//! Every path a source names, in `use`, code, attributes and macros, spelled out from its root. Code that is compiled
//! for tests only is left out. Scopes are not modelled: an alias counts for the whole file.

use std::collections::HashMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::source::Source;

/// A path such as `crate::io::clock` or `std::env::var`; a glob import ends in `*`.
pub(super) struct Named {
    pub(super) segments: Vec<String>,
    pub(super) line: usize,
}

impl Named {
    /// Whether this path is `prefix`, lies below it, or takes it in by a glob.
    pub(super) fn reaches(&self, prefix: &str) -> bool {
        let prefix: Vec<&str> = prefix.split("::").collect();
        let (own, is_glob) = match self.segments.split_last() {
            Some((last, rest)) if last == "*" => (rest, true),
            _ => (self.segments.as_slice(), false),
        };
        own.iter().zip(&prefix).all(|(a, b)| a == b) && (own.len() >= prefix.len() || is_glob)
    }

    pub(super) fn text(&self) -> String {
        self.segments.join("::")
    }
}

/// All paths of two segments or more in the product code of `source`.
pub(super) fn named(source: &Source) -> Vec<Named> {
    if source.is_test_only() {
        return Vec::new();
    }
    let mut imports = Imports {
        here: source.module(),
        aliases: HashMap::new(),
        found: Vec::new(),
    };
    imports.visit_file(&source.syntax);
    let mut mentions = Mentions {
        here: source.module(),
        aliases: imports.aliases,
        found: imports.found,
    };
    mentions.visit_file(&source.syntax);
    mentions.found
}

/// First reading: what `use` brings in, and under which name.
struct Imports {
    here: Vec<String>,
    aliases: HashMap<String, Vec<String>>,
    found: Vec<Named>,
}

impl Imports {
    fn flatten(&mut self, tree: &syn::UseTree, mut before: Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.flatten(&path.tree, before);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.flatten(item, before.clone())),
            syn::UseTree::Glob(glob) => self.import(before, "*".to_owned(), None, glob.span()),
            syn::UseTree::Name(name) => self.import(before, name.ident.to_string(), None, name.span()),
            syn::UseTree::Rename(name) => {
                self.import(
                    before,
                    name.ident.to_string(),
                    Some(name.rename.to_string()),
                    name.span(),
                );
            }
        }
    }

    fn import(&mut self, mut path: Vec<String>, name: String, alias: Option<String>, span: proc_macro2::Span) {
        if name != "self" {
            path.push(name);
        }
        let segments = absolute(&path, &self.here, &HashMap::new());
        let alias = alias.or_else(|| segments.last().cloned()).unwrap_or_default();
        if segments.len() == 1 && segments.first() == Some(&alias) {
            return;
        }
        self.aliases.insert(alias, segments.clone());
        self.found.push(Named {
            segments,
            line: span.start().line,
        });
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.flatten(&item.tree, Vec::new());
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_for_tests(&item.attrs) {
            self.here.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.here.pop();
        }
    }
}

/// Second reading: paths written out in code.
struct Mentions {
    here: Vec<String>,
    aliases: HashMap<String, Vec<String>>,
    found: Vec<Named>,
}

impl Mentions {
    fn mention(&mut self, segments: &[String], line: usize) {
        if segments.len() > 1 {
            self.found.push(Named {
                segments: absolute(segments, &self.here, &self.aliases),
                line,
            });
        }
    }

    /// Macros are not parsed; their tokens are read for `a::b::c`.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.mention(&path, line);
                        path.clear();
                        line = ident.span().start().line;
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Group(group) => {
                    self.read_tokens(group.stream());
                    colons = 0;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => colons = 0,
            }
        }
        self.mention(&path, line);
    }
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.mention(&segments, path.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.read_tokens(call.tokens.clone());
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        self.visit_path(&list.path);
        self.read_tokens(list.tokens.clone());
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_for_tests(&item.attrs) {
            self.here.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.here.pop();
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::NameValue(_) => false,
    })
}

/// `super::clock` in `crate::io::store` is `crate::io::clock`; an imported name becomes what it stands for.
fn absolute(path: &[String], here: &[String], aliases: &HashMap<String, Vec<String>>) -> Vec<String> {
    let Some((first, rest)) = path.split_first() else {
        return Vec::new();
    };
    let base = match first.as_str() {
        "self" => here.to_vec(),
        "super" => {
            let outer = here.split_last().map_or(&[][..], |(_, outer)| outer);
            let supers = rest.iter().take_while(|segment| *segment == "super").count();
            let base = outer
                .get(..outer.len().saturating_sub(supers))
                .unwrap_or_default()
                .to_vec();
            return base.into_iter().chain(rest.iter().skip(supers).cloned()).collect();
        }
        _ => aliases.get(first).cloned().unwrap_or_else(|| vec![first.clone()]),
    };
    base.into_iter().chain(rest.iter().cloned()).collect()
}

mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        named(&Source::parse("gateway/src/io/store/redis.rs", text))
            .iter()
            .map(Named::text)
            .collect()
    }

    #[test]
    fn imports_are_spelled_out_from_the_root() {
        let text = "use super::{Store, records as r}; use super::super::clock; use std::time::*; use self::x::Y;";
        let expected = [
            "crate::io::store::Store",
            "crate::io::store::records",
            "crate::io::clock",
            "std::time::*",
            "crate::io::store::redis::x::Y",
        ];
        assert_eq!(paths(text), expected);
    }

    #[test]
    fn an_alias_is_followed_in_code_macros_and_attributes() {
        let text = "use std::time as t; #[derive(serde::Serialize)] struct S; fn f() { t::Instant::now(); log!(a, std::env::var(\"X\")) }";
        let expected = [
            "std::time",
            "serde::Serialize",
            "std::time::Instant::now",
            "std::env::var",
        ];
        assert_eq!(paths(text), expected);
    }

    #[test]
    fn code_for_tests_is_left_out() {
        let text = "#[cfg(test)] mod tests { use std::fs; } #[cfg(test)] use std::env::vars; #[test] fn f() { std::fs::read(0) }";
        assert!(paths(text).is_empty());
    }
}
