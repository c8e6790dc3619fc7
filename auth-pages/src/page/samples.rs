//! Every page in every state, for the snapshot tests and for looking at (`examples/render.rs`). All values invented.

mod arrivals;
mod enrolment;
mod security;

use super::{
    AccountPage, Ask, Choice, Form, FormOfferPage, FormSavedPage, FormUnderWayPage, LeavePage, LoggedOutPage,
    LoginPage, LogoutPage, MethodsPage, Missing, NotSentPage, Page, Problem, SecondFactorPage, Sent, Trouble,
};

/// Each state under a name that is unique.
pub(super) fn all() -> Vec<(&'static str, Page)> {
    [
        logins(),
        codes(),
        code_problems(),
        arrivals::all(),
        rest(),
        saved_forms(),
        enrolment::all(),
        security::all(),
        troubles(),
    ]
    .concat()
}

fn logins() -> Vec<(&'static str, Page)> {
    vec![
        ("login", login("", None)),
        ("login-named", login("mallory.sample", None)),
        ("login-wrong", login("mallory.sample", Some(Problem::Wrong))),
        ("login-out-of-date", login("", Some(Problem::OutOfDate))),
        (
            "login-throttled",
            login("mallory.sample", Some(Problem::Throttled { wait_seconds: 40 })),
        ),
        ("login-busy", login("mallory.sample", Some(Problem::Busy))),
    ]
}

fn login(username: &str, problem: Option<Problem>) -> Page {
    let form = form("/.vestibule/login?to=sample");
    Page::Login(LoginPage {
        form,
        username: username.to_owned(),
        recover_url: Some("/.vestibule/recover".to_owned()),
        register_url: None,
        problem,
    })
}

fn codes() -> Vec<(&'static str, Page)> {
    vec![
        ("code-app", Page::SecondFactor(code(app("Work phone"), None))),
        ("code-app-unnamed", Page::SecondFactor(code(app(""), None))),
        (
            "code-app-eight-digits",
            Page::SecondFactor(SecondFactorPage {
                digits: 8,
                ..code(app("Token"), None)
            }),
        ),
        (
            "code-only-method",
            Page::SecondFactor(SecondFactorPage {
                methods_url: None,
                ..code(sms(), None)
            }),
        ),
        ("code-sms", Page::SecondFactor(code(sms(), None))),
        (
            "code-sms-may-resend",
            Page::SecondFactor(SecondFactorPage {
                resend_wait_seconds: 0,
                ..code(sms(), None)
            }),
        ),
        (
            "code-sms-on-its-way",
            Page::SecondFactor(SecondFactorPage {
                sent: Some(Sent::OnItsWay),
                ..code(sms(), None)
            }),
        ),
        (
            "code-sms-lost",
            Page::SecondFactor(SecondFactorPage {
                sent: Some(Sent::NotDelivered),
                ..code(sms(), None)
            }),
        ),
        ("code-voice", Page::SecondFactor(code(voice(), None))),
        ("code-email", Page::SecondFactor(code(email(), None))),
        ("code-emergency", Page::SecondFactor(code(emergency(), None))),
    ]
}

fn code_problems() -> Vec<(&'static str, Page)> {
    vec![
        (
            "code-app-wrong",
            Page::SecondFactor(code(app("Work phone"), Some(Problem::Wrong))),
        ),
        ("code-sms-wrong", Page::SecondFactor(code(sms(), Some(Problem::Wrong)))),
        (
            "code-out-of-date",
            Page::SecondFactor(code(email(), Some(Problem::OutOfDate))),
        ),
        (
            "code-throttled",
            Page::SecondFactor(code(app(""), Some(Problem::Throttled { wait_seconds: 1500 }))),
        ),
        ("code-busy", Page::SecondFactor(code(voice(), Some(Problem::Busy)))),
        (
            "code-not-delivered",
            Page::SecondFactor(code(sms(), Some(Problem::NotDelivered))),
        ),
        (
            "code-too-soon",
            Page::SecondFactor(code(sms(), Some(Problem::ResendTooSoon { wait_seconds: 12 }))),
        ),
    ]
}

fn code(ask: Ask, problem: Option<Problem>) -> SecondFactorPage {
    let is_sent = ask.is_sent();
    SecondFactorPage {
        form: form("/.vestibule/second-factor"),
        resend: is_sent.then(|| form("/.vestibule/resend")),
        methods_url: Some("/.vestibule/methods".to_owned()),
        cancel: form("/.vestibule/login?cancel"),
        authenticator: "sample-authenticator".to_owned(),
        ask,
        digits: 6,
        sent: None,
        resend_wait_seconds: if is_sent { 30 } else { 0 },
        problem,
    }
}

fn rest() -> Vec<(&'static str, Page)> {
    let choices = choices([app("Work phone"), sms(), voice(), email(), emergency()]);
    let few = self::choices([app("Work phone"), app("Tablet")]);
    let (login_url, back_url) = ("/.vestibule/login".to_owned(), "/.vestibule/second-factor".to_owned());
    let methods = MethodsPage {
        form: form("/.vestibule/methods"),
        choices,
        back_url,
    };
    vec![
        ("methods", Page::Methods(methods.clone())),
        (
            "methods-apps-only",
            Page::Methods(MethodsPage {
                choices: few,
                ..methods
            }),
        ),
        (
            "logout",
            Page::Logout(LogoutPage {
                form: form("/.vestibule/logout"),
            }),
        ),
        (
            "logged-out",
            Page::LoggedOut(LoggedOutPage {
                login_url: login_url.clone(),
            }),
        ),
        (
            "leave",
            Page::Leave(LeavePage {
                url: "https://payroll.example.com/slips?year=2020&month=1;a".to_owned(),
            }),
        ),
        ("not-sent", Page::NotSent(NotSentPage { login_url })),
        ("account", Page::Account(account())),
        ("account-bare", Page::Account(bare_account())),
    ]
}

