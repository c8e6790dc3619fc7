//! How sure we are of who somebody is: derived from the authentications in a session, never stored.

use super::id::AuthenticatorId;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The kind of an authenticator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Something the person knows.
    Password,
    /// An authenticator app (RFC 6238).
    Totp,
    /// A code by SMS; restricted (SP 800-63B section 3.2.9).
    Sms,
    /// A code by phone call; restricted.
    Voice,
    /// A code by e-mail; weak, never more than `aal1`.
    Email,
    /// A passkey; cannot be phished.
    Webauthn,
    /// A code from the list kept for emergencies.
    EmergencyCode,
}

impl Method {
    /// The word used in configuration, records and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Email => "email",
            Self::Webauthn => "webauthn",
            Self::EmergencyCode => "emergency_code",
        }
    }

    /// Every method.
    pub const ALL: [Self; 7] = [
        Self::Password,
        Self::Totp,
        Self::Sms,
        Self::Voice,
        Self::Email,
        Self::Webauthn,
        Self::EmergencyCode,
    ];

    /// The method of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word() == word)
    }

    /// The value for an assertion's `amr` (RFC 8176 section 2; `email` has none there and keeps its own word).
    pub fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Totp | Self::EmergencyCode => "otp",
            Self::Sms => "sms",
            Self::Voice => "tel",
            Self::Email => "email",
            Self::Webauthn => "hwk",
        }
    }

    fn is_second_factor(self) -> bool {
        match self {
            Self::Password => false,
            Self::Totp | Self::Sms | Self::Voice | Self::Email | Self::Webauthn | Self::EmergencyCode => true,
        }
    }

    fn reaches_aal2(self) -> bool {
        match self {
            Self::Password | Self::Email => false,
            Self::Totp | Self::Sms | Self::Voice | Self::Webauthn | Self::EmergencyCode => true,
        }
    }
}

/// Which authenticator answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prover {
    /// The password in the directory.
    Password,
    /// This authenticator.
    Authenticator(AuthenticatorId),
}

/// A right answer that was spent: made only where a spend was won or the directory checked a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    method: Method,
    prover: Prover,
    at: Timestamp,
}

impl Authentication {
    /// To be called only by `io/credentials`, after a spend was committed, and by the directory's password check.
    pub fn proven(method: Method, prover: Prover, at: Timestamp) -> Self {
        Self { method, prover, at }
    }

    /// What somebody would have proven, for explaining a decision; to be called only by the operators' `suppose`.
    pub fn supposed(method: Method, prover: Prover, at: Timestamp) -> Self {
        Self { method, prover, at }
    }

    /// How it was proven.
    pub fn method(&self) -> Method {
        self.method
    }

    /// By which authenticator.
    pub fn prover(&self) -> Prover {
        self.prover
    }

    /// When.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

/// How much proof is asked for; more is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A password.
    OneFactor,
    /// A password and a second factor.
    TwoFactor,
    /// A passkey.
    PhishingResistant,
}

/// How long ago a proof may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaxAge {
    /// As old as the session.
    Session,
    /// At most this long ago.
    Within(Duration),
}

impl MaxAge {
    fn allows(self, proven: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::Session => true,
            Self::Within(span) => now.since(proven) <= span,
        }
    }

    fn stricter(self, other: Self) -> Self {
        match (self, other) {
            (Self::Session, any) | (any, Self::Session) => any,
            (Self::Within(one), Self::Within(two)) => Self::Within(one.min(two)),
        }
    }
}

/// The proof that somebody must give to pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// How much.
    pub level: Level,
    /// The second factors that count.
    pub methods: Vec<Method>,
    /// How fresh.
    pub max_age: MaxAge,
}

impl Need {
    /// Whether these authentications give the proof.
    pub fn is_met_by(&self, authentications: &[Authentication], now: Timestamp) -> bool {
        let fresh = |proof: &&Authentication| self.max_age.allows(proof.at, now);
        let knows = authentications.iter().any(|proof| proof.method == Method::Password);
        let counts = |proof: &Authentication| self.counts(proof.method);
        let has = authentications.iter().filter(fresh).any(counts);
        let passkey = authentications
            .iter()
            .filter(fresh)
            .any(|proof| proof.method == Method::Webauthn && counts(proof));
        match self.level {
            Level::OneFactor => authentications.iter().any(|proof| fresh(&proof)),
            Level::TwoFactor => knows && has,
            Level::PhishingResistant => passkey,
        }
    }

    /// The same need, however long ago it was met.
    pub fn at_any_age(&self) -> Self {
        Self {
            max_age: MaxAge::Session,
            ..self.clone()
        }
    }

    /// Whether a right answer by this method would count as the second factor.
    pub fn accepts(&self, method: Method) -> bool {
        let strong_enough = self.level < Level::PhishingResistant || method == Method::Webauthn;
        self.counts(method) && strong_enough
    }

    /// Emergency codes stand in for whatever their owner has lost, unless only a passkey counts.
    fn counts(&self, method: Method) -> bool {
        match method {
            Method::Password => false,
            Method::EmergencyCode => self.methods.iter().any(|method| *method != Method::Webauthn),
            Method::Totp | Method::Sms | Method::Voice | Method::Email | Method::Webauthn => {
                self.methods.contains(&method)
            }
        }
    }

