//! Load by wrk on one case, and what it cost the proxy.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::Outcome;
use crate::cases::Case;
use crate::server::{Cores, on_cores};

/// Connections that wrk keeps busy.
pub(crate) const CONNECTIONS: u32 = 64;
/// Load before each measurement, in seconds: connections are opened, caches filled.
const WARM_UP: u32 = 1;
/// The unit of times in /proc/PID/stat, which is 1/100 s on every Linux of today (proc(5), USER_HZ).
const TICK_MICROSECONDS: u64 = 10_000;

/// Prints what wrk counted as one line of JSON after its own summary; times are in microseconds.
const SCRIPT: &str = r#"
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"duration":%d,"p50":%d,"p99":%d,"failed":%d}\n', summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"#;

#[derive(Deserialize)]
struct Counted {
    requests: u64,
    duration: u64,
    p50: f64,
    p99: f64,
    failed: u64,
}

/// One measurement of one case.
#[derive(Clone, Serialize)]
pub(crate) struct Measured {
    pub(crate) requests_per_second: f64,
    pub(crate) p50_microseconds: f64,
    pub(crate) p99_microseconds: f64,
    pub(crate) cpu_microseconds_per_request: f64,
}

/// A load that is the same for every case.
pub(crate) struct Load {
    pub(crate) seconds: u32,
    cores: String,
    script: NamedTempFile,
}

impl Load {
    pub(crate) fn new(seconds: u32, cores: &Cores) -> Outcome<Load> {
        let script = NamedTempFile::new()?;
        fs::write(script.path(), SCRIPT)?;
        Ok(Load {
            seconds,
            cores: cores.rest.clone(),
            script,
        })
    }

    /// Warms the case up and measures it. An answer that is an error makes the measurement one.
    pub(crate) fn put_on(&self, case: &Case) -> Outcome<Measured> {
        self.wrk(case, WARM_UP)?;
        let before = processor_time(case.server.pid())?;
        let counted = self.wrk(case, self.seconds)?;
        let spent = processor_time(case.server.pid())? - before;
        Ok(Measured {
            requests_per_second: ratio(counted.requests * 1_000_000, counted.duration),
            p50_microseconds: counted.p50,
            p99_microseconds: counted.p99,
            cpu_microseconds_per_request: ratio(spent, counted.requests),
        })
    }

    fn wrk(&self, case: &Case, seconds: u32) -> Outcome<Counted> {
        let mut wrk = on_cores(&self.cores, Path::new("wrk"));
        wrk.args([
            "-t1",
            &format!("-c{CONNECTIONS}"),
            &format!("-d{seconds}s"),
            "--latency",
            "-s",
        ])
        .arg(self.script.path());
        wrk.args([
            "-H",
            &format!("Cookie: {}", case.cookie),
            &format!("http://127.0.0.1:{}/", case.server.port),
        ]);
        let output = wrk.stderr(Stdio::inherit()).output()?;
        let text = String::from_utf8(output.stdout)?;
        let counted = text.lines().last().ok_or("wrk said nothing")?;
        let counted: Counted = serde_json::from_str(counted).map_err(|_| format!("wrk said:\n{text}"))?;
        if counted.failed > 0 {
            return Err(format!(
                "{} of {} requests failed: {}",
                counted.failed, counted.requests, case.name
            )
            .into());
        }
        Ok(counted)
    }
}

/// User and system time of all threads of a process since its start, in microseconds.
fn processor_time(pid: u32) -> Outcome<u64> {
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

fn ratio(amount: u64, of: u64) -> f64 {
    amount as f64 / of.max(1) as f64
}
