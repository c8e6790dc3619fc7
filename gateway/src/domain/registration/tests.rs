use super::form::{Entry, Grounds, Typed, Unfit, channel, login_name};
use super::*;
use crate::domain::assurance::Method;
use crate::domain::authenticator::mailbox::NotAMailbox;
use crate::domain::authenticator::phone::{self, Countries};
use crate::domain::password::{self, Standard};
use crate::domain::secret::Secret;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn hash(byte: u8) -> KeyedHash {
    KeyedHash::from_bytes([byte; 32])
}

fn applicant(number: &str) -> Result<Applicant, NotAMailbox> {
    let phone = Phone::chosen(number, Channel::Sms, &Countries::All).ok();
    Ok(Applicant::new(
        (UserId::from_bytes([1; 16]), "Ann".into()),
        (&Mailbox::parse("ann@example.com")?, phone.as_ref()),
        "$kept".into(),
        None,
    ))
}

fn states() -> [State; 5] {
    [
        State::Asked,
        State::Sent(hash(7)),
        State::Proven(hash(7)),
        State::Numbered(hash(7)),
        State::Finished(hash(7)),
    ]
}

fn word(state: &State) -> &'static str {
    match state {
        State::Asked => "asked",
        State::Sent(_) => "sent",
        State::Proven(_) => "proven",
        State::Numbered(_) => "numbered",
        State::Finished(_) => "finished",
    }
}

fn after(applicant: Applicant, state: State, event: Event) -> (&'static str, Next) {
    let begun = Registration::begin(RegistrationId::from_bytes([2; 16]), applicant, NOW);
    let step = step(Registration { state, ..begun }, event);
    (word(&step.registration.state), step.next)
}

#[test]
fn every_state_says_what_becomes_of_every_event() -> Result<(), NotAMailbox> {
    let refused = |word| (word, Next::Refuse);
    let table = [
        // addressed, asked again, right answer, wrong answer, joined
        [
            ("sent", Next::Send),
            ("asked", Next::Queue),
            ("asked", Next::Wrong),
            ("asked", Next::Wrong),
            refused("asked"),
        ],
        [
            refused("sent"),
            ("asked", Next::Queue),
            ("proven", Next::ProveNumber),
            ("sent", Next::Wrong),
            refused("sent"),
        ],
        [
            refused("proven"),
            refused("proven"),
            ("proven", Next::ProveNumber),
            ("proven", Next::Wrong),
            ("finished", Next::Finish),
        ],
        [
            ("numbered", Next::Send),
            refused("numbered"),
            ("numbered", Next::Join),
            ("numbered", Next::Wrong),
            ("finished", Next::Finish),
        ],
        [
            refused("finished"),
            refused("finished"),
            ("finished", Next::Finish),
            ("finished", Next::Wrong),
            ("finished", Next::Finish),
        ],
    ];
    for (state, expected) in states().into_iter().zip(table) {
        let events = [
            Event::Addressed(hash(9)),
            Event::AskedAgain,
            Event::Answered(hash(7)),
            Event::Answered(hash(8)),
            Event::Joined,
        ];
        for (event, expected) in events.into_iter().zip(expected) {
            let said = format!("{state:?} {event:?}");
            assert_eq!(
                after(applicant("+33612345678")?, state.clone(), event),
                expected,
                "{said}"
            );
        }
    }
    Ok(())
}

#[test]
fn without_a_number_the_address_is_all_there_is_to_prove() -> Result<(), NotAMailbox> {
    for state in [State::Sent(hash(7)), State::Proven(hash(7))] {
        let answered = Event::Answered(hash(7));
        assert_eq!(after(applicant("")?, state, answered), ("proven", Next::Join));
    }
    Ok(())
}

#[test]
fn another_code_makes_the_one_before_worthless() -> Result<(), NotAMailbox> {
    let numbered = Registration::begin(RegistrationId::from_bytes([2; 16]), applicant("+33612345678")?, NOW)
        .numbered(hash(7), NOW);
    let Step { registration, next } = step(numbered, Event::Addressed(hash(8)));
    assert_eq!(next, Next::Send);
    assert_eq!(step(registration.clone(), Event::Answered(hash(7))).next, Next::Wrong);
    assert_eq!(step(registration, Event::Answered(hash(8))).next, Next::Join);
    Ok(())
}

