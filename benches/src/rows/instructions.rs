//! Instructions of single functions, which no other program disturbs.

use super::Row;
use crate::Outcome;
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
        sheet.show(of, "instructions", stage.house.instructions(function)?);
    }
    Ok(())
}
