//! Ports for programs that cannot choose one themselves, or must keep it over a restart.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range the kernel draws from, so that no outgoing connection takes a port between our look and its use.
const FIRST: u16 = 11_000;
const SPAN: u16 = 20_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A port that nobody listens on and that this test run hands out only once.
pub(crate) fn free_port() -> u16 {
    // Runs beside each other have numbers side by side, and start far apart.
    let scattered = u64::from(std::process::id()) * 7_919 % u64::from(SPAN);
    let start = u16::try_from(scattered).expect("less than the span");
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(step < SPAN, "no port is free");
        let port = FIRST + (start + step) % SPAN;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
