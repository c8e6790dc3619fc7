//! What was measured, as a table for people and as JSON for whoever compares runs.

use std::fmt::{self, Display, Formatter};
use std::fs;

use serde::Serialize;

use crate::load::{CONNECTIONS, Load, Measured};
use crate::server::Placement;

/// All rounds of all cases, and what they were measured on. `Display` is Markdown.
#[derive(Serialize)]
pub(crate) struct Report {
    machine: Machine,
    placement: Placement,
    connections: u32,
    seconds: u32,
    /// The first one is the one that the others are compared with.
    cases: Vec<Case>,
}

#[derive(Serialize)]
struct Machine {
    processor: String,
    cores: usize,
    kernel: String,
    /// Load average of the minute before: whatever else is at work makes numbers noisy.
    load_before: String,
}

#[derive(Serialize)]
struct Case {
    name: &'static str,
    rounds: Vec<Round>,
}

#[derive(Serialize)]
struct Round {
    #[serde(flatten)]
    measured: Measured,
    /// Requests per second, divided by those of the first case in the same round.
    ratio: f64,
}

impl Report {
    pub(crate) fn new(load: &Load, placement: Placement) -> Report {
        let cases = Vec::new();
        Report {
            machine: Machine::this(),
            placement,
            connections: CONNECTIONS,
            seconds: load.seconds,
            cases,
        }
    }

    /// Adds a case's next round. In each round the first case comes first.
    pub(crate) fn add(&mut self, name: &'static str, measured: Measured) {
        let first = self.cases.first().filter(|first| first.name != name);
        let floor = first
            .and_then(|first| first.rounds.last())
            .map(|round| round.measured.requests_per_second);
        let ratio = floor.map_or(1.0, |floor| measured.requests_per_second / floor);
        let round = Round { measured, ratio };
        match self.cases.iter_mut().find(|case| case.name == name) {
            Some(case) => case.rounds.push(round),
            None => self.cases.push(Case {
                name,
                rounds: vec![round],
            }),
        }
    }
}

impl Display for Report {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Machine {
            processor,
            cores,
            kernel,
            load_before,
        } = &self.machine;
        let placement = match self.placement {
            Placement::OwnCore => "the proxy alone on one core, wrk and all other servers on the rest",
            Placement::Shared => "everything on all cores",
        };
        writeln!(
            out,
            "{cores} cores ({processor}), Linux {kernel}, load average {load_before} before; {placement};"
        )?;
        writeln!(
            out,
            "wrk with 1 thread and {} connections, {} s each.\n",
            self.connections, self.seconds
        )?;
        writeln!(
            out,
            "| case | req/s min / median / max | p50 µs | p99 µs | CPU µs per request | ratio per round |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|")?;
        self.cases.iter().try_for_each(|case| writeln!(out, "{case}"))
    }
}

impl Display for Case {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let [least, median, most] = self.spread(|measured| measured.requests_per_second);
        let [_, p50, _] = self.spread(|measured| measured.p50_microseconds);
        let [_, p99, _] = self.spread(|measured| measured.p99_microseconds);
        let [_, cpu, _] = self.spread(|measured| measured.cpu_microseconds_per_request);
        let ratios: Vec<String> = self.rounds.iter().map(|round| format!("{:.2}", round.ratio)).collect();
        write!(out, "| {} | {least:.0} / {median:.0} / {most:.0} ", self.name)?;
        write!(out, "| {p50:.0} | {p99:.0} | {cpu:.1} | {} |", ratios.join(" "))
    }
}

impl Case {
    /// Least, median and most over the rounds; of an even number of rounds, the upper median.
    fn spread(&self, of: impl Fn(&Measured) -> f64) -> [f64; 3] {
        let mut values: Vec<f64> = self.rounds.iter().map(|round| of(&round.measured)).collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or_default();
        [at(0), at(values.len() / 2), at(values.len().saturating_sub(1))]
    }
}

impl Machine {
    fn this() -> Machine {
        let text = |file: &str| fs::read_to_string(file).unwrap_or_default();
        let processors = text("/proc/cpuinfo");
        let model = processors
            .lines()
            .find(|line| line.starts_with("model name"))
            .and_then(|line| line.split_once(": "));
        Machine {
            processor: model.map_or("unknown", |(_, name)| name).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: text("/proc/sys/kernel/osrelease").trim().to_owned(),
            load_before: text("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
        }
    }
}
