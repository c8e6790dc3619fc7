//! Load on one case, and what it cost everything that stands between client and upstream: by wrk, or by h2load where it
//! is HTTP/2.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::Outcome;
use crate::process::time_of;
use crate::report::Sheet;
use crate::server::Server;
use crate::stage::Stage;

/// Connections that are kept busy, where nothing else is said.
pub(crate) const CONNECTIONS: u32 = 64;
/// Load before each measurement, in seconds: connections are opened, caches filled.
const WARM_UP: u32 = 1;

/// Something that answers requests.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    /// Whole header lines.
    pub(crate) headers: Vec<String>,
    /// What runs for this case alone; it dies with it.
    pub(crate) servers: Vec<Server>,
    /// Further processes whose time counts.
    pub(crate) beside: Vec<u32>,
}

impl Case {
    pub(crate) fn new(name: &'static str, url: String, cookie: &str) -> Case {
        Case {
            name,
            url,
            headers: vec![format!("Cookie: {cookie}")],
            servers: Vec::new(),
            beside: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, server: Server) -> Case {
        self.servers.push(server);
        self
    }

    /// The cookies of the session.
    pub(crate) fn cookie(&self) -> &str {
        let mut cookies = self.headers.iter().filter_map(|header| header.strip_prefix("Cookie: "));
        cookies.next().unwrap_or_default()
    }

    /// Everything whose time counts.
    pub(crate) fn pids(&self) -> Vec<u32> {
        let own = self.servers.iter().map(Server::pid);
        own.chain(self.beside.iter().copied()).collect()
    }
}

/// How the load is put on.
#[derive(Clone, Copy)]
pub(crate) enum Load {
    /// HTTP/1.1 over so many connections.
    Connections(u32),
    /// HTTP/2: eight connections with eight streams each.
    Http2,
}

/// One measurement of one case. HTTP/2 has no percentiles.
#[derive(Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) requests_per_second: f64,
    pub(crate) p50_microseconds: Option<f64>,
    pub(crate) p99_microseconds: Option<f64>,
    pub(crate) cpu_microseconds: f64,
}

impl Measured {
    pub(crate) fn show(&self, of: &str, sheet: &mut Sheet) {
        sheet.show(of, "requests per second", self.requests_per_second);
        if let (Some(p50), Some(p99)) = (self.p50_microseconds, self.p99_microseconds) {
            sheet.show(of, "p50 µs", p50);
            sheet.show(of, "p99 µs", p99);
        }
        sheet.show(of, "CPU µs per request", self.cpu_microseconds);
    }
}

/// Warms the case up and measures it. An answer that is an error makes the measurement one.
pub(crate) fn put_on(stage: &Stage, case: &Case, load: &Load) -> Outcome<Measured> {
    let put = |seconds| match load {
        Load::Connections(many) => wrk(stage, case, (*many, seconds)),
        Load::Http2 => h2load(stage, case, seconds),
    };
    put(WARM_UP)?;
    let before = time_of(&case.pids())?;
    let counted = put(stage.seconds)?;
    let spent = time_of(&case.pids())? - before;
    if counted.failed > 0 || counted.requests == 0 {
        let (failed, of) = (counted.failed, counted.requests);
        return Err(format!("{failed} of {of} requests failed: {}", case.name).into());
    }
    Ok(Measured {
        requests_per_second: counted.requests as f64 * 1e6 / counted.duration.max(1) as f64,
        p50_microseconds: counted.p50,
        p99_microseconds: counted.p99,
        cpu_microseconds: spent as f64 / counted.requests as f64,
    })
}

/// Times are in microseconds.
#[derive(Deserialize)]
struct Counted {
    requests: u64,
    duration: u64,
    failed: u64,
    p50: Option<f64>,
    p99: Option<f64>,
}

/// Prints what wrk counted as one line of JSON after its own summary.
const SUMMARY: &str = r#"
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"duration":%d,"p50":%d,"p99":%d,"failed":%d}\n', summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"#;

fn wrk(stage: &Stage, case: &Case, (many, seconds): (u32, u32)) -> Outcome<Counted> {
    let lua = stage.file("wrk.lua");
    fs::write(&lua, SUMMARY)?;
    let mut command = stage.beside(Path::new("wrk"));
    command.args(["-t1", &format!("-c{many}"), &format!("-d{seconds}s"), "--latency"]);
    command.arg("-s").arg(&lua);
    let text = said(add_headers(&mut command, case).arg(&case.url))?;
    let counted = text.lines().last().ok_or("wrk said nothing")?;
    Ok(serde_json::from_str(counted).map_err(|_| format!("wrk said:\n{text}"))?)
}

fn h2load(stage: &Stage, case: &Case, seconds: u32) -> Outcome<Counted> {
    let mut command = stage.beside(Path::new("h2load"));
    command.args(["-t1", "-c8", "-m8", &format!("-D{seconds}")]);
    let text = said(add_headers(&mut command, case).arg(&case.url))?;
    // "requests: 9 total, 9 started, 9 done, 9 succeeded, 0 failed, …" and "status codes: 9 2xx, …"
    let number = |line: &str, word: &str| -> Option<u64> {
        let line = text.lines().find_map(|found| found.strip_prefix(line))?;
        let mut pairs = line.split(", ").filter_map(|pair| pair.trim().split_once(' '));
        pairs.find(|(_, found)| *found == word)?.0.parse().ok()
    };
    let done = number("requests:", "done").zip(number("status codes:", "2xx"));
    let (requests, well) = done.ok_or_else(|| format!("h2load said:\n{text}"))?;
    Ok(Counted {
        requests,
        duration: u64::from(seconds) * 1_000_000,
        // What was under way at the end is neither done nor failed.
        failed: requests.saturating_sub(well),
        p50: None,
        p99: None,
    })
}

fn add_headers<'a>(command: &'a mut Command, case: &Case) -> &'a mut Command {
    for header in &case.headers {
        command.args(["-H", header]);
    }
    command
}

fn said(command: &mut Command) -> Outcome<String> {
    let output = command.stderr(Stdio::inherit()).output()?;
    Ok(String::from_utf8(output.stdout)?)
}
