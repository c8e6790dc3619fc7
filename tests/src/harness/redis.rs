//! A real redis-server that can be killed, restarted on its port, stopped in its tracks and emptied.

use std::process::Command;

use tempfile::TempDir;

use super::ports::free_port;
use super::program::Program;

pub(crate) struct Redis {
    directory: TempDir,
    port: u16,
    program: Program,
}

impl Redis {
    pub(crate) async fn start() -> Redis {
        let directory = tempfile::tempdir().expect("a directory for Redis");
        let port = free_port();
        let program = run(&directory, port).await;
        Redis {
            directory,
            port,
            program,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it the hard way. What it acknowledged is on its disk.
    pub(crate) async fn kill(&mut self) {
        self.program.kill().await;
    }

    pub(crate) async fn start_again(&mut self) {
        self.program = run(&self.directory, self.port).await;
    }

    /// Connections stay open and nothing is answered any more.
    pub(crate) fn freeze(&self) {
        self.program.signal("STOP");
    }

    pub(crate) fn thaw(&self) {
        self.program.signal("CONT");
    }

    pub(crate) fn flush(&self) {
        assert_eq!(self.command(&["FLUSHALL"]), "OK");
    }

    pub(crate) fn command(&self, words: &[&str]) -> String {
        let port = self.port.to_string();
        let output = Command::new("redis-cli")
            .args(["-p", &port])
            .args(words)
            .output()
            .expect("redis-cli");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

async fn run(directory: &TempDir, port: u16) -> Program {
    let mut command = Command::new("redis-server");
    command
        .current_dir(directory.path())
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
    command.args(["--save", "", "--appendonly", "yes", "--appendfsync", "always"]);
    let program = Program::start("redis-server", &mut command);
    program
        .prints(|line| line.contains("Ready to accept connections"))
        .await;
    program
}

mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_redis_acknowledged_survives_its_death() {
        let mut redis = Redis::start().await;
        assert_eq!(redis.command(&["SET", "door", "open"]), "OK");
        redis.kill().await;
        assert_eq!(redis.command(&["GET", "door"]), "");
        redis.start_again().await;
        assert_eq!(redis.command(&["GET", "door"]), "open");
        redis.flush();
        assert_eq!(redis.command(&["EXISTS", "door"]), "0");
    }
}
