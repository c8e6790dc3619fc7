use super::super::assurance::{Level, MaxAge};
use super::super::user::{NotAName, Secrecy, Standing, UserName};
use super::*;

const USER: UserId = UserId::from_bytes([1; 16]);
const ADDRESS: &str = "ann@example.com";
const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn sent() -> Sent {
    Sent {
        user: USER,
        answer: hash(7),
    }
}

fn hash(byte: u8) -> KeyedHash {
    KeyedHash::from_bytes([byte; 32])
}

fn states() -> [State; 5] {
    [
        State::Asked,
        State::Sent(sent()),
        State::Answered(sent()),
        State::Choosing(USER),
        State::Finished,
    ]
}

fn word(state: &State) -> &'static str {
    match state {
        State::Asked => "asked",
        State::Sent(_) => "sent",
        State::Answered(_) => "answered",
        State::Choosing(_) => "choosing",
        State::Finished => "finished",
    }
}

fn after(state: State, event: Event) -> (&'static str, Next) {
    let id = RecoveryId::from_bytes([2; 16]);
    let step = step(
        Recovery {
            id,
            began_at: NOW,
            address: String::new(),
            state,
        },
        event,
    );
    (word(&step.recovery.state), step.next)
}

#[test]
fn every_state_says_what_becomes_of_every_event() {
    let table = [
        [
            ("sent", Next::Send),
            ("asked", Next::Wrong),
            ("asked", Next::Wrong),
            ("asked", Next::Refuse),
        ],
        [
            ("sent", Next::Refuse),
            ("answered", Next::Choose(USER)),
            ("sent", Next::Wrong),
            ("sent", Next::Refuse),
        ],
        [
            ("answered", Next::Refuse),
            ("answered", Next::Choose(USER)),
            ("answered", Next::Wrong),
            ("answered", Next::Refuse),
        ],
        [
            ("choosing", Next::Refuse),
            ("choosing", Next::Refuse),
            ("choosing", Next::Refuse),
            ("finished", Next::Finish),
        ],
        [
            ("finished", Next::Refuse),
            ("finished", Next::Refuse),
            ("finished", Next::Refuse),
            ("finished", Next::Finish),
        ],
    ];
    for (state, expected) in states().into_iter().zip(table) {
        let events = [
            Event::Addressed(sent(), ADDRESS.to_owned()),
            Event::Answered(hash(7)),
            Event::Answered(hash(8)),
            Event::Replaced,
        ];
        for (event, expected) in events.into_iter().zip(expected) {
            let said = format!("{state:?} {event:?}");
            assert_eq!(after(state.clone(), event), expected, "{said}");
        }
    }
}

#[test]
fn a_recovery_keeps_the_address_that_its_code_went_to() {
    let begun = Recovery::begin(RecoveryId::from_bytes([2; 16]), NOW);
    let Step { recovery, .. } = step(begun, Event::Addressed(sent(), ADDRESS.to_owned()));
    let Step { recovery, .. } = step(recovery, Event::Addressed(sent(), "eve@example.com".to_owned()));
    let Step { recovery, .. } = step(recovery, Event::Answered(hash(7)));
    assert_eq!(recovery.choosing(USER, NOW).address, ADDRESS);
}

#[test]
fn a_recovery_ends_by_itself() {
    let recovery = Recovery::begin(RecoveryId::from_bytes([2; 16]), NOW);
    for (seconds, over) in [(0, false), (599, false), (600, true)] {
        assert_eq!(recovery.is_over(NOW + Duration::from_secs(seconds)), over, "{seconds}");
    }
}

#[test]
fn a_mailbox_counts_once_until_something_else_has() -> Result<(), NotAName> {
    let need = Need {
        level: Level::TwoFactor,
        methods: vec![Method::Totp, Method::Email],
        max_age: MaxAge::Session,
    };
    let user = |password_from| {
        Ok(User {
            id: USER,
            name: UserName::parse("ann")?,
            display_name: String::new(),
            email: String::new(),
            groups: vec![],
            standing: Standing::Active,
            proofs_since: NOW,
            outlasting: None,
            created_at: NOW,
            password_from,
            secrecy: Secrecy::Kept,
        })
    };
    let day = Duration::from_secs(86_400);
    for (from, delay, later, by_email) in [
        (PasswordFrom::Elsewhere, EmailDelay::Never, 0, true),
        (PasswordFrom::Mailbox(NOW), EmailDelay::Never, 0, false),
        (PasswordFrom::Mailbox(NOW), EmailDelay::Never, 864_000_000, false),
        (PasswordFrom::Mailbox(NOW), EmailDelay::After(day), 86_399, false),
        (PasswordFrom::Mailbox(NOW), EmailDelay::After(day), 86_400, true),
    ] {
        let now = NOW + Duration::from_secs(later);
        let narrowed = narrowed(need.clone(), &user(from)?, delay, now);
        assert_eq!(narrowed.accepts(Method::Email), by_email, "{from:?} {delay:?} {later}");
        assert!(narrowed.accepts(Method::Totp));
    }
    Ok(())
}
