use super::*;
use crate::domain::authenticator::challenge::Code;
use crate::domain::secret::Secret;
use crate::io::courier::Fate;
use crate::io::courier::Letter;
use crate::io::courier::company::{Company, ILL_ANSWERS, StoppedClock, TEXT, Words, client, flood, letter, number};

fn key() -> AccessKey {
    AccessKey {
        id: "AKIDEXAMPLE".to_owned(),
        secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
    }
}

async fn send(company: &Company) -> Result<Accepted, CourierFault> {
    let sms = SnsSms {
        name: "sns".to_owned(),
        url: company.url(),
        region: "eu-west-3".to_owned(),
        key: key(),
        from: "Example".to_owned(),
        wording: Arc::new(Words),
        clock: Arc::new(StoppedClock),
        client: client(),
    };
    let code = Code::of_number(123_456);
    sms.send(Destination::Phone(&number()), &Letter::Code(&letter(&code)))
        .await
}

const TAKEN: &str = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
    <MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult></PublishResponse>";

#[tokio::test]
async fn a_number_is_published_to_as_documented() {
    let company = Company::saying("200 OK", TAKEN).await;
    let host = company.url();
    let id = "567910cd-659e-55d4-8ccb-5aaf14679dc0".to_owned();
    assert_eq!(send(&company).await.unwrap(), Accepted::As(id));
    let seen = company.seen().await;
    assert_eq!(seen.line, "POST /");
    assert_eq!(seen.headers["x-amz-date"], "20231114T221320Z");
    assert_eq!(seen.headers["host"], format!("127.0.0.1:{}", host.port().unwrap()));
    let authorization = &seen.headers["authorization"];
    let start = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20231114/eu-west-3/sns/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date, Signature=";
    assert!(authorization.starts_with(start), "{authorization}");
    let form = seen.form();
    for (name, value) in [
        ("Action", "Publish"),
        ("Version", "2010-03-31"),
        ("PhoneNumber", "+33612345612"),
        ("Message", TEXT),
        ("MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SMSType"),
        ("MessageAttributes.entry.1.Value.DataType", "String"),
        ("MessageAttributes.entry.1.Value.StringValue", "Transactional"),
        ("MessageAttributes.entry.2.Name", "AWS.SNS.SMS.SenderID"),
        ("MessageAttributes.entry.2.Value.StringValue", "Example"),
    ] {
        assert_eq!(form[name], value, "{name}");
    }
}

/// Computed by botocore's `SigV4Auth` for the same request.
#[test]
fn the_signature_is_the_one_of_amazons_own_library() {
    let key = key();
    let signer = Signer {
        key: &key,
        region: "eu-west-3",
        at: StoppedClock.now(),
    };
    let url = "https://sns.eu-west-3.amazonaws.com/".parse().unwrap();
    let sign = |body| signer.headers(&url, body).unwrap()[3].1.clone();
    let signature = sign("Action=Publish&Message=a%20b");
    assert!(
        signature.ends_with("Signature=bbfe851c5b8939f53a52122c805f67f9552c1d28bd495ba90f2cf3a8cc089475"),
        "{signature}"
    );
    assert_ne!(sign("Action=Publish&Message=a%20c"), signature);
}

#[tokio::test]
async fn what_is_not_a_yes_is_a_no() {
    for (what, answer) in ILL_ANSWERS {
        assert!(send(&Company::answering(answer).await).await.is_err(), "{what}");
    }
    assert!(send(&Company::answering(&flood()).await).await.is_err());
    for body in [
        "<ErrorResponse><Error><Code>Throttled</Code></Error></ErrorResponse>",
        "<PublishResponse><MessageId></MessageId></PublishResponse>",
        "<PublishResponse><MessageId>567910cd</MessageId>",
    ] {
        let fault = send(&Company::saying("200 OK", body).await).await.unwrap_err();
        assert_eq!(fault.fate, Fate::Unclear, "{body}");
    }
}
