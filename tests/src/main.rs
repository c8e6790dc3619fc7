//! Tests of the whole: `architecture` reads the sources and holds them to the design, `scenarios` does with the built
//! program what people and attackers do, and `harness` is what they do it with: a real Redis, PostgreSQL, mail
//! conversation and Chromium, each on free ports of its own.
//!
//! The scenarios see what a visitor, an upstream and an operator see. Only `contracts` links the gateway, to hold every
//! backend to its trait.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and reads the real clock and environment"
)]

mod architecture;
mod contracts;
mod harness;
mod scenarios;
