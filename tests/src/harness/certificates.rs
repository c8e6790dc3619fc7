//! Certificates for servers, from an authority of the test's own, made by openssl.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Whoever trusts its file trusts what it has certified. All files go when it does.
pub(crate) struct Authority {
    directory: TempDir,
}

/// What a server shows, and the key to it.
pub(crate) struct Certificate {
    pub(crate) file: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Authority {
        let directory = tempfile::tempdir().expect("a directory for certificates");
        let own = certificate(directory.path(), "authority");
        openssl(&own, &["-subj", "/CN=Authority of a test"]);
        Authority { directory }
    }

    /// What has to be trusted.
    pub(crate) fn file(&self) -> PathBuf {
        certificate(self.directory.path(), "authority").file
    }

    /// The same for a client of the tests.
    pub(crate) fn root(&self) -> reqwest::Certificate {
        let text = std::fs::read(self.file()).expect("a file of ours");
        reqwest::Certificate::from_pem(&text).expect("a certificate")
    }

    /// A certificate for a server of this name.
    pub(crate) fn certify(&self, name: &str) -> Certificate {
        self.certify_all(&[name])
    }

    /// A certificate for a server of all these names.
    pub(crate) fn certify_all(&self, names: &[&str]) -> Certificate {
        let all: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
        let all = format!("subjectAltName={}", all.join(","));
        let first = names.first().expect("a name");
        self.sign(first, &["-subj", "/CN=A server", "-addext", &all])
    }

    /// A certificate for somebody who shows it to servers. All have one serial number, as those of two authorities may.
    pub(crate) fn certify_client(&self, name: &str) -> Certificate {
        self.sign(name, &["-subj", &format!("/CN={name}"), "-set_serial", "7"])
    }

    fn sign(&self, name: &str, more: &[&str]) -> Certificate {
        let own = certificate(self.directory.path(), "authority");
        let made = certificate(self.directory.path(), name);
        let (file, key) = (own.file.to_string_lossy(), own.key.to_string_lossy());
        let signed = [
            "-CA",
            &file,
            "-CAkey",
            &key,
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ];
        openssl(&made, &[&signed, more].concat());
        made
    }

    /// A certificate for a server of this name that was good for all of January 2020.
    pub(crate) fn certify_long_ago(&self, name: &str) -> Certificate {
        let own = certificate(self.directory.path(), "authority");
        let made = certificate(self.directory.path(), name);
        let folder = self.directory.path();
        std::fs::write(folder.join("index"), "").expect("a writable directory");
        std::fs::write(folder.join("ca.conf"), BOOKS).expect("a writable directory");
        let mut ask = Command::new("openssl");
        ask.args([
            "req",
            "-new",
            "-nodes",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ]);
        ask.args([
            "-subj",
            "/CN=A server",
            "-addext",
            &format!("subjectAltName=DNS:{name}"),
        ]);
        run(ask
            .args(["-out", "asked"])
            .arg("-keyout")
            .arg(&made.key)
            .current_dir(folder));
        let mut sign = Command::new("openssl");
        sign.args(["ca", "-batch", "-notext", "-config", "ca.conf", "-in", "asked"]);
        sign.args(["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"]);
        sign.arg("-cert").arg(&own.file).arg("-keyfile").arg(&own.key);
        run(sign.arg("-out").arg(&made.file).current_dir(folder));
        made
    }
}

fn certificate(directory: &Path, name: &str) -> Certificate {
    Certificate {
        file: directory.join(format!("{name}.pem")),
        key: directory.join(format!("{name}.key")),
    }
}

/// A new key, and a certificate of it for two days.
fn openssl(made: &Certificate, more: &[&str]) {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-days", "2", "-nodes", "-newkey", "ec"]);
    command.args(["-pkeyopt", "ec_paramgen_curve:P-256"]).args(more);
    run(command.arg("-out").arg(&made.file).arg("-keyout").arg(&made.key));
}

/// What `openssl ca` keeps its books by.
const BOOKS: &str = "\
[ca]
default_ca = books
[books]
database = index
new_certs_dir = .
default_md = sha256
rand_serial = yes
policy = names
copy_extensions = copy
[names]
commonName = supplied
";

fn run(command: &mut Command) {
    let output = command.output().expect("openssl");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
