//! What must happen, one file per theme, each test named after a behaviour.

mod audience;
mod bad_input;
mod browsers;
mod codes;
mod commands;
mod configuration;
mod demo;
mod doors;
mod floods;
mod hosts;
mod identity;
mod login;
mod nginx;
mod operators;
mod outages;
mod passwords;
mod refusals;
mod rules;
mod secrecy;
mod sessions;
mod slow_clients;
mod step_up;
mod streams;
mod tunnels;
mod upstreams;
