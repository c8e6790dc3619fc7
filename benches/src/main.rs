//! The side-by-side benchmark: an authenticated request through Vestibule, against the same request through a bare
//! Pingora proxy that is built the same way and stands before the same upstream.
//!
//! It measures and prints; it judges nothing, and it tests nothing but that every answer is the upstream's.

mod bare;
mod cases;
mod load;
mod login;
mod report;
mod server;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use tikv_jemallocator::Jemalloc;

use crate::bare::Tuning;
use crate::cases::Cases;
use crate::load::Load;
use crate::report::Report;
use crate::server::{Cores, Placement};

/// The allocator of `vestibule`, so that the bare proxy has it too.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// What may go wrong ends the run; a measurement is whole or not there.
type Outcome<T> = Result<T, Box<dyn Error>>;

#[derive(Parser)]
#[command(about = "Measures Vestibule against a bare Pingora proxy")]
enum Cli {
    /// Start everything, measure every case in turn, print a table
    Compare {
        /// Also write every number here
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
        /// How often each case is measured
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
        rounds: u32,
        /// How long each measurement takes
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
        seconds: u32,
        /// Whether the proxy under load has a core of its own
        #[arg(long, value_enum, default_value = "own-core")]
        placement: Placement,
    },
    /// The bare proxy, until it is killed
    Bare {
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        upstream: SocketAddr,
        #[arg(long, value_enum)]
        tuning: Tuning,
    },
}

fn main() -> Outcome<()> {
    match Cli::parse() {
        Cli::Bare {
            listen,
            upstream,
            tuning,
        } => {
            bare::run(listen, upstream, tuning);
            Ok(())
        }
        Cli::Compare {
            json,
            rounds,
            seconds,
            placement,
        } => {
            let report = compare(rounds, seconds, placement)?;
            if let Some(file) = json {
                std::fs::write(file, serde_json::to_string_pretty(&report)?)?;
            }
            println!("{report}");
            Ok(())
        }
    }
}

/// Rounds are interleaved: whatever else the machine does for a while falls on every case alike.
fn compare(rounds: u32, seconds: u32, placement: Placement) -> Outcome<Report> {
    let cores = Cores::of_this_machine(placement);
    let cases = Cases::start(&cores)?;
    let load = Load::new(seconds, &cores)?;
    let mut report = Report::new(&load, placement);
    for round in 1..=rounds {
        for case in &cases.all {
            eprintln!("round {round} of {rounds}: {}", case.name);
            report.add(case.name, load.put_on(case)?);
        }
    }
    Ok(report)
}
