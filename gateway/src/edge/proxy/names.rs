//! The addresses of applications' servers, by their names; never looked up in the way of a request.
//!
//! A resolver that is down or hangs takes no application out whose addresses are known: the last ones hold for a quarter of
//! an hour. Names are asked for side by side, few of them at a time, and none again before its last question is answered.

use super::balance::backend;
use crate::domain::application::Upstream;
use async_trait::async_trait;
use futures_util::future::{BoxFuture, join_all};
use pingora::Result;
use pingora::lb::Backend;
use pingora::lb::discovery::ServiceDiscovery;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

/// How many names are asked for at a time; each may hold a thread.
const AT_A_TIME: usize = 64;
/// How long an answer is waited for; what comes later is there at the next look.
const WAIT: Duration = Duration::from_millis(500);
/// How long addresses hold that cannot be asked for again.
const KEPT: Duration = Duration::from_secs(15 * 60);

/// What a resolver answers: at least one address.
type Answer = io::Result<Vec<SocketAddr>>;
type Ask = dyn Fn(String, u16) -> BoxFuture<'static, Answer> + Send + Sync;

/// Whom all names are asked of.
#[derive(Clone)]
pub(super) struct Resolver {
    ask: Arc<Ask>,
    places: Arc<Semaphore>,
}

impl Resolver {
    /// The one of this machine.
    pub(super) fn of_this_machine() -> Self {
        Self::new(|host, port| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((host.as_str(), port)).await?;
                Ok(found.collect())
            })
        })
    }

    fn new(ask: impl Fn(String, u16) -> BoxFuture<'static, Answer> + Send + Sync + 'static) -> Self {
        Self {
            ask: Arc::new(ask),
            places: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }

    fn ask(&self, upstream: &Upstream) -> JoinHandle<Answer> {
        let places = Arc::clone(&self.places);
        let answer = (self.ask)(upstream.host.clone(), upstream.port);
        tokio::spawn(async move {
            let _place = places.acquire_owned().await.map_err(io::Error::other)?;
            answer.await
        })
    }
}

/// The servers of one application.
pub(super) struct Names {
    resolver: Resolver,
    all: Vec<(Upstream, Mutex<Known>)>,
}

impl Names {
    /// The names of these servers, not asked for yet.
    pub(super) fn new(resolver: &Resolver, upstreams: &[Upstream]) -> Self {
        let unknown = |upstream: &Upstream| (upstream.clone(), Mutex::default());
        Self {
            resolver: resolver.clone(),
            all: upstreams.iter().map(unknown).collect(),
        }
    }

    async fn addresses(&self, (upstream, known): &(Upstream, Mutex<Known>)) -> Vec<SocketAddr> {
        let mut known = known.lock().await;
        let pending = known.pending.get_or_insert_with(|| self.resolver.ask(upstream));
        let answer = match timeout(WAIT, pending).await {
            Ok(answered) => {
                known.pending = None;
                answered.unwrap_or_else(|broken| Err(io::Error::other(broken)))
            }
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        known.learn(answer, (&upstream.host, Instant::now()));
        known.addresses.clone()
    }
}

#[async_trait]
impl ServiceDiscovery for Names {
    async fn discover(&self) -> Result<(BTreeSet<Backend>, HashMap<u64, bool>)> {
        let each = self.all.iter().map(async |name| (name, self.addresses(name).await));
        let found = join_all(each).await.into_iter();
        let backends = found.flat_map(|((upstream, _), addresses)| {
            let all = addresses.into_iter();
            all.map(move |address| backend(address, upstream))
        });
        Ok((backends.collect(), HashMap::new()))
    }
}

/// What is known of one name.
#[derive(Debug, Default)]
struct Known {
    addresses: Vec<SocketAddr>,
    /// When they were last heard; not before there was anything to hear.
    at: Option<Instant>,
    /// The question under way.
    pending: Option<JoinHandle<Answer>>,
    trouble: Trouble,
}

/// What operators were told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trouble {
    #[default]
    None,
    /// That nobody answers.
    Told,
    /// That the last addresses hold no longer.
    Forgotten,
}

