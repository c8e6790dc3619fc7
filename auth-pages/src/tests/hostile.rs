//! Whatever a value holds, it stays text.

use super::tags;
use crate::{
    AccountPage, Ask, Change, Choice, Form, FormOfferPage, FormSavedPage, FormUnderWayPage, Frame, Language, LeavePage,
    LoggedOutPage, LoginPage, LogoutPage, MethodsPage, NewPasswordPage, NotSentPage, NumberProof, ObjectedPage,
    ObjectionPage, Page, PasswordIs, RecoverCodePage, RecoverPage, RecoveredPage, RegisterEmail, RegisterNumber,
    RegisterPage, RegisterProvePage, RegisterTarget, RegisteredPage, SecondFactorPage, Trouble,
};

const HOSTILE: &str = "'\"><script>alert(1)</script><img src=x onerror=alert(2)> { $brand } {{ brand }}";

#[test]
fn hostile_values_stay_text_in_every_field() {
    let frame = Frame {
        language: Language::English,
        brand: HOSTILE,
        request_id: HOSTILE,
        support: Some(HOSTILE),
    };
    for page in pages() {
        let html = page.render(&frame).unwrap();
        for tag in tags(&html) {
            let ours = tag.starts_with("script src=\"/.vestibule/assets/");
            assert!(
                (ours || !tag.starts_with("script")) && !tag.starts_with("img"),
                "<{tag}>"
            );
        }
        assert!(!html.contains("\"><script>") && !html.contains("'\""), "{html}");
    }
}

#[test]
fn a_hostile_url_does_not_end_the_refresh() {
    let frame = Frame {
        language: Language::English,
        brand: "Example",
        request_id: "1",
        support: None,
    };
    let url = "https://example.com/?a=1&b=\"2\";url=x'>".to_owned();
    let html = Page::Leave(LeavePage { url }).render(&frame).unwrap();
    let escaped = "https://example.com/?a=1&#38;b=&#34;2&#34;;url=x&#39;&#62;";
    assert!(
        html.contains(&format!("<meta http-equiv=\"refresh\" content=\"0;url={escaped}\">")),
        "{html}"
    );
    assert!(html.contains(&format!("href=\"{escaped}\"")), "{html}");
}

fn pages() -> Vec<Page> {
    let asks = [
        Ask::App { description: text() },
        Ask::Sms { to: text() },
        Ask::Voice { to: text() },
        Ask::Email { to: text() },
    ];
    let choices: Vec<_> = asks
        .iter()
        .map(|ask| Choice {
            authenticator: text(),
            ask: ask.clone(),
        })
        .collect();
    let methods = MethodsPage {
        form: form(),
        choices: choices.clone(),
        back_url: text(),
    };
    let mut pages = vec![
        Page::Login(LoginPage {
            form: form(),
            username: text(),
            recover_url: Some(text()),
            register_url: Some(text()),
            problem: None,
        }),
        Page::Methods(methods),
        Page::Logout(LogoutPage { form: form() }),
        Page::LoggedOut(LoggedOutPage { login_url: text() }),
        Page::Leave(LeavePage { url: text() }),
        Page::Account(account(choices)),
        Page::NotSent(NotSentPage { login_url: text() }),
        Page::FormSaved(FormSavedPage {
            login_url: text(),
            application: text(),
            minutes: 1,
        }),
        Page::FormOffer(FormOfferPage {
            form: form(),
            application: text(),
            at: text(),
            home_url: text(),
        }),
        Page::FormUnderWay(FormUnderWayPage { url: text() }),
        Page::Trouble(Trouble::LoginEnded { login_url: text() }),
    ];
    pages.extend(asks.map(|ask| Page::SecondFactor(code(ask))));
    pages.extend(recoveries());
    pages.extend(registrations());
    pages
}

fn code(ask: Ask) -> SecondFactorPage {
    SecondFactorPage {
        form: form(),
        resend: Some(form()),
        methods_url: Some(text()),
        cancel: form(),
        authenticator: text(),
        ask,
        digits: 6,
        sent: None,
        resend_wait_seconds: 1,
        problem: None,
    }
}

fn recoveries() -> [Page; 6] {
    [
        Page::Recover(RecoverPage {
            form: form(),
            username: text(),
            login_url: text(),
            problem: None,
        }),
        Page::RecoverCode(RecoverCodePage {
            form: form(),
            resend: Some(form()),
            resend_wait_seconds: 1,
            restart_url: text(),
            digits: 6,
            minutes: 10,
            problem: None,
        }),
        Page::NewPassword(NewPasswordPage {
            form: form(),
            username: text(),
            is: PasswordIs::TheFirst,
            least: 8,
            problem: None,
        }),
        Page::Recovered(RecoveredPage { login_url: text() }),
        Page::Objection(ObjectionPage {
            form: form(),
            change: Change::PasswordChanged,
            at: text(),
            origin: text(),
        }),
        Page::Objected(ObjectedPage { login_url: text() }),
    ]
}

fn registrations() -> Vec<Page> {
    let register = |email| {
        Page::Register(RegisterPage {
            form: form(),
            name: text(),
            email,
            number: Some(RegisterNumber {
                typed: text(),
                country_code: text(),
                proof: NumberProof::Text,
            }),
            least: 8,
            login_url: text(),
            problem: None,
        })
    };
    let prove = |sent_to| {
        Page::RegisterProve(RegisterProvePage {
            form: form(),
            resend: Some(form()),
            resend_wait_seconds: 1,
            restart_url: text(),
            sent_to,
            digits: 6,
            problem: None,
        })
    };
    vec![
        register(RegisterEmail::Typed(text())),
        register(RegisterEmail::Invited(text())),
        prove(RegisterTarget::Email(text())),
        prove(RegisterTarget::Sms(text())),
        prove(RegisterTarget::Voice(text())),
        Page::Registered(RegisteredPage { login_url: text() }),
    ]
}

fn account(methods: Vec<Choice>) -> AccountPage {
    AccountPage {
        display_name: text(),
        username: text(),
        email: text(),
        groups: vec![text(), text()],
        methods,
        applications: vec![(text(), text())],
        missing: Vec::new(),
        logout: form(),
    }
}

fn form() -> Form {
    Form {
        action: text(),
        csrf: text(),
    }
}

fn text() -> String {
    HOSTILE.to_owned()
}
