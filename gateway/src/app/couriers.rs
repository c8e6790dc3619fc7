//! From couriers as configured to couriers that send.

use super::wording::Words;
use crate::config::{Channel, Config, CourierSpec, HttpTemplate, Provider};
use crate::domain::secret::Secret;
use crate::io::Fault;
use crate::io::clock::Clock;
use crate::io::courier::email::SmtpCourier;
use crate::io::courier::http::{Carries, HttpCourier, Request};
use crate::io::courier::outbox::Outbox;
use crate::io::courier::sms::ovhcloud::{Keys, OvhcloudSms};
use crate::io::courier::sms::sns::{AccessKey, SnsSms};
use crate::io::courier::sms::twilio::TwilioSms;
use crate::io::courier::sms::vonage::VonageSms;
use crate::io::courier::twilio::Account;
use crate::io::courier::voice::twilio::TwilioVoice;
use crate::io::courier::{Courier, Couriers, Routes, Wording};
use crate::io::entropy::Entropy;
use crate::io::store::records::Records;
use std::sync::Arc;

/// What couriers call themselves.
pub(super) struct Around<'a> {
    pub(super) clock: &'a Arc<dyn Clock>,
    pub(super) entropy: &'a Arc<dyn Entropy>,
    pub(super) records: &'a Records,
}

/// All couriers, and the outbox where the configuration says that messages stay here; one there was before stays what
/// operators look at.
pub(super) fn all(
    config: &Config,
    around: &Around<'_>,
    before: Option<Arc<Outbox>>,
) -> Result<(Couriers, Option<Arc<Outbox>>), Fault> {
    let words: Arc<dyn Wording> = Arc::new(Words {
        brand: config.settings.brand.clone(),
        login_url: format!("{}/", config.settings.portal.origin.as_str()),
    });
    let mut outbox = before;
    let mut shows = false;
    let mut all: Vec<Arc<dyn Courier>> = Vec::new();
    for spec in &config.couriers.all {
        let courier = match &spec.provider {
            Provider::Outbox if shows => continue,
            Provider::Outbox => {
                shows = true;
                let fresh = || Arc::new(Outbox::new(Arc::clone(&words), Arc::clone(around.clock)));
                Arc::clone(outbox.get_or_insert_with(fresh)) as Arc<dyn Courier>
            }
            Provider::Smtp { url, from, login } => {
                let login = login.as_ref().map(|(name, password)| (name.clone(), copy(password)));
                let made = SmtpCourier::new((&spec.name, url.as_str()), from, login, Arc::clone(&words));
                Arc::new(made.map_err(|fault| Fault::new("courier", fault))?)
            }
            Provider::Http { channel, template } => by_template(spec, (*channel, template), &words)?,
            Provider::Twilio { .. } | Provider::Ovhcloud { .. } | Provider::Vonage { .. } | Provider::Sns { .. } => {
                company(spec, config.settings.portal.origin.as_str(), (&words, around))?
            }
        };
        all.push(courier);
    }
    let routes = Routes {
        by_country: config.couriers.route.clone(),
        patience: config.couriers.timeout,
    };
    let couriers = Couriers::new(all, routes, Arc::clone(around.clock));
    Ok((couriers, outbox))
}

fn by_template(
    spec: &CourierSpec,
    (channel, template): (Channel, &HttpTemplate),
    words: &Arc<dyn Wording>,
) -> Result<Arc<dyn Courier>, Fault> {
    let carries = match channel {
        Channel::Sms => Carries::Sms,
        Channel::Voice => Carries::Calls,
    };
    let request = Request {
        method: template.method.to_string(),
        url: template.url.to_string(),
        headers: template.headers.clone(),
        body: template.body.clone(),
        secret: template.secret.as_ref().map(copy),
    };
    let made = HttpCourier::new((&spec.name, carries), request, client()?, Arc::clone(words));
    Ok(Arc::new(made.map_err(|fault| Fault::new("courier", fault))?))
}

fn company(
    spec: &CourierSpec,
    portal: &str,
    (words, around): (&Arc<dyn Wording>, &Around<'_>),
) -> Result<Arc<dyn Courier>, Fault> {
    let (name, wording, client) = (spec.name.clone(), Arc::clone(words), client()?);
    let clock = Arc::clone(around.clock);
    Ok(match &spec.provider {
        Provider::Twilio {
            channel,
            url,
            account,
            token,
            from,
        } => {
            let account = Account {
                url: url.clone(),
                sid: account.clone(),
                token: copy(token),
                from: from.clone(),
                client,
            };
            match channel {
                Channel::Sms => Arc::new(TwilioSms {
                    name,
                    account,
                    portal: portal.to_owned(),
                    wording,
                }),
                Channel::Voice => Arc::new(TwilioVoice {
                    name,
                    account,
                    portal: portal.to_owned(),
                    wording,
                    records: around.records.clone(),
                    entropy: Arc::clone(around.entropy),
                }),
            }
        }
        Provider::Ovhcloud {
            url,
            service,
            application_key,
            application_secret,
            consumer_key,
            from,
        } => Arc::new(OvhcloudSms {
            name,
            url: url.clone(),
            service: service.clone(),
            from: from.clone(),
            keys: Keys {
                application: application_key.clone(),
                secret: copy(application_secret),
                consumer: copy(consumer_key),
            },
            wording,
            clock,
            client,
        }),
        Provider::Vonage {
            url,
            key,
            secret,
            signature,
            from,
        } => Arc::new(VonageSms {
            name,
            url: url.clone(),
            key: key.clone(),
            secret: copy(secret),
            signature: signature.as_ref().map(copy),
            portal: portal.to_owned(),
            from: from.clone(),
            wording,
            client,
        }),
        Provider::Sns {
            url,
            region,
            access_key,
            secret,
            from,
        } => Arc::new(SnsSms {
            name,
            url: url.clone(),
            region: region.clone(),
            key: AccessKey {
                id: access_key.clone(),
                secret: copy(secret),
            },
            from: from.clone(),
            wording,
            clock,
            client,
        }),
        Provider::Http { .. } | Provider::Smtp { .. } | Provider::Outbox => {
            return Err(Fault::new("courier", format!("{name} is of no company")));
        }
    })
}

fn copy(secret: &Secret<String>) -> Secret<String> {
    Secret::new(secret.expose().clone())
}

/// The client for HTTP gateways: never follows a redirect, which could carry a code elsewhere.
#[expect(clippy::disallowed_methods, reason = "this is the one place that makes HTTP clients")]
fn client() -> Result<reqwest::Client, Fault> {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.build().map_err(|error| Fault::new("courier", error))
}
