//! The signature of assertions: ES256, one key in use, older ones still published.

use super::Fault;
use super::files::{KeyFile, Missing, all, fault, ripe};
use crate::domain::identity::Claims;
use crate::domain::time::Timestamp;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode_header};
use serde_json::{Value, json};
use std::path::Path;
use zeroize::Zeroizing;

/// The signing key in use, and the public halves of all.
pub(super) struct Signing {
    key: EncodingKey,
    header: Header,
    jwks: Value,
}

/// What `typ` an assertion has, so that no other JWT passes for one (RFC 8725 section 3.11).
const TYPE: &str = "vestibule+jwt";

impl Signing {
    /// Reads `signing-N.pem` (PKCS #8, P-256), making the first one where it may; the highest ripe one signs.
    pub(super) fn load(directory: &Path, missing: Missing, now: Timestamp) -> Result<Self, Fault> {
        let files = all(directory, ("signing", "pem"), (missing, fresh))?;
        let public = files.iter().map(public).collect::<Result<Vec<Value>, Fault>>()?;
        let numbers: Vec<u32> = files.iter().map(|(number, ..)| *number).collect();
        let in_use = ripe(directory, ("signing", "pem"), (&numbers, now))?;
        let place = files.iter().position(|(number, ..)| *number == in_use);
        let found = place.and_then(|place| files.get(place).zip(public.get(place)));
        let ((_, path, pem), own) = found.ok_or_else(|| fault(directory, "no signing key"))?;
        let key = EncodingKey::from_ec_pem(pem.as_bytes()).map_err(|error| fault(path, error))?;
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(TYPE.into());
        header.kid = own.get("kid").and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            key,
            header,
            jwks: json!({ "keys": public }),
        })
    }

    /// JWS compact serialisation (RFC 7515 section 3.1).
    pub(super) fn sign(&self, claims: &Claims) -> Result<String, Fault> {
        jsonwebtoken::encode(&self.header, claims, &self.key).map_err(|error| Fault::new("keys", error))
    }

    /// The claims of an assertion that one of our keys has signed; whom it is for, and when, is not looked at.
    ///
    /// # Errors
    /// In words, why it is none.
    pub(super) fn read(&self, text: &str) -> Result<Value, String> {
        let header = decode_header(text).map_err(|error| format!("not a token signed with ES256: {error}"))?;
        if header.alg != Algorithm::ES256 {
            return Err(format!("signed with {:?}, not ES256", header.alg));
        }
        if header.typ.as_deref() != Some(TYPE) {
            return Err(format!(
                "its type is {:?}, not {TYPE:?}",
                header.typ.as_deref().unwrap_or_default()
            ));
        }
        let named = |key: &&Value| key.get("kid").and_then(Value::as_str) == header.kid.as_deref();
        let keys = self.jwks.get("keys").and_then(Value::as_array).map(Vec::as_slice);
        let key = keys
            .unwrap_or_default()
            .iter()
            .find(named)
            .filter(|_| header.kid.is_some());
        let key = key.ok_or("signed with a key that is not in keys.directory")?;
        let part = |name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default();
        let key = DecodingKey::from_ec_components(part("x"), part("y")).map_err(|error| error.to_string())?;
        let mut signature_alone = Validation::new(Algorithm::ES256);
        signature_alone.validate_exp = false;
        signature_alone.validate_aud = false;
        signature_alone.required_spec_claims.clear();
        let read = jsonwebtoken::decode(text, &key, &signature_alone);
        read.map(|token| token.claims).map_err(|error| {
            if matches!(error.kind(), ErrorKind::InvalidSignature) {
                "the signature is not that of this text".to_owned()
            } else {
                error.to_string()
            }
        })
    }

    /// The public keys (RFC 7517).
    pub(super) fn jwks(&self) -> &Value {
        &self.jwks
    }
}

pub(super) fn fresh() -> Result<Zeroizing<String>, Fault> {
    let unfit = |_| Fault::new("keys", "a signing key could not be made");
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(unfit)?;
    let document = pair.to_pkcs8v1().map_err(unfit)?;
    let body = Zeroizing::new(STANDARD.encode(document.as_ref()));
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    Ok(Zeroizing::new(format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        lines.join("\n")
    )))
}

/// The public half as a JWK, named by its thumbprint (RFC 7638).
fn public((_, path, pem): &KeyFile) -> Result<Value, Fault> {
    let body: Zeroizing<String> = Zeroizing::new(pem.lines().filter(|line| !line.starts_with("-----")).collect());
    let der = Zeroizing::new(
        STANDARD
            .decode(body.as_bytes())
            .map_err(|_| fault(path, "not a PEM file"))?,
    );
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der)
        .map_err(|_| fault(path, "not a P-256 key in PKCS #8"))?;
    let point = pair.public_key().as_ref();
    let coordinate = |from: usize| {
        point
            .get(from..from + 32)
            .map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
            .ok_or_else(|| fault(path, "no P-256 point"))
    };
    let (x, y) = (coordinate(1)?, coordinate(33)?);
    let thumbprint = digest(
        &SHA256,
        format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes(),
    );
    let kid = URL_SAFE_NO_PAD.encode(thumbprint);
    Ok(json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig", "alg": "ES256" }))
}
