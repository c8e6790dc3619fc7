//! Memory: idle, with idle connections, after they have closed, with many sessions.

use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use super::Row;
use crate::Outcome;
use crate::client::Client;
use crate::doors::{self, Bare, Tuning};
use crate::load::Case;
use crate::plan::{Store, Wish};
use crate::process::{Watch, memory_of};
use crate::report::{Aim, Sheet};
use crate::stage::Stage;

pub(super) const ROW: Row = Row {
    name: "memory",
    about: "resident memory; each connection sends a request each 5 s (a round takes some minutes)",
    measure,
};

const CONNECTIONS: usize = 1000;
const SESSIONS: usize = 100_000;
/// How long memory may take to come back, and how often it is looked at.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(500);
/// How long a program is left alone after its start, and its connections after theirs.
const SETTLING: Duration = Duration::from_secs(4);

/// How connections are made; the arguments of h2load.
const KINDS: [(&str, bool, &[&str]); 3] = [
    ("HTTP/1.1", false, &["--h1"]),
    ("HTTP/1.1 in TLS", true, &["--h1"]),
    ("HTTP/2 in TLS", true, &[]),
];

fn measure(stage: &Stage, sheet: &mut Sheet) -> Outcome<()> {
    for (kind, tls, arguments) in KINDS {
        let untuned = Bare {
            tuning: Tuning::AsItComes,
            tls,
            ..Bare::SAME
        };
        let bare = connections(
            stage,
            &doors::bare(stage, "bare Pingora as it comes", untuned)?,
            arguments,
        )?;
        sheet.show(&format!("bare Pingora as it comes, idle, {kind}"), "MB", bare.idle);
        sheet.show(
            &format!("bare Pingora as it comes, 1,000 connections, {kind}"),
            "MB more",
            bare.more,
        );
        sheet.show(
            &format!("bare Pingora as it comes, returned, {kind}"),
            "share within 30 s",
            bare.returned,
        );
        let wish = Wish { tls, ..Wish::PLAIN };
        let ours = connections(stage, &doors::vestibule(stage, "Vestibule", wish)?, arguments)?;
        let idle = (ours.idle, Aim::AtMost(30.0));
        sheet.judge(&format!("Vestibule, idle, {kind}"), "MB", idle);
        sheet.judge(
            &format!("Vestibule, 1,000 connections, {kind}"),
            "MB more",
            (ours.more, Aim::AtMost(45.0)),
        );
        let returned = (ours.returned, Aim::AtLeast(0.9));
        sheet.judge(&format!("Vestibule, returned, {kind}"), "share within 30 s", returned);
    }
    sheet.show("Vestibule, 100,000 sessions", "MB more", sessions(stage)?);
    Ok(())
}

struct Held {
    idle: f64,
    more: f64,
    /// The share of `more` that was given back.
    returned: f64,
}

fn connections(stage: &Stage, case: &Case, arguments: &[&str]) -> Outcome<Held> {
    let pid = case.servers.first().ok_or("nothing is served")?.pid();
    sleep(SETTLING);
    let idle = memory_of(pid)?;
    let mut command = stage.beside(Path::new("h2load"));
    command
        .args(["-t1", &format!("-c{CONNECTIONS}"), "-D3600", "--rps=0.2"])
        .args(arguments);
    command.args(["-H", &format!("Cookie: {}", case.cookie()), &case.url]);
    let mut load = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let port = case.servers.first().ok_or("nothing is served")?.port;
    let began = Watch::start();
    while established(port)? < CONNECTIONS && began.elapsed() < PATIENCE {
        sleep(LOOK);
    }
    // Each sends a request within five seconds.
    sleep(SETTLING * 2);
    let (held, open) = (memory_of(pid)?, established(port)?);
    load.kill()?;
    load.wait()?;
    if open < CONNECTIONS {
        return Err(format!("{open} connections instead of {CONNECTIONS}: {}", case.name).into());
    }
    let more = held - idle;
    let closed = Watch::start();
    let mut returned = 0.0;
    while returned < 0.9 && closed.elapsed() < PATIENCE {
        sleep(LOOK);
        returned = (held - memory_of(pid)?) / more;
    }
    Ok(Held { idle, more, returned })
}

/// How many connections clients have to a port of this machine.
fn established(port: u16) -> Outcome<usize> {
    const ESTABLISHED: &str = "01";
    let table = std::fs::read_to_string("/proc/net/tcp")?;
    let to = format!(":{port:04X}");
    let here = table.lines().filter(|line| {
        let mut fields = line.split_whitespace();
        fields.nth(1).is_some_and(|local| local.ends_with(&to)) && fields.nth(1) == Some(ESTABLISHED)
    });
    Ok(here.count())
}

/// What it takes to remember this many sessions, each of which has sent one request.
fn sessions(stage: &Stage) -> Outcome<f64> {
    // Not the store that is said to hold few.
    let plan = stage.house.plan(Wish {
        store: Store::EmbeddedFull,
        ..Wish::PLAIN
    })?;
    let cookies = stage.house.sessions(&plan, SESSIONS)?;
    let server = stage.house.serve(&plan, &stage.cores.proxy)?;
    sleep(SETTLING);
    let before = memory_of(server.pid())?;
    let next = AtomicUsize::new(0);
    let work = || -> Outcome<()> {
        let mut client = Client::connect(plan.port)?;
        while let Some(cookie) = cookies.get(next.fetch_add(1, Ordering::Relaxed)) {
            let answer = client.get("/", &[&format!("Cookie: {cookie}")])?;
            if answer.status != 200 {
                return Err(format!("a session was answered {}", answer.status).into());
            }
            if answer.header("connection") == Some("close") {
                client = Client::connect(plan.port)?;
            }
        }
        Ok(())
    };
    scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(work)).collect();
        all.into_iter()
            .try_for_each(|one| one.join().map_err(|_| "a client died")?)
    })?;
    Ok(memory_of(server.pid())? - before)
}
