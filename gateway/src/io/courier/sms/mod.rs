//! Codes by SMS: the companies that carry them.
//!
//! Whatever the company, the words come from [`super::Wording`] and a message counts as sent once the company has
//! accepted it; what its network does with it afterwards is not known here.

pub mod http;
pub mod template;
