//! A running program: its output is kept line by line and can be waited for; it ends with the test, and a test that
//! fails shows what it said.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::sync::watch;

use super::patience::{eventually, soon};

pub(crate) struct Program {
    name: String,
    process: Child,
    ending: Ending,
    printed: Lines,
    logged: Lines,
}

/// How a program is brought to its end.
enum Ending {
    Kill,
    CloseInput,
}

/// The lines of one stream so far; closed when the stream is.
type Lines = watch::Receiver<Vec<String>>;

impl Program {
    pub(crate) fn start(name: &str, command: &mut Command) -> Program {
        Program::spawn(name, command, Ending::Kill)
    }

    /// A program with children of its own, which ends together with them even where the test process is killed, and
    /// takes `directory` along.
    pub(crate) fn start_kept(name: &str, directory: &Path, command: &Command) -> Program {
        let mut keeper = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("while_open"));
        keeper
            .arg(directory)
            .arg(command.get_program())
            .args(command.get_args());
        // Not among those that Ctrl-C reaches: it has something to do afterwards.
        keeper.process_group(0);
        Program::spawn(name, &mut keeper, Ending::CloseInput)
    }

    fn spawn(name: &str, command: &mut Command, ending: Ending) -> Program {
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let printed = lines_of(process.stdout.take().expect("piped"));
        let logged = lines_of(process.stderr.take().expect("piped"));
        Program {
            name: name.to_owned(),
            process,
            ending,
            printed,
            logged,
        }
    }

    /// The first line on stdout that `is_wanted`, as soon as it is there.
    pub(crate) async fn prints(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        self.says(self.printed.clone(), is_wanted).await
    }

    /// The first line on stderr that `is_wanted`, as soon as it is there.
    pub(crate) async fn logs(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        self.says(self.logged.clone(), is_wanted).await
    }

    async fn says(&self, mut lines: Lines, is_wanted: impl Fn(&str) -> bool) -> String {
        let find = |lines: &Vec<String>| lines.iter().find(|line| is_wanted(line)).cloned();
        let found = soon(
            &format!("a line of {}", self.name),
            lines.wait_for(|lines| find(lines).is_some()),
        )
        .await;
        let found = found.ok().and_then(|lines| find(&lines));
        found.unwrap_or_else(|| panic!("{} ended too early, having logged:\n{}", self.name, self.log()))
    }

    pub(crate) fn output(&self) -> Vec<String> {
        self.printed.borrow().clone()
    }

    pub(crate) fn log(&self) -> String {
        self.logged.borrow().join("\n")
    }

    /// Sends a signal by its name: `TERM`, `KILL`, `STOP`, `CONT`.
    pub(crate) fn signal(&self, signal: &str) {
        send_signal(signal, self.process.id());
    }

    /// Stops it in the middle of whatever it does, until it is sent `CONT`; all its threads stand still then.
    pub(crate) async fn freeze(&self) {
        self.signal("STOP");
        let tasks = format!("/proc/{}/task", self.process.id());
        eventually(&format!("{} to stand still", self.name), async || {
            let tasks = std::fs::read_dir(&tasks).expect("a running program");
            let stands = |task: std::fs::DirEntry| {
                let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
                status.lines().any(|line| line.starts_with("State:\tT"))
            };
            tasks.flatten().all(stands).then_some(())
        })
        .await;
    }

    /// What the system lets it have, as `/proc` says it.
    pub(crate) fn limits(&self) -> String {
        std::fs::read_to_string(format!("/proc/{}/limits", self.process.id())).expect("a running program")
    }

    /// The exit code, once the program has ended; `None` when a signal ended it.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        let (mut printed, mut logged) = (self.printed.clone(), self.logged.clone());
        soon(&format!("the end of {}", self.name), async {
            while printed.changed().await.is_ok() {}
            while logged.changed().await.is_ok() {}
        })
        .await;
        self.process.wait().expect("a child of ours").code()
    }

    pub(crate) async fn kill(&mut self) {
        self.signal("KILL");
        self.ended().await;
    }

    /// Resident memory in bytes, now.
    pub(crate) fn memory(&self) -> u64 {
        self.memory_of("VmRSS:")
    }

    /// The most resident memory in bytes there ever was.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.memory_of("VmHWM:")
    }

    fn memory_of(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("a running program");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(field))
            .expect("a running program");
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
        kilobytes * 1024
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        match self.ending {
            Ending::Kill => drop(self.process.kill()), // fails where it has ended already
            Ending::CloseInput => drop(self.process.stdin.take()),
        }
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("---- {} logged:\n{}", self.name, self.log());
        }
    }
}

pub(crate) fn send_signal(signal: &str, process: u32) {
    let status = Command::new("kill")
        .args([format!("-{signal}"), process.to_string()])
        .status()
        .expect("kill(1)");
    assert!(status.success(), "process {process} is gone");
}

fn lines_of(pipe: impl Read + Send + 'static) -> Lines {
    let (sender, receiver) = watch::channel(Vec::new());
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            sender.send_modify(|lines| lines.push(String::from_utf8_lossy(&line).into_owned()));
        }
    });
    receiver
}
