//! The program: reads the command, loads the configuration, hands both on.

use clap::Parser;
use std::process::ExitCode;
use tikv_jemallocator::Jemalloc;
use vestibule::app::command;
use vestibule::edge::admin::cli::Cli;

/// Gives the memory of closed connections back to the system.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    command::run(Cli::parse())
}
