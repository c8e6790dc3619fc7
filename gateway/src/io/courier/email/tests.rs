use super::*;
use crate::domain::authenticator::challenge::Code;
use crate::io::courier::{CallText, CodeLetter, Occasion};
use std::net::{IpAddr, Ipv4Addr};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

struct Words;

impl Wording for Words {
    fn sms(&self, _: &Letter<'_>) -> Result<String, CourierFault> {
        Err(unusable("words", "no SMS here"))
    }

    fn call(&self, _: &Letter<'_>) -> Result<CallText, CourierFault> {
        Err(unusable("words", "no calls here"))
    }

    fn email(&self, letter: &Letter<'_>) -> Result<EmailText, CourierFault> {
        let code = letter.code();
        let (text, html) = (format!("Your code is {code}."), format!("<p>Your code is {code}.</p>"));
        Ok(EmailText {
            subject: format!("{code}\r\nBcc: thief@example.com"),
            text,
            html,
        })
    }
}

/// Sends one mail to a server that answers the recipient in this way; what came of it, and what the server was told.
async fn send(scheme: &str, recipient: &'static str) -> (Result<Accepted, CourierFault>, String) {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let courier = courier(&format!("{scheme}://{}", server.local_addr().unwrap())).unwrap();
    let told = tokio::spawn(async move {
        let (connection, _) = server.accept().await.unwrap();
        let (read, mut write) = connection.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut told = String::new();
        write.write_all(b"220 sink\r\n").await.unwrap();
        let mut in_mail = false;
        while let Ok(Some(line)) = lines.next_line().await {
            let answer = match line.get(..4).unwrap_or(&line) {
                "." => "250 taken\r\n",
                _ if in_mail => "",
                "RCPT" => recipient,
                "DATA" => "354 go on\r\n",
                _ => "250 sink\r\n",
            };
            in_mail = (in_mail || answer.starts_with("354")) && line != ".";
            told.push_str(&line);
            told.push('\n');
            write.write_all(answer.as_bytes()).await.unwrap();
            if line == "." || line == "QUIT" {
                break;
            }
        }
        told
    });
    let code = Code::of_number(123_456);
    let letter = CodeLetter {
        occasion: Occasion::Login,
        code: &code,
        life: Duration::from_secs(300),
        host: "h",
        origin: IpAddr::V4(Ipv4Addr::LOCALHOST),
        language: "en",
        parcel: None,
    };
    let outcome = courier
        .send(
            Destination::Mailbox(&Mailbox::parse("ann@example.com").unwrap()),
            &Letter::Code(&letter),
        )
        .await;
    drop(courier);
    (outcome, told.await.unwrap())
}

fn courier(url: &str) -> Result<SmtpCourier, CourierFault> {
    SmtpCourier::new(("mail", url), "Example <login@example.com>", None, Arc::new(Words))
}

#[tokio::test]
async fn a_mail_has_both_texts_and_only_our_headers() {
    let (outcome, told) = send("smtp", "250 fine\r\n").await;
    assert!(outcome.is_ok(), "{outcome:?}");
    for expected in [
        "RCPT TO:<ann@example.com>",
        "From: Example <login@example.com>",
        "To: ann@example.com",
        "Auto-Submitted: auto-generated",
        "Message-ID: <",
    ] {
        assert!(
            told.lines().any(|line| line.starts_with(expected)),
            "{expected}: {told}"
        );
    }
    for part in [
        "Content-Type: text/plain; charset=utf-8",
        "Your code is 123456.",
        "Content-Type: text/html; charset=utf-8",
        "<p>Your code is 123456.</p>",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("\nBcc"), "{told}");
}

#[tokio::test]
async fn a_server_without_starttls_is_told_nothing() {
    let (outcome, told) = send("smtp+starttls", "250 fine\r\n").await;
    assert!(outcome.is_err());
    assert!(
        told.lines().all(|line| line.starts_with("EHLO ") || line == "QUIT"),
        "{told}"
    );
}

#[tokio::test]
async fn a_refusal_names_the_answer_without_the_address() {
    let (outcome, _) = send("smtp", "550 5.1.1 no such user: ann@example.com\r\n").await;
    let fault = outcome.unwrap_err();
    assert_eq!(fault.to_string(), "courier mail: the mail server answered 550");
    assert_eq!(fault.fate, Fate::Refused);
    let (outcome, _) = send("smtp", "450 4.2.0 greylisted, try again\r\n").await;
    assert_eq!(
        outcome.unwrap_err().fate,
        Fate::Unreachable,
        "another server may take it"
    );
}

#[tokio::test]
async fn plain_is_for_this_machine_only() {
    let table = [
        ("smtp://localhost", "localhost", 25, Security::Plain),
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, Security::Plain),
        ("smtp://[::1]:2525/", "::1", 2525, Security::Plain),
        ("smtp://mail.example.net", "mail.example.net", 587, Security::StartTls),
        ("smtp://mail.example.net:25", "mail.example.net", 25, Security::StartTls),
        ("smtp+starttls://localhost:587", "localhost", 587, Security::StartTls),
        ("smtps://mail.example.net", "mail.example.net", 465, Security::Tls),
    ];
    for (url, host, port, security) in table {
        assert_eq!(
            Server::parse(url),
            Ok(Server {
                host: host.to_owned(),
                port,
                security
            }),
            "{url}"
        );
        assert!(courier(url).is_ok(), "{url}");
    }
    for url in [
        "",
        "mail.example.net",
        "http://mail.example.net",
        "smtp://",
        "smtp://u:p@mail.example.net",
        "smtp://mail.example.net/x",
        "smtp://mail.example.net?tls=none",
    ] {
        assert!(Server::parse(url).is_err(), "{url}");
    }
    assert!(SmtpCourier::new(("mail", "smtp://localhost"), "login", None, Arc::new(Words)).is_err());
}
