//! A flood of logins: what people inside notice of it, how it is answered, what memory it takes.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::Row;
use crate::Outcome;
use crate::house::{Apps, PASSWORD};
use crate::login::{Browser, Filled, fill};
use crate::plan::Wish;
use crate::prober::{percentile, probe};
use crate::process::{Watch, memory_of, peak_of};
use crate::report::{Aim, Sheet};
use crate::stage::Stage;

pub(super) const ROW: Row = Row {
    name: "flood",
    about: "1,000 requests a second of people inside, while 500 logins a second of distinct people arrive",
    measure,
};

const PER_SECOND: usize = 500;
/// More than can wait: whoever is refused is refused at once, whoever is judged waits two seconds at most.
const BROWSERS: usize = 160;
/// What the pool's threads hold, and what else the flood may take, in MB.
const A_PERMIT: f64 = 19.0 * 1.048_576;
const BESIDES: f64 = 64.0 * 1.048_576;

fn measure(stage: &Stage, sheet: &mut Sheet) -> Outcome<()> {
    let plan = stage.house.plan(Wish {
        trusting: true,
        ..Wish::PLAIN
    })?;
    let server = stage.house.serve(&plan, &stage.cores.proxy)?;
    let cookies = stage.house.sessions(&plan, 1)?;
    let inside = (plan.port, cookies.first().ok_or("no session")?.as_str());
    let people = stage
        .house
        .add_people(PER_SECOND * stage.seconds as usize, Apps::None)?;
    let browsers = forms(plan.port, &people)?;
    let time = Duration::from_secs(stage.seconds.into());
    let calm = during(inside, || {
        thread::sleep(time);
        Ok(())
    })?
    .0;
    let before = memory_of(server.pid())?;
    let (troubled, answers) = during(inside, || flood(browsers))?;

    let (calm, troubled) = (percentile(&calm, 99), percentile(&troubled, 99));
    sheet.show("requests inside, without the flood", "p99 µs", calm);
    sheet.show("requests inside, in the flood", "p99 µs", troubled);
    let allowed = (calm * 1.25).max(calm + 5000.0);
    sheet.judge(
        "p99 in the flood / 1.25 times the other, or 5 ms more",
        "ratio",
        (troubled / allowed, Aim::AtMost(1.0)),
    );
    let (mut judged, mut refused) = (Vec::new(), Vec::new());
    for (status, milliseconds) in answers {
        match status {
            200 | 303 | 422 => judged.push(milliseconds),
            429 | 503 => refused.push(milliseconds),
            other => return Err(format!("a login was answered {other}").into()),
        }
    }
    let all = (judged.len() + refused.len()).max(1) as f64;
    refused.sort_by(f64::total_cmp);
    sheet.show("logins", "judged, of all", judged.len() as f64 / all);
    sheet.show("logins", "refused, of all", refused.len() as f64 / all);
    let slowest = percentile(&refused, 99);
    sheet.judge("logins that are refused", "p99 ms", (slowest, Aim::AtMost(100.0)));
    let most = stage.cores.hashing_threads() as f64 * A_PERMIT + BESIDES;
    let grown = peak_of(server.pid())? - before;
    sheet.judge("memory that the flood takes", "MB", (grown, Aim::AtMost(most)));
    Ok(())
}

/// A browser for each of them, with the login form filled in.
fn forms(port: u16, people: &[(String, String)]) -> Outcome<Vec<(Browser, Filled)>> {
    let filled = people.iter().enumerate().map(|(number, (username, _))| {
        let from = format!("10.{}.{}.1", number / 256, number % 256);
        let mut browser = Browser::new(port, Some(&from))?;
        let page = browser.open("/")?;
        let form = fill(&page, "password", &[("username", username), ("password", PASSWORD)])?;
        Ok((browser, form))
    });
    filled.collect()
}

/// The times of requests inside while something happens, and what came of that.
fn during<T>(inside: (u16, &str), happens: impl FnOnce() -> Outcome<T>) -> Outcome<(Vec<f64>, T)> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let probing = scope.spawn(|| probe(inside, &stop));
        let happened = happens();
        stop.store(true, Ordering::Relaxed);
        let times = probing.join().map_err(|_| "the requests inside broke off")??;
        Ok((times, happened?))
    })
}

/// Sends each form when it is due; the status of each answer, and after how many milliseconds.
fn flood(browsers: Vec<(Browser, Filled)>) -> Outcome<Vec<(u16, f64)>> {
    let browsers: Vec<_> = browsers.into_iter().map(|browser| Mutex::new(Some(browser))).collect();
    let (next, began) = (AtomicUsize::new(0), Watch::start());
    let work = || -> Outcome<Vec<(u16, f64)>> {
        let mut answers = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(place) = browsers.get(number) else {
                return Ok(answers);
            };
            let taken = place.lock().map_err(|_| "a browser died")?.take();
            let (mut browser, form) = taken.ok_or("a browser was taken twice")?;
            let due = Duration::from_secs(1) * u32::try_from(number)? / u32::try_from(PER_SECOND)?;
            thread::sleep(due.saturating_sub(began.elapsed()));
            let sent = Watch::start();
            let status = browser.post(&form)?.status;
            answers.push((status, sent.elapsed().as_secs_f64() * 1e3));
        }
    };
    thread::scope(|scope| {
        let all: Vec<_> = (0..BROWSERS).map(|_| scope.spawn(work)).collect();
        let mut answers = Vec::new();
        for thread in all {
            answers.extend(thread.join().map_err(|_| "a browser died")??);
        }
        Ok(answers)
    })
}
