//! Waiting for a condition, never for a time.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

/// How long anything may take on a busy two-core machine before the test gives up on it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at something that cannot tell us that it changed.
const GLANCE: Duration = Duration::from_millis(20);

/// Looks until `look` finds something.
pub(crate) async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    within(PATIENCE, what, look).await
}

/// Looks until `look` finds something; too late is a failure.
pub(crate) async fn within<T>(limit: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + limit;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {limit:?} in vain for {what}");
        sleep(GLANCE).await;
    }
}

/// The result of `work`, which may not hang.
pub(crate) async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| panic!("waited {PATIENCE:?} in vain for {what}"))
}
