//! How many connections there are, in all and of each source. One that is too many is closed before anything is read.

use crate::domain::limits::{Limits, Source};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The connections that are open.
#[derive(Debug, Default)]
pub(super) struct Crowd(Mutex<Count>);

#[derive(Debug, Default)]
struct Count {
    all: u32,
    by_source: HashMap<Source, u32>,
}

/// One connection among them; leaves when dropped.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Arc<Crowd>,
    source: Option<Source>,
}

impl Crowd {
    /// A place for one connection; nothing when there is none left.
    pub(super) fn enter(self: &Arc<Self>, limits: &Limits) -> Option<Place> {
        let mut count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if count.all >= limits.connections {
            return None;
        }
        count.all += 1;
        Some(Place {
            crowd: Arc::clone(self),
            source: None,
        })
    }
}

impl Place {
    /// Counts it as one of this source as well; nothing when the source has as many as it may.
    pub(super) fn of(mut self, source: Source, limits: &Limits) -> Option<Self> {
        {
            let mut count = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
            let own = count.by_source.entry(source).or_default();
            if *own >= limits.connections_per_source {
                return None;
            }
            *own += 1;
        }
        self.source = Some(source);
        Some(self)
    }

    /// Counts it on no source any more: many people come by it.
    pub(super) fn of_many(mut self) -> Self {
        if let Some(source) = self.source.take() {
            let mut count = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
            count.leave(source);
        }
        self
    }
}

impl Count {
    fn leave(&mut self, source: Source) {
        let left = self.by_source.get_mut(&source).map_or(0, |own| {
            *own -= 1;
            *own
        });
        if left == 0 {
            self.by_source.remove(&source);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut count = self.crowd.0.lock().unwrap_or_else(PoisonError::into_inner);
        count.all -= 1;
        if let Some(source) = self.source {
            count.leave(source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limits::Requests;
    use std::net::IpAddr;
    use std::time::Duration;

    #[test]
    fn whoever_leaves_makes_room_for_another() {
        let any = Requests {
            per_second: 1,
            at_a_time: 1,
        };
        let limits = Limits {
            header_timeout: Duration::from_secs(10),
            connections: 3,
            connections_per_source: 2,
            source: any,
            session: any,
        };
        let crowd = Arc::new(Crowd::default());
        let from = |last| Source::of(IpAddr::from([10, 0, 0, last]));
        let enter = |last| crowd.enter(&limits).and_then(|place| place.of(from(last), &limits));
        let (one, two) = (enter(1), enter(1));
        assert!(one.is_some() && two.is_some());
        assert!(enter(1).is_none(), "a third of one source");
        let other = enter(2);
        assert!(other.is_some());
        assert!(enter(3).is_none(), "a fourth of all");
        drop(one);
        assert!(enter(1).is_some());
        drop(other);
        let many = enter(1).map(Place::of_many);
        assert!(many.is_some() && enter(1).is_some(), "a front is no source");
        drop((two, many));
        let count = crowd.0.lock().unwrap();
        assert_eq!((count.all, count.by_source.len()), (0, 0));
    }
}
