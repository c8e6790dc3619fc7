//! The side-by-side benchmark: what Vestibule costs, against a bare Pingora proxy that is built the same way, and against
//! what else could stand before the same upstream.
//!
//! It measures and prints; it judges nothing but the aims beside the figures, and it tests nothing but that every answer
//! is the upstream's.

mod bare;
mod client;
mod doors;
mod echo;
mod filled;
mod hashing;
mod house;
mod load;
mod login;
mod plan;
mod prober;
mod process;
mod report;
mod rows;
mod server;
mod stage;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser};
use tikv_jemallocator::Jemalloc;

use crate::report::Report;
use crate::server::{Cores, Placement, stay_on};
use crate::stage::Stage;

/// The allocator of `vestibule`, so that the bare proxy has it too.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// What may go wrong ends a row; a measurement is whole or not there.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Parser)]
#[command(about = "Measures Vestibule against a bare Pingora proxy and others")]
enum Cli {
    /// Start what each row needs, measure it, print a table
    Compare(Wanted),
    /// The bare proxy, until it is killed
    Bare(bare::Setting),
    /// Hashes passwords and does nothing else; prints how many in a second
    Argon2 {
        #[arg(long)]
        seconds: u32,
    },
    /// A WebSocket server, until it is killed
    Echo {
        #[arg(long)]
        listen: SocketAddr,
    },
}

#[derive(Args)]
struct Wanted {
    /// Also write every number here
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How often each row is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long each measurement takes
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Whether what is under load has a core of its own
    #[arg(long, value_enum, default_value = "own-core")]
    placement: Placement,
    /// Only these rows
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,
}

fn main() -> Outcome<()> {
    match Cli::parse() {
        Cli::Argon2 { seconds } => {
            println!("{}", hashing::alone(Duration::from_secs(seconds.into()))?);
            Ok(())
        }
        Cli::Echo { listen } => echo::serve(listen),
        Cli::Bare(setting) => bare::run(setting),
        Cli::Compare(wanted) => compare(&wanted),
    }
}

/// Rounds are interleaved: whatever else the machine does for a while falls on every row alike.
fn compare(wanted: &Wanted) -> Outcome<()> {
    let rows = rows::named(&wanted.only)?;
    let mut report = Report::new(wanted.placement, (wanted.rounds, wanted.seconds), &rows);
    let cores = Cores::of_this_machine(wanted.placement);
    stay_on(&cores.rest)?;
    let stage = Stage::set(cores, wanted.seconds)?;
    let mut broken = 0;
    for round in 1..=wanted.rounds {
        for (row, sheet) in rows.iter().zip(&mut report.sheets) {
            eprintln!("round {round} of {}: {}", wanted.rounds, row.name);
            if let Err(error) = (row.measure)(&stage, sheet) {
                broken += 1;
                sheet.note(&format!("Round {round} broke off: {error}"));
                eprintln!("{}: {error}", row.name);
            }
        }
    }
    if let Some(file) = &wanted.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)?)?;
    }
    println!("{report}");
    match broken {
        0 => Ok(()),
        _ => Err(format!("{broken} measurements broke off; the tables say why").into()),
    }
}
