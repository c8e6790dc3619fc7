//! What operators type, and what they are told.
//!
//! `cli` is what can be typed; each other file runs one command over values that `main.rs` has loaded and opened. Here
//! nothing reads a configuration, opens a database or starts a server, and no secret is ever taken from an argument.

pub mod answer;
pub mod audit;
pub mod check;
pub mod cli;
pub mod explain;
pub mod hash;
pub mod key;
pub mod listener;
pub mod password;
pub mod session;
pub mod user;
pub mod verify;
