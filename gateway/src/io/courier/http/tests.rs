use super::*;
use crate::domain::authenticator::challenge::Code;
use crate::io::courier::Fate;
use crate::io::courier::Letter;
use crate::io::courier::company::{Company, Words, client, letter, number};

fn request(url: &str) -> Request {
    Request {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("Authorization".to_owned(), "Bearer {secret}".to_owned()),
        ],
        body: r#"{"to":"{to}","text":"{text}"}"#.to_owned(),
        secret: Some(Secret::new("hunter2".to_owned())),
    }
}

fn courier(request: Request) -> Result<HttpCourier, CourierFault> {
    HttpCourier::new(("gateway", Carries::Sms), request, client(), Arc::new(Words))
}

/// Sends one SMS to a company that gives this answer; what came of it, and what the company was sent.
async fn send(answer: &str) -> (Result<Accepted, CourierFault>, String) {
    let company = Company::answering(answer).await;
    let courier = courier(request(&format!("{}send?to={{to}}", company.url()))).unwrap();
    let code = Code::of_number(123_456);
    let outcome = courier
        .send(Destination::Phone(&number()), &Letter::Code(&letter(&code)))
        .await;
    (outcome, company.seen().await.whole)
}

#[tokio::test]
async fn one_request_as_the_template_says() {
    let (outcome, told) = send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert!(told.starts_with("POST /send?to=%2B33612345612 HTTP/1.1\r\n"), "{told}");
    assert!(told.contains("\r\nauthorization: Bearer hunter2\r\n"), "{told}");
    assert!(
        told.ends_with(r#"{"to":"+33612345612","text":"Your \"code\"\n@login.example #123456"}"#),
        "{told}"
    );
}

#[tokio::test]
async fn a_refusal_names_the_answer_without_number_code_and_secret() {
    let answer =
        "HTTP/1.1 402 Payment Required\r\nContent-Length: 44\r\n\r\nno credit for +33612345612 with \"code 123456\"";
    let (outcome, _) = send(answer).await;
    assert_eq!(
        outcome.unwrap_err().why,
        "answered 402 Payment Required: no credit for +########### with \"code ######"
    );
    let (outcome, _) = send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 18\r\n\r\nunknown: hunter2!!").await;
    assert_eq!(outcome.unwrap_err().why, "answered 401 Unauthorized: …");
    let (outcome, _) = send("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(outcome.unwrap_err().why, "answered 302 Found: ");
}

#[tokio::test]
async fn a_company_that_is_down_is_named_without_its_url() {
    let code = Code::of_number(1);
    let fault = courier(request("http://127.0.0.1:1/{secret}?to={to}"))
        .unwrap()
        .send(Destination::Phone(&number()), &Letter::Code(&letter(&code)))
        .await
        .unwrap_err();
    let text = fault.to_string();
    assert!(
        text.starts_with("courier gateway: ")
            && fault.fate == Fate::Unreachable
            && !text.contains("hunter2")
            && !text.contains("12345612"),
        "{text}"
    );
}

type Change = fn(&mut Request);

#[test]
fn what_cannot_be_a_request_is_refused_at_the_start() {
    let table: [(&str, Change); 9] = [
        ("no URL", |request| request.url = "sms.example".to_owned()),
        ("another scheme", |request| {
            request.url = "ftp://sms.example/".to_owned()
        }),
        ("a host of the visitor's", |request| {
            request.url = "https://{to}.sms.example/".to_owned()
        }),
        ("a user of the visitor's", |request| {
            request.url = "https://{to}@sms.example/".to_owned()
        }),
        ("a fragment", |request| {
            request.url = "https://sms.example/#{to}".to_owned()
        }),
        ("no method", |request| request.method = "P OST".to_owned()),
        ("no header", |request| {
            request.headers = vec![("X Y".to_owned(), "z".to_owned())]
        }),
        ("a number in a header", |request| {
            request.headers = vec![("X".to_owned(), "{to}".to_owned())]
        }),
        ("no secret", |request| request.secret = None),
    ];
    let sound = || request("https://sms.example/{secret}/send?to={to}");
    assert!(courier(sound()).is_ok());
    for (what, change) in table {
        let mut request = sound();
        change(&mut request);
        assert!(courier(request).is_err(), "{what}");
    }
}
