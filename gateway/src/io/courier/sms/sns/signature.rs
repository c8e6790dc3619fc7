//! AWS Signature Version 4 of a form that is posted
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).

use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use reqwest::Url;

/// An access key.
pub struct AccessKey {
    /// Its name: `AKIA…`.
    pub id: String,
    /// What signs.
    pub secret: Secret<String>,
}

/// Signs requests to one service at one moment.
pub(super) struct Signer<'a> {
    pub(super) key: &'a AccessKey,
    pub(super) region: &'a str,
    pub(super) at: Timestamp,
}

const SERVICE: &str = "sns";
const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";
const SIGNED: &str = "content-type;host;x-amz-date";

impl Signer<'_> {
    /// The headers of a form posted to this URL, which has no query.
    pub(super) fn headers(&self, url: &Url, body: &str) -> Result<[(&'static str, String); 4], String> {
        let moment = jiff::Timestamp::from_millisecond(self.at.as_millis()).map_err(|error| error.to_string())?;
        let at = moment.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = moment.strftime("%Y%m%d").to_string();
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => return Err("the URL has no host".to_owned()),
        };
        let path = url.path();
        let canonical = format!(
            "POST\n{path}\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\nx-amz-date:{at}\n\n{SIGNED}\n{}",
            sha256(body)
        );
        let scope = format!("{day}/{}/{SERVICE}/aws4_request", self.region);
        let signed = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{}", sha256(&canonical));
        let signature = HEXLOWER.encode(hmac(self.derived(&day).as_ref(), &signed).as_ref());
        let credential = format!("{}/{scope}", self.key.id);
        Ok([
            ("host", host),
            ("content-type", CONTENT_TYPE.to_owned()),
            ("x-amz-date", at),
            (
                "authorization",
                format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={SIGNED}, Signature={signature}"),
            ),
        ])
    }

    /// A key for this day, region and service.
    fn derived(&self, day: &str) -> hmac::Tag {
        let first = Secret::new(format!("AWS4{}", self.key.secret.expose()));
        [self.region, SERVICE, "aws4_request"]
            .iter()
            .fold(hmac(first.expose().as_bytes(), day), |key, part| {
                hmac(key.as_ref(), part)
            })
    }
}

fn hmac(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

fn sha256(text: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, text.as_bytes()).as_ref())
}
