//! The people who log in, and their authenticator apps.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use totp_rs::Totp;
use url::Url;

const STEP_SECONDS: u64 = 30;

/// One person as `demo --json` announces them.
#[derive(Deserialize)]
pub(crate) struct Person {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) email: String,
    pub(crate) phone: Option<String>,
    #[serde(rename = "totp_uri", deserialize_with = "app_of_uri")]
    pub(crate) app: Option<App>,
}

impl Person {
    /// The app of a person who has one.
    pub(crate) fn app(&self) -> &App {
        self.app.as_ref().expect("a person with an authenticator app")
    }

    /// The phone of a person who has one.
    pub(crate) fn phone(&self) -> &str {
        self.phone.as_deref().expect("a person with a phone")
    }
}

/// An authenticator app. Remembers which time steps it has shown, because the gateway takes none twice.
pub(crate) struct App {
    totp: Totp,
    seed: String,
    last_step: Mutex<u64>,
}

impl App {
    pub(crate) fn from_uri(uri: &str) -> App {
        let parsed = Url::parse(uri).expect("an otpauth URI");
        let seed = parsed
            .query_pairs()
            .find(|(key, _)| key == "secret")
            .expect("a secret")
            .1
            .into_owned();
        App {
            totp: Totp::from_url(uri).expect("an otpauth URI"),
            seed,
            last_step: Mutex::new(0),
        }
    }

    /// The secret behind the codes, in base32.
    pub(crate) fn seed(&self) -> &str {
        &self.seed
    }

    /// A code never shown before: of this time step, or of the next one, which the gateway takes too; a third one
    /// within the same 30 seconds has to wait for the clock.
    pub(crate) async fn new_code(&self) -> String {
        let step = {
            let mut last = self.last_step.lock().expect("no panic elsewhere");
            *last = (*last + 1).max(seconds_now() / STEP_SECONDS);
            *last
        };
        let acceptable_from = (step - 1) * STEP_SECONDS;
        let wait = acceptable_from.saturating_sub(seconds_now());
        tokio::time::sleep(Duration::from_secs(wait)).await;
        self.code_at(step)
    }

    /// A code that was right ten minutes ago.
    pub(crate) fn expired_code(&self) -> String {
        self.code_at(seconds_now() / STEP_SECONDS - 20)
    }

    /// A code that is right at no time near now.
    pub(crate) fn wrong_code(&self) -> String {
        let now = seconds_now() / STEP_SECONDS;
        let near: Vec<String> = (now - 3..now + 4).map(|step| self.code_at(step)).collect();
        let digits = near[0].len();
        let mut candidates = (0..10_u32).map(|digit| digit.to_string().repeat(digits));
        candidates
            .find(|candidate| !near.contains(candidate))
            .expect("ten candidates, seven near codes")
    }

    fn code_at(&self, step: u64) -> String {
        self.totp.generate(step * STEP_SECONDS).to_string()
    }
}

fn seconds_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970")
        .as_secs()
}

fn app_of_uri<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Option<App>, D::Error> {
    Ok(Option::<String>::deserialize(source)?.map(|uri| App::from_uri(&uri)))
}

mod tests {
    use super::*;

    /// RFC 6238, appendix B.
    #[test]
    fn codes_are_those_of_the_standard() {
        let app = App::from_uri("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8");
        assert_eq!(app.code_at(1), "94287082");
        assert_eq!(app.code_at(37_037_036), "07081804");
    }
}
