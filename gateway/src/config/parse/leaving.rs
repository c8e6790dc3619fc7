//! How a person leaves an application: `session_cookies` and `logout_path`.

use crate::config::problem::flaw;
use crate::config::raw::Section;
use crate::domain::leaving::{Leaving, SessionCookie};
use crate::domain::path::Prefix;
use crate::domain::return_to::is_ours;

/// Both, as written with the application.
pub(super) fn of(section: &Section<'_>) -> Leaving {
    let cookies = section.list("session_cookies", |text| {
        SessionCookie::parse(text).map_err(|error| flaw(format!("{text:?} is no cookie"), error.to_string()))
    });
    let out = section.optional("logout_path", |text| {
        let bad = |message: String| flaw(message, r#"the application's own: "/logout""#);
        let path = Prefix::parse(text).map_err(|_| bad(format!("{text:?} is not a path written plainly")))?;
        if is_ours(text) || path.as_str() == "/" {
            return Err(bad(format!("{text:?} is not the way out of an application")));
        }
        Ok(path)
    });
    Leaving {
        session_cookies: cookies.unwrap_or_default(),
        logout_path: out,
    }
}
