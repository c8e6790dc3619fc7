//! What the system says of a process: the time it took and the memory it holds.

use std::fs;
use std::time::{Duration, Instant};

use crate::Outcome;

/// The unit of times in /proc/PID/stat, which is 1/100 s on every Linux of today (proc(5), USER_HZ).
const TICK_MICROSECONDS: u64 = 10_000;

/// User and system time of all threads of these processes since their start, in microseconds.
pub(crate) fn time_of(pids: &[u32]) -> Outcome<u64> {
    pids.iter().map(|pid| one(*pid)).sum()
}

fn one(pid: u32) -> Outcome<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').ok_or("an odd /proc/PID/stat")?;
    // utime and stime are fields 14 and 15; the first one after the name is field 3.
    let ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u64>)
        .sum::<Result<u64, _>>()?;
    Ok(ticks * TICK_MICROSECONDS)
}

/// Resident memory of a process in MB (10^6 bytes).
pub(crate) fn memory_of(pid: u32) -> Outcome<f64> {
    status(pid, "VmRSS:")
}

/// The most that it ever was.
pub(crate) fn peak_of(pid: u32) -> Outcome<f64> {
    status(pid, "VmHWM:")
}

fn status(pid: u32, field: &str) -> Outcome<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kibibytes: f64 = line
        .and_then(|line| line.split_whitespace().next())
        .ok_or("an odd /proc/PID/status")?
        .parse()?;
    Ok(kibibytes * 1024.0 / 1e6)
}

/// A stopwatch; the product's clock is not ours.
#[derive(Clone, Copy)]
pub(crate) struct Watch(Instant);

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "what is measured here is time")]
    pub(crate) fn start() -> Watch {
        Watch(Instant::now())
    }

    #[expect(clippy::disallowed_methods, reason = "what is measured here is time")]
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
