//! What every database must do about blocks of numbers, as tests by name; each wants one without anything in it.

use super::{Deliveries, Standing};
use crate::domain::authenticator::phone::PhoneNumber;
use crate::domain::id::Id;
use crate::domain::sending::{Block, MEMORY, Share};
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::credentials::{Credentials, Selection};
use futures_util::future::join_all;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The counts, and the audit beside them.
#[derive(Clone)]
pub struct Place {
    /// The counts.
    pub deliveries: Deliveries,
    /// What reads the audit.
    pub credentials: Arc<dyn Credentials>,
}

/// A test: panics where the database broke its word, and returns the fault where it did not answer.
pub type Test = fn(Place) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

/// Every test and its name.
pub const CONTRACT: &[(&str, Test)] = &[
    ("of_many_at_once_so_many_go_out_and_one_alarm", |it| {
        Box::pin(so_many_go_out_and_one_alarm(it))
    }),
    ("codes_that_are_typed_keep_a_block_open", |it| Box::pin(typed_codes(it))),
    ("what_never_left_is_not_held_against_a_block", |it| {
        Box::pin(what_never_left(it))
    }),
    ("a_stop_ends_after_a_day_and_counting_begins_anew", |it| {
        Box::pin(a_stop_ends(it))
    }),
    ("sweeping_keeps_what_is_counted_or_stopped", |it| Box::pin(sweeping(it))),
];

const SHARE: Share = Share { after: 10, percent: 25 };
const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

async fn so_many_go_out_and_one_alarm(it: Place) -> Result<(), Fault> {
    let block = block("+33612345000")?;
    let all = join_all((0..24).map(|row| count(&it, &block, (NOW, row)))).await;
    let open = all.iter().filter(|one| matches!(one, Ok(Standing::Open))).count();
    let stopped = all.iter().filter(|one| matches!(one, Ok(Standing::Stopped))).count();
    assert_eq!((open, stopped), (10, 14));
    assert_eq!(alarms(&it).await?, [(block, 10, 0)]);
    let neighbour = self::block("+33612346000")?;
    assert_eq!(count(&it, &neighbour, (NOW, 41)).await?, Standing::Open);
    Ok(())
}

async fn typed_codes(it: Place) -> Result<(), Fault> {
    let block = block("+33612345000")?;
    // Nobody was sent one: there is nothing to type.
    it.deliveries.prove(&block).await?;
    for row in 0..28 {
        assert_eq!(count(&it, &block, (NOW, row)).await?, Standing::Open, "{row}");
        if row < 20 && row % 3 == 0 {
            it.deliveries.prove(&block).await?;
        }
    }
    // Seven are a quarter of twenty-eight.
    assert_eq!(count(&it, &block, (NOW, 28)).await?, Standing::Stopped);
    assert_eq!(alarms(&it).await?, [(block, 28, 7)]);
    Ok(())
}

async fn what_never_left(it: Place) -> Result<(), Fault> {
    let block = block("+33612345000")?;
    it.deliveries.take_back(&block).await?;
    for row in 0..40 {
        assert_eq!(count(&it, &block, (NOW, row)).await?, Standing::Open, "{row}");
        it.deliveries.take_back(&block).await?;
        it.deliveries.take_back(&block).await?;
    }
    for row in 40..50 {
        assert_eq!(count(&it, &block, (NOW, row)).await?, Standing::Open, "{row}");
    }
    assert_eq!(count(&it, &block, (NOW, 50)).await?, Standing::Stopped);
    // What was sent before a stop and turns out later not to have left does not end the stop.
    for row in 51..60 {
        it.deliveries.take_back(&block).await?;
        assert_eq!(count(&it, &block, (NOW, row)).await?, Standing::Stopped);
    }
    assert_eq!(alarms(&it).await?, [(block, 10, 0)]);
    Ok(())
}

async fn a_stop_ends(it: Place) -> Result<(), Fault> {
    let block = block("+33612345000")?;
    let stopped_at = NOW + Duration::from_secs(3600);
    for row in 0..10 {
        assert_eq!(count(&it, &block, (NOW, row)).await?, Standing::Open);
    }
    assert_eq!(count(&it, &block, (stopped_at, 10)).await?, Standing::Stopped);
    // A day after it was stopped, not after its counting began.
    let last = stopped_at + MEMORY - Duration::from_millis(1);
    assert_eq!(count(&it, &block, (last, 11)).await?, Standing::Stopped);
    for row in 12..22 {
        assert_eq!(count(&it, &block, (stopped_at + MEMORY, row)).await?, Standing::Open);
    }
    assert_eq!(count(&it, &block, (stopped_at + MEMORY, 22)).await?, Standing::Stopped);
    assert_eq!(alarms(&it).await?.len(), 2);
    Ok(())
}

async fn sweeping(it: Place) -> Result<(), Fault> {
    let (busy, quiet) = (block("+33612345000")?, block("+33612346000")?);
    for row in 0..10 {
        assert_eq!(count(&it, &busy, (NOW, row)).await?, Standing::Open);
        assert_eq!(count(&it, &quiet, (NOW, row)).await?, Standing::Open);
    }
    let stopped_at = NOW + Duration::from_secs(1);
    assert_eq!(count(&it, &busy, (stopped_at, 10)).await?, Standing::Stopped);
    it.deliveries.sweep(NOW + MEMORY - Duration::from_millis(1)).await?;
    assert_eq!(count(&it, &quiet, (NOW, 11)).await?, Standing::Stopped);
    it.deliveries.sweep(NOW + MEMORY).await?;
    assert_eq!(count(&it, &busy, (NOW + MEMORY, 12)).await?, Standing::Stopped);
    it.deliveries.sweep(stopped_at + MEMORY).await?;
    assert_eq!(count(&it, &busy, (NOW, 13)).await?, Standing::Open);
    Ok(())
}

async fn count(it: &Place, block: &Block, (now, row): (Timestamp, u8)) -> Result<Standing, Fault> {
    it.deliveries
        .count(block, SHARE, (now, Id::from_bytes([row; 16])))
        .await
}

/// The blocks that were stopped, with what was sent and typed.
async fn alarms(it: &Place) -> Result<Vec<(Block, u64, u64)>, Fault> {
    let selection = Selection {
        since: Timestamp::from_millis(0),
        user: None,
        kind: "block_stopped".to_owned(),
        most: 100,
    };
    let found = it.credentials.audit(&selection).await?;
    let alarm = |record: &serde_json::Value| {
        let event = record.get("event")?;
        let block = serde_json::from_value(event.get("block")?.clone()).ok()?;
        Some((block, event.get("sent")?.as_u64()?, event.get("proven")?.as_u64()?))
    };
    let alarms = found.iter().map(|one| alarm(&one.0));
    let alarms = alarms.collect::<Option<_>>();
    alarms.ok_or_else(|| Fault::new("contract", "an alarm that says not which block"))
}

fn block(number: &str) -> Result<Block, Fault> {
    let number = PhoneNumber::parse(number).map_err(|_| Fault::new("contract", "no number"))?;
    Ok(Block::of(&number))
}
