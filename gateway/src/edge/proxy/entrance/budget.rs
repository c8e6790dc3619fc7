//! So many at once, and so many more with every second. Pure: the moment is an argument.

use std::time::Duration;
use tokio::time::Instant;

/// What is left to spend.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    left: u32,
    most: u32,
    per_second: u32,
    /// Until when it has grown.
    at: Option<Instant>,
}

/// Nothing is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spent;

impl Budget {
    /// A budget of which nothing is spent. Grows by 1 to 1000 a second.
    pub(super) const fn of(most: u32, per_second: u32) -> Self {
        Self {
            left: most,
            most,
            per_second,
            at: None,
        }
    }

    /// Spends one.
    ///
    /// # Errors
    /// [`Spent`].
    pub(super) fn spend(&mut self, now: Instant) -> Result<(), Spent> {
        let at = *self.at.get_or_insert(now);
        let each = Duration::from_secs(1) / self.per_second;
        let grown = now.saturating_duration_since(at).as_nanos() / each.as_nanos();
        let grown = u32::try_from(grown).unwrap_or(u32::MAX);
        if grown > 0 {
            self.add(grown);
            self.at = Some(if self.left == self.most { now } else { at + each * grown });
        }
        self.left = self.left.checked_sub(1).ok_or(Spent)?;
        Ok(())
    }

    /// Adds so many, though never beyond the most.
    pub(super) fn add(&mut self, more: u32) {
        self.left = self.left.saturating_add(more).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_with_time_and_no_further_than_it_was() {
        let start = Instant::now();
        let mut budget = Budget::of(2, 10);
        let mut after = |tenths: u32| budget.spend(start + Duration::from_millis(100) * tenths).is_ok();
        assert_eq!([after(0), after(0), after(0)], [true, true, false]);
        assert_eq!([after(1), after(1)], [true, false]);
        assert_eq!([after(1000), after(1000), after(1000)], [true, true, false]);
    }

    #[test]
    fn parts_of_a_second_are_not_lost() {
        let start = Instant::now();
        let mut budget = Budget::of(2, 1);
        let each = |number: u32| start + Duration::from_millis(300) * number;
        let spent = (0..=100).filter(|number| budget.spend(each(*number)).is_ok()).count();
        assert_eq!(spent, 32, "two at once, and thirty in thirty seconds");
    }
}
