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
        let own = certificate(self.directory.path(), "authority");
        let made = certificate(self.directory.path(), names.first().expect("a name"));
        let (file, key) = (own.file.to_string_lossy(), own.key.to_string_lossy());
        let names: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
        let names = format!("subjectAltName={}", names.join(","));
        let signed = ["-CA", &file, "-CAkey", &key, "-subj", "/CN=A server"];
        let for_a_server = ["-addext", &names, "-addext", "basicConstraints=critical,CA:FALSE"];
        openssl(&made, &[&signed[..], &for_a_server].concat());
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
    command.arg("-out").arg(&made.file).arg("-keyout").arg(&made.key);
    let output = command.output().expect("openssl");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
