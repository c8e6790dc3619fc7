//! What the benchmark needs of the product's own code: sessions without a login each, and single functions to count.

mod functions;
mod people;
mod sessions;

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;
use tikv_jemallocator::Jemalloc;

/// The allocator of `vestibule`.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// What may go wrong ends the program.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Parser)]
#[command(about = "What the benchmark needs of Vestibule's own code")]
enum Cli {
    /// Copies a session many times; prints a Cookie header for each
    Sessions {
        /// The configuration by which somebody logged in
        #[arg(long)]
        from: PathBuf,
        /// The cookies they got
        #[arg(long)]
        cookies: String,
        /// The configuration whose store the copies go to
        #[arg(long)]
        to: PathBuf,
        /// Where they are good for
        #[arg(long)]
        origin: String,
        #[arg(long)]
        many: usize,
    },
    /// Runs one function, for callgrind
    Run {
        #[arg(long)]
        function: functions::Function,
        #[arg(long)]
        times: u32,
        #[arg(long)]
        config: PathBuf,
        #[arg(long)]
        cookies: String,
    },
    /// Fills an embedded store once with what looks like sessions
    Fill {
        #[arg(long)]
        config: PathBuf,
        /// The SQLite file of the store
        #[arg(long)]
        store: PathBuf,
        #[arg(long)]
        many: i64,
    },
    /// Adds people with one password; prints their names, and the otpauth URIs of their apps
    People {
        #[arg(long)]
        config: PathBuf,
        /// The SQLite file of the directory
        #[arg(long)]
        directory: PathBuf,
        /// The number of the first
        #[arg(long)]
        first: usize,
        #[arg(long)]
        many: usize,
        #[arg(long)]
        with_apps: bool,
    },
}

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    match Cli::parse() {
        Cli::Sessions {
            from,
            cookies,
            to,
            origin,
            many,
        } => runtime.block_on(async {
            let session = sessions::of(&from, &cookies).await?;
            sessions::copy(&session, many, (&to, &origin)).await
        }),
        Cli::Run {
            function,
            times,
            config,
            cookies,
        } => runtime.block_on(functions::run(function, times, (&config, &cookies))),
        Cli::Fill { config, store, many } => runtime.block_on(async {
            // Makes the file.
            drop(sessions::outside(&config).await?);
            sessions::fill(&store, many).await
        }),
        Cli::People {
            config,
            directory,
            first,
            many,
            with_apps,
        } => runtime.block_on(async {
            let numbers = first..first + many;
            people::add(&directory, numbers.clone()).await?;
            if with_apps {
                people::give_apps(&config, numbers).await
            } else {
                people::name(numbers);
                Ok(())
            }
        }),
    }
}
