//! The account's pages about what proves a person.

use crate::{Method, WeakPassword};

use super::super::{
    AddressProblem, Ask, DeviceItem, Done, EmergencyPage, Item, ItemPage, NewPasswordProblem, Page, PasswordPage,
    Problem, ProfileForms, ProfilePage, ProfileProblem, Proven, SecurityPage, SessionItem, SessionsPage, Waiting,
};
use super::{app, form, sms};

pub(super) fn all() -> Vec<(&'static str, Page)> {
    [lists(), items(), sessions(), passwords(), profiles()].concat()
}

fn item(ask: Ask, description: &str, preferred: bool) -> Item {
    Item {
        url: "/.vestibule/account/security/sample".to_owned(),
        ask,
        description: description.to_owned(),
        added: "2020-01-02 10:00 UTC".to_owned(),
        used: if preferred {
            "2020-02-03 11:00 UTC".to_owned()
        } else {
            String::new()
        },
        preferred,
    }
}

fn lists() -> Vec<(&'static str, Page)> {
    let list = |items, waiting, codes_left, done| {
        Page::Security(SecurityPage {
            items,
            waiting,
            add_url: "/.vestibule/account/enrol".to_owned(),
            codes_left,
            codes_url: "/.vestibule/account/emergency-codes".to_owned(),
            done,
        })
    };
    let two = vec![
        item(app("Work phone"), "Work phone", true),
        item(sms(), "Sample phone", false),
    ];
    let waiting = vec![Waiting {
        url: "/.vestibule/account/enrol/prove?of=sample".to_owned(),
        ask: sms(),
    }];
    let emergency = |left| {
        Page::Emergency(EmergencyPage {
            left,
            make: form("/.vestibule/account/emergency-codes"),
            delete: form("/.vestibule/account/emergency-codes/delete"),
        })
    };
    vec![
        ("security-bare", list(vec![], vec![], None, None)),
        ("security", list(two.clone(), waiting, Some(1), Some(Done::Added))),
        (
            "security-removed",
            list(two.clone(), vec![], Some(9), Some(Done::Removed)),
        ),
        ("security-changed", list(two, vec![], None, Some(Done::Changed))),
        ("emergency", emergency(Some(4))),
        ("emergency-none", emergency(None)),
    ]
}

fn items() -> Vec<(&'static str, Page)> {
    let page = |item: Item, is_the_last| {
        Page::Item(ItemPage {
            prefer: (!item.preferred).then(|| form("/.vestibule/account/security/sample/prefer")),
            change_url: (!item.preferred).then(|| "/.vestibule/account/enrol/phone?for=sample".to_owned()),
            item,
            describe: form("/.vestibule/account/security/sample/describe"),
            remove: form("/.vestibule/account/security/sample/remove"),
            is_the_last,
        })
    };
    vec![
        ("item-app", page(item(app("Work phone"), "Work phone", true), false)),
        ("item-phone", page(item(sms(), "Sample phone", false), false)),
        ("item-last", page(item(sms(), "", false), true)),
    ]
}

fn sessions() -> Vec<(&'static str, Page)> {
    let session = |id: &str, here| SessionItem {
        id: id.to_owned(),
        source: "192.0.2.7".to_owned(),
        proven: vec![Proven::Password, Proven::By(Method::App)],
        opened: "2020-01-02 10:00 UTC".to_owned(),
        seen: "2020-01-02 10:20 UTC".to_owned(),
        ends: "2020-01-02 22:00 UTC".to_owned(),
        here,
    };
    let device = |id: &str, source: &str, here| DeviceItem {
        id: id.to_owned(),
        source: source.to_owned(),
        since: "2019-12-01 08:00 UTC".to_owned(),
        used: if here {
            "2020-01-02 10:00 UTC".to_owned()
        } else {
            String::new()
        },
        here,
    };
    let page = |sessions: Vec<SessionItem>, done| {
        let devices = if sessions.len() > 1 {
            vec![device("one", "192.0.2.7", true), device("two", "", false)]
        } else {
            Vec::new()
        };
        Page::Sessions(SessionsPage {
            sessions,
            devices,
            forget: form("/.vestibule/account/sessions/forget"),
            end: form("/.vestibule/account/sessions/end"),
            end_others: form("/.vestibule/account/sessions/end-others"),
            done,
        })
    };
    vec![
        (
            "sessions",
            page(vec![session("one", true), session("two", false)], Some(Done::Ended)),
        ),
        ("sessions-one", page(vec![session("one", true)], None)),
    ]
}

fn passwords() -> Vec<(&'static str, Page)> {
    let page = |problem| {
        Page::Password(PasswordPage {
            form: form("/.vestibule/account/password"),
            username: "mallory".to_owned(),
            least: 8,
            problem,
        })
    };
    vec![
        ("password", page(None)),
        ("password-wrong", page(Some(NewPasswordProblem::Other(Problem::Wrong)))),
        (
            "password-weak",
            page(Some(NewPasswordProblem::Weak(WeakPassword::TooShort { least: 8 }))),
        ),
        (
            "password-unchanged",
            page(Some(NewPasswordProblem::Weak(WeakPassword::Unchanged))),
        ),
        ("password-compromised", page(Some(NewPasswordProblem::Compromised))),
    ]
}

fn profiles() -> Vec<(&'static str, Page)> {
    let page = ProfilePage {
        username: "mallory".to_owned(),
        name: "Mallory Example".to_owned(),
        email: "mallory@example.com".to_owned(),
        typed_email: String::new(),
        changes: Some(ProfileForms {
            name: form("/.vestibule/account/profile/name"),
            email: form("/.vestibule/account/profile/email"),
        }),
        waiting: None,
        phones: vec![item(sms(), "Holiday phone", false)],
        add_phone_url: Some("/.vestibule/account/enrol/phone".to_owned()),
        done: None,
        problem: None,
    };
    let waiting = (
        Ask::Email {
            to: "n…w@example.com".to_owned(),
        },
        "/.vestibule/account/profile/email/prove".to_owned(),
    );
    vec![
        ("profile", Page::Profile(page.clone())),
        (
            "profile-waiting",
            Page::Profile(ProfilePage {
                waiting: Some(waiting),
                done: Some(Done::Changed),
                ..page.clone()
            }),
        ),
        (
            "profile-no-address",
            Page::Profile(ProfilePage {
                typed_email: "mallory at example".to_owned(),
                problem: Some(ProfileProblem::Address(AddressProblem::NotAnAddress)),
                ..page.clone()
            }),
        ),
        (
            "profile-anothers-address",
            Page::Profile(ProfilePage {
                problem: Some(ProfileProblem::Address(AddressProblem::Anothers)),
                ..page.clone()
            }),
        ),
        (
            "profile-no-name",
            Page::Profile(ProfilePage {
                name: String::new(),
                problem: Some(ProfileProblem::Name),
                ..page.clone()
            }),
        ),
        (
            "profile-elsewhere",
            Page::Profile(ProfilePage {
                changes: None,
                phones: Vec::new(),
                add_phone_url: None,
                ..page
            }),
        ),
    ]
}
