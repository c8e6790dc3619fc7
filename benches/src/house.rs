//! Vestibule as it is measured: one directory, one set of keys, one person with a second factor who has logged in over
//! HTTP, and any number of programs that are configured differently on top of it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::login::{Browser, Person, log_in};
use crate::plan::{Ground, Plan, Store, Wish};
use crate::server::{Server, free_ports, on_cores};
use crate::{Outcome, filled};

/// Where people and keys are, and who has logged in.
pub(crate) struct House {
    ground: Ground,
    /// The configuration by which the person logged in, and the cookies they got.
    entered: (PathBuf, String),
    /// How many people were added besides.
    people: AtomicUsize,
}

/// Whether people can prove a second factor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Apps {
    OneEach,
    None,
}

/// The secret of fronts.
pub(crate) const SECRET: &str = "between-front-and-vestibule-only";
/// What the person knows.
pub(crate) const PASSWORD: &str = "a long walk before an early breakfast";
const USERNAME: &str = "ann";

impl House {
    pub(crate) fn build(folder: &Path, [upstream, redis]: [u16; 2], cores: &str) -> Outcome<House> {
        fs::create_dir(folder)?;
        let mut house = House {
            ground: Ground {
                folder: folder.to_owned(),
                upstream,
                redis,
            },
            entered: (PathBuf::new(), String::new()),
            people: AtomicUsize::new(0),
        };
        write_private(&folder.join("secret"), SECRET)?;
        let plan = house.plan(Wish::PLAIN)?;
        run(&plan.config, &["user", "add", USERNAME, "--password-stdin"], PASSWORD)?;
        let said = run(&plan.config, &["user", "add-totp", USERNAME], "")?;
        let totp_uri = said.lines().find(|line| line.starts_with("otpauth://"));
        let totp_uri = totp_uri.ok_or("no otpauth URI")?.to_owned();
        let _server = house.serve(&plan, cores)?;
        let person = Person {
            username: USERNAME.to_owned(),
            password: PASSWORD,
            totp_uri,
        };
        house.entered = (
            plan.config.clone(),
            log_in(&mut Browser::new(plan.port, None)?, &person)?,
        );
        Ok(house)
    }

    /// Writes a configuration down, on free ports.
    pub(crate) fn plan(&self, wish: Wish) -> Outcome<Plan> {
        let [port, admin, further] = free_ports()?;
        let config = self.ground.folder.join(format!("{port}.toml"));
        let scheme = if wish.tls { "https" } else { "http" };
        let plan = Plan {
            config,
            port,
            origin: format!("{scheme}://127.0.0.1:{port}"),
        };
        fs::write(&plan.config, self.ground.text(wish, &plan, [admin, further]))?;
        Ok(plan)
    }

    /// Starts a program on these cores.
    pub(crate) fn serve(&self, plan: &Plan, cores: &str) -> Outcome<Server> {
        let mut command = on_cores(cores, &beside_us("vestibule")?);
        command.args(["serve", "--config"]).arg(&plan.config);
        Server::start(&mut command, plan.port, &plan.config.with_extension("log"))
    }

    /// The `Cookie` headers of so many sessions at a plan's origin: copies of the one that was logged in, each with a
    /// name and a token of its own.
    pub(crate) fn sessions(&self, plan: &Plan, many: usize) -> Outcome<Vec<String>> {
        let (config, cookies) = &self.entered;
        let mut command = Command::new(beside_us("vestibule-inside")?);
        command
            .arg("sessions")
            .arg("--from")
            .arg(config)
            .args(["--cookies", cookies]);
        command.arg("--to").arg(&plan.config);
        command.args(["--origin", &plan.origin, "--many", &many.to_string()]);
        let output = command.stderr(Stdio::inherit()).output()?;
        let cookies: Vec<String> = String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect();
        if cookies.len() == many {
            Ok(cookies)
        } else {
            Err(format!("{} sessions instead of {many}", cookies.len()).into())
        }
    }

    /// Adds people with [`PASSWORD`]; their names, each with the URI of their app if they have one.
    pub(crate) fn add_people(&self, many: usize, apps: Apps) -> Outcome<Vec<(String, String)>> {
        let first = self.people.fetch_add(many, Ordering::Relaxed);
        let mut command = Command::new(beside_us("vestibule-inside")?);
        command.arg("people").arg("--config").arg(&self.entered.0);
        command.arg("--directory").arg(self.directory());
        command.args(["--first", &first.to_string(), "--many", &many.to_string()]);
        if apps == Apps::OneEach {
            command.arg("--with-apps");
        }
        let output = command.stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err("no people could be added".into());
        }
        let text = String::from_utf8(output.stdout)?;
        let pairs = text.lines().map(|line| line.split_once(' ').unwrap_or((line, "")));
        Ok(pairs.map(|(name, uri)| (name.to_owned(), uri.to_owned())).collect())
    }

    /// Fills a store once with what looks like so many sessions of others.
    pub(crate) fn fill(&self, store: Store, many: usize) -> Outcome<()> {
        match store {
            Store::Embedded | Store::Redis => Err("this store is not to be filled".into()),
            Store::RedisFull => filled::redis(self.ground.redis, many),
            Store::EmbeddedFull => {
                let plan = self.plan(Wish { store, ..Wish::PLAIN })?;
                let mut command = Command::new(beside_us("vestibule-inside")?);
                command.arg("fill").arg("--config").arg(&plan.config);
                command.arg("--store").arg(self.ground.folder.join("full.db"));
                match command.args(["--many", &many.to_string()]).status()?.success() {
                    true => Ok(()),
                    false => Err("the store could not be filled".into()),
                }
            }
        }
    }

    /// The configuration by which the person logged in, and the cookies they got.
    pub(crate) fn entered(&self) -> (&Path, &str) {
        (&self.entered.0, &self.entered.1)
    }

    fn directory(&self) -> PathBuf {
        self.ground.folder.join("directory.db")
    }
}

fn write_private(file: &Path, text: &str) -> Outcome<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    let mut file = options.create_new(true).write(true).mode(0o600).open(file)?;
    Ok(file.write_all(text.as_bytes())?)
}

/// Runs a command of `vestibule` with one line on its stdin; what it printed.
fn run(config: &Path, words: &[&str], line: &str) -> Outcome<String> {
    let mut command = Command::new(beside_us("vestibule")?);
    command.args(words).arg("--config").arg(config);
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = process.stdin.take() {
        // A command that reads nothing may have ended.
        let _ = writeln!(stdin, "{line}");
    }
    let output = process.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("vestibule {words:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// A program that is built into the same folder as this one.
pub(crate) fn beside_us(name: &str) -> Outcome<PathBuf> {
    let built = std::env::current_exe()?.with_file_name(name);
    if built.exists() {
        Ok(built)
    } else {
        Err(format!("{} is not built: start benches/run", built.display()).into())
    }
}