impl Known {
    fn learn(&mut self, answer: Answer, (host, now): (&str, Instant)) {
        let why = match answer {
            Ok(addresses) if !addresses.is_empty() => {
                if self.trouble != Trouble::None {
                    tracing::info!(host, "a server's name is resolved again");
                }
                self.addresses = addresses;
                self.at = Some(now);
                self.trouble = Trouble::None;
                return;
            }
            Ok(_) => io::Error::other("no address"),
            Err(error) => error,
        };
        let is_known = self.at.is_some_and(|at| now.saturating_duration_since(at) < KEPT);
        if !is_known {
            self.addresses.clear();
        }
        let trouble = if is_known { Trouble::Told } else { Trouble::Forgotten };
        if self.trouble == trouble {
            return;
        }
        self.trouble = trouble;
        if is_known {
            tracing::warn!(host, %why, "a server's name cannot be resolved; its last addresses hold for 15 minutes, see to the resolver");
        } else {
            tracing::warn!(host, %why, "a server's name cannot be resolved, and no address of it is known; see to the resolver or to `upstream`");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::application::Scheme;
    use futures_util::FutureExt;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    fn upstream(host: &str) -> Upstream {
        Upstream {
            scheme: Scheme::Http,
            host: host.to_owned(),
            port: 80,
        }
    }

    fn address(last: u8) -> SocketAddr {
        ([192, 0, 2, last], 80).into()
    }

    #[test]
    fn the_last_addresses_hold_for_a_while_when_nobody_answers() {
        let (mut known, start) = (Known::default(), Instant::now());
        let mut hear = |answer: Answer, after: Duration| {
            known.learn(answer, ("a", start + after));
            (known.addresses.clone(), known.trouble)
        };
        let failed = || Err(io::ErrorKind::TimedOut.into());
        assert_eq!(hear(failed(), Duration::ZERO), (vec![], Trouble::Forgotten));
        assert_eq!(
            hear(Ok(vec![address(1)]), Duration::ZERO),
            (vec![address(1)], Trouble::None)
        );
        let almost = KEPT - Duration::from_secs(1);
        assert_eq!(hear(failed(), almost), (vec![address(1)], Trouble::Told));
        assert_eq!(hear(Ok(vec![]), almost), (vec![address(1)], Trouble::Told));
        assert_eq!(hear(failed(), KEPT), (vec![], Trouble::Forgotten));
        assert_eq!(hear(Ok(vec![address(2)]), KEPT), (vec![address(2)], Trouble::None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_resolver_that_hangs_is_asked_no_more_than_it_can_bear() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let resolver = Resolver::new(move |_, _| {
            let count = Arc::clone(&count);
            async move {
                count.fetch_add(1, SeqCst);
                std::future::pending().await
            }
            .boxed()
        });
        let all: Vec<Names> = (0..1000)
            .map(|number| Names::new(&resolver, &[upstream(&format!("a{number}"))]))
            .collect();
        for _ in 0..3 {
            let start = Instant::now();
            let found = join_all(all.iter().map(Names::discover)).await;
            assert!(
                found
                    .iter()
                    .all(|found| found.as_ref().is_ok_and(|(set, _)| set.is_empty()))
            );
            assert_eq!(start.elapsed(), WAIT, "side by side");
            assert_eq!(asked.load(SeqCst), AT_A_TIME);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_answered_late_is_there_at_the_next_look() {
        let resolver = Resolver::new(|host, _| {
            async move {
                tokio::time::sleep(WAIT * 2).await;
                Ok(vec![address(if host == "one" { 1 } else { 2 })])
            }
            .boxed()
        });
        let names = Names::new(&resolver, &[upstream("one"), upstream("two")]);
        let count = async || names.discover().await.map_or(0, |(set, _)| set.len());
        assert_eq!(count().await, 0);
        tokio::time::sleep(WAIT * 2).await;
        assert_eq!(count().await, 2, "each has its own");
    }
}
