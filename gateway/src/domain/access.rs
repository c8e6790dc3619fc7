//! One request as the rules see it.

use super::path::Path;
use std::net::IpAddr;

/// What is asked of an application.
#[derive(Clone, Debug)]
pub struct AccessRequest {
    /// What the client wants to do.
    pub method: http::Method,
    /// To what, in every reading an upstream could give it.
    pub path: Path,
    /// The address the request came from, as far as trusted proxies vouch for it.
    pub source: IpAddr,
    /// How a refusal is best told.
    pub audience: Audience,
}

impl AccessRequest {
    /// The loading of a page, as a browser does it.
    pub fn page_load(path: Path, source: IpAddr) -> Self {
        Self {
            method: http::Method::GET,
            path,
            source,
            audience: Audience::Page,
        }
    }
}

/// Who reads the answer to a request that needs a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// A person opened this page; login pages make sense, and the address is worth coming back to.
    Page,
    /// A person sent a form, which must not silently turn into a page load.
    PostedForm,
    /// A program, which gets JSON.
    Machine,
}

/// What the browser tells of a request, from which its audience follows.
#[derive(Clone, Copy, Debug)]
pub struct Hints<'a> {
    /// The request's method.
    pub method: &'a http::Method,
    /// `Sec-Fetch-Mode` (W3C Fetch Metadata), where the browser sends it.
    pub fetch_mode: Option<&'a str>,
    /// `Sec-Fetch-Dest`, likewise.
    pub fetch_dest: Option<&'a str>,
    /// `Accept`, where there is one.
    pub accept: Option<&'a str>,
    /// Whether the request asks for a WebSocket or carries gRPC.
    pub stream: bool,
}

impl Hints<'_> {
    /// A navigation of a whole tab is a page, that of a frame is not: no login page may be shown in one. Without Fetch
    /// Metadata, whatever accepts HTML is a page.
    pub fn audience(self) -> Audience {
        let navigates = match self.fetch_mode {
            Some(mode) => {
                let whole = self.fetch_dest.is_none_or(|dest| dest.eq_ignore_ascii_case("document"));
                mode.eq_ignore_ascii_case("navigate") && whole
            }
            None => self
                .accept
                .is_some_and(|accept| accept.to_ascii_lowercase().contains("text/html")),
        };
        if self.stream || !navigates {
            Audience::Machine
        } else if matches!(*self.method, http::Method::GET | http::Method::HEAD) {
            Audience::Page
        } else {
            Audience::PostedForm
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    #[test]
    fn only_navigations_are_sent_to_the_login_page() {
        let table = [
            (Method::GET, Some("navigate"), None, None, false, Audience::Page),
            (
                Method::GET,
                Some("navigate"),
                Some("document"),
                None,
                false,
                Audience::Page,
            ),
            (
                Method::GET,
                Some("navigate"),
                Some("iframe"),
                Some("text/html"),
                false,
                Audience::Machine,
            ),
            (
                Method::POST,
                Some("navigate"),
                Some("frame"),
                None,
                false,
                Audience::Machine,
            ),
            (
                Method::GET,
                Some("cors"),
                Some("empty"),
                Some("text/html"),
                false,
                Audience::Machine,
            ),
            (
                Method::GET,
                Some("no-cors"),
                Some("script"),
                None,
                false,
                Audience::Machine,
            ),
            (Method::GET, None, None, Some("text/html,*/*"), false, Audience::Page),
            (Method::GET, None, None, Some("*/*"), false, Audience::Machine),
            (Method::GET, None, None, None, false, Audience::Machine),
            (
                Method::POST,
                Some("navigate"),
                Some("document"),
                None,
                false,
                Audience::PostedForm,
            ),
            (Method::GET, Some("navigate"), None, None, true, Audience::Machine),
        ];
        for (method, fetch_mode, fetch_dest, accept, stream, expected) in table {
            let hints = Hints {
                method: &method,
                fetch_mode,
                fetch_dest,
                accept,
                stream,
            };
            assert_eq!(hints.audience(), expected, "{hints:?}");
        }
    }
}
