use super::*;
use crate::domain::authenticator::challenge::Code;
use crate::domain::authenticator::phone::PhoneNumber;
use crate::io::courier::company::{letter, number};
use async_trait::async_trait;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

/// A courier that does what it is told, and counts how often it was asked.
struct Actor {
    name: &'static str,
    does: Mutex<Does>,
    asked: AtomicUsize,
}

#[derive(Clone, Copy)]
enum Does {
    Take,
    Fail(Fate),
    Nothing,
}

#[async_trait]
impl Courier for Actor {
    fn name(&self) -> &str {
        self.name
    }

    fn serves(&self, destination: Destination<'_>) -> bool {
        matches!(destination, Destination::Phone(_))
    }

    fn tells(&self) -> bool {
        true
    }

    async fn send(&self, _: Destination<'_>, _: &Letter<'_>) -> Result<Accepted, CourierFault> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let does = *self.does.lock().unwrap();
        match does {
            Does::Take => Ok(Accepted::As(self.name.to_owned())),
            Does::Fail(fate) => Err(CourierFault {
                courier: self.name.to_owned(),
                why: "as told".to_owned(),
                fate,
            }),
            Does::Nothing => std::future::pending().await,
        }
    }
}

impl Actor {
    fn that(name: &'static str, does: Does) -> Arc<Self> {
        Arc::new(Self {
            name,
            does: Mutex::new(does),
            asked: AtomicUsize::new(0),
        })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

#[derive(Default)]
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

fn couriers(actors: &[&Arc<Actor>], clock: &Arc<HandClock>) -> Couriers {
    patient(Duration::from_millis(200), actors, clock)
}

fn patient(patience: Duration, actors: &[&Arc<Actor>], clock: &Arc<HandClock>) -> Couriers {
    let routes = Routes {
        by_country: BTreeMap::from([("GB".to_owned(), vec!["c".to_owned(), "b".to_owned()])]),
        patience,
    };
    let all = actors
        .iter()
        .map(|actor| Arc::clone(actor) as Arc<dyn Courier>)
        .collect();
    Couriers::new(all, routes, Arc::clone(clock) as Arc<dyn Clock>)
}

async fn send(couriers: &Couriers, number: &PhoneNumber) -> Result<String, Vec<Fate>> {
    let code = Code::of_number(123_456);
    match couriers
        .send(Destination::Phone(number), &Letter::Code(&letter(&code)))
        .await
    {
        Ok(Handed::Followed(taken)) => Ok(taken.courier),
        Ok(Handed::Over) => panic!("actors tell"),
        Err(Undelivered(faults)) => Err(faults.iter().map(|fault| fault.fate).collect()),
    }
}

#[tokio::test]
async fn the_next_takes_over_whatever_the_first_does() {
    let clock = Arc::new(HandClock::default());
    for does in [
        Does::Fail(Fate::Refused),
        Does::Fail(Fate::Unreachable),
        Does::Fail(Fate::Unclear),
        Does::Nothing,
    ] {
        let (one, two) = (Actor::that("a", does), Actor::that("b", Does::Take));
        assert_eq!(
            send(&couriers(&[&one, &two], &clock), &number()).await,
            Ok("b".to_owned())
        );
        assert_eq!((one.asked(), two.asked()), (1, 1));
    }
}

#[tokio::test]
async fn the_same_code_arrives_at_most_twice_and_all_of_it_ends_within_five_seconds() {
    let clock = Arc::new(HandClock::default());
    let unclear = || Does::Fail(Fate::Unclear);
    let (one, two, three) = (
        Actor::that("a", unclear()),
        Actor::that("b", unclear()),
        Actor::that("c", Does::Take),
    );
    let outcome = send(&couriers(&[&one, &two, &three], &clock), &number()).await;
    assert_eq!(outcome, Err(vec![Fate::Unclear, Fate::Unclear]));
    assert_eq!(three.asked(), 0, "two companies may have sent it already");

    let refuses = || Does::Fail(Fate::Refused);
    let (one, two, three) = (
        Actor::that("a", refuses()),
        Actor::that("b", refuses()),
        Actor::that("c", Does::Take),
    );
    assert_eq!(
        send(&couriers(&[&one, &two, &three], &clock), &number()).await,
        Ok("c".to_owned())
    );

    let silent = || Actor::that("a", Does::Nothing);
    let (one, two, three) = (silent(), silent(), silent());
    let couriers = patient(Duration::from_secs(60), &[&one, &two, &three], &clock);
    let number = number();
    let outcome = tokio::time::timeout(Duration::from_secs(30), send(&couriers, &number)).await;
    assert_eq!(
        outcome,
        Ok(Err(vec![Fate::Unclear])),
        "given up long before the first is, which may have sent it"
    );
    assert_eq!((one.asked(), two.asked()), (1, 0));
}

#[tokio::test]
async fn a_courier_that_keeps_failing_is_left_alone_and_tried_again_after_a_while() {
    let clock = Arc::new(HandClock::default());
    let (one, two) = (
        Actor::that("a", Does::Fail(Fate::Unreachable)),
        Actor::that("b", Does::Take),
    );
    let couriers = couriers(&[&one, &two], &clock);
    for _ in 0..10 {
        assert_eq!(send(&couriers, &number()).await, Ok("b".to_owned()));
    }
    assert_eq!(one.asked(), 3);
    *one.does.lock().unwrap() = Does::Take;
    clock.0.store(31_000, Ordering::Relaxed);
    assert_eq!(send(&couriers, &number()).await, Ok("a".to_owned()));
    assert_eq!(send(&couriers, &number()).await, Ok("a".to_owned()));
}

#[tokio::test]
async fn numbers_that_are_refused_close_no_courier_to_others() {
    let clock = Arc::new(HandClock::default());
    let one = Actor::that("a", Does::Fail(Fate::Refused));
    let couriers = couriers(&[&one], &clock);
    for _ in 0..10 {
        assert_eq!(send(&couriers, &number()).await, Err(vec![Fate::Refused]));
    }
    assert_eq!(one.asked(), 10);
}

#[tokio::test]
async fn a_country_has_its_own_order() {
    let clock = Arc::new(HandClock::default());
    let (one, two, three) = (
        Actor::that("a", Does::Take),
        Actor::that("b", Does::Take),
        Actor::that("c", Does::Take),
    );
    let couriers = couriers(&[&one, &two, &three], &clock);
    let british = PhoneNumber::parse("+44 7400 123456").unwrap();
    assert_eq!(send(&couriers, &british).await, Ok("c".to_owned()));
    *three.does.lock().unwrap() = Does::Fail(Fate::Refused);
    assert_eq!(send(&couriers, &british).await, Ok("b".to_owned()));
    *two.does.lock().unwrap() = Does::Fail(Fate::Refused);
    assert!(
        send(&couriers, &british).await.is_err(),
        "no other is tried for this country"
    );
    assert_eq!(send(&couriers, &number()).await, Ok("a".to_owned()));
}