    /// The need that meets both.
    pub fn and(self, other: Self) -> Self {
        Self {
            level: self.level.max(other.level),
            methods: self
                .methods
                .into_iter()
                .filter(|method| other.methods.contains(method))
                .collect(),
            max_age: self.max_age.stricter(other.max_age),
        }
    }
}

/// Whether both factors were given, whatever their strength: only then does a browser become a known device.
pub fn is_full(authentications: &[Authentication]) -> bool {
    let passkey = authentications.iter().any(|proof| proof.method == Method::Webauthn);
    let knows = authentications.iter().any(|proof| proof.method == Method::Password);
    passkey || (knows && authentications.iter().any(|proof| proof.method.is_second_factor()))
}

/// The assurance of a session as applications are told it (`acr`).
pub fn acr(authentications: &[Authentication]) -> &'static str {
    let any = |test: fn(Method) -> bool| authentications.iter().any(|proof| test(proof.method));
    if any(|method| method == Method::Webauthn) {
        "phishing_resistant"
    } else if any(|method| method == Method::Password) && any(Method::reaches_aal2) {
        "aal2"
    } else {
        "aal1"
    }
}

/// The methods of a session as applications are told them (`amr`), each once, `mfa` last where two factors were given.
pub fn amr(authentications: &[Authentication]) -> Vec<&'static str> {
    let mut values = Vec::new();
    for proof in authentications {
        if !values.contains(&proof.method.amr()) {
            values.push(proof.method.amr());
        }
    }
    if acr(authentications) != "aal1" {
        values.push("mfa");
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(method: Method, at: i64) -> Authentication {
        Authentication {
            method,
            prover: Prover::Password,
            at: Timestamp::from_millis(at),
        }
    }

    fn need(level: Level, methods: &[Method], max_age: MaxAge) -> Need {
        Need {
            level,
            methods: methods.to_vec(),
            max_age,
        }
    }

    #[test]
    fn a_need_is_met_by_the_right_proofs_only() {
        use Level::{OneFactor, PhishingResistant, TwoFactor};
        use Method::{Email, Password, Sms, Totp, Webauthn};
        let now = Timestamp::from_millis(100_000);
        let minute = MaxAge::Within(Duration::from_secs(60));
        let table = [
            (need(OneFactor, &[], MaxAge::Session), vec![], false),
            (need(OneFactor, &[], MaxAge::Session), vec![proof(Password, 0)], true),
            (need(OneFactor, &[], minute), vec![proof(Password, 0)], false),
            (
                need(TwoFactor, &[Totp], MaxAge::Session),
                vec![proof(Password, 0)],
                false,
            ),
            (need(TwoFactor, &[Totp], MaxAge::Session), vec![proof(Totp, 0)], false),
            (
                need(TwoFactor, &[Totp], MaxAge::Session),
                vec![proof(Password, 0), proof(Totp, 0)],
                true,
            ),
            (
                need(TwoFactor, &[Sms], MaxAge::Session),
                vec![proof(Password, 0), proof(Totp, 0)],
                false,
            ),
            (
                need(TwoFactor, &[Totp], minute),
                vec![proof(Password, 0), proof(Totp, 39_999)],
                false,
            ),
            (
                need(TwoFactor, &[Totp], minute),
                vec![proof(Password, 0), proof(Totp, 40_000)],
                true,
            ),
            (
                need(TwoFactor, &[], MaxAge::Session),
                vec![proof(Password, 0), proof(Password, 1)],
                false,
            ),
            (
                need(PhishingResistant, &[Webauthn, Email], MaxAge::Session),
                vec![proof(Password, 0), proof(Email, 0)],
                false,
            ),
            (
                need(PhishingResistant, &[Webauthn], MaxAge::Session),
                vec![proof(Webauthn, 0)],
                true,
            ),
        ];
        for (need, proofs, expected) in table {
            assert_eq!(need.is_met_by(&proofs, now), expected, "{need:?} {proofs:?}");
        }
    }

    #[test]
    fn a_password_alone_is_no_full_login() {
        for (methods, expected) in [
            (vec![], false),
            (vec![Method::Password], false),
            (vec![Method::Password, Method::Password], false),
            (vec![Method::Email], false),
            (vec![Method::Password, Method::Email], true),
            (vec![Method::Webauthn], true),
        ] {
            let proofs: Vec<_> = methods.iter().map(|method| proof(*method, 0)).collect();
            assert_eq!(is_full(&proofs), expected, "{methods:?}");
        }
    }

    #[test]
    fn an_emailed_code_never_reaches_aal2() {
        let table = [
            (vec![proof(Method::Password, 0)], "aal1", vec!["pwd"]),
            (
                vec![proof(Method::Password, 0), proof(Method::Email, 0)],
                "aal1",
                vec!["pwd", "email"],
            ),
            (
                vec![proof(Method::Password, 0), proof(Method::Totp, 0)],
                "aal2",
                vec!["pwd", "otp", "mfa"],
            ),
            (
                vec![proof(Method::Webauthn, 0)],
                "phishing_resistant",
                vec!["hwk", "mfa"],
            ),
        ];
        for (proofs, level, methods) in table {
            assert_eq!(acr(&proofs), level);
            assert_eq!(amr(&proofs), methods);
        }
    }
}
