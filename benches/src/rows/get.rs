//! The row that matters most: an authenticated GET, against everything that does as much or less.

use super::Row;
use crate::Outcome;
use crate::doors::{self, Bare, Tuning};
use crate::load::{CONNECTIONS, Case, Load, Measured, put_on};
use crate::plan::{Store, Wish};
use crate::report::{Aim, Sheet};
use crate::stage::Stage;

pub(super) const ROW: Row = Row {
    name: "get",
    about: "an authenticated GET of 1 KiB with a cached session, 64 connections that never pause",
    measure,
};

fn measure(stage: &Stage, sheet: &mut Sheet) -> Outcome<()> {
    let mut take = |case: Outcome<Case>| -> Outcome<Measured> {
        let case = case?;
        let measured = put_on(stage, &case, &Load::Connections(CONNECTIONS))?;
        measured.show(case.name, sheet);
        Ok(measured)
    };
    let redis = Wish {
        store: Store::Redis,
        ..Wish::PLAIN
    };
    let untuned = Bare {
        tuning: Tuning::AsItComes,
        ..Bare::SAME
    };
    let same = take(doors::bare(stage, "bare Pingora, built the same way", Bare::SAME))?;
    let embedded = take(doors::vestibule(stage, "Vestibule, embedded store", Wish::PLAIN))?;
    let remote = doors::vestibule(stage, "Vestibule, Redis", redis).map(|mut case| {
        case.beside.push(stage.redis.pid());
        case
    });
    let remote = take(remote)?;
    let plain = take(doors::bare(stage, "bare Pingora as it comes", untuned))?;
    let floor = take(doors::trivial(stage, "nginx + auth_request to a trivial 200"))?;
    take(doors::nginx(stage, "nginx as a plain proxy"))?;
    take(doors::haproxy(stage, "haproxy as a plain proxy"))?;
    for (name, ours) in [("embedded store", embedded), ("Redis", remote)] {
        compare(
            sheet,
            &format!("{name} / bare Pingora built the same way"),
            (ours, same),
            Against::Same,
        );
        compare(
            sheet,
            &format!("{name} / bare Pingora as it comes"),
            (ours, plain),
            Against::AsItComes,
        );
        compare(
            sheet,
            &format!("{name} / nginx + trivial 200"),
            (ours, floor),
            Against::Floor,
        );
    }
    Ok(())
}

/// What is aimed at.
enum Against {
    Same,
    AsItComes,
    Floor,
}

fn compare(sheet: &mut Sheet, of: &str, (ours, theirs): (Measured, Measured), against: Against) {
    let requests = ours.requests_per_second / theirs.requests_per_second;
    let cpu = ours.cpu_microseconds / theirs.cpu_microseconds;
    let (least, most) = match against {
        Against::Same => (0.95, Some(1.08)),
        Against::AsItComes => (1.05, None),
        Against::Floor => (1.1, Some(0.8)),
    };
    sheet.judge(of, "requests per second", (requests, Aim::AtLeast(least)));
    match most {
        Some(most) => sheet.judge(of, "CPU per request", (cpu, Aim::AtMost(most))),
        None => sheet.show(of, "CPU per request", cpu),
    }
    if let (Against::Same, Some(ours), Some(theirs)) = (against, ours.p99_microseconds, theirs.p99_microseconds) {
        sheet.judge(of, "p99", (ours / theirs, Aim::AtMost(1.1)));
    }
}
