//! The program under test: as a server that announces itself, and as a command that ends.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use url::Url;

use super::patience::{eventually, soon};
use super::program::Program;

/// Variables by their names.
type Environment = Vec<(String, String)>;

/// A running `vestibule`, or another program with it inside.
pub(crate) struct Server {
    binary: PathBuf,
    arguments: Vec<String>,
    environment: Environment,
    pub(crate) program: Program,
    announcement: Value,
}

impl Server {
    /// Starts it and waits until it listens.
    pub(crate) async fn start(arguments: &[&str]) -> Server {
        Server::start_in(&[], arguments).await
    }

    /// The same with more variables in its environment.
    pub(crate) async fn start_in(environment: &[(String, String)], arguments: &[&str]) -> Server {
        let arguments: Vec<String> = arguments.iter().copied().map(str::to_owned).collect();
        let environment = environment.to_vec();
        let binary = binary("vestibule");
        let (program, announcement) = run(&binary, &environment, &arguments).await;
        Server {
            binary,
            arguments,
            environment,
            program,
            announcement,
        }
    }

    /// A proxy with it inside: an example of the gateway's, its configuration, its address, its server. It announces nothing.
    pub(crate) async fn start_example(name: &str, arguments: [&str; 3]) -> Server {
        let binary = binary(&format!("examples/{name}"));
        let arguments = arguments.map(str::to_owned).to_vec();
        let (program, announcement) = run(&binary, &Vec::new(), &arguments).await;
        Server {
            binary,
            arguments,
            environment: Vec::new(),
            program,
            announcement,
        }
    }

    /// A URL it announced, by its key.
    pub(crate) fn url(&self, key: &str) -> Url {
        let url = self.announcement[key]
            .as_str()
            .unwrap_or_else(|| panic!("no {key} in {}", self.announcement));
        Url::parse(url).expect("a URL")
    }

    pub(crate) fn announcement(&self) -> &Value {
        &self.announcement
    }

    /// Ends it without a warning and starts it again.
    pub(crate) async fn crash_and_start_again(&mut self) {
        self.program.kill().await;
        self.start_again().await;
    }

    /// Ends it the polite way; the exit code.
    pub(crate) async fn stop(&mut self) -> Option<i32> {
        self.program.signal("TERM");
        self.program.ended().await
    }

    pub(crate) async fn start_again(&mut self) {
        (self.program, self.announcement) = run(&self.binary, &self.environment, &self.arguments).await;
    }
}

/// Runs a program until it is ready, and what it says then.
async fn run(binary: &Path, environment: &Environment, arguments: &[String]) -> (Program, Value) {
    let mut command = Command::new(binary);
    command.args(arguments).envs(environment.iter().cloned());
    let program = Program::start("vestibule", &mut command);
    if !binary.ends_with("vestibule") {
        let address = arguments.get(1).expect("where it listens");
        eventually("a proxy that listens", async || TcpStream::connect(address).await.ok()).await;
        return (program, Value::Null);
    }
    let line = program.prints(|line| line.starts_with('{')).await;
    (program, serde_json::from_str(&line).expect("one line of JSON"))
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Outcome {
    /// What the command printed, if it ended as it should.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        self.output
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.expect(0)).expect("JSON")
    }
}

/// Runs a command to its end, with `input` on its stdin.
pub(crate) async fn command(arguments: &[&str], input: &str) -> Outcome {
    let mut command = tokio::process::Command::new(binary("vestibule"));
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut process = command.spawn().expect("an executable program");
    // It may end without reading its input.
    let _ = process.stdin.take().expect("piped").write_all(input.as_bytes()).await;
    let output = soon(&format!("{arguments:?}"), process.wait_with_output())
        .await
        .expect("an exit");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome {
        code: output.status.code(),
        output: text(&output.stdout),
        errors: text(&output.stderr),
    }
}

/// `target/debug/vestibule` or another program there, beside the folder of this test binary.
fn binary(name: &str) -> PathBuf {
    if let Some(named) = std::env::var_os("VESTIBULE_BIN").filter(|_| name == "vestibule") {
        return named.into();
    }
    let own = std::env::current_exe().expect("a path of our own");
    let built = own
        .parent()
        .and_then(|folder| folder.parent())
        .expect("target/debug/deps")
        .join(name);
    assert!(
        built.exists(),
        "{} is not built: run tests/run, or `cargo build --bins --examples`",
        built.display()
    );
    built
}
