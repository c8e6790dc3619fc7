//! h2spec, which holds servers to RFC 7540 and RFC 7541 case by case, finds nothing; `tests/run` builds it.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::http2::world;
use super::tls::OPEN;
use crate::harness::certificates::Authority;
use crate::harness::patience::soon;
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;

#[tokio::test(flavor = "multi_thread")]
async fn h2spec_finds_nothing() {
    let authority = Authority::new();
    let upstream = Upstream::start().await;
    // It asks for nothing but an address.
    let beside = |plan: Plan| plan.beside("127.0.0.1", &upstream.url(), OPEN);
    let world = world(&authority, &upstream.url(), beside).await;
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("h2spec/bin/h2spec");
    let port = world.port().to_string();
    let mut command = Command::new(&program);
    command
        .args(["--tls", "--insecure", "--host", "127.0.0.1", "--port", &port])
        .args(["--timeout", "5", "generic", "http2", "hpack"])
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = soon("the end of h2spec", command.output()).await;
    let output = output.unwrap_or_else(|error| panic!("{}: {error}; tests/run builds it", program.display()));
    let report = String::from_utf8_lossy(&output.stdout);
    let summary = report.lines().rev().find(|line| line.contains(" tests, "));
    assert!(output.status.success(), "{report}");
    assert_eq!(summary, Some("145 tests, 145 passed, 0 skipped, 0 failed"), "{report}");
}
