//! The colours, in light and in dark, have the contrast that WCAG 2.2 asks for at level AA.

use crate::assets;

/// Text and what it stands on: 4.5 to 1 (success criterion 1.4.3).
const TEXTS: [(&str, &str); 16] = [
    ("ink", "card"),
    ("ink", "ground"),
    ("ink", "glow"),
    ("ink", "tint"),
    ("soft", "card"),
    ("soft", "ground"),
    ("soft", "glow"),
    ("soft", "tint"),
    ("accent", "card"),
    ("accent", "tint"),
    ("accent-strong", "card"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("error", "error-tint"),
    ("error", "card"),
    ("card", "error"),
];

/// Edges of fields and marks of focus: 3 to 1 (1.4.11).
const SHAPES: [(&str, &str); 4] = [
    ("edge", "card"),
    ("accent", "card"),
    ("accent", "ground"),
    ("error", "card"),
];

#[test]
fn contrast_is_enough_in_light_and_dark() {
    let style = std::str::from_utf8(assets::STYLE.bytes).unwrap();
    let (light, dark) = style.split_once("@media (prefers-color-scheme: dark)").unwrap();
    for scheme in [light, dark] {
        for (pairs, least) in [(&TEXTS[..], 4.5), (&SHAPES[..], 3.0)] {
            for (front, back) in pairs {
                let contrast = contrast(luminance(scheme, front), luminance(scheme, back));
                assert!(contrast >= least, "{front} on {back}: {contrast:.2}");
            }
        }
    }
}

#[test]
fn the_style_sheet_loads_nothing() {
    let style = std::str::from_utf8(assets::STYLE.bytes).unwrap();
    assert!(!style.contains("url(") && !style.contains("@import"));
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The relative luminance (WCAG 2.2) of a custom property written as `--name: #rrggbb;`.
fn luminance(scheme: &str, name: &str) -> f64 {
    let start = scheme.find(&format!("--{name}: #")).unwrap() + name.len() + 5;
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&scheme[start + at..start + at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}
