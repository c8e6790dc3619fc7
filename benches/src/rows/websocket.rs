//! Messages over WebSockets that stay open.

use std::path::Path;
use std::time::Duration;

use super::Row;
use crate::Outcome;
use crate::doors::{self, Bare};
use crate::echo;
use crate::house::beside_us;
use crate::load::Case;
use crate::plan::Wish;
use crate::process::time_of;
use crate::report::{Aim, Sheet};
use crate::server::{Server, free_ports};
use crate::stage::Stage;

pub(super) const ROW: Row = Row {
    name: "websocket",
    about: "messages of 64 bytes and back over 16 WebSockets",
    measure,
};

const CONNECTIONS: u32 = 16;

fn measure(stage: &Stage, sheet: &mut Sheet) -> Outcome<()> {
    let echo = upstream(stage)?;
    let bare = Bare {
        upstream: Some(echo.port),
        ..Bare::SAME
    };
    let wish = Wish {
        upstream: Some(echo.port),
        ..Wish::PLAIN
    };
    let (bare, bare_cpu) = take(stage, &doors::bare(stage, "bare Pingora", bare)?, sheet)?;
    let (ours, our_cpu) = take(stage, &doors::vestibule(stage, "Vestibule", wish)?, sheet)?;
    let of = "Vestibule / bare Pingora";
    sheet.judge(of, "messages per second", (ours / bare, Aim::AtLeast(0.95)));
    sheet.show(of, "CPU per message", our_cpu / bare_cpu);
    Ok(())
}

fn upstream(stage: &Stage) -> Outcome<Server> {
    let [port] = free_ports()?;
    let program = beside_us("vestibule-benches")?;
    let mut command = stage.beside(Path::new(&program));
    command.args(["echo", "--listen", &format!("127.0.0.1:{port}")]);
    Server::start(&mut command, port, &stage.file("echo.log"))
}

/// Messages per second, and CPU time for each.
fn take(stage: &Stage, case: &Case, sheet: &mut Sheet) -> Outcome<(f64, f64)> {
    let port = case.servers.first().ok_or("nothing is served")?.port;
    let before = time_of(&case.pids())?;
    let time = Duration::from_secs(stage.seconds.into());
    let messages = echo::ask((port, case.cookie()), CONNECTIONS, time)? as f64;
    let cpu = (time_of(&case.pids())? - before) as f64 / messages;
    let per_second = messages / time.as_secs_f64();
    sheet.show(case.name, "messages per second", per_second);
    sheet.show(case.name, "CPU µs per message", cpu);
    Ok((per_second, cpu))
}
