//! The pages of setting up a second factor.

use super::super::{
    AddressProblem, AppIntroPage, AppKeyPage, Ask, ChoosePage, CodesPage, CodesShownPage, Later, MailboxPage,
    NumberPage, Page, Problem, Progress, ProvePage, Settable, UnfinishedPage, Way,
};
use super::{email, form, sms};

pub(super) fn all() -> Vec<(&'static str, Page)> {
    [starts(), numbers(), mailboxes(), proofs(), codes(), unfinished()].concat()
}

fn in_the_wizard(step: usize) -> Way {
    Way {
        progress: Some(Progress { step, of: 3 }),
        back_url: None,
        later: None,
        cancel: Some(form("/.vestibule/logout")),
    }
}

fn in_grace(step: usize) -> Way {
    Way {
        later: Some(Later {
            form: form("/.vestibule/enrol/later"),
            last_day: "2026-12-10".to_owned(),
        }),
        ..in_the_wizard(step)
    }
}

fn in_the_account() -> Way {
    Way {
        progress: None,
        back_url: Some("/.vestibule/account/security".to_owned()),
        later: None,
        cancel: None,
    }
}

fn starts() -> Vec<(&'static str, Page)> {
    let all = [
        (Settable::App, "/.vestibule/enrol/app"),
        (Settable::Sms, "/.vestibule/enrol/phone"),
        (Settable::Voice, "/.vestibule/enrol/phone"),
        (Settable::Email, "/.vestibule/enrol/mailbox"),
    ];
    let choices: Vec<_> = all.map(|(kind, url)| (kind, url.to_owned())).to_vec();
    let intro = form("/.vestibule/enrol/app");
    vec![
        (
            "enrol-choose",
            Page::Choose(ChoosePage {
                way: in_the_wizard(1),
                choices: choices.clone(),
            }),
        ),
        (
            "enrol-choose-grace",
            Page::Choose(ChoosePage {
                way: in_grace(1),
                choices: choices.clone(),
            }),
        ),
        (
            "enrol-choose-account",
            Page::Choose(ChoosePage {
                way: in_the_account(),
                choices,
            }),
        ),
        (
            "enrol-app-intro",
            Page::AppIntro(AppIntroPage {
                way: in_the_wizard(1),
                form: intro,
            }),
        ),
    ]
}

fn numbers() -> Vec<(&'static str, Page)> {
    let number = |problem| NumberPage {
        way: in_the_account(),
        form: form("/.vestibule/account/enrol/phone"),
        channels: vec![Settable::Sms],
        number: String::new(),
        description: String::new(),
        replaces: None,
        problem,
    };
    let typed = |problem| {
        Page::Number(NumberPage {
            number: "+33 1 99 00 12 34".to_owned(),
            description: "Sample phone".to_owned(),
            ..number(Some(problem))
        })
    };
    vec![
        ("enrol-number", Page::Number(number(None))),
        (
            "enrol-number-channels",
            Page::Number(NumberPage {
                channels: vec![Settable::Sms, Settable::Voice],
                ..number(None)
            }),
        ),
        (
            "enrol-number-replace",
            Page::Number(NumberPage {
                replaces: Some("••• •• 12".to_owned()),
                ..number(None)
            }),
        ),
        ("enrol-number-not-a-number", typed(AddressProblem::NotANumber)),
        ("enrol-number-country", typed(AddressProblem::Country)),
        ("enrol-number-landline", typed(AddressProblem::NoTextMessages)),
        ("enrol-number-costly", typed(AddressProblem::Costly)),
        ("enrol-number-nobodys-own", typed(AddressProblem::NobodysOwn)),
        ("enrol-number-there", typed(AddressProblem::AlreadyThere)),
        ("enrol-number-accounts", typed(AddressProblem::TooManyAccounts)),
        (
            "enrol-number-too-soon",
            typed(AddressProblem::TooSoon { wait_seconds: 20 }),
        ),
    ]
}

fn mailboxes() -> Vec<(&'static str, Page)> {
    let mailbox = |email: &str, problem| {
        Page::Mailbox(MailboxPage {
            way: in_the_account(),
            form: form("/.vestibule/account/enrol/mailbox"),
            email: email.to_owned(),
            problem,
        })
    };
    vec![
        ("enrol-mailbox", mailbox("", None)),
        (
            "enrol-mailbox-wrong",
            mailbox("mallory", Some(AddressProblem::NotAnAddress)),
        ),
        ("enrol-mailbox-anothers", mailbox("", Some(AddressProblem::Anothers))),
    ]
}

fn proofs() -> Vec<(&'static str, Page)> {
    let key = |problem| {
        Page::AppKey(AppKeyPage {
            way: in_the_wizard(2),
            form: form("/.vestibule/enrol/prove"),
            authenticator: "sample-authenticator".to_owned(),
            uri: "otpauth://totp/Example:mallory?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Example".to_owned(),
            key: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP".to_owned(),
            digits: 6,
            problem,
        })
    };
    let prove = |ask: Ask, problem| {
        Page::Prove(ProvePage {
            way: in_the_wizard(1),
            form: form("/.vestibule/enrol/prove"),
            resend: form("/.vestibule/enrol/resend"),
            drop: form("/.vestibule/enrol/drop"),
            authenticator: "sample-authenticator".to_owned(),
            ask,
            digits: 6,
            resend_wait_seconds: 30,
            problem,
        })
    };
    vec![
        ("enrol-app-key", key(None)),
        ("enrol-app-key-wrong", key(Some(Problem::Wrong))),
        ("enrol-prove-sms", prove(sms(), None)),
        ("enrol-prove-email", prove(email(), None)),
        ("enrol-prove-voice", prove(super::voice(), None)),
        ("enrol-prove-wrong", prove(sms(), Some(Problem::Wrong))),
        ("enrol-prove-not-delivered", prove(sms(), Some(Problem::NotDelivered))),
        (
            "enrol-prove-too-soon",
            prove(sms(), Some(Problem::ResendTooSoon { wait_seconds: 12 })),
        ),
    ]
}

fn codes() -> Vec<(&'static str, Page)> {
    let code = |n: usize| format!("SAMP-LEC0-DE00-000{n}");
    vec![
        (
            "enrol-codes",
            Page::Codes(CodesPage {
                way: in_the_wizard(3),
                form: form("/.vestibule/enrol/codes"),
            }),
        ),
        (
            "enrol-codes-shown",
            Page::CodesShown(CodesShownPage {
                way: in_the_wizard(3),
                codes: (0..10).map(code).collect(),
                form: form("/.vestibule/enrol/kept"),
            }),
        ),
    ]
}

fn unfinished() -> Vec<(&'static str, Page)> {
    let page = |ask| {
        Page::Unfinished(UnfinishedPage {
            ask,
            send: form("/.vestibule/enrol/take-up"),
            later: form("/.vestibule/enrol/later"),
            forget: form("/.vestibule/enrol/forget"),
        })
    };
    vec![("unfinished", page(Some(sms()))), ("unfinished-gone", page(None))]
}
