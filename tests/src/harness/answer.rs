//! What came back for one request.

use http::HeaderMap;
use url::Url;

use super::form::{Form, attribute, visible_text};

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// What was asked for.
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// This answer, if it has the status it should have.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{} said:\n{}", self.url, self.text());
        self
    }

    /// The value of a header, empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("a header in ASCII"))
    }

    /// Where this answer sends the browser by itself: a redirect, or the page that leaves for another origin.
    pub(crate) fn onward(&self) -> Option<Url> {
        if (300..400).contains(&self.status) {
            return Some(self.url.join(self.header("location")).expect("a location"));
        }
        let refresh = self
            .body
            .split("<meta")
            .find(|tag| attribute(tag, "http-equiv").as_deref() == Some("refresh"))?;
        let content = attribute(refresh, "content").expect("a target");
        let (_, target) = content.split_once("url=").expect("a target");
        Some(self.url.join(target).expect("a URL"))
    }

    /// The form that has a field `name`.
    #[track_caller]
    pub(crate) fn form_with(&self, name: &str) -> Form {
        let form = Form::all(&self.body, &self.url).into_iter().find(|form| form.has(name));
        form.unwrap_or_else(|| {
            panic!(
                "no form with {name} at {} ({}):\n{}",
                self.url,
                self.status,
                self.text()
            )
        })
    }

    /// The form that is sent to a page of ours, `login` say.
    #[track_caller]
    pub(crate) fn form_to(&self, page: &str) -> Form {
        let path = format!("/.vestibule/{page}");
        let form = Form::all(&self.body, &self.url)
            .into_iter()
            .find(|form| form.action.path() == path);
        form.unwrap_or_else(|| panic!("no form to {page} at {} ({}):\n{}", self.url, self.status, self.text()))
    }

    /// What a person reads.
    pub(crate) fn text(&self) -> String {
        visible_text(&self.body)
    }

    #[track_caller]
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {}: {}", self.url, self.body))
    }
}
