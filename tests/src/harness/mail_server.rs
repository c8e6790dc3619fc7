//! A mail server that keeps what it is given (`tests/smtp_sink.py`, a real SMTP conversation).

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::messages::{Channel, Message};
use super::program::Program;

pub(crate) struct MailServer {
    port: u16,
    program: Program,
}

#[derive(Deserialize)]
struct Mail {
    to: Vec<String>,
    subject: String,
    text: String,
}

impl MailServer {
    pub(crate) async fn start() -> MailServer {
        MailServer::start_at(0).await
    }

    /// Goes away with all it has, and refuses connections from now on.
    pub(crate) async fn kill(&mut self) {
        self.program.kill().await;
    }

    /// Comes back, empty, where it was.
    pub(crate) async fn start_again(&mut self) {
        *self = MailServer::start_at(self.port).await;
    }

    async fn start_at(port: u16) -> MailServer {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("smtp_sink.py");
        let mut python = Command::new("/usr/bin/python3");
        let program = Program::start("smtp_sink.py", python.arg(script).arg(port.to_string()));
        let port = program
            .prints(|line| line.parse::<u16>().is_ok())
            .await
            .parse()
            .expect("a port");
        MailServer { port, program }
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Everything received so far, oldest first.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let mails = self
            .program
            .output()
            .into_iter()
            .skip(1)
            .map(|line| serde_json::from_str::<Mail>(&line).expect("a mail"));
        mails
            .map(|mail| Message {
                channel: Channel::Email,
                to: mail.to.concat(),
                subject: mail.subject,
                text: mail.text,
            })
            .collect()
    }
}

mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::harness::patience::eventually;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_mail_that_was_sent_is_kept() {
        let server = MailServer::start().await;
        let mut connection = tokio::net::TcpStream::connect(("127.0.0.1", server.port))
            .await
            .expect("a mail server");
        let mut reply = [0; 512];
        for line in [
            "HELO us",
            "MAIL FROM:<a@example.test>",
            "RCPT TO:<b@example.test>",
            "DATA",
            "Subject: Code\r\n\r\n123456\r\n.",
            "QUIT",
        ] {
            assert!(connection.read(&mut reply).await.expect("a reply") > 0);
            connection
                .write_all(format!("{line}\r\n").as_bytes())
                .await
                .expect("a listening server");
        }
        let mail = eventually("the mail", async || server.messages().pop()).await;
        assert_eq!(
            (mail.to.as_str(), mail.subject.as_str(), mail.text.trim()),
            ("b@example.test", "Code", "123456")
        );
    }
}
