//! Who may wait for the pool. A place is taken before an attempt is counted, so that what a flood is refused costs no SQL.
//!
//! A third of the places is kept for devices known from a full login (Law 4); of those for strangers no source has more
//! than a quarter.

use crate::domain::limits::Source;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many may wait at once.
pub(super) const PLACES: u32 = 64;
/// How many of them from unknown devices.
const FOR_STRANGERS: u32 = PLACES - PLACES / 3;
/// How many of those from one source.
const FOR_A_SOURCE: u32 = FOR_STRANGERS / 4;

/// The places of a pool.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<Taken>);

#[derive(Debug, Default)]
struct Taken {
    all: u32,
    strangers: u32,
    by_source: HashMap<Source, u32>,
}

/// A place among those whose passwords are hashed; given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    /// Whom a stranger's place is counted on.
    stranger: Option<Source>,
}

impl Places {
    /// A place for a stranger of this source, or for a known device; nothing when there is none for them.
    pub(super) fn take(self: &Arc<Self>, stranger: Option<Source>) -> Option<Place> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= PLACES {
            return None;
        }
        if let Some(source) = stranger {
            let own = taken.by_source.get(&source).copied().unwrap_or_default();
            if taken.strangers >= FOR_STRANGERS || own >= FOR_A_SOURCE {
                return None;
            }
            taken.strangers += 1;
            taken.by_source.insert(source, own + 1);
        }
        taken.all += 1;
        Some(Place {
            places: Arc::clone(self),
            stranger,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        let Some(source) = self.stranger else { return };
        taken.strangers -= 1;
        let left = taken.by_source.get_mut(&source).map_or(0, |own| {
            *own -= 1;
            *own
        });
        if left == 0 {
            taken.by_source.remove(&source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger(last: u8) -> Option<Source> {
        Some(Source::of(std::net::IpAddr::from([10, 0, 0, last])))
    }

    #[test]
    fn strangers_cannot_take_every_place_and_no_source_those_of_all_strangers() {
        let places = Arc::new(Places::default());
        let one: Vec<Place> = std::iter::from_fn(|| places.take(stranger(1))).collect();
        assert_eq!(one.len(), 10);
        let others: Vec<Place> = (2..=99).filter_map(|last| places.take(stranger(last))).collect();
        assert_eq!(one.len() + others.len(), 43);
        let known: Vec<Place> = std::iter::from_fn(|| places.take(None)).collect();
        assert_eq!(known.len(), 21);

        drop(one);
        assert!(places.take(stranger(1)).is_some(), "places come back");
        drop((others, known));
        let taken = places.0.lock().unwrap();
        assert_eq!((taken.all, taken.strangers, taken.by_source.len()), (0, 0, 0));
    }

    #[test]
    fn known_devices_may_have_them_all() {
        let places = Arc::new(Places::default());
        let known: Vec<Place> = std::iter::from_fn(|| places.take(None)).collect();
        assert_eq!(known.len(), 64);
        assert!(places.take(stranger(2)).is_none());
    }
}
