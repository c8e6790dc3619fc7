//! What was measured, as tables for people and as JSON for whoever compares runs. An aim is printed beside its figure,
//! and "missed" beside that where the median misses it.

use std::fmt::{self, Display, Formatter};
use std::fs;

use serde::Serialize;

use crate::rows::Row;
use crate::server::Placement;

/// All rounds of all rows, and what they were measured on. `Display` is Markdown.
#[derive(Serialize)]
pub(crate) struct Report {
    machine: Machine,
    placement: Placement,
    rounds: u32,
    seconds: u32,
    /// In the order of the rows.
    pub(crate) sheets: Vec<Sheet>,
}

#[derive(Serialize)]
struct Machine {
    processor: String,
    cores: usize,
    kernel: String,
    /// Load average of the minute before: whatever else is at work makes numbers noisy.
    load_before: String,
}

/// What a row found out.
#[derive(Serialize)]
pub(crate) struct Sheet {
    row: &'static str,
    about: &'static str,
    figures: Vec<Figure>,
    /// What could not be measured, and why.
    notes: Vec<String>,
}

/// One figure, round by round.
#[derive(Serialize)]
struct Figure {
    of: String,
    unit: &'static str,
    rounds: Vec<f64>,
    aim: Option<Aim>,
}

/// What a median should be.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Aim {
    AtLeast(f64),
    AtMost(f64),
}

impl Report {
    pub(crate) fn new(placement: Placement, (rounds, seconds): (u32, u32), rows: &[Row]) -> Report {
        Report {
            machine: Machine::this(),
            placement,
            rounds,
            seconds,
            sheets: rows.iter().map(Sheet::of).collect(),
        }
    }
}

impl Sheet {
    fn of(row: &Row) -> Sheet {
        Sheet {
            row: row.name,
            about: row.about,
            figures: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A figure that is shown.
    pub(crate) fn show(&mut self, of: &str, unit: &'static str, value: f64) {
        self.put((of, unit), value, None);
    }

    /// A figure that has an aim.
    pub(crate) fn judge(&mut self, of: &str, unit: &'static str, (value, aim): (f64, Aim)) {
        self.put((of, unit), value, Some(aim));
    }

    /// Something to know, said once.
    pub(crate) fn note(&mut self, text: &str) {
        if !self.notes.iter().any(|note| note == text) {
            self.notes.push(text.to_owned());
        }
    }

    fn put(&mut self, (of, unit): (&str, &'static str), value: f64, aim: Option<Aim>) {
        let known = self
            .figures
            .iter_mut()
            .find(|figure| figure.of == of && figure.unit == unit);
        match known {
            Some(figure) => figure.rounds.push(value),
            None => self.figures.push(Figure {
                of: of.to_owned(),
                unit,
                rounds: vec![value],
                aim,
            }),
        }
    }
}

impl Figure {
    /// Least, median and most over the rounds; of an even number of rounds, the upper median.
    fn spread(&self) -> [f64; 3] {
        let mut values = self.rounds.clone();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or_default();
        [at(0), at(values.len() / 2), at(values.len().saturating_sub(1))]
    }

    fn verdict(&self) -> String {
        let [_, median, _] = self.spread();
        let (words, met) = match self.aim {
            None => return String::new(),
            Some(Aim::AtLeast(least)) => (format!("at least {}", plain(least)), median >= least),
            Some(Aim::AtMost(most)) => (format!("at most {}", plain(most)), median <= most),
        };
        if met { words } else { format!("{words}: **missed**") }
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
            Placement::OwnCore => "what stands between client and upstream on one core, everything else on the rest",
            Placement::Shared => "everything on all cores",
        };
        writeln!(
            out,
            "{cores} cores ({processor}), Linux {kernel}, load average {load_before} before; {placement};"
        )?;
        writeln!(out, "{} rounds, {} s each measurement.", self.rounds, self.seconds)?;
        self.sheets.iter().try_for_each(|sheet| write!(out, "\n{sheet}"))
    }
}

impl Display for Sheet {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        writeln!(out, "### {}: {}\n", self.row, self.about)?;
        if !self.figures.is_empty() {
            writeln!(out, "| of | figure | min / median / max | aim |\n|---|---|---|---|")?;
        }
        for figure in &self.figures {
            let [least, median, most] = figure.spread().map(plain);
            let (of, unit, verdict) = (&figure.of, figure.unit, figure.verdict());
            writeln!(out, "| {of} | {unit} | {least} / {median} / {most} | {verdict} |")?;
        }
        self.notes.iter().try_for_each(|note| writeln!(out, "\n{note}"))
    }
}

/// Three digits that matter, or all before the point.
fn plain(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
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
