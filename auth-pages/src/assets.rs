//! The style sheet and the scripts of the login pages, embedded in the program.
//!
//! Each name carries a hash of the content, so that an answer may be cached for ever and a new version is fetched at
//! once. The hash is against staleness only, not against tampering: FNV-1a, which a `const fn` can compute.

use std::str;

/// A file that pages refer to as `/.vestibule/assets/NAME`.
#[derive(Debug)]
pub struct Asset {
    /// The file name, with the hash of the content in it: `style-9f3a0c1d2e4b5a67.css`.
    pub name: &'static str,
    /// What to send as `Content-Type`.
    pub content_type: &'static str,
    /// The content.
    pub bytes: &'static [u8],
}

/// The asset of this name, if there is one.
#[must_use]
pub fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().copied().find(|asset| asset.name == name)
}

pub(crate) static ASSETS: [&Asset; 6] = [&STYLE, &TABS, &COUNTDOWN, &SENT, &COPY, &PRINT];

pub(crate) static STYLE: Asset = Asset {
    name: as_text(&STYLE_NAME),
    content_type: "text/css; charset=utf-8",
    bytes: STYLE_BYTES,
};

pub(crate) static TABS: Asset = script(&TABS_NAME, TABS_BYTES);

pub(crate) static COUNTDOWN: Asset = script(&COUNTDOWN_NAME, COUNTDOWN_BYTES);

pub(crate) static SENT: Asset = script(&SENT_NAME, SENT_BYTES);

pub(crate) static COPY: Asset = script(&COPY_NAME, COPY_BYTES);

pub(crate) static PRINT: Asset = script(&PRINT_NAME, PRINT_BYTES);

const fn script(name: &'static [u8], bytes: &'static [u8]) -> Asset {
    Asset {
        name: as_text(name),
        content_type: "text/javascript; charset=utf-8",
        bytes,
    }
}

const STYLE_BYTES: &[u8] = include_bytes!("../assets/style.css");
const TABS_BYTES: &[u8] = include_bytes!("../assets/tabs.js");
const SENT_BYTES: &[u8] = include_bytes!("../assets/sent.js");
const COUNTDOWN_BYTES: &[u8] = include_bytes!("../assets/countdown.js");
const COPY_BYTES: &[u8] = include_bytes!("../assets/copy.js");
const PRINT_BYTES: &[u8] = include_bytes!("../assets/print.js");

static STYLE_NAME: [u8; 26] = hashed_name(b"style-", STYLE_BYTES, b".css");
static TABS_NAME: [u8; 24] = hashed_name(b"tabs-", TABS_BYTES, b".js");
static SENT_NAME: [u8; 24] = hashed_name(b"sent-", SENT_BYTES, b".js");
static COUNTDOWN_NAME: [u8; 29] = hashed_name(b"countdown-", COUNTDOWN_BYTES, b".js");
static COPY_NAME: [u8; 24] = hashed_name(b"copy-", COPY_BYTES, b".js");
static PRINT_NAME: [u8; 25] = hashed_name(b"print-", PRINT_BYTES, b".js");

/// `before`, 16 hexadecimal digits, `after`. A wrong `LENGTH` does not compile.
const fn hashed_name<const LENGTH: usize>(before: &[u8], content: &[u8], after: &[u8]) -> [u8; LENGTH] {
    let mut name = [0; LENGTH];
    let (start, rest) = name.split_at_mut(before.len());
    let (middle, end) = rest.split_at_mut(16);
    start.copy_from_slice(before);
    end.copy_from_slice(after);
    let mut hash = fnv_1a(content);
    let mut digits = middle;
    while let Some((last, others)) = digits.split_last_mut() {
        let digit = (hash & 0xf) as u8;
        *last = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
        hash >>= 4;
        digits = others;
    }
    name
}

/// FNV-1a, 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>).
const fn fnv_1a(content: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut rest = content;
    while let Some((byte, others)) = rest.split_first() {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        rest = others;
    }
    hash
}

const fn as_text(name: &[u8]) -> &str {
    match str::from_utf8(name) {
        Ok(name) => name,
        Err(_) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::{ASSETS, find, fnv_1a};

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv_1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv_1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn every_asset_is_found_by_its_hashed_name_only() {
        for asset in ASSETS {
            assert!(
                asset.name.contains(&format!("-{:016x}.", fnv_1a(asset.bytes))),
                "{}",
                asset.name
            );
            assert!(find(asset.name).is_some_and(|found| found.bytes == asset.bytes));
        }
        for name in ["", "style.css", "../style.css", "/"] {
            assert!(find(name).is_none(), "{name}");
        }
    }
}
