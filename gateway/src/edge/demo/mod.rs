//! The demo: everything a newcomer needs to see a login work within a minute.
//!
//! A sample application that knows nothing of logins, two people, an outbox where their codes can be read, and the
//! `vestibule.toml` it all runs by, so that every other command works beside it. `flow` and `domain` know nothing of
//! the demo; `main.rs` puts it together.

pub mod announcement;
mod html;
pub mod outbox;
pub mod people;
pub mod sample;
pub mod settings;
