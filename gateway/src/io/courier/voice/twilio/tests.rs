use super::*;
use crate::domain::authenticator::challenge::Code;
use crate::domain::secret::Secret;
use crate::io::courier::Letter;
use crate::io::courier::company::{Company, StoppedClock, Words, client, letter, number};
use crate::io::entropy::SystemEntropy;
use crate::io::keys::KeyRing;
use crate::io::store::sqlite::SqliteStore;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;

async fn voice(url: Url, folder: &std::path::Path) -> TwilioVoice {
    let store = SqliteStore::open(&folder.join("store.db"), Arc::new(StoppedClock))
        .await
        .unwrap();
    let keys = KeyRing::load(&folder.join("keys")).unwrap();
    TwilioVoice {
        name: "calls".to_owned(),
        account: Account {
            url,
            sid: "AC0123".to_owned(),
            token: Secret::new("12345".to_owned()),
            from: "+33700000000".to_owned(),
            client: client(),
        },
        portal: "https://login.example".to_owned(),
        wording: Arc::new(Words),
        records: Records::new(Arc::new(store), Arc::new(keys)),
        entropy: Arc::new(SystemEntropy::new()),
    }
}

/// A request as Twilio signs it.
fn signed(target: &str) -> Callback {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345");
    let text = format!("https://login.example{target}CallSidCA1Digits5");
    let signature = STANDARD.encode(hmac::sign(&key, text.as_bytes()));
    Callback {
        target: target.to_owned(),
        headers: vec![("x-twilio-signature".to_owned(), signature)],
        body: b"CallSid=CA1&Digits=5".to_vec(),
    }
}

#[tokio::test]
async fn the_code_is_said_only_once_a_key_was_pressed() {
    let folder = tempfile::tempdir().unwrap();
    let company = Company::saying("201 Created", r#"{"sid":"CA1","status":"queued"}"#).await;
    let voice = voice(company.url(), folder.path()).await;
    let code = Code::of_number(987_065);
    let outcome = voice
        .send(Destination::Call(&number()), &Letter::Code(&letter(&code)))
        .await;
    assert_eq!(outcome.unwrap(), Accepted::As("CA1".to_owned()));
    let seen = company.seen().await;
    assert_eq!(seen.line, "POST /2010-04-01/Accounts/AC0123/Calls.json");
    let form = seen.form();
    assert_eq!(
        (form["To"].as_str(), form["From"].as_str()),
        ("+33612345612", "+33700000000")
    );
    assert!(
        !seen.whole.contains("987065"),
        "a voice mailbox would record it: {}",
        seen.whole
    );
    let twiml = &form["Twiml"];
    let (before, rest) = twiml.split_once("action=\"https://login.example").unwrap();
    let (target, after) = rest.split_once('"').unwrap();
    assert!(
        before.ends_with(r#"<Response><Gather input="dtmf" numDigits="1" finishOnKey="" timeout="10" method="POST" "#)
    );
    assert_eq!(
        after,
        r#"><Say language="en-US">Press a key &amp; listen</Say></Gather><Say language="en-US">Goodbye</Say></Response>"#
    );

    let said =
        r#"<?xml version="1.0" encoding="UTF-8"?><Response><Say language="en-US">Your code is 987065</Say></Response>"#;
    let answered = voice.called_back(&signed(target)).await.unwrap();
    assert_eq!(answered, Answered::Script(said.to_owned()));
    let mut forged = signed(target);
    forged.body.push(b'6');
    let elsewhere = Callback {
        target: format!("{target}?x"),
        ..signed(target)
    };
    let unknown = signed("/.vestibule/courier/calls/call/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    for callback in [
        forged,
        elsewhere,
        unknown,
        signed("/.vestibule/courier/calls/call/"),
        signed("/"),
    ] {
        let answered = voice.called_back(&callback).await.unwrap();
        assert_eq!(answered, Answered::Nothing, "{}", callback.target);
    }
}
