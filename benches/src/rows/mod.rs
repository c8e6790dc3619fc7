//! What is measured, a row each. In every round every row starts what it needs, measures it, and lets it die, so that
//! whatever else the machine does for a while falls on all alike.

mod flood;
mod get;
mod growth;
mod instructions;
mod logins;
mod memory;
mod page;
mod pairs;
mod products;
mod start;
mod websocket;

use crate::Outcome;
use crate::report::Sheet;
use crate::stage::Stage;

/// One row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// One round of it.
    pub(crate) measure: fn(&Stage, &mut Sheet) -> Outcome<()>,
}

/// All of them, in the order of the table.
pub(crate) const ALL: &[Row] = &[
    get::ROW,
    pairs::UNLOADED,
    pairs::FORWARD_AUTH,
    pairs::ANONYMOUS,
    pairs::TLS,
    pairs::HTTP2,
    pairs::NO_KEEP_ALIVE,
    pairs::TEN_KIBIBYTES,
    pairs::ONE_MEBIBYTE,
    websocket::ROW,
    logins::ROW,
    flood::ROW,
    memory::ROW,
    growth::SESSIONS,
    growth::APPLICATIONS,
    growth::RULES,
    start::START,
    start::RELOAD,
    page::ROW,
    products::ROW,
    instructions::ROW,
];

/// Those that were named; all where none was.
pub(crate) fn named(names: &[String]) -> Outcome<Vec<Row>> {
    let known = |name: &String| ALL.iter().any(|row| row.name == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let known: Vec<&str> = ALL.iter().map(|row| row.name).collect();
        return Err(format!("no row is called {unknown}; there are {}", known.join(", ")).into());
    }
    let wanted = |row: &&Row| names.is_empty() || names.iter().any(|name| name == row.name);
    Ok(ALL.iter().filter(wanted).copied().collect())
}
