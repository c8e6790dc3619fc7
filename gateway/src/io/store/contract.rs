//! What every store must do, as tests by name; each wants a store without records.
//!
//! Whoever has a backend at hand runs all of [`CONTRACT`] against it. How a backend bears an outage is not in here,
//! because every server dies in its own way.

use super::{Entry, Inserted, Key, Replaced, Store, StoreFault, Ttl, Version};
use bytes::Bytes;
use futures_util::future::join_all;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A test: panics where the store broke its word, and returns the fault where it did not answer.
pub type Test = fn(Arc<dyn Store>) -> Pin<Box<dyn Future<Output = Result<(), StoreFault>> + Send>>;

/// Every test and its name.
pub const CONTRACT: &[(&str, Test)] = &[
    ("it_answers", |store| Box::pin(async move { store.ping().await })),
    ("only_the_first_insert_counts", |store| {
        Box::pin(only_the_first_insert_counts(store))
    }),
    ("of_many_inserters_one_is_new", |store| {
        Box::pin(of_many_inserters_one_is_new(store))
    }),
    ("replacing_needs_the_version_that_was_read", |store| {
        Box::pin(replacing_needs_the_version_that_was_read(store))
    }),
    ("a_version_never_comes_back", |store| {
        Box::pin(a_version_never_comes_back(store))
    }),
    ("of_many_replacers_one_is_done", |store| {
        Box::pin(of_many_replacers_one_is_done(store))
    }),
    ("of_many_takers_one_gets_it", |store| {
        Box::pin(of_many_takers_one_gets_it(store))
    }),
    ("no_count_is_lost", |store| Box::pin(no_count_is_lost(store))),
    ("a_window_begins_with_the_first_count", |store| {
        Box::pin(a_window_begins_with_the_first_count(store))
    }),
    ("what_has_expired_is_absent", |store| {
        Box::pin(what_has_expired_is_absent(store))
    }),
    ("replacing_sets_a_new_end", |store| {
        Box::pin(replacing_sets_a_new_end(store))
    }),
    ("any_bytes_come_back", |store| Box::pin(any_bytes_come_back(store))),
    ("keys_are_apart", |store| Box::pin(keys_are_apart(store))),
];

const MINUTE: Ttl = Ttl(Duration::from_secs(60));
const MOMENT: Ttl = Ttl(Duration::from_millis(100));
/// Long enough to do something first, even where every write waits for a slow disk.
const A_WHILE: Ttl = Ttl(Duration::from_millis(600));
const MANY: usize = 100;

async fn only_the_first_insert_counts(store: Arc<dyn Store>) -> Result<(), StoreFault> {
    let key = key("first");
    assert_eq!(store.get(&key).await?, None);
    assert_eq!(store.insert(&key, text("one"), MINUTE).await?, Inserted::New);
    assert_eq!(store.insert(&key, text("two"), MINUTE).await?, Inserted::Exists);
    assert_eq!(present(&store, &key).await?.value, text("one"));
    assert_eq!(
        present(&store, &key).await?,
        present(&store, &key).await?,
        "reading changes nothing"
    );
    Ok(())
}

async fn of_many_inserters_one_is_new(store: Arc<dyn Store>) -> Result<(), StoreFault> {
    let outcomes = all_at_once(&store, |store, number| async move {
        store
            .insert(&key("race"), Bytes::from(number.to_string()), MINUTE)
            .await
    });
    let outcomes = outcomes.await?;
    let new = outcomes.iter().filter(|outcome| **outcome == Inserted::New).count();
    assert_eq!(new, 1);
    Ok(())
}

