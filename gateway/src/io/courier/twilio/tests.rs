use super::*;
use crate::domain::authenticator::challenge::Code;
use crate::io::courier::Letter;
use crate::io::courier::company::{Company, ILL_ANSWERS, TEXT, Words, client, flood, letter, number};
use crate::io::courier::sms::twilio::TwilioSms;
use crate::io::courier::{Accepted, Courier, CourierFault, Destination, Fate};
use std::sync::Arc;

fn account(url: Url) -> Account {
    Account {
        url,
        sid: "AC0123".to_owned(),
        token: Secret::new("12345".to_owned()),
        from: "+33700000000".to_owned(),
        client: client(),
    }
}

async fn send(company: &Company, from: &str) -> Result<Accepted, CourierFault> {
    let mut account = account(company.url());
    account.from = from.to_owned();
    let sms = TwilioSms {
        portal: "https://login.example".to_owned(),
        name: "twilio".to_owned(),
        account,
        wording: Arc::new(Words),
    };
    let code = Code::of_number(123_456);
    sms.send(Destination::Phone(&number()), &Letter::Code(&letter(&code)))
        .await
}

#[tokio::test]
async fn a_message_is_asked_for_as_documented() {
    let company = Company::saying("201 Created", r#"{"sid":"SM1","status":"queued","error_code":null}"#).await;
    let outcome = send(&company, "+33700000000").await;
    assert_eq!(outcome.unwrap(), Accepted::As("SM1".to_owned()));
    let seen = company.seen().await;
    assert_eq!(seen.line, "POST /2010-04-01/Accounts/AC0123/Messages.json");
    assert_eq!(seen.headers["authorization"], "Basic QUMwMTIzOjEyMzQ1");
    assert_eq!(seen.headers["content-type"], "application/x-www-form-urlencoded");
    let expected = [
        ("Body", TEXT),
        ("From", "+33700000000"),
        ("To", "+33612345612"),
        ("ValidityPeriod", "300"),
    ];
    assert_eq!(
        seen.form(),
        expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    );

    let company = Company::saying("201 Created", r#"{"sid":"SM1","status":"accepted","error_code":null}"#).await;
    send(&company, "MG0123").await.unwrap();
    assert_eq!(company.seen().await.form()["MessagingServiceSid"], "MG0123");
}

#[tokio::test]
async fn what_is_not_a_yes_is_a_no() {
    for (what, answer) in ILL_ANSWERS {
        let outcome = send(&Company::answering(answer).await, "x").await;
        assert!(outcome.is_err(), "{what}");
    }
    let fault = send(&Company::answering(&flood()).await, "x").await.unwrap_err();
    assert!(fault.why.len() < 400 && fault.fate == Fate::Unclear, "{fault}");
    let company = Company::saying("200 OK", r#"{"sid":"SM1","status":"failed","error_code":30007}"#).await;
    let fault = send(&company, "x").await.unwrap_err();
    assert_eq!(
        (fault.to_string().as_str(), fault.fate),
        ("courier twilio: SM1 is failed, error 30007", Fate::Refused)
    );
    let company = Company::saying("401 Unauthorized", r#"{"code":20003,"message":"12345 is wrong"}"#).await;
    let fault = send(&company, "x").await.unwrap_err();
    assert_eq!(
        (fault.why.as_str(), fault.fate),
        ("answered 401 Unauthorized: …", Fate::Refused)
    );
}

/// The example of Twilio's documentation and of its client library's own tests.
fn example() -> (&'static str, Callback) {
    let callback = Callback {
        target: "/myapp.php?foo=1&bar=2".to_owned(),
        headers: vec![(
            "x-twilio-signature".to_owned(),
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=".to_owned(),
        )],
        body: b"To=%2B18005551212&CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309"
            .to_vec(),
    };
    ("https://mycompany.com/myapp.php?foo=1&bar=2", callback)
}

#[test]
fn the_signature_of_the_documentation_is_right_and_any_other_wrong() {
    let account = account("https://api.twilio.com".parse().unwrap());
    let (url, callback) = example();
    assert!(account.signed(url, &callback));
    assert!(!account.signed("https://mycompany.com/myapp.php?foo=1&bar=3", &callback));
    for at in 0..callback.body.len() {
        let mut forged = callback.clone();
        forged.body[at] ^= 1;
        assert!(!account.signed(url, &forged), "byte {at} of the body");
    }
    let (_, given) = callback.headers[0].clone();
    for at in 0..given.len() {
        let mut forged = given.clone().into_bytes();
        forged[at] ^= 1;
        let forged = String::from_utf8(forged).unwrap();
        let header = ("x-twilio-signature".to_owned(), forged);
        let callback = Callback {
            headers: vec![header],
            ..callback.clone()
        };
        assert!(!account.signed(url, &callback), "byte {at} of the signature");
    }
    for headers in [vec![], [callback.headers.clone(), callback.headers.clone()].concat()] {
        let callback = Callback {
            headers,
            ..callback.clone()
        };
        assert!(!account.signed(url, &callback));
    }
}
