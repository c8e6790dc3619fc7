use super::*;
use crate::domain::authenticator::challenge::Code;
use crate::io::courier::Letter;
use crate::io::courier::company::{Company, ILL_ANSWERS, StoppedClock, TEXT, Words, client, flood, letter, number};

fn keys() -> Keys {
    let secret = |text: &str| Secret::new(text.to_owned());
    Keys {
        application: "7kbG7Bk7S9Nt7ZSV".to_owned(),
        secret: secret("EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF"),
        consumer: secret("MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1"),
    }
}

async fn send(company: &Company) -> Result<Accepted, CourierFault> {
    let sms = OvhcloudSms {
        name: "ovh".to_owned(),
        url: company.url().join("1.0").unwrap(),
        service: "sms-ab12345-1".to_owned(),
        from: "Example".to_owned(),
        keys: keys(),
        wording: Arc::new(Words),
        clock: Arc::new(StoppedClock),
        client: client(),
    };
    let code = Code::of_number(123_456);
    sms.send(Destination::Phone(&number()), &Letter::Code(&letter(&code)))
        .await
}

const TAKEN: &str =
    r#"{"totalCreditsRemoved":1,"invalidReceivers":[],"ids":[27814656],"validReceivers":["+33612345612"]}"#;

#[tokio::test]
async fn a_job_is_asked_for_as_documented() {
    let company = Company::saying("200 OK", TAKEN).await;
    let url = company.url().join("1.0/sms/sms-ab12345-1/jobs").unwrap();
    assert_eq!(send(&company).await.unwrap(), Accepted::As("27814656".to_owned()));
    let seen = company.seen().await;
    assert_eq!(seen.line, "POST /1.0/sms/sms-ab12345-1/jobs");
    let expected = serde_json::json!({
        "message": TEXT, "receivers": ["+33612345612"], "sender": "Example", "coding": "7bit", "charset": "UTF-8",
        "priority": "high", "noStopClause": true, "senderForResponse": false, "validityPeriod": 5,
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&seen.body).unwrap(), expected);
    let header = |name: &str| seen.headers[name].as_str();
    assert_eq!(header("x-ovh-application"), "7kbG7Bk7S9Nt7ZSV");
    assert_eq!(header("x-ovh-consumer"), "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1");
    assert_eq!(header("x-ovh-timestamp"), "1700000000");
    let signed = keys().sign(("POST", url.as_str()), &seen.body, StoppedClock.now());
    assert_eq!(header("x-ovh-signature"), signed);
}

/// The example of OVHcloud's first steps: `GET https://eu.api.ovh.com/1.0/domains/` at 1366560945.
#[test]
fn the_signature_of_the_documentation_comes_out_and_any_byte_changes_it() {
    let at = Timestamp::from_millis(1_366_560_945_000);
    let signature = keys().sign(("GET", "https://eu.api.ovh.com/1.0/domains/"), "", at);
    assert_eq!(signature, "$1$d3705e8afb27a0d2970a322b96550abfc67bb798");
    let later = Timestamp::from_millis(1_366_560_946_000);
    for other in [
        keys().sign(("PUT", "https://eu.api.ovh.com/1.0/domains/"), "", at),
        keys().sign(("GET", "https://eu.api.ovh.com/1.0/domains"), "", at),
        keys().sign(("GET", "https://eu.api.ovh.com/1.0/domains/"), "x", at),
        keys().sign(("GET", "https://eu.api.ovh.com/1.0/domains/"), "", later),
    ] {
        assert_ne!(other, signature);
    }
}

#[tokio::test]
async fn what_is_not_a_yes_is_a_no() {
    for (what, answer) in ILL_ANSWERS {
        assert!(send(&Company::answering(answer).await).await.is_err(), "{what}");
    }
    assert!(send(&Company::answering(&flood()).await).await.is_err());
    let none = r#"{"totalCreditsRemoved":0,"invalidReceivers":["+33612345612"],"ids":[],"validReceivers":[]}"#;
    let fault = send(&Company::saying("200 OK", none).await).await.unwrap_err();
    assert_eq!(
        (fault.to_string().as_str(), fault.fate),
        ("courier ovh: answered 200 OK, but took no receiver", Fate::Refused)
    );
    let leak = r#"{"message":"MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1 has expired"}"#;
    let fault = send(&Company::saying("403 Forbidden", leak).await).await.unwrap_err();
    assert_eq!(fault.why, "answered 403 Forbidden: …");
}