async fn replacing_needs_the_version_that_was_read(store: Arc<dyn Store>) -> Result<(), StoreFault> {
    let key = key("replaced");
    assert_eq!(
        store.replace(&key, Version(1), text("x"), MINUTE).await?,
        Replaced::Stale,
        "nothing was there"
    );
    assert_eq!(store.get(&key).await?, None, "replacing does not insert");
    assert_eq!(store.insert(&key, text("one"), MINUTE).await?, Inserted::New);
    let first = present(&store, &key).await?.version;
    assert_eq!(store.replace(&key, first, text("two"), MINUTE).await?, Replaced::Done);
    assert_eq!(
        store.replace(&key, first, text("three"), MINUTE).await?,
        Replaced::Stale
    );
    let second = present(&store, &key).await?;
    assert_eq!(second.value, text("two"));
    assert_eq!(
        store.replace(&key, second.version, text("two"), MINUTE).await?,
        Replaced::Done
    );
    assert_ne!(
        present(&store, &key).await?.version,
        second.version,
        "the same value written again is another writing"
    );
    Ok(())
}

async fn a_version_never_comes_back(store: Arc<dyn Store>) -> Result<(), StoreFault> {
    let key = key("again");
    let mut seen = Vec::new();
    for _ in 0..20 {
        assert_eq!(store.insert(&key, text("same"), MINUTE).await?, Inserted::New);
        seen.push(present(&store, &key).await?.version);
        for old in seen.iter().rev().skip(1) {
            assert_eq!(store.replace(&key, *old, text("stale"), MINUTE).await?, Replaced::Stale);
        }
        assert_eq!(store.take(&key).await?, Some(text("same")));
        for old in &seen {
            assert_eq!(
                store.replace(&key, *old, text("revived"), MINUTE).await?,
                Replaced::Stale
            );
        }
    }
    Ok(())
}

async fn of_many_replacers_one_is_done(store: Arc<dyn Store>) -> Result<(), StoreFault> {
    assert_eq!(store.insert(&key("swap"), text("one"), MINUTE).await?, Inserted::New);
    let seen = present(&store, &key("swap")).await?.version;
    let outcomes = all_at_once(&store, |store, number| async move {
        store
            .replace(&key("swap"), seen, Bytes::from(number.to_string()), MINUTE)
            .await
    });
    let outcomes = outcomes.await?;
    let done = outcomes.iter().filter(|outcome| **outcome == Replaced::Done).count();
    assert_eq!(done, 1);
    Ok(())
}

async fn of_many_takers_one_gets_it(store: Arc<dyn Store>) -> Result<(), StoreFault> {
    assert_eq!(store.insert(&key("taken"), text("once"), MINUTE).await?, Inserted::New);
    let outcomes = all_at_once(&store, |store, _| async move { store.take(&key("taken")).await });
    let taken: Vec<Bytes> = outcomes.await?.into_iter().flatten().collect();
    assert_eq!(taken, [text("once")]);
    assert_eq!(store.get(&key("taken")).await?, None);
    assert_eq!(store.insert(&key("taken"), text("anew"), MINUTE).await?, Inserted::New);
    Ok(())
}

async fn no_count_is_lost(store: Arc<dyn Store>) -> Result<(), StoreFault> {
    let outcomes = all_at_once(
        &store,
        |store, _| async move { store.count(&key("counted"), MINUTE).await },
    );
    let mut counts = outcomes.await?;
    counts.sort_unstable();
    assert!(counts.iter().copied().eq(1..=100), "each number once: {counts:?}");
    assert_eq!(store.count(&key("counted elsewhere"), MINUTE).await?, 1);
    Ok(())
}

/// Counting on does not move the end: somebody who keeps trying is not kept out for ever.
async fn a_window_begins_with_the_first_count(store: Arc<dyn Store>) -> Result<(), StoreFault> {
    let key = key("window");
    assert_eq!(store.count(&key, MOMENT).await?, 1);
    eventually("the window ended while counts went on", || async {
        Ok(store.count(&key, MINUTE).await? == 1)
    })
    .await?;
    assert_eq!(
        store.count(&key, MOMENT).await?,
        2,
        "the new window is as long as its first count said"
    );
    Ok(())
}

