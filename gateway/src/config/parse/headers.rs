//! `[application.headers]`: under which names an application is told who came.

use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::domain::identity::{IdentityNames, fold};
use http::HeaderName;

/// Names that mean something else to every server; an identity under one of them would break requests or be ignored.
const TAKEN: &str = "\
    host connection keep-alive proxy-connection proxy-authorization proxy-authenticate te trailer \
    transfer-encoding upgrade content-length content-type content-encoding content-language content-location \
    content-range content-disposition expect authorization www-authenticate cookie cookie2 set-cookie accept \
    accept-charset accept-encoding accept-language accept-ranges origin referer user-agent range if-match \
    if-none-match if-modified-since if-unmodified-since if-range cache-control pragma date via warning location \
    server vary max-forwards last-event-id x-request-id x-requested-with forwarded x-forwarded-for \
    x-forwarded-host x-forwarded-proto x-forwarded-port x-forwarded-prefix x-real-ip proxy";
/// Families of names, likewise.
const TAKEN_FAMILIES: [&str; 4] = ["sec-", "access-control-", "vestibule-", "x-original-"];

/// The names; the default where one is left out.
pub(super) fn names(section: &Section<'_>) -> IdentityNames {
    let default = IdentityNames::default();
    let names = IdentityNames {
        user: section.optional("user", name).unwrap_or(default.user),
        name: section.optional("name", name).unwrap_or(default.name),
        email: section.optional("email", name).unwrap_or(default.email),
        groups: section.optional("groups", name).unwrap_or(default.groups),
    };
    let all = [
        ("user", &names.user),
        ("name", &names.name),
        ("email", &names.email),
        ("groups", &names.groups),
    ];
    for (at, (key, name)) in all.iter().enumerate() {
        let same = all
            .iter()
            .take(at)
            .find(|(_, earlier)| fold(earlier.as_str()) == fold(name.as_str()));
        if let Some((earlier, _)) = same {
            let message = format!("some servers cannot tell it from the header for {earlier}");
            section.report(key, flaw(message, "give each its own name"));
        }
    }
    names
}

fn name(text: &str) -> Result<HeaderName, Flaw> {
    let name = HeaderName::from_bytes(text.as_bytes()).map_err(|_| {
        flaw(
            format!("{text:?} is not a header name"),
            "letters, digits and -, as in Remote-User",
        )
    })?;
    let folded = fold(name.as_str());
    if TAKEN.split(' ').any(|taken| folded == taken) || TAKEN_FAMILIES.iter().any(|family| folded.starts_with(family)) {
        return Err(flaw(
            format!("{text} has another meaning"),
            "a name of its own, as in Remote-User",
        ));
    }
    Ok(name)
}
