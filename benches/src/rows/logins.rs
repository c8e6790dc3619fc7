//! Whole logins, with password and code, as many as can be.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::Row;
use crate::Outcome;
use crate::house::{Apps, PASSWORD, beside_us};
use crate::login::{Browser, Person, log_in};
use crate::plan::Wish;
use crate::process::{Watch, time_of};
use crate::report::{Aim, Sheet};
use crate::stage::Stage;

pub(super) const ROW: Row = Row {
    name: "logins",
    about: "whole logins (password and TOTP) by 8 browsers, each by somebody else",
    measure,
};

const BROWSERS: usize = 8;
/// More than one core can judge in a second.
const PER_SECOND: usize = 120;

fn measure(stage: &Stage, sheet: &mut Sheet) -> Outcome<()> {
    let alone = argon2_alone(stage)?;
    sheet.show("Argon2 alone", "hashes per second", alone);
    let cores = stage.cores.count();
    let people = stage
        .house
        .add_people(PER_SECOND * cores * stage.seconds as usize, Apps::OneEach)?;
    let plan = stage.house.plan(Wish {
        trusting: true,
        ..Wish::PLAIN
    })?;
    let server = stage.house.serve(&plan, &stage.cores.proxy)?;
    let before = time_of(&[server.pid()])?;
    let next = AtomicUsize::new(0);
    let (began, time) = (Watch::start(), Duration::from_secs(stage.seconds.into()));
    let done: usize = thread::scope(|scope| {
        let work = || -> Outcome<usize> {
            let mut done = 0;
            while began.elapsed() < time {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let (username, totp_uri) = people.get(number).ok_or("everybody has logged in")?;
                let person = Person {
                    username: username.clone(),
                    password: PASSWORD,
                    totp_uri: totp_uri.clone(),
                };
                let from = format!("10.{}.{}.1", number / 256, number % 256);
                log_in(&mut Browser::new(plan.port, Some(&from))?, &person)?;
                done += 1;
            }
            Ok(done)
        };
        let browsers: Vec<_> = (0..BROWSERS).map(|_| scope.spawn(work)).collect();
        let ended = browsers
            .into_iter()
            .map(|browser| browser.join().map_err(|_| "a browser died")?);
        ended.sum::<Outcome<usize>>()
    })?;
    let logins = done as f64 / began.elapsed().as_secs_f64();
    let cpu = (time_of(&[server.pid()])? - before) as f64 / 1000.0 / done as f64;
    sheet.show("Vestibule", "logins per second", logins);
    sheet.show("Vestibule", "CPU ms per login", cpu);
    let ratio = logins / alone;
    sheet.judge(
        "logins / hashes of Argon2 alone",
        "per second",
        (ratio, Aim::AtLeast(0.9)),
    );
    Ok(())
}

/// On the cores that Vestibule has, in a process of its own.
fn argon2_alone(stage: &Stage) -> Outcome<f64> {
    let mut command = stage.between(&beside_us("vestibule-benches")?);
    let output = command
        .args(["argon2", "--seconds", &stage.seconds.to_string()])
        .output()?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
