use super::super::password::Source;
use super::*;
use crate::flow::operators::Proof;
use clap::CommandFactory;
use std::path::Path;

fn parse(line: &str) -> Result<Command, clap::Error> {
    Cli::try_parse_from(std::iter::once("vestibule").chain(line.split(' '))).map(|cli| cli.command)
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn what_the_readme_shows_can_be_typed() {
    for line in [
        "demo",
        "demo --json --listen 127.0.0.1:0 --admin [::1]:0 --data /tmp/x --fresh",
        "serve --config v.toml --json",
        "sample --listen 0.0.0.0:8000 --json",
        "check --config v.toml --json",
        "explain --url http://localhost:8080/x",
        "explain --config v.toml --user ann --url http://localhost/x --method POST --from ::1 --proven password,totp --json",
        "hash --config v.toml",
        "user add ann --config v.toml --name Ann --email ann@example.com --group a --group b --password-stdin",
        "user --config v.toml list --json",
        "user show ann --json --config v.toml",
        "user disable ann",
        "user enable ann",
        "user set-password ann --password-stdin",
        "user add-totp ann --digits 8 --description x --json",
        "user add-phone ann +33612345678 --verified --description x",
        "user add-email ann ann@example.com",
    ] {
        assert!(parse(line).is_ok(), "{line}: {:?}", parse(line).err());
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for line in [
        "",
        "explain",
        "demo --listen 0.0.0.0:8080",
        "demo --listen 8080",
        "explain --url http://x/ --proven totp",
        "explain --url http://x/ --user ann --proven pin",
        "explain --url http://x/ --user a\tb",
        "user add",
        "user add ann --password hunter2",
        "user add ann --email ann",
        "user add-totp ann --digits 9",
        "user add-email ann ann",
    ] {
        let refused = parse(line).err().map(|error| error.exit_code());
        assert_eq!(refused, Some(2), "{line}");
    }
}

#[test]
fn a_configuration_may_be_named_before_or_after_what_to_do() {
    for line in [
        "user --config v.toml show ann",
        "user show ann --config v.toml",
        "user show --config v.toml ann",
    ] {
        let Ok(Command::User(user)) = parse(line) else {
            panic!("{line}")
        };
        assert_eq!(user.configured.config, Path::new("v.toml"), "{line}");
    }
    let Ok(Command::User(user)) = parse("user list") else {
        panic!("list")
    };
    assert_eq!(user.configured.config, Path::new(CONFIG));
}

#[test]
fn flags_have_a_meaning() {
    let Ok(Command::User(User {
        command: UserCommand::AddPhone(phone),
        ..
    })) = parse("user add-phone ann +336")
    else {
        panic!("phone")
    };
    assert_eq!(phone.proof(), Proof::Missing);
    let Ok(Command::User(User {
        command: UserCommand::Add(person),
        ..
    })) = parse("user add Ann")
    else {
        panic!("add")
    };
    assert_eq!(
        (person.user.name.as_str(), person.password.source()),
        ("ann", Source::Terminal)
    );
}
