//! Requests at a steady pace, as people inside send them, and how long each takes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::Outcome;
use crate::client::Client;
use crate::process::Watch;

/// So many connections send one request each so often: 1,000 a second in all.
const CONNECTIONS: u32 = 8;
const EVERY: Duration = Duration::from_millis(8);

/// Sends until it is told to stop; all times in microseconds, sorted.
pub(crate) fn probe((port, cookie): (u16, &str), stop: &AtomicBool) -> Outcome<Vec<f64>> {
    let cookie = format!("Cookie: {cookie}");
    let one = |number: u32| -> Outcome<Vec<f64>> {
        let mut client = Client::connect(port)?;
        let mut times = Vec::new();
        let mut due = EVERY * number / CONNECTIONS;
        let pace = Watch::start();
        while !stop.load(Ordering::Relaxed) {
            thread::sleep(due.saturating_sub(pace.elapsed()));
            due += EVERY;
            let began = Watch::start();
            let answer = client.get("/", &[&cookie])?;
            times.push(began.elapsed().as_secs_f64() * 1e6);
            if answer.status != 200 {
                return Err(format!("a request of somebody inside was answered {}", answer.status).into());
            }
        }
        Ok(times)
    };
    let mut times = thread::scope(|scope| {
        let all: Vec<_> = (0..CONNECTIONS)
            .map(|number| scope.spawn(move || one(number)))
            .collect();
        let mut times = Vec::new();
        for thread in all {
            times.extend(thread.join().map_err(|_| "a connection broke off")??);
        }
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times)
    })?;
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// The least value that so many hundredths of the sorted ones do not exceed.
pub(crate) fn percentile(sorted: &[f64], hundredths: usize) -> f64 {
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}
