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
        if let Item::Use(shown) = item {
            if is_public(&shown.vis) {
                lines.push(written(shown));
                lines.extend(of_type(workspace, &last_name(&shown.tree)));
            }
        } else if let Item::Mod(hidden) = item {
            let is_hidden = hidden
                .attrs
                .iter()
                .any(|attribute| written(attribute).contains("hidden"));
            assert!(
                is_hidden || !is_public(&hidden.vis),
                "{} is shown to everybody",
                hidden.ident
            );
        } else {
            lines.push(written(item));
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What can be seen of a type: its public fields, its public methods, and whatever it implements.
fn of_type(workspace: &Workspace, name: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let product = workspace.product().filter(|source| source.is_in("gateway/src/"));
    for item in product.flat_map(|source: &Source| &source.syntax.items) {
        if let Item::Struct(own) = item
            && own.ident == name
            && is_public(&own.vis)
        {
            let derives = own.attrs.iter().filter(|attribute| attribute.path().is_ident("derive"));
            lines.extend(derives.map(|derive| format!("    {}", written(derive))));
            let fields = own.fields.iter().filter(|field| is_public(&field.vis));
            lines.extend(fields.map(|field| format!("    {}: {}", written(&field.ident), written(&field.ty))));
        }
        if let Item::Impl(own) = item
            && written(&own.self_ty) == name
        {
            match &own.trait_ {
                Some((_, path, _)) => lines.push(format!("    impl {} for {name}", written(path))),
                None => lines.extend(own.items.iter().filter_map(method)),
            }
        }
    }
    lines
}

fn method(item: &ImplItem) -> Option<String> {
    let ImplItem::Fn(method) = item else { return None };
    is_public(&method.vis).then(|| format!("    {}", written(&method.sig)))
}

fn last_name(tree: &syn::UseTree) -> String {
    match tree {
        syn::UseTree::Path(path) => last_name(&path.tree),
        syn::UseTree::Name(name) => name.ident.to_string(),
        syn::UseTree::Rename(_) | syn::UseTree::Glob(_) | syn::UseTree::Group(_) => {
            panic!("show one thing a line: {}", written(tree))
        }
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn written(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}
