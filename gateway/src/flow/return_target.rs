//! Where to go after the login, on its way through the browser: sealed by us, so that nobody else can write one.

use super::{Fault, Outside};
use crate::domain::id::FormId;
use crate::domain::return_to::ReturnTo;
use crate::domain::secret::TokenHash;
use crate::domain::settings::Settings;
use crate::io::keys::Purpose;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// A return target, and the browser that asked.
#[derive(Clone, Debug)]
pub struct ReturnTarget {
    /// Where to.
    pub to: ReturnTo,
    /// The hash of the nonce in the browser on the application's host; none where the portal shares the host.
    pub nonce: Option<TokenHash>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    url: String,
    nonce: Option<TokenHash>,
    #[serde(default)]
    form: Option<FormId>,
}

/// The longest URL that travels; a longer one comes back to the application's first page.
pub const LONGEST: usize = 4096;
const PLACE: &[u8] = b"return target";

/// Seals a return target for the query of the login page.
///
/// # Errors
/// When the key ring fails.
pub fn seal(outside: &Outside, target: &ReturnTarget) -> Result<String, Fault> {
    let whole = target.to.page();
    let url = if whole.len() > LONGEST {
        target.to.application().origin.as_str()
    } else {
        whole
    };
    let sealed = Sealed {
        url: url.to_owned(),
        nonce: target.nonce,
        form: target.to.form(),
    };
    let text = serde_json::to_vec(&sealed).map_err(|error| Fault::new("keys", error))?;
    Ok(URL_SAFE_NO_PAD.encode(outside.keys.seal(Purpose::ReturnTarget, PLACE, &text)?))
}

/// Opens a sealed return target; nothing for one that is not ours, or whose application is gone.
pub fn open(outside: &Outside, settings: &Settings, text: &str) -> Option<ReturnTarget> {
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    let plain = outside.keys.open(Purpose::ReturnTarget, PLACE, &sealed).ok()?;
    let Sealed { url, nonce, form } = serde_json::from_slice(&plain).ok()?;
    let to = ReturnTo::parse(settings, &url).ok()?;
    let to = match form {
        Some(form) => to.offering(form),
        None => to,
    };
    Some(ReturnTarget { to, nonce })
}
