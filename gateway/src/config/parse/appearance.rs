//! `[application.answers]`: what browsers are told with an application's answers.

use super::words::one_of;
use crate::config::duration::duration;
use crate::config::problem::flaw;
use crate::config::raw::Section;
use crate::domain::appearance::{Appearance, Frames, Keeping, Software};
use crate::domain::application::{Origin, Scheme};

/// The appearance; the default where a key is left out.
pub(super) fn of(section: &Section<'_>, origin: Option<&Origin>) -> Appearance {
    let software = [("named", Software::Named), ("unnamed", Software::Unnamed)];
    let frames = [
        ("as_sent", Frames::AsSent),
        ("same_origin", Frames::SameOrigin),
        ("denied", Frames::Denied),
    ];
    let keeping = [
        ("as_sent", Keeping::AsSent),
        ("nothing_behind_two_factors", Keeping::NothingBehindTwoFactors),
    ];
    let tls_only = section.optional("tls_only", duration);
    if tls_only.is_some() && origin.is_some_and(|origin| origin.scheme() == Scheme::Http) {
        let message = "browsers come to this application in the plain";
        section.report(
            "tls_only",
            flaw(message, "leave it out, or give the application an https url"),
        );
    }
    Appearance {
        software: section.optional("software", one_of(&software)).unwrap_or_default(),
        tls_only,
        frames: section.optional("frames", one_of(&frames)).unwrap_or_default(),
        keeping: section.optional("keeping", one_of(&keeping)).unwrap_or_default(),
    }
}
