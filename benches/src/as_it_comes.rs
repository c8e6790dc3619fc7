//! The bare proxy with the system's allocator, as Pingora comes.

mod bare;

use std::error::Error;

use clap::Parser;

#[derive(Parser)]
#[command(about = "A Pingora proxy as it comes")]
struct Cli {
    #[command(flatten)]
    setting: bare::Setting,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    bare::run(Cli::parse().setting)
}
