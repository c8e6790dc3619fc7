//! Fifty requests a second with a session, all the time: what they get, and how long they get nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::{JoinHandle, JoinSet};
use url::Url;

use crate::harness::visitor::Visitor;

const PERIOD: Duration = Duration::from_millis(20);

pub(super) struct Probe {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

#[derive(Clone, Default)]
pub(super) struct Seen {
    /// How many answers of each status.
    pub(super) statuses: BTreeMap<u16, usize>,
    /// The longest that any answer took.
    pub(super) slowest: Duration,
}

impl Probe {
    pub(super) fn start(visitor: &Visitor, url: &Url) -> Probe {
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let (visitor, url, sink) = (visitor.clone(), url.clone(), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            let mut under_way = JoinSet::new();
            let mut turn = tokio::time::interval(PERIOD);
            loop {
                turn.tick().await;
                let (mut visitor, url, sink) = (visitor.clone(), url.clone(), Arc::clone(&sink));
                while under_way.try_join_next().is_some() {}
                under_way.spawn(async move {
                    let began = Instant::now();
                    let status = visitor.open(&url).await.status;
                    let mut seen = sink.lock().expect("no panic elsewhere");
                    *seen.statuses.entry(status).or_default() += 1;
                    seen.slowest = seen.slowest.max(began.elapsed());
                });
            }
        });
        Probe { seen, task }
    }

    /// What was seen since the last time.
    pub(super) fn take(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().expect("no panic elsewhere"))
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.task.abort();
    }
}
