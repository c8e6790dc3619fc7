//! The applications of `config/upstreams`, which believe the assertion and nothing else; run as they are shipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use tokio::net::TcpStream;

use super::patience::eventually;
use super::program::Program;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    Node,
    Php,
    Java,
    Go,
}

pub(crate) struct Hello {
    _program: Program,
    _folder: tempfile::TempDir,
}

/// What such an application is told about the world.
pub(crate) struct Told<'a> {
    pub(crate) port: u16,
    pub(crate) vestibule: &'a str,
    pub(crate) keys: &'a str,
    pub(crate) own: &'a str,
}

impl Language {
    fn command(self, port: u16, folder: &Path) -> Command {
        let shipped = |path: &str| shipped().join(path);
        let (program, arguments): (PathBuf, Vec<PathBuf>) = match self {
            Language::Python => ("/usr/bin/python3".into(), vec![shipped("python/hello.py")]),
            Language::Node => ("node".into(), vec![shipped("node/hello.mjs")]),
            Language::Php => {
                let address = format!("127.0.0.1:{port}");
                (
                    "php".into(),
                    vec!["-S".into(), address.into(), shipped("php/hello.php")],
                )
            }
            Language::Java => {
                let library = "java/lib/nimbus-jose-jwt-10.4.jar";
                (
                    "java".into(),
                    vec!["-cp".into(), shipped(library), shipped("java/Hello.java")],
                )
            }
            Language::Go => {
                let built = folder.join("hello");
                let mut build = Command::new("go");
                build
                    .args(["build", "-o"])
                    .arg(&built)
                    .arg(".")
                    .current_dir(shipped("go"));
                assert!(build.env("GOTOOLCHAIN", "local").status().expect("go").success());
                (built, Vec::new())
            }
        };
        let mut command = Command::new(program);
        command.args(arguments);
        command
    }
}

impl Hello {
    pub(crate) async fn start(language: Language, told: &Told<'_>) -> Hello {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = language.command(told.port, folder.path());
        command.env("PORT", told.port.to_string()).env("TMPDIR", folder.path());
        command
            .env("VESTIBULE_URL", told.vestibule)
            .env("VESTIBULE_KEYS", told.keys)
            .env("OWN_URL", told.own);
        let program = Program::start(&format!("{language:?}"), &mut command);
        eventually("an application that listens", async || {
            TcpStream::connect(("127.0.0.1", told.port)).await.ok()
        })
        .await;
        Hello {
            _program: program,
            _folder: folder,
        }
    }
}

/// `config/upstreams`.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/upstreams")
}
