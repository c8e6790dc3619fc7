//! How soon it answers: after its start, and by a new configuration.

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use super::Row;
use crate::Outcome;
use crate::client::Client;
use crate::plan::Wish;
use crate::process::Watch;
use crate::report::{Aim, Sheet};
use crate::stage::Stage;

pub(super) const START: Row = Row {
    name: "start",
    about: "from the start of the program to its first answer to somebody inside",
    measure: |stage, sheet| {
        for (of, wish) in [("1 application", Wish::PLAIN), ("1,000 applications", MANY)] {
            let plan = stage.house.plan(wish)?;
            let cookies = stage.house.sessions(&plan, 1)?;
            let cookie = format!("Cookie: {}", cookies.first().ok_or("no session")?);
            let began = Watch::start();
            let _server = stage.house.serve(&plan, &stage.cores.proxy)?;
            let status = Client::connect(plan.port)?.get("/", &[&cookie])?.status;
            let took = began.elapsed().as_secs_f64();
            if status != 200 {
                return Err(format!("the first answer was {status}").into());
            }
            sheet.judge(of, "s", (took, Aim::AtMost(1.0)));
        }
        Ok(())
    },
};

pub(super) const RELOAD: Row = Row {
    name: "reload",
    about: "from SIGHUP to the first answer by the new configuration, with 1,000 applications",
    measure: reload,
};

const MANY: Wish = Wish {
    applications: 999,
    ..Wish::PLAIN
};
const LOOK: Duration = Duration::from_millis(1);
const PATIENCE: Duration = Duration::from_secs(10);

fn reload(stage: &Stage, sheet: &mut Sheet) -> Outcome<()> {
    let plan = stage.house.plan(MANY)?;
    let cookies = stage.house.sessions(&plan, 1)?;
    let cookie = format!("Cookie: {}", cookies.first().ok_or("no session")?);
    let server = stage.house.serve(&plan, &stage.cores.proxy)?;
    let mut client = Client::connect(plan.port)?;
    if client.get("/", &[&cookie])?.status != 200 {
        return Err("nobody is let in before".into());
    }
    // The file is looked at each second, too, so both happen at once.
    let asked = Watch::start();
    plan.close()?;
    Command::new("kill")
        .args(["-HUP", &server.pid().to_string()])
        .status()?;
    while client.get("/", &[&cookie])?.status != 403 {
        if asked.elapsed() > PATIENCE {
            return Err(format!("not reloaded; it said:\n{}", server.said()?).into());
        }
        sleep(LOOK);
    }
    sheet.judge(
        "new rules in force",
        "ms",
        (asked.elapsed().as_secs_f64() * 1e3, Aim::AtMost(100.0)),
    );
    Ok(())
}
