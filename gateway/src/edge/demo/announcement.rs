//! What the demo says once it listens: to people what to do next, to programs where everything is.

use super::people::Account;
use super::settings::Addresses;
use serde::Serialize;
use std::path::Path;

/// Where everything is, and who can log in.
#[derive(Clone, Debug, Serialize)]
pub struct Announcement {
    /// The protected application.
    pub url: String,
    /// The operators' listener.
    pub admin_url: String,
    /// The messages that would have been sent.
    pub outbox_url: String,
    /// Who can log in.
    pub accounts: Vec<Account>,
}

impl Announcement {
    /// Announces these.
    pub fn new(addresses: &Addresses, accounts: Vec<Account>) -> Self {
        Self {
            url: addresses.url(),
            admin_url: addresses.admin_url(),
            outbox_url: addresses.outbox_url(),
            accounts,
        }
    }

    /// For programs: one line.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// For people; `directory` is where everything is kept.
    pub fn text(&self, directory: &Path) -> String {
        let Self {
            url,
            outbox_url,
            accounts,
            ..
        } = self;
        let config = directory.join("vestibule.toml");
        let (directory, config) = (directory.display(), config.display());
        let people: String = accounts.iter().map(person).collect();
        format!(
            "\nVestibule is open.\n\n\
             \x20 The protected application   {url}/\n\
             \x20 SMS and e-mails it sends    {outbox_url}\n\n\
             Who can log in\n{people}\n\
             What to do next\n\
             \x20 1. Open {url}/ and log in as ann, or open {url}/public/ without logging in.\n\
             \x20 2. Enter the code of her app (add its key to yours), or choose another method and read the SMS in the outbox.\n\
             \x20 3. See which headers the application received, and log out at {url}/.vestibule/logout.\n\
             \x20 4. Ask why: vestibule explain --config {config} --user ben --url {url}/\n\n\
             Everything is kept in {directory}; start over with --fresh. Stop with Ctrl-C.\n"
        )
    }
}

fn person(account: &Account) -> String {
    let Account {
        username,
        password,
        email,
        phone,
        totp_uri,
    } = account;
    let mut text = format!("  {username}\n    password   {password}\n");
    match phone {
        Some(phone) => text.push_str(&format!("    SMS        {phone}\n")),
        None => text.push_str(&format!("    e-mail     {email}\n")),
    }
    if let Some(uri) = totp_uri {
        text.push_str(&format!("    app key    {}\n    app URI    {uri}\n", key(uri)));
    }
    text
}

/// The key of an `otpauth` URI, in groups of four as people type it.
fn key(uri: &str) -> String {
    let secret = uri
        .split(['?', '&'])
        .find_map(|part| part.strip_prefix("secret="))
        .unwrap_or_default();
    let letters: Vec<char> = secret.chars().collect();
    letters
        .chunks(4)
        .map(|four| four.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announcement() -> Result<Announcement, std::net::AddrParseError> {
        let addresses = Addresses {
            http: "127.0.0.1:8080".parse()?,
            admin: "127.0.0.1:9090".parse()?,
            sample: "127.0.0.1:1".parse()?,
        };
        let ann = Account {
            username: "ann".into(),
            password: "correct horse".into(),
            email: "ann@example.com".into(),
            phone: Some("+33612345612".into()),
            totp_uri: Some("otpauth://totp/Vestibule:ann?secret=GEZDGNBVGY3TQOJQ&issuer=Vestibule".into()),
        };
        let ben = Account {
            username: "ben".into(),
            phone: None,
            totp_uri: None,
            email: "ben@example.com".into(),
            ..ann.clone()
        };
        Ok(Announcement::new(&addresses, vec![ann, ben]))
    }

    #[test]
    fn programs_get_one_line_with_everything() -> Result<(), Box<dyn std::error::Error>> {
        let line = announcement()?.json();
        assert!(!line.contains('\n'));
        let json: serde_json::Value = serde_json::from_str(&line)?;
        assert_eq!(
            (&json["url"], &json["admin_url"]),
            (&"http://localhost:8080".into(), &"http://127.0.0.1:9090".into())
        );
        assert_eq!(json["outbox_url"], "http://127.0.0.1:9090/outbox");
        assert_eq!(
            (&json["accounts"][0]["phone"], &json["accounts"][1]["totp_uri"]),
            (&"+33612345612".into(), &serde_json::Value::Null)
        );
        Ok(())
    }

    #[test]
    fn people_are_told_all_they_need() -> Result<(), Box<dyn std::error::Error>> {
        let text = announcement()?.text(Path::new("vestibule-demo"));
        for part in [
            "http://localhost:8080/",
            "GEZD GNBV GY3T QOJQ",
            "+33612345612",
            "ben@example.com",
            "correct horse",
            "/outbox",
            "--fresh",
            "vestibule-demo/vestibule.toml",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        Ok(())
    }
}