#[test]
fn a_registration_ends_by_itself_and_says_nothing_of_its_applicant() -> Result<(), NotAMailbox> {
    let registration = Registration::begin(RegistrationId::from_bytes([2; 16]), applicant("+33612345678")?, NOW);
    for (seconds, over) in [(0, false), (599, false), (600, true)] {
        assert_eq!(
            registration.is_over(NOW + Duration::from_secs(seconds)),
            over,
            "{seconds}"
        );
    }
    let shown = format!("{registration:?}");
    for hidden in ["ann@", "3361", "kept", "Ann"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    Ok(())
}

fn typed(name: &str, email: &str, number: &str, password: &str) -> Typed {
    Typed {
        name: name.into(),
        email: email.into(),
        number: number.into(),
        password: Secret::new(password.into()),
    }
}

#[test]
fn a_form_is_judged_field_by_field() {
    let domains = Domains::Only(vec!["example.com".into()]);
    let countries = Countries::Only(vec!["FR".into()]);
    let grounds = Grounds {
        domains: &domains,
        channel: Some(Channel::Sms),
        countries: &countries,
        standard: &|name| Standard::made((8, std::iter::empty()), name, name.as_str()),
    };
    let (ann, fr, good) = ("ann@example.com", "+33612345678", "tram violet 48");
    for (form, expected) in [
        (typed("Ann Böker", " Ann@EXAMPLE.com", fr, good), None),
        (typed(" ", ann, fr, good), Some(Unfit::Name)),
        (typed("Ann\nRemote-User: root", ann, fr, good), Some(Unfit::Name)),
        (typed(&"x".repeat(101), ann, fr, good), Some(Unfit::Name)),
        (typed("Ann", "ann", fr, good), Some(Unfit::Address)),
        (typed("Ann", "ａnn@example.com", fr, good), Some(Unfit::Address)),
        (
            typed("Ann", &format!("{}@example.com", "x".repeat(120)), fr, good),
            Some(Unfit::Address),
        ),
        (typed("Ann", "ann@sub.example.com", fr, good), Some(Unfit::Domain)),
        (typed("Ann", "ann@example.com.evil.org", fr, good), Some(Unfit::Domain)),
        (
            typed("Ann", ann, "", good),
            Some(Unfit::Number(phone::Unfit::NotANumber)),
        ),
        (
            typed("Ann", ann, "+447400123456", good),
            Some(Unfit::Number(phone::Unfit::Country)),
        ),
        (
            typed("Ann", ann, "+33142685300", good),
            Some(Unfit::Number(phone::Unfit::NoTextMessages)),
        ),
        (
            typed("Ann", ann, "+33899700000", good),
            Some(Unfit::Number(phone::Unfit::Costly)),
        ),
        (
            typed("Ann", ann, fr, "short"),
            Some(Unfit::Password(password::Unfit::TooShort { least: 8 })),
        ),
        (
            typed("Ann", ann, fr, "password1"),
            Some(Unfit::Password(password::Unfit::TooCommon)),
        ),
        (
            typed("Ann", "annabel@example.com", fr, "violet annabel 48"),
            Some(Unfit::Password(password::Unfit::ContainsName)),
        ),
    ] {
        let said = format!("{form:?}");
        assert_eq!(Entry::read(form, grounds).err(), expected, "{said}");
    }
}

#[test]
fn a_number_is_asked_for_where_it_can_be_proven() {
    for (enrolable, expected) in [
        (vec![Method::Totp, Method::Email], None),
        (vec![Method::Voice, Method::Sms], Some(Channel::Sms)),
        (vec![Method::Voice], Some(Channel::Voice)),
    ] {
        assert_eq!(channel(&enrolable), expected, "{enrolable:?}");
    }
}

#[test]
fn the_login_name_is_the_address() -> Result<(), NotAMailbox> {
    for (text, expected) in [
        ("Ann.Lee+x@Example.com", Some("ann.lee+x@example.com")),
        ("zoë@example.com", None),
        ("ann@exampl℮.com", None),
    ] {
        let name = login_name(&Mailbox::parse(text)?);
        assert_eq!(name.as_ref().map(|name| name.as_str()), expected, "{text}");
    }
    Ok(())
}
