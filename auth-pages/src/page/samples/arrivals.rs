//! Samples of how people get an account, get back to it, and defend it.

use super::form;
use crate::page::{
    AddressProblem, LoginPage, NewPasswordPage, NewPasswordProblem, NumberProof, ObjectedPage, ObjectionPage, Page,
    PasswordIs, Problem, RecoverCodePage, RecoverPage, RecoveredPage, RegisterEmail, RegisterNumber, RegisterPage,
    RegisterProblem, RegisterProvePage, RegisterTarget, RegisteredPage, WeakPassword,
};
use crate::{Change, Method};

pub(super) fn all() -> Vec<(&'static str, Page)> {
    [
        recoveries(),
        registrations(),
        register_problems(),
        proofs(),
        objections(),
    ]
    .concat()
}

fn recoveries() -> Vec<(&'static str, Page)> {
    let new_password = |problem| {
        Page::NewPassword(NewPasswordPage {
            form: form("/.vestibule/recover/password"),
            username: "mallory.sample".to_owned(),
            is: PasswordIs::Another,
            least: 8,
            problem,
        })
    };
    let first = Page::NewPassword(NewPasswordPage {
        form: form("/.vestibule/register/password?invitation=sample"),
        username: "mallory.sample".to_owned(),
        is: PasswordIs::TheFirst,
        least: 8,
        problem: None,
    });
    let weak = |weak| new_password(Some(NewPasswordProblem::Weak(weak)));
    vec![
        ("recover", recover("", None)),
        ("recover-wrong", recover("mallory.sample", Some(Problem::Wrong))),
        (
            "recover-throttled",
            recover("mallory.sample", Some(Problem::Throttled { wait_seconds: 900 })),
        ),
        ("recover-code", recover_code(None)),
        ("recover-code-wrong", recover_code(Some(Problem::Wrong))),
        ("new-password", new_password(None)),
        ("new-password-first", first),
        ("new-password-short", weak(WeakPassword::TooShort { least: 8 })),
        ("new-password-long", weak(WeakPassword::TooLong { most: 256 })),
        ("new-password-common", weak(WeakPassword::TooCommon)),
        ("new-password-name", weak(WeakPassword::ContainsName)),
        (
            "new-password-busy",
            new_password(Some(NewPasswordProblem::Other(Problem::Busy))),
        ),
        ("recovered", Page::Recovered(RecoveredPage { login_url: login_url() })),
    ]
}

fn recover(username: &str, problem: Option<Problem>) -> Page {
    Page::Recover(RecoverPage {
        form: form("/.vestibule/recover"),
        username: username.to_owned(),
        login_url: login_url(),
        problem,
    })
}

fn recover_code(problem: Option<Problem>) -> Page {
    Page::RecoverCode(RecoverCodePage {
        form: form("/.vestibule/recover/code"),
        resend: None,
        resend_wait_seconds: 0,
        restart_url: "/.vestibule/recover".to_owned(),
        digits: 6,
        minutes: 10,
        problem,
    })
}

fn registrations() -> Vec<(&'static str, Page)> {
    let page = register(None);
    let open = LoginPage {
        form: form("/.vestibule/login"),
        username: String::new(),
        recover_url: Some("/.vestibule/recover".to_owned()),
        register_url: Some("/.vestibule/register".to_owned()),
        problem: None,
    };
    let invited = RegisterPage {
        email: RegisterEmail::Invited("mallory.sample@example.com".to_owned()),
        ..page.clone()
    };
    let by_mail = RegisterPage {
        number: None,
        ..page.clone()
    };
    let called = RegisterPage {
        number: number("", NumberProof::Call),
        ..page.clone()
    };
    vec![
        ("register-by-mail", Page::Register(by_mail)),
        ("register-called", Page::Register(called)),
        ("login-open", Page::Login(open)),
        ("register", Page::Register(page)),
        ("register-invited", Page::Register(invited)),
        (
            "registered",
            Page::Registered(RegisteredPage { login_url: login_url() }),
        ),
    ]
}

fn register_problems() -> Vec<(&'static str, Page)> {
    let problems = [
        ("register-no-name", RegisterProblem::Name),
        (
            "register-not-an-address",
            RegisterProblem::Email(AddressProblem::NotAnAddress),
        ),
        ("register-domain", RegisterProblem::DomainNotAdmitted),
        (
            "register-landline",
            RegisterProblem::Number(AddressProblem::NoTextMessages),
        ),
        (
            "register-accounts",
            RegisterProblem::Number(AddressProblem::TooManyAccounts),
        ),
        ("register-taken", RegisterProblem::Taken),
        ("register-weak", RegisterProblem::Weak(WeakPassword::TooCommon)),
        ("register-wrong", RegisterProblem::Other(Problem::OutOfDate)),
    ];
    problems
        .map(|(name, problem)| {
            let page = RegisterPage {
                name: "Mallory Sample".to_owned(),
                email: RegisterEmail::Typed("mallory.sample@example.com".to_owned()),
                number: number("+33 1 99 00 12 34", NumberProof::Text),
                ..register(Some(problem))
            };
            (name, Page::Register(page))
        })
        .to_vec()
}

fn number(typed: &str, proof: NumberProof) -> Option<RegisterNumber> {
    Some(RegisterNumber {
        typed: typed.to_owned(),
        country_code: "+33".to_owned(),
        proof,
    })
}

fn register(problem: Option<RegisterProblem>) -> RegisterPage {
    RegisterPage {
        form: form("/.vestibule/register"),
        name: String::new(),
        email: RegisterEmail::Typed(String::new()),
        number: number("", NumberProof::Text),
        least: 8,
        login_url: login_url(),
        problem,
    }
}

fn proofs() -> Vec<(&'static str, Page)> {
    let number = || "+33 6 39 98 12 34".to_owned();
    let email = || RegisterTarget::Email("mallory.sample@example.com".to_owned());
    vec![
        ("register-prove-email", prove(email(), None)),
        (
            "register-prove-not-delivered",
            prove(email(), Some(Problem::NotDelivered)),
        ),
        ("register-prove-sms", prove(RegisterTarget::Sms(number()), None)),
        (
            "register-prove-wrong",
            prove(RegisterTarget::Sms(number()), Some(Problem::Wrong)),
        ),
        (
            "register-prove-too-soon",
            prove(
                RegisterTarget::Voice(number()),
                Some(Problem::ResendTooSoon { wait_seconds: 12 }),
            ),
        ),
    ]
}

fn prove(sent_to: RegisterTarget, problem: Option<Problem>) -> Page {
    Page::RegisterProve(RegisterProvePage {
        form: form("/.vestibule/register/code"),
        resend: Some(form("/.vestibule/register/resend")),
        resend_wait_seconds: 30,
        restart_url: "/.vestibule/register".to_owned(),
        sent_to,
        digits: 6,
        problem,
    })
}

fn objections() -> Vec<(&'static str, Page)> {
    let page = ObjectionPage {
        form: form("/.vestibule/objection"),
        change: Change::Added(Method::Sms),
        at: "25 November 2026, 11:06 UTC".to_owned(),
        origin: "192.0.2.7".to_owned(),
    };
    let by_operator = ObjectionPage {
        change: Change::SecondFactorResetPlanned,
        origin: String::new(),
        ..page.clone()
    };
    vec![
        ("objection", Page::Objection(page)),
        ("objection-reset", Page::Objection(by_operator)),
        ("objected", Page::Objected(ObjectedPage { login_url: login_url() })),
    ]
}

fn login_url() -> String {
    "/.vestibule/login".to_owned()
}
