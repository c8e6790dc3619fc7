//! Servers that the benchmark starts: where they run, when they are ready, and that none outlives it.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

use crate::{Outcome, hashing};

/// Whether the proxy under load shares its core.
#[derive(Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Placement {
    /// The proxy has the last core to itself, everything else has the others.
    OwnCore,
    /// Everything shares all cores.
    Shared,
}

/// The cores of proxies and of everything else, as `taskset --cpu-list` takes them.
pub(crate) struct Cores {
    pub(crate) proxy: String,
    pub(crate) rest: String,
}

impl Cores {
    pub(crate) fn of_this_machine(placement: Placement) -> Cores {
        let last = std::thread::available_parallelism().map_or(1, usize::from) - 1;
        match (placement, last) {
            (Placement::Shared, _) | (Placement::OwnCore, 0) => {
                let all = format!("0-{last}");
                Cores {
                    proxy: all.clone(),
                    rest: all,
                }
            }
            (Placement::OwnCore, last) => Cores {
                proxy: last.to_string(),
                rest: format!("0-{}", last - 1),
            },
        }
    }
}

impl Cores {
    /// How many cores there are between client and upstream.
    pub(crate) fn count(&self) -> usize {
        match self.proxy.split_once('-') {
            Some((_, last)) => last.parse::<usize>().map_or(1, |last| last + 1),
            None => 1,
        }
    }

    /// How many threads Vestibule hashes passwords on there.
    pub(crate) fn hashing_threads(&self) -> usize {
        hashing::threads(self.count())
    }
}

/// Keeps this program, which sends load too, on these cores.
pub(crate) fn stay_on(cores: &str) -> Outcome<()> {
    let us = std::process::id().to_string();
    let mut command = Command::new("taskset");
    command.args(["--all-tasks", "--cpu-list", "--pid", cores, &us]);
    match command.stdout(Stdio::null()).status()?.success() {
        true => Ok(()),
        false => Err("taskset keeps us nowhere".into()),
    }
}

/// A command on these cores, which ends when we do, however we end.
pub(crate) fn on_cores(cores: &str, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "taskset", "--cpu-list", cores])
        .arg(program);
    command
}

/// A running server; dropped, it is dead.
pub(crate) struct Server {
    process: Child,
    log: PathBuf,
    pub(crate) port: u16,
}

/// How long a server may take to listen, also under callgrind: so many looks.
const LOOKS: u32 = 30_000;
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

impl Server {
    /// Starts it and waits until `port` answers. What it says goes to `log`.
    pub(crate) fn start(command: &mut Command, port: u16, log: &Path) -> Outcome<Server> {
        let said = std::fs::File::create(log)?;
        let command = command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said);
        let mut server = Server {
            process: command.spawn()?,
            log: log.to_owned(),
            port,
        };
        for _ in 0..LOOKS {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(server);
            }
            if server.process.try_wait()?.is_some() {
                break;
            }
            sleep(BETWEEN_LOOKS);
        }
        let said = std::fs::read_to_string(&server.log)?;
        Err(format!("{command:?} does not listen on port {port}; it said:\n{said}").into())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> Outcome<String> {
        Ok(std::fs::read_to_string(&self.log)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails where it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Different ports that nobody listens on.
pub(crate) fn free_ports<const N: usize>() -> Outcome<[u16; N]> {
    let mut ports = [0; N];
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}
