//! What must happen, one file per theme, each test named after a behaviour.

mod audience;
mod bad_input;
mod browsers;
mod codes;
mod commands;
mod configuration;
mod demo;
mod doors;
mod identity;
mod login;
mod operators;
mod outages;
mod passwords;
mod rules;
mod secrecy;
mod sessions;
mod streams;
mod upstreams;
