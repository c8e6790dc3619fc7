//! What Vonage tells of a message (<https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts>), signed with
//! the account's signature secret by HMAC-SHA-256
//! (<https://developer.vonage.com/en/getting-started/concepts/signing-messages>). Vonage sends it as a query or as a form.

use crate::domain::parcel::{Arrival, Receipt};
use crate::domain::secret::Secret;
use crate::io::courier::{Callback, Tells};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use data_encoding::HEXLOWER_PERMISSIVE;
use std::collections::BTreeMap;
use url::form_urlencoded;

/// What a request tells, if it is signed with this secret.
pub(super) fn read(secret: &Secret<String>, callback: &Callback) -> Tells {
    let query = callback.target.split_once('?').map_or("", |(_, query)| query);
    let mut fields = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(&callback.body)) {
        // Of two values only one could be the signed one.
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return Tells::Forged;
        }
    }
    let Some(signature) = fields.remove("sig") else {
        return Tells::Forged;
    };
    if !signed(secret, &fields, &signature) {
        return Tells::Forged;
    }
    let (Some(parcel), Some(message), Some(status)) =
        (fields.get("client-ref"), fields.get("messageId"), fields.get("status"))
    else {
        return Tells::Nothing;
    };
    let Ok(parcel) = parcel.parse() else {
        return Tells::Nothing;
    };
    let arrival = match status.as_str() {
        "delivered" => Arrival::Delivered,
        "expired" | "failed" | "rejected" => Arrival::NotDelivered,
        _ => Arrival::OnItsWay,
    };
    Tells::Receipt(Receipt {
        parcel,
        message: message.clone(),
        arrival,
    })
}

fn signed(secret: &Secret<String>, fields: &BTreeMap<String, String>, signature: &str) -> bool {
    let Ok(signature) = HEXLOWER_PERMISSIVE.decode(signature.as_bytes()) else {
        return false;
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    let mut signing = hmac::Context::with_key(&key);
    for (name, value) in fields {
        signing.update(format!("&{name}={}", value.replace(['&', '='], "_")).as_bytes());
    }
    verify_slices_are_equal(signing.sign().as_ref(), &signature).is_ok()
}
