//! Instructions, which no other program disturbs: of whole requests, of what is ours in them, and of single functions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Row;
use crate::Outcome;
use crate::client::Client;
use crate::doors::SOME_COOKIE;
use crate::house::{House, beside_us};
use crate::plan::Wish;
use crate::report::Sheet;
use crate::server::{Server, free_ports};
use crate::stage::Stage;

pub(super) const ROW: Row = Row {
    name: "instructions",
    about: "of one authenticated GET on a connection that is kept, and of parts of it, counted by callgrind",
    measure,
};

/// Functions that the library lets others call.
const FUNCTIONS: [(&str, &str); 2] = [
    ("reading a path and deciding", "decide"),
    ("looking a remembered session up", "session"),
];
/// Functions within a request, with all that they call.
const PARTS: [(&str, &str); 3] = [
    ("screening the head", "vestibule::edge::proxy::screen::screen"),
    (
        "stripping and setting what upstreams are told",
        "vestibule::edge::proxy::upstream::prepare",
    ),
    ("preparing the answer", "vestibule::edge::proxy::outgoing::prepare"),
];
/// Requests before the counting begins, so that all that is made once is made.
const WARM: u32 = 300;
const REQUESTS: u32 = 2000;

fn measure(stage: &Stage, sheet: &mut Sheet) -> Outcome<()> {
    let bare = bare(stage)?;
    let (ours, counts) = ours(stage)?;
    sheet.show("bare Pingora, built the same way", "instructions", bare);
    sheet.show("Vestibule, embedded store", "instructions", ours);
    sheet.show("Vestibule / bare Pingora", "instructions", ours / bare);
    let annotated = annotated(&counts)?;
    for (of, function) in PARTS {
        sheet.show(
            of,
            "instructions",
            inclusive(&annotated, function)? / f64::from(REQUESTS),
        );
    }
    for (of, function) in FUNCTIONS {
        sheet.show(of, "instructions", instructions(&stage.house, function)?);
    }
    Ok(())
}

/// The instructions of one request through a bare Pingora.
fn bare(stage: &Stage) -> Outcome<f64> {
    let [port] = free_ports()?;
    let counts = stage.file("bare.callgrind");
    let mut command = counted(stage, &beside_us("vestibule-benches")?, &counts);
    command.args([
        "bare",
        "--tuning",
        "vestibule",
        "--listen",
        &format!("127.0.0.1:{port}"),
    ]);
    command.args(["--upstream", &format!("127.0.0.1:{}", stage.upstream.port)]);
    let server = Server::start(&mut command, port, &counts.with_extension("log"))?;
    Ok(requests(&server, SOME_COOKIE, &counts)?.0)
}

/// The instructions of one request through Vestibule, and the file that says of what.
fn ours(stage: &Stage) -> Outcome<(f64, PathBuf)> {
    let plan = stage.house.plan(Wish::PLAIN)?;
    let counts = stage.file("vestibule.callgrind");
    let mut command = counted(stage, &beside_us("vestibule")?, &counts);
    command.args(["serve", "--config"]).arg(&plan.config);
    let server = Server::start(&mut command, plan.port, &counts.with_extension("log"))?;
    let cookies = stage.house.sessions(&plan, 1)?;
    requests(&server, cookies.first().ok_or("no session")?, &counts)
}

fn counted(stage: &Stage, program: &Path, counts: &Path) -> Command {
    let mut command = stage.between(Path::new("valgrind"));
    command.arg("--tool=callgrind");
    command.arg(format!("--callgrind-out-file={}", counts.display()));
    command.arg(program);
    command
}

/// Sends requests one after another; the instructions of one, and the file that says of what.
fn requests(server: &Server, cookie: &str, counts: &Path) -> Outcome<(f64, PathBuf)> {
    let mut client = Client::connect(server.port)?;
    let cookie = format!("Cookie: {cookie}");
    let mut send = |times: u32| -> Outcome<()> {
        for _ in 0..times {
            let answer = client.get("/", &[&cookie, "User-Agent: counted", "Accept: */*"])?;
            if answer.status != 200 {
                return Err(format!("a request was answered {}", answer.status).into());
            }
        }
        Ok(())
    };
    send(WARM)?;
    control("--zero", server)?;
    send(REQUESTS)?;
    control("--dump", server)?;
    let dumped = PathBuf::from(format!("{}.1", counts.display()));
    let text = fs::read_to_string(&dumped)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total: f64 = total.ok_or("callgrind counted nothing")?.trim().parse()?;
    Ok((total / f64::from(REQUESTS), dumped))
}

fn control(what: &str, server: &Server) -> Outcome<()> {
    let mut command = Command::new("callgrind_control");
    let output = command.arg(what).arg(server.pid().to_string()).output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("callgrind_control: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// What each function took with all that it called, a line each.
fn annotated(counts: &Path) -> Outcome<String> {
    let mut command = Command::new("callgrind_annotate");
    command.args(["--inclusive=yes", "--threshold=100", "--show-percs=no"]);
    Ok(String::from_utf8(command.arg(counts).output()?.stdout)?)
}

/// The instructions of a function in all its calls. It is not there where the compiler has put it into its callers.
fn inclusive(annotated: &str, function: &str) -> Outcome<f64> {
    let line = annotated.lines().find(|line| line.contains(function));
    let count = line.and_then(|line| line.split_whitespace().next());
    let count = count.ok_or_else(|| format!("{function} is not among what was counted"))?;
    Ok(count.replace(',', "").parse()?)
}

/// The instructions of one call of a function, counted by callgrind: of so many calls more.
fn instructions(house: &House, function: &str) -> Outcome<f64> {
    const FEW: u32 = 1000;
    const MANY: u32 = 21_000;
    let more = callgrind(house, function, MANY)? - callgrind(house, function, FEW)?;
    Ok(more / f64::from(MANY - FEW))
}

fn callgrind(house: &House, function: &str, times: u32) -> Outcome<f64> {
    let (config, cookies) = house.entered();
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command
        .arg(beside_us("vestibule-inside")?)
        .args(["run", "--function", function]);
    command
        .args(["--times", &times.to_string(), "--cookies", cookies])
        .arg("--config")
        .arg(config);
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .filter(|_| output.status.success());
    let (_, instructions) = collected.ok_or_else(|| format!("callgrind said:\n{said}"))?;
    Ok(instructions.trim().parse()?)
}
