//! A QR code as one path of an inline drawing: no image to load, and sharp at any size.

use std::fmt::Write;

use qrcode::{Color, QrCode};

/// A drawing, dark squares on a light ground with the quiet zone that scanners need (ISO/IEC 18004: four squares).
pub(super) struct Picture {
    /// Its width and height, in squares.
    pub(super) size: usize,
    /// The dark squares, as SVG path data.
    pub(super) path: String,
}

const QUIET: usize = 4;

/// Draws a text; an empty picture where it is too long for a QR code.
pub(super) fn picture(text: &str) -> Picture {
    let Ok(code) = QrCode::new(text) else {
        return Picture {
            size: 0,
            path: String::new(),
        };
    };
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (at % width + QUIET, at / width + QUIET);
            // Writing to a String cannot fail.
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    Picture {
        size: width + 2 * QUIET,
        path,
    }
}
