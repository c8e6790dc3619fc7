//! Does it stay the same as there is more of everything?

use super::Row;
use crate::Outcome;
use crate::client::Client;
use crate::doors;
use crate::load::{CONNECTIONS, Case, Load, put_on};
use crate::plan::{Plan, Store, Wish};
use crate::process::{Watch, time_of};
use crate::report::{Aim, Sheet};
use crate::stage::Stage;

/// What may be added: a tenth.
const FLAT: Aim = Aim::AtMost(1.1);

pub(super) const SESSIONS: Row = Row {
    name: "growth-sessions",
    about: "a store that holds 1,000 sessions, and one that holds a million",
    measure: |stage, sheet| {
        let few = taken(stage, ("1,000 sessions, embedded", Store::Embedded), sheet)?;
        stage.house.fill(Store::EmbeddedFull, MANY)?;
        let many = taken(stage, ("1,000,000 sessions, embedded", Store::EmbeddedFull), sheet)?;
        compare(sheet, "embedded, 1,000,000 / 1,000", (many, few));
        let few = taken(stage, ("1,000 sessions, Redis", Store::Redis), sheet)?;
        stage.house.fill(Store::RedisFull, MANY)?;
        let many = taken(stage, ("1,000,000 sessions, Redis", Store::RedisFull), sheet)?;
        compare(sheet, "Redis, 1,000,000 / 1,000", (many, few));
        Ok(())
    },
};

pub(super) const APPLICATIONS: Row = Row {
    name: "growth-applications",
    about: "the last of 10 applications, and of 1,000",
    measure: |stage, sheet| {
        let of = |applications: usize| Wish {
            applications: applications - 1,
            ..Wish::PLAIN
        };
        warm(
            stage,
            [("10 applications", of(10)), ("1,000 applications", of(1000))],
            sheet,
        )
    },
};

pub(super) const RULES: Row = Row {
    name: "growth-rules",
    about: "the only rule of an application, and the last of 1,000",
    measure: |stage, sheet| {
        let of = |rules: usize| Wish {
            rules: rules - 1,
            ..Wish::PLAIN
        };
        warm(stage, [("1 rule", of(1)), ("1,000 rules", of(1000))], sheet)
    },
};

const MANY: usize = 1_000_000;
/// Sessions that are used; each of them once for the first time.
const USED: usize = 1000;

#[derive(Clone, Copy)]
struct Taken {
    /// The first request of a session, which reads the store: microseconds from the client's side.
    first: f64,
    first_cpu: f64,
    /// All others.
    cpu: f64,
}

fn taken(stage: &Stage, (name, store): (&'static str, Store), sheet: &mut Sheet) -> Outcome<Taken> {
    let plan = stage.house.plan(Wish { store, ..Wish::PLAIN })?;
    let cookies = stage.house.sessions(&plan, USED)?;
    let server = stage.house.serve(&plan, &stage.cores.proxy)?;
    let mut case = Case::new(name, format!("{}/", plan.origin), cookies.first().ok_or("no session")?);
    if matches!(store, Store::Redis | Store::RedisFull) {
        case.beside.push(stage.redis.pid());
    }
    let case = case.with(server);
    let before = time_of(&case.pids())?;
    let first = first_requests(&plan, &cookies)?;
    let first_cpu = (time_of(&case.pids())? - before) as f64 / cookies.len() as f64;
    let cpu = put_on(stage, &case, &Load::Connections(CONNECTIONS))?.cpu_microseconds;
    sheet.show(name, "first request of a session: median µs", first);
    sheet.show(name, "first request of a session: CPU µs", first_cpu);
    sheet.show(name, "further requests: CPU µs", cpu);
    Ok(Taken { first, first_cpu, cpu })
}

/// One after the other on one connection; the median time of one.
fn first_requests(plan: &Plan, cookies: &[String]) -> Outcome<f64> {
    let mut client = Client::connect(plan.port)?;
    // What the first request of all makes (connections to upstream and store) is no session's.
    client.get("/", &["Cookie: none=none"])?;
    let mut times = Vec::new();
    for cookie in cookies {
        let began = Watch::start();
        let answer = client.get("/", &[&format!("Cookie: {cookie}")])?;
        times.push(began.elapsed().as_secs_f64() * 1e6);
        if answer.status != 200 {
            return Err(format!("a session was answered {}", answer.status).into());
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

fn compare(sheet: &mut Sheet, of: &str, (many, few): (Taken, Taken)) {
    sheet.judge(of, "first request of a session: median", (many.first / few.first, FLAT));
    sheet.show(of, "first request of a session: CPU", many.first_cpu / few.first_cpu);
    sheet.judge(of, "further requests: CPU", (many.cpu / few.cpu, FLAT));
}

/// Only requests of a session that is known.
fn warm(stage: &Stage, [few, many]: [(&'static str, Wish); 2], sheet: &mut Sheet) -> Outcome<()> {
    let mut take = |(name, wish)| -> Outcome<f64> {
        let case = doors::vestibule(stage, name, wish)?;
        let measured = put_on(stage, &case, &Load::Connections(CONNECTIONS))?;
        measured.show(name, sheet);
        Ok(measured.cpu_microseconds)
    };
    let (few, many) = (take(few)?, take(many)?);
    sheet.judge("many / few", "CPU per request", (many / few, FLAT));
    Ok(())
}
