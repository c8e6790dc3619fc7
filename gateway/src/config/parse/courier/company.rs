//! The companies that have a protocol of their own, and what each wants to know of us.

use super::http::address;
use crate::config::parse::words::line;
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::config::{Channel, Provider};
use crate::domain::secret::Secret;
use url::Url;

/// Twilio.
pub(super) fn twilio(section: &Section<'_>, channel: Channel) -> Option<Provider> {
    let url = url(section, "https://api.twilio.com");
    let account = section.required("account", r#"the account: account = "AC…""#, word);
    let token = secret(section, "token_file", "the file that holds the account's token");
    let from = section.required("from", r#"the sender: from = "+33700000000""#, |text| line(text, 40));
    Some(Provider::Twilio {
        channel,
        url: url?,
        account: account?,
        token: token?,
        from: from?,
    })
}

/// OVHcloud.
pub(super) fn ovhcloud(section: &Section<'_>) -> Option<Provider> {
    let url = url(section, "https://eu.api.ovh.com/1.0");
    let service = section.required("service", r#"the SMS account: service = "sms-ab12345-1""#, word);
    let application_key = section.required("application_key", "the application's key", word);
    let application_secret = secret(
        section,
        "application_secret_file",
        "the file that holds the application's secret",
    );
    let consumer_key = secret(section, "consumer_key_file", "the file that holds the consumer key");
    let from = section.required(
        "from",
        r#"a sender that OVHcloud has approved: from = "Example""#,
        |text| line(text, 40),
    );
    Some(Provider::Ovhcloud {
        url: url?,
        service: service?,
        application_key: application_key?,
        application_secret: application_secret?,
        consumer_key: consumer_key?,
        from: from?,
    })
}

/// Vonage.
pub(super) fn vonage(section: &Section<'_>) -> Option<Provider> {
    let url = url(section, "https://rest.nexmo.com");
    let key = section.required("key", "the account's key", word);
    let secret = secret(section, "secret_file", "the file that holds the account's secret");
    let signature = section.secret("signature_file");
    let from = section.required("from", r#"the sender: from = "Example""#, |text| line(text, 40));
    Some(Provider::Vonage {
        url: url?,
        key: key?,
        secret: secret?,
        signature,
        from: from?,
    })
}

/// AWS SNS.
pub(super) fn sns(section: &Section<'_>) -> Option<Provider> {
    let region = section.required("region", r#"the region: region = "eu-west-3""#, region);
    let usual = format!("https://sns.{}.amazonaws.com", region.as_deref().unwrap_or("eu-west-3"));
    let url = url(section, &usual);
    let access_key = section.required(
        "access_key",
        r#"the name of the access key: access_key = "AKIA…""#,
        word,
    );
    let secret = secret(
        section,
        "secret_file",
        "the file that holds the secret of the access key",
    );
    let from = section.required("from", r#"the sender: from = "Example""#, |text| line(text, 11));
    Some(Provider::Sns {
        url: url?,
        region: region?,
        access_key: access_key?,
        secret: secret?,
        from: from?,
    })
}

/// Where a company is asked; elsewhere than usual for its other regions, and for tests.
fn url(section: &Section<'_>, usual: &str) -> Option<Url> {
    if section.value("url").is_some() {
        section.optional("url", bare)
    } else {
        Url::parse(usual).ok()
    }
}

fn bare(text: &str) -> Result<Url, Flaw> {
    let url = address(text)?;
    let bare =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if bare {
        Ok(url)
    } else {
        Err(flaw("more than an address", "https://host or https://host/path"))
    }
}

fn secret(section: &Section<'_>, key: &'static str, hint: &str) -> Option<Secret<String>> {
    section.must(key, hint);
    section.secret(key)
}

/// The name of an account or a key: it stands in URLs and headers.
fn word(text: &str) -> Result<String, Flaw> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if (1..=100).contains(&text.len()) && text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(flaw("not a name that a company gives", "letters, digits, -, _ and ."))
    }
}

fn region(text: &str) -> Result<String, Flaw> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=40).contains(&text.len()) && text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(flaw("not a region", r#""eu-west-3""#))
    }
}
