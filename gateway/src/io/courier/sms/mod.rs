//! Codes by SMS: the companies that carry them, each by its own protocol; any other by [`super::http`].
//!
//! Whatever the company, the words come from [`super::Wording`] and a message counts as sent once the company has
//! accepted it; what its network does with it afterwards is not known here.

mod alphabet;
pub mod ovhcloud;
pub mod sns;
pub mod twilio;
pub mod vonage;
