//! `check`: everything that is wrong with a configuration, at once.

use super::answer::{Answer, Exit, Format, shown};
use serde::Serialize;
use std::fmt::Display;
use std::path::Path;

/// What `check --json` prints.
#[derive(Serialize)]
struct Checked<'a, P> {
    problems: &'a [P],
}

/// Says what is wrong with the configuration in a file: nothing, or these problems.
pub fn run<P: Display + Serialize>(file: &Path, problems: &[P], format: Format) -> Exit {
    answer(file, problems, format).give()
}

fn answer<P: Display + Serialize>(file: &Path, problems: &[P], format: Format) -> Answer {
    let lines = |_: &Checked<'_, P>| problems.iter().map(P::to_string).collect::<Vec<_>>().join("\n");
    let result = shown(&Checked { problems }, format, lines);
    let file = file.display();
    match problems.len() {
        0 => Answer::done(result, format!("{file}: nothing is wrong")),
        1 => Answer {
            result,
            ..Answer::misused(format!("{file}: 1 problem"))
        },
        many => Answer {
            result,
            ..Answer::misused(format!("{file}: {many} problems"))
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_counted_and_listed() {
        let say = |problems: &[&str], format| answer(Path::new("v.toml"), problems, format);
        assert_eq!(say(&[], Format::Text), Answer::done("", "v.toml: nothing is wrong"));
        assert_eq!(say(&[], Format::Json).result, r#"{"problems":[]}"#);
        let wrong = say(&["a: missing", "b: odd"], Format::Text);
        assert_eq!(
            (wrong.exit, wrong.result.as_str()),
            (Exit::Misused, "a: missing\nb: odd")
        );
        assert_eq!(
            say(&["a: missing"], Format::Json).result,
            r#"{"problems":["a: missing"]}"#
        );
    }
}
