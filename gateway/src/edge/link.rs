//! Addresses of one-use links: printed by commands or told in notices, opened as pages. The host is the configuration's, never a request's.

use crate::domain::application::Origin;
use crate::domain::secret::Token;

/// The page of a new account.
pub const REGISTER: &str = "/.vestibule/register";
/// The page of the first password of whoever an operator has added.
pub const FIRST_PASSWORD: &str = "/.vestibule/register/password";
/// The page where a change is objected to.
pub const OBJECTION: &str = "/.vestibule/objection";
/// What stands before the token in the query.
pub const INVITATION: &str = "invitation=";

/// The link to a page of the portal that carries this token.
pub fn address(portal: &Origin, page: &str, token: &Token) -> String {
    format!("{}{page}?{INVITATION}{}", portal.as_str(), token.to_text())
}
