use super::*;
use crate::domain::authenticator::challenge::Code;
use crate::io::courier::Letter;
use crate::io::courier::company::{Company, ILL_ANSWERS, TEXT, Words, client, flood, letter, number};

async fn send(company: &Company) -> Result<Accepted, CourierFault> {
    let sms = VonageSms {
        signature: None,
        portal: "https://login.example".to_owned(),
        name: "vonage".to_owned(),
        url: company.url(),
        key: "abcd1234".to_owned(),
        secret: Secret::new("hunter2".to_owned()),
        from: "Example".to_owned(),
        wording: Arc::new(Words),
        client: client(),
    };
    let code = Code::of_number(123_456);
    sms.send(Destination::Phone(&number()), &Letter::Code(&letter(&code)))
        .await
}

#[tokio::test]
async fn a_message_is_asked_for_as_documented() {
    let taken = r#"{"message-count":"1","messages":[{"to":"33612345612","message-id":"aaa-1","status":"0","remaining-balance":"3.14"}]}"#;
    let company = Company::saying("200 OK", taken).await;
    assert_eq!(send(&company).await.unwrap(), Accepted::As("aaa-1".to_owned()));
    let seen = company.seen().await;
    assert_eq!(seen.line, "POST /sms/json");
    assert_eq!(seen.headers["content-type"], "application/x-www-form-urlencoded");
    let expected = [
        ("api_key", "abcd1234"),
        ("api_secret", "hunter2"),
        ("from", "Example"),
        ("to", "33612345612"),
        ("text", TEXT),
        ("type", "text"),
        ("ttl", "300000"),
    ];
    assert_eq!(
        seen.form(),
        expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    );
}

#[tokio::test]
async fn an_error_inside_of_200_is_a_refusal() {
    for (status, text, fate, said) in [
        ("4", "Bad Credentials", Fate::Refused, "status 4: Bad Credentials"),
        ("4", "hunter2 is wrong", Fate::Refused, "status 4: …"),
        (
            "1",
            "Throughput Rate Exceeded",
            Fate::Unreachable,
            "status 1: Throughput Rate Exceeded",
        ),
        ("5", "Internal Error", Fate::Unclear, "status 5: Internal Error"),
    ] {
        let answer = format!(r#"{{"message-count":"1","messages":[{{"status":"{status}","error-text":"{text}"}}]}}"#);
        let fault = send(&Company::saying("200 OK", &answer).await).await.unwrap_err();
        assert_eq!(
            fault.to_string(),
            format!("courier vonage: answered 200 OK with {said}")
        );
        assert_eq!(fault.fate, fate, "{said}");
    }
}

#[tokio::test]
async fn what_is_not_a_yes_is_a_no() {
    for (what, answer) in ILL_ANSWERS {
        assert!(send(&Company::answering(answer).await).await.is_err(), "{what}");
    }
    assert!(send(&Company::answering(&flood()).await).await.is_err());
    let company = Company::saying("200 OK", r#"{"message-count":"0","messages":[]}"#).await;
    assert_eq!(send(&company).await.unwrap_err().fate, Fate::Unclear);
}
