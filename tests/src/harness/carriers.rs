//! What companies say of messages, signed by their own libraries (`tests/carriers`).

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

/// The signature of `company` ("twilio", "vonage") under these fields, sent to this URL.
pub(crate) fn sign(company: &str, secret: &str, (url, fields): (&str, &[(&str, &str)])) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("carriers");
    let fields: Map<String, Value> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let mut python = Command::new(folder.join("venv/bin/python"));
    let python = python.arg(folder.join("sign.py")).arg(company);
    let mut signing = python
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the companies' libraries: run tests/run --install-only");
    let asked = json!({ "secret": secret, "url": url, "fields": fields }).to_string();
    let mut stdin = signing.stdin.take().expect("piped");
    stdin.write_all(asked.as_bytes()).expect("a reader");
    drop(stdin);
    let output = signing.wait_with_output().expect("an end");
    assert!(output.status.success(), "{company} could not sign");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}
