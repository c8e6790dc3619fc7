//! Instructions of single functions, which no other program disturbs.

use std::process::Command;

use super::Row;
use crate::Outcome;
use crate::house::{House, beside_us};
use crate::report::Sheet;
use crate::stage::Stage;

pub(super) const ROW: Row = Row {
    name: "instructions",
    about: "of one call, counted by callgrind",
    measure,
};

const FUNCTIONS: [(&str, &str); 2] = [
    ("reading a path and deciding", "decide"),
    ("looking a remembered session up", "session"),
];

fn measure(stage: &Stage, sheet: &mut Sheet) -> Outcome<()> {
    for (of, function) in FUNCTIONS {
        sheet.show(of, "instructions", instructions(&stage.house, function)?);
    }
    Ok(())
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
