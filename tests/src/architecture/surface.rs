//! What the crate `vestibule` promises to whoever embeds it: everything that `lib.rs` shows and does not hide, word for
//! word, as `surface.txt` has it. Whoever changes it on purpose changes that file, and the version with it.

use quote::ToTokens;
use syn::{ImplItem, Item, Visibility};

use super::source::{Source, Workspace};

const PROMISED: &str = include_str!("surface.txt");
/// What must not be named in it.
const BACKENDS: &[&str] = &[
    "sqlite", "sqlx", "redis", "postgres", "smtp", "lettre", "reqwest", "axum", "ldap",
];

#[test]
fn the_public_surface_is_what_was_promised() {
    let surface = surface(&Workspace::read());
    assert_eq!(
        surface, PROMISED,
        "put this into surface.txt if it is meant:\n{surface}"
    );
    for backend in BACKENDS {
        assert!(!surface.to_lowercase().contains(backend), "{backend}");
    }
}

fn surface(workspace: &Workspace) -> String {
    let library = workspace
        .sources
        .iter()
        .find(|source| source.path == "gateway/src/lib.rs");
    let library = library.expect("the library");
    let mut lines = Vec::new();
    for item in &library.syntax.items {
        match item {
            Item::Use(shown) if is_public(&shown.vis) => {
                lines.push(written(shown));
                lines.extend(of_type(workspace, &last_name(&shown.tree)));
            }
            Item::Mod(hidden) if is_public(&hidden.vis) => {
                let is_hidden = hidden
                    .attrs
                    .iter()
                    .any(|attribute| written(attribute).contains("hidden"));
                assert!(is_hidden, "{} is shown to everybody", hidden.ident);
            }
            Item::Use(_) | Item::Mod(_) => {}
            other => lines.push(written(other)),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What can be seen of a type: its public fields, its public methods, and whatever it implements.
fn of_type(workspace: &Workspace, name: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let product = workspace.product().filter(|source| source.is_in("gateway/src/"));
    for item in product.flat_map(|source: &Source| &source.syntax.items) {
        match item {
            Item::Struct(own) if own.ident == name && is_public(&own.vis) => {
                let derives = own.attrs.iter().filter(|attribute| attribute.path().is_ident("derive"));
                lines.extend(derives.map(|derive| format!("    {}", written(derive))));
                let fields = own.fields.iter().filter(|field| is_public(&field.vis));
                lines.extend(fields.map(|field| format!("    {}: {}", written(&field.ident), written(&field.ty))));
            }
            Item::Impl(own) if written(&own.self_ty) == name => match &own.trait_ {
                Some((_, path, _)) => lines.push(format!("    impl {} for {name}", written(path))),
                None => lines.extend(own.items.iter().filter_map(method)),
            },
            _ => {}
        }
    }
    lines
}

fn method(item: &ImplItem) -> Option<String> {
    match item {
        ImplItem::Fn(method) if is_public(&method.vis) => Some(format!("    {}", written(&method.sig))),
        _ => None,
    }
}

fn last_name(tree: &syn::UseTree) -> String {
    match tree {
        syn::UseTree::Path(path) => last_name(&path.tree),
        syn::UseTree::Name(name) => name.ident.to_string(),
        other => panic!("show one thing a line: {}", written(other)),
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn written(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}