fn saved_forms() -> Vec<(&'static str, Page)> {
    let application = "Payroll".to_owned();
    vec![
        (
            "form-saved",
            Page::FormSaved(FormSavedPage {
                login_url: "https://login.example.com/.vestibule/login?to=sample".to_owned(),
                application: application.clone(),
                minutes: 60,
            }),
        ),
        (
            "form-offer",
            Page::FormOffer(FormOfferPage {
                form: form("/.vestibule/form/sample"),
                application,
                at: "2020-02-29 12:34 UTC".to_owned(),
                home_url: "/".to_owned(),
            }),
        ),
        (
            "form-under-way",
            Page::FormUnderWay(FormUnderWayPage {
                url: "https://payroll.example.com/slips?year=2020&month=1;a".to_owned(),
            }),
        ),
    ]
}

fn account() -> AccountPage {
    let applications = [
        ("Payroll", "https://payroll.example.com/"),
        ("Wiki", "https://wiki.example.com/"),
    ];
    AccountPage {
        display_name: "Mallory Sample".to_owned(),
        username: "mallory.sample".to_owned(),
        email: "mallory.sample@example.com".to_owned(),
        groups: vec!["staff".to_owned(), "editors".to_owned()],
        methods: choices([app("Work phone"), sms()]),
        applications: applications
            .map(|(name, url)| (name.to_owned(), url.to_owned()))
            .to_vec(),
        missing: Vec::new(),
        logout: form("/.vestibule/logout"),
    }
}

fn bare_account() -> AccountPage {
    AccountPage {
        display_name: String::new(),
        email: String::new(),
        groups: Vec::new(),
        methods: Vec::new(),
        applications: Vec::new(),
        missing: vec![
            Missing::SecondFactor,
            Missing::EmergencyCodes,
            Missing::MoreEmergencyCodes,
            Missing::Verification,
        ],
        ..account()
    }
}

fn troubles() -> Vec<(&'static str, Page)> {
    let login_url = "/.vestibule/login".to_owned();
    vec![
        ("refused", Page::Trouble(Trouble::Refused)),
        ("not-enrolled", Page::Trouble(Trouble::NotEnrolled)),
        (
            "login-ended",
            Page::Trouble(Trouble::LoginEnded {
                login_url: login_url.clone(),
            }),
        ),
        (
            "no-cookies",
            Page::Trouble(Trouble::NoCookies {
                login_url: login_url.clone(),
            }),
        ),
        ("circle", Page::Trouble(Trouble::Circle { login_url })),
        ("not-found", Page::Trouble(Trouble::NotFound)),
        ("bad-request", Page::Trouble(Trouble::BadRequest)),
        ("misdirected", Page::Trouble(Trouble::Misdirected)),
        ("too-large", Page::Trouble(Trouble::TooLarge)),
        ("too-many", Page::Trouble(Trouble::TooMany { wait_seconds: 40 })),
        (
            "too-many-changes",
            Page::Trouble(Trouble::TooManyChanges { wait_seconds: 1800 }),
        ),
        ("unavailable", Page::Trouble(Trouble::Unavailable)),
        ("upstream-down", Page::Trouble(Trouble::UpstreamDown)),
        ("upstream-slow", Page::Trouble(Trouble::UpstreamSlow)),
        ("fault", Page::Trouble(Trouble::Fault)),
        ("timeout", Page::Trouble(Trouble::Timeout)),
        ("method-not-allowed", Page::Trouble(Trouble::MethodNotAllowed)),
        ("headers-too-large", Page::Trouble(Trouble::HeadersTooLarge)),
        ("stale", Page::Trouble(Trouble::Stale)),
        ("registration-closed", Page::Trouble(Trouble::RegistrationClosed)),
        ("link-ended", Page::Trouble(Trouble::LinkEnded)),
        ("changes-frozen", Page::Trouble(Trouble::ChangesFrozen)),
        ("enrolment-impossible", Page::Trouble(Trouble::EnrolmentImpossible)),
        ("form-gone", Page::Trouble(Trouble::FormGone)),
        ("form-answered", Page::Trouble(Trouble::FormAnswered)),
        ("form-unanswered", Page::Trouble(Trouble::FormUnanswered)),
        (
            "form-waits",
            Page::Trouble(Trouble::FormWaits {
                form_url: "/.vestibule/form/ID".to_owned(),
            }),
        ),
    ]
}

fn form(action: &str) -> Form {
    Form {
        action: action.to_owned(),
        csrf: "sample-csrf-token".to_owned(),
    }
}

fn app(description: &str) -> Ask {
    Ask::App {
        description: description.to_owned(),
    }
}

fn sms() -> Ask {
    Ask::Sms {
        to: "••• •• 12".to_owned(),
    }
}

fn voice() -> Ask {
    Ask::Voice {
        to: "••• •• 12".to_owned(),
    }
}

fn email() -> Ask {
    Ask::Email {
        to: "m•••@example.com".to_owned(),
    }
}

fn emergency() -> Ask {
    Ask::EmergencyCode { left: 7 }
}

fn choices<const COUNT: usize>(asks: [Ask; COUNT]) -> Vec<Choice> {
    let numbered = asks.into_iter().enumerate();
    numbered
        .map(|(n, ask)| Choice {
            authenticator: format!("sample-{n}"),
            ask,
        })
        .collect()
}
