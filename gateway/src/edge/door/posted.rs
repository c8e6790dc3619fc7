//! A form that a person sent when their session had ended: whether it is kept for them, and what they are told. Judged by
//! its head alone; only what will be kept is read at all.

use super::read::{self, FETCH_SITE, target};
use super::{Door, in_time, with_all};
use crate::domain::access::Audience;
use crate::domain::application::Application;
use crate::domain::id::UserId;
use crate::domain::saved_form::{Body, Content, Rules, SavedForm, State, UnsentForms};
use crate::domain::settings::Site;
use crate::edge::arrival::Arrival;
use crate::edge::cookie::Jar;
use crate::edge::pages::{Asked, Told};
use crate::edge::reply;
use crate::flow::{Fault, return_target, saved_form};
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ORIGIN, REFERER};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::sync::Arc;

/// The longest name of a kind of form, with its boundary (RFC 2046 section 5.1.1), and the longest address of the page it
/// was filled in on; a longer one is not passed on.
const LONGEST_WORD: usize = 2048;

/// A form whose sender has to log in first.
pub struct Posted {
    /// How it came.
    pub arrival: Arrival,
    pub(super) farewell: Vec<HeaderValue>,
}

/// A form that will be kept, as far as its head tells.
pub struct Keepable {
    /// How many bytes it has.
    pub length: usize,
    user: UserId,
    rules: Rules,
    target: String,
    content_type: String,
    referer: Option<String>,
}

impl Door {
    /// What is said of a form that is not kept.
    pub fn unsent(&self, posted: Posted, head: &Parts) -> Response {
        let asked = Asked {
            audience: Audience::PostedForm,
            target: target(head),
            headers: &head.headers,
        };
        let answer = self.pages.tell(&posted.arrival, Told::LogInFirst, &asked);
        with_all(answer, posted.farewell)
    }

    /// Whether a form is kept, before anything of it is read.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub async fn keepable(&self, posted: &Posted, head: &Parts) -> Result<Option<Keepable>, Fault> {
        let (Site::Application(application) | Site::Shared(application)) = &posted.arrival.site else {
            return Ok(None);
        };
        let rules = posted.arrival.settings.saved_forms;
        let Some((presented, length)) = posted.arrival.presented.as_ref().zip(length(head, rules)) else {
            return Ok(None);
        };
        let Some(content_type) = kind(head).filter(|_| is_meant_here(head, application)) else {
            return Ok(None);
        };
        let sender = in_time("forms", saved_form::sender(&self.outside, presented, rules)).await?;
        Ok(sender.map(|user| Keepable {
            length,
            user,
            rules,
            target: target(head).to_owned(),
            content_type: content_type.to_owned(),
            referer: text(&head.headers, &REFERER)
                .filter(|page| page.len() <= LONGEST_WORD)
                .map(str::to_owned),
        }))
    }

    /// Keeps a form, and says so.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn keep(
        &self,
        posted: Posted,
        (keepable, body): (Keepable, Vec<u8>),
        headers: &HeaderMap,
    ) -> Result<Response, Fault> {
        let origin = posted.arrival.origin();
        let brought = Jar::Form.read(origin, headers);
        let browser = brought.unwrap_or_else(|| self.outside.entropy.token());
        let form = SavedForm {
            user: keepable.user,
            origin: origin.as_str().to_owned(),
            target: keepable.target,
            at: self.outside.clock.now(),
            state: State::Waiting(Content {
                content_type: keepable.content_type,
                referer: keepable.referer,
                body: Body(body.into()),
            }),
        };
        let id = saved_form::keep(&self.outside, &browser, (&form, keepable.rules)).await?;
        let page = self.pages.saved(&posted.arrival, (id, &form.target), headers)?;
        let page = reply::with_cookie(page, Jar::Form.set(origin, &browser));
        Ok(with_all(page, posted.farewell))
    }
}

/// Whether a page of the application itself had the browser send it, to somewhere it can be sent again.
fn is_meant_here(head: &Parts, application: &Arc<Application>) -> bool {
    let ours = application.origin.as_str();
    let same_site = text(&head.headers, &FETCH_SITE).is_none_or(|site| site == "same-origin");
    head.method == Method::POST
        && application.unsent_forms == UnsentForms::Saved
        && !application.upstreams.is_empty()
        && ours.len() + target(head).len() <= return_target::LONGEST
        && text(&head.headers, &ORIGIN) == Some(ours)
        && head.headers.get_all(FETCH_SITE).iter().count() <= 1
        && same_site
}

/// How many bytes were announced, where that is not too many. Browsers announce them.
fn length(head: &Parts, rules: Rules) -> Option<usize> {
    let length = text(&head.headers, &CONTENT_LENGTH)?;
    let length = length.parse().ok()?;
    (length <= rules.largest).then_some(length)
}

/// How it is written, where that is how browsers write forms.
fn kind(head: &Parts) -> Option<&str> {
    let kind = text(&head.headers, &CONTENT_TYPE).filter(|kind| kind.len() <= LONGEST_WORD)?;
    let bare = kind.split(';').next().unwrap_or_default().trim();
    ["application/x-www-form-urlencoded", "multipart/form-data"]
        .iter()
        .any(|known| bare.eq_ignore_ascii_case(known))
        .then_some(kind)
}

/// The one value of this name; none where there are two.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let value = read::one(headers, name).ok().flatten();
    value.and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_forms_as_browsers_write_them_are_kept() -> Result<(), Box<dyn std::error::Error>> {
        let rules = Rules {
            largest: 10,
            keep: Duration::from_secs(1),
            per_person: 1,
        };
        let urlencoded = "application/x-www-form-urlencoded";
        for (headers, expected) in [
            (vec![(CONTENT_TYPE, urlencoded), (CONTENT_LENGTH, "10")], true),
            (
                vec![(CONTENT_TYPE, "Multipart/Form-Data; boundary=x"), (CONTENT_LENGTH, "0")],
                true,
            ),
            (vec![(CONTENT_TYPE, urlencoded), (CONTENT_LENGTH, "11")], false),
            (vec![(CONTENT_TYPE, urlencoded)], false),
            (vec![(CONTENT_TYPE, "application/json"), (CONTENT_LENGTH, "1")], false),
            (vec![(CONTENT_TYPE, "text/plain"), (CONTENT_LENGTH, "1")], false),
            (vec![(CONTENT_LENGTH, "1")], false),
            (
                vec![
                    (CONTENT_TYPE, urlencoded),
                    (CONTENT_TYPE, urlencoded),
                    (CONTENT_LENGTH, "1"),
                ],
                false,
            ),
        ] {
            let mut request = http::Request::builder().method(Method::POST).uri("/");
            for (name, value) in &headers {
                request = request.header(name, *value);
            }
            let (head, ()) = request.body(())?.into_parts();
            let kept = kind(&head).is_some() && length(&head, rules).is_some();
            assert_eq!(kept, expected, "{headers:?}");
        }
        Ok(())
    }
}
