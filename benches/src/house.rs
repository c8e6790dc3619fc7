//! Vestibule as it is measured: one directory, one set of keys, one person with a second factor who has logged in over
//! HTTP, and any number of programs that are configured differently on top of it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Outcome;
use crate::login::{Browser, Person, log_in};
use crate::server::{Server, free_ports, on_cores};

/// Where people and keys are, and who has logged in.
pub(crate) struct House {
    folder: PathBuf,
    upstream: u16,
    redis: u16,
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

/// How one program is configured.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) store: Store,
    pub(crate) tls: bool,
    /// Whether a front forwards by itself and asks.
    pub(crate) front: bool,
    /// Whether whoever connects may say where a request came from.
    pub(crate) trusting: bool,
    /// Further applications before the one that is measured.
    pub(crate) applications: usize,
    /// Further rules before the one that matches.
    pub(crate) rules: usize,
    /// Where the application runs, if not on the upstream.
    pub(crate) upstream: Option<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Embedded,
    Redis,
    /// Apart from the others, for [`House::fill`].
    EmbeddedFull,
    RedisFull,
}

impl Wish {
    pub(crate) const PLAIN: Wish = Wish {
        store: Store::Embedded,
        tls: false,
        front: false,
        trusting: false,
        applications: 0,
        rules: 0,
        upstream: None,
    };
}

/// A configuration that a program can be started by.
pub(crate) struct Plan {
    pub(crate) config: PathBuf,
    pub(crate) port: u16,
    /// Where browsers connect: `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
}

/// The secret of fronts.
pub(crate) const SECRET: &str = "between-front-and-vestibule-only";
/// What the person knows.
pub(crate) const PASSWORD: &str = "a long walk before an early breakfast";
const USERNAME: &str = "ann";

impl Plan {
    /// Changes what was written down: nobody may pass any more.
    pub(crate) fn close(&self) -> Outcome<()> {
        let text = fs::read_to_string(&self.config)?;
        Ok(fs::write(&self.config, text.replace("\"two_factor\"", "\"deny\""))?)
    }
}

impl House {
    pub(crate) fn build(folder: &Path, [upstream, redis]: [u16; 2], cores: &str) -> Outcome<House> {
        fs::create_dir(folder)?;
        let mut house = House {
            folder: folder.to_owned(),
            upstream,
            redis,
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
        let config = self.folder.join(format!("{port}.toml"));
        let scheme = if wish.tls { "https" } else { "http" };
        let plan = Plan {
            config,
            port,
            origin: format!("{scheme}://127.0.0.1:{port}"),
        };
        fs::write(&plan.config, self.text(wish, &plan, [admin, further]))?;
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
            Store::RedisFull => fill_redis(self.redis, many),
            Store::EmbeddedFull => {
                let plan = self.plan(Wish { store, ..Wish::PLAIN })?;
                let mut command = Command::new(beside_us("vestibule-inside")?);
                command.arg("fill").arg("--config").arg(&plan.config);
                command.arg("--store").arg(self.folder.join("full.db"));
                match command.args(["--many", &many.to_string()]).status()?.success() {
                    true => Ok(()),
                    false => Err("the store could not be filled".into()),
                }
            }
        }
    }

    /// The instructions of one call of a function, counted by callgrind: of so many calls more.
    pub(crate) fn instructions(&self, function: &str) -> Outcome<f64> {
        const FEW: u32 = 1000;
        const MANY: u32 = 21_000;
        let more = self.callgrind(function, MANY)? - self.callgrind(function, FEW)?;
        Ok(more / f64::from(MANY - FEW))
    }

    fn callgrind(&self, function: &str, times: u32) -> Outcome<f64> {
        let (config, cookies) = &self.entered;
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

    fn directory(&self) -> PathBuf {
        self.folder.join("directory.db")
    }

    fn text(&self, wish: Wish, plan: &Plan, [admin, further]: [u16; 2]) -> String {
        let (folder, port, origin) = (self.folder.display(), plan.port, &plan.origin);
        let upstream = wish.upstream.unwrap_or(self.upstream);
        let store = match wish.store {
            Store::Embedded => format!("embedded:{folder}/store.db"),
            Store::EmbeddedFull => format!("embedded:{folder}/full.db"),
            Store::Redis => format!("redis://127.0.0.1:{}/0", self.redis),
            Store::RedisFull => format!("redis://127.0.0.1:{}/1", self.redis),
        };
        let listen = if wish.tls {
            let pem = format!(r#"certificate = "{folder}/../tls.pem", key = "{folder}/../tls.key""#);
            format!("http = \"127.0.0.1:{further}\"\nhttps = {{ address = \"127.0.0.1:{port}\", {pem} }}")
        } else {
            format!("http = \"127.0.0.1:{port}\"")
        };
        let trusted = if wish.front || wish.trusting {
            r#"["127.0.0.1"]"#
        } else {
            "[]"
        };
        let (forward_auth, runs_on) = if wish.front {
            let secret = format!("[forward_auth]\nsecret_file = \"{folder}/secret\"");
            (secret, r#""none""#.to_owned())
        } else {
            (String::new(), format!(r#"["http://127.0.0.1:{upstream}"]"#))
        };
        let mut text = format!(
            r#"
[listen]
{listen}
admin = "127.0.0.1:{admin}"
trusted_proxies = {trusted}
{forward_auth}
[limits]
connections = 100000
connections_per_source = 100000
requests_per_second = 1000000
requests_at_a_time = 100000
session_requests_per_second = 1000000
session_requests_at_a_time = 100000
[portal]
url = "{origin}"
shared_origin = "accepted"
[store]
url = "{store}"
[directory]
url = "sqlite:{folder}/directory.db"
[keys]
directory = "{folder}/keys"
[second_factor]
methods = ["totp"]
"#
        );
        for number in 0..wish.applications {
            let scheme = if wish.tls { "https" } else { "http" };
            text += &application(&format!("{scheme}://a{number}.localhost:{port}"), number, &runs_on);
            text += &rule("/");
        }
        text += &application(origin, wish.applications, &runs_on);
        for number in 0..wish.rules {
            text += &rule(&format!("/part-{number}/"));
        }
        text + &rule("/")
    }
}

fn application(url: &str, number: usize, runs_on: &str) -> String {
    format!("[[application]]\nname = \"Upstream {number}\"\nurl = \"{url}\"\nupstream = {runs_on}\n")
}

fn rule(path: &str) -> String {
    format!("[[application.rule]]\npath = \"{path}\"\nrequire = \"two_factor\"\n")
}

/// As many tokens and sessions as asked for, unless they are there; the values are as long as real ones.
fn fill_redis(port: u16, many: usize) -> Outcome<()> {
    const SCRIPT: &str = "if redis.call('DBSIZE') > 2 * ARGV[2] then return 0 end \
        for i = ARGV[1], ARGV[1] + 9999 do \
        redis.call('SET', 'session:fill-' .. i, string.rep('x', 420), 'EX', 86400) \
        redis.call('SET', 'token:fill-' .. i, string.rep('x', 260), 'EX', 86400) end return 1";
    for first in (0..many).step_by(10_000) {
        let mut command = Command::new("redis-cli");
        command.args([
            "-p",
            &port.to_string(),
            "-n",
            "1",
            "EVAL",
            SCRIPT,
            "0",
            &first.to_string(),
        ]);
        let output = command.arg(many.to_string()).output()?;
        let said = String::from_utf8(output.stdout)?;
        match said.trim() {
            "1" => {}
            "0" => return Ok(()),
            _ => return Err(format!("Redis said {said}").into()),
        }
    }
    Ok(())
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