async fn what_has_expired_is_absent(store: Arc<dyn Store>) -> Result<(), StoreFault> {
    for name in ["got", "taken late", "replaced late", "inserted again"] {
        assert_eq!(store.insert(&key(name), text(name), A_WHILE).await?, Inserted::New);
    }
    let seen = present(&store, &key("replaced late")).await?.version;
    gone(&store, &key("got")).await?;
    gone(&store, &key("inserted again")).await?;
    assert_eq!(store.take(&key("taken late")).await?, None);
    assert_eq!(
        store.replace(&key("replaced late"), seen, text("x"), MINUTE).await?,
        Replaced::Stale
    );
    assert_eq!(
        store.insert(&key("inserted again"), text("new"), MINUTE).await?,
        Inserted::New
    );
    assert_eq!(present(&store, &key("inserted again")).await?.value, text("new"));
    Ok(())
}

async fn replacing_sets_a_new_end(store: Arc<dyn Store>) -> Result<(), StoreFault> {
    let key = key("extended");
    assert_eq!(store.insert(&key, text("long"), MINUTE).await?, Inserted::New);
    let seen = present(&store, &key).await?.version;
    assert_eq!(store.replace(&key, seen, text("short"), MOMENT).await?, Replaced::Done);
    gone(&store, &key).await
}

async fn any_bytes_come_back(store: Arc<dyn Store>) -> Result<(), StoreFault> {
    let every_byte: Vec<u8> = (0..=255).collect();
    for (name, value) in [
        ("empty", Vec::new()),
        ("binary", every_byte.clone()),
        ("large", every_byte.repeat(4096)),
    ] {
        let value = Bytes::from(value);
        assert_eq!(store.insert(&key(name), value.clone(), MINUTE).await?, Inserted::New);
        let entry = present(&store, &key(name)).await?;
        assert!(entry.value == value, "{name}: inserted and read");
        assert_eq!(
            store.replace(&key(name), entry.version, value.clone(), MINUTE).await?,
            Replaced::Done
        );
        assert!(
            store.take(&key(name)).await?.is_some_and(|taken| taken == value),
            "{name}: replaced and taken"
        );
    }
    Ok(())
}

async fn keys_are_apart(store: Arc<dyn Store>) -> Result<(), StoreFault> {
    let pairs = [
        ("a", "bc"),
        ("ab", "c"),
        ("A", "bc"),
        ("a", "bc "),
        ("a", "%"),
        ("a", "*"),
    ];
    let keys = pairs.map(|(family, name)| Key::new(family, name));
    for key in &keys {
        assert_eq!(store.insert(key, text(key.as_str()), MINUTE).await?, Inserted::New);
    }
    for key in &keys {
        assert_eq!(store.take(key).await?, Some(text(key.as_str())));
        assert_eq!(store.get(key).await?, None);
    }
    Ok(())
}

fn key(name: &str) -> Key {
    Key::new("contract", name)
}

fn text(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

async fn present(store: &Arc<dyn Store>, key: &Key) -> Result<Entry, StoreFault> {
    store
        .get(key)
        .await?
        .ok_or_else(|| StoreFault(format!("{} should be there", key.as_str())))
}

/// What a hundred tasks got that all ask at the same time.
async fn all_at_once<T, F>(
    store: &Arc<dyn Store>,
    ask: impl Fn(Arc<dyn Store>, usize) -> F,
) -> Result<Vec<T>, StoreFault>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StoreFault>> + Send + 'static,
{
    let tasks: Vec<_> = (0..MANY)
        .map(|number| tokio::spawn(ask(Arc::clone(store), number)))
        .collect();
    let outcomes = join_all(tasks).await.into_iter();
    outcomes
        .map(|outcome| outcome.map_err(|error| StoreFault(error.to_string()))?)
        .collect()
}

/// Waits for the end of a record.
async fn gone(store: &Arc<dyn Store>, key: &Key) -> Result<(), StoreFault> {
    eventually("the record ended", || async { Ok(store.get(key).await?.is_none()) }).await
}

/// Asks again and again until it is so; ten seconds are enough for anything here.
async fn eventually<F: Future<Output = Result<bool, StoreFault>>>(
    what: &str,
    is_so: impl Fn() -> F,
) -> Result<(), StoreFault> {
    for _ in 0..1000 {
        if is_so().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(StoreFault(format!("never happened: {what}")))
}
