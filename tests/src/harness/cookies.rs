//! A browser's cookie jar, as far as our own cookies need one: by host (ports do not count), no paths, no domains.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::SET_COOKIE;
use url::Url;

#[derive(Clone, Debug, Default)]
pub(crate) struct Cookies {
    hosts: BTreeMap<String, BTreeMap<String, String>>,
}

impl Cookies {
    /// The `Cookie` header for a request to `url`; empty where there is none.
    pub(crate) fn header(&self, url: &Url) -> String {
        let own = self.hosts.get(host(url)).into_iter().flatten();
        own.map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// Takes in what an answer from `url` sets or expires.
    pub(crate) fn take(&mut self, url: &Url, headers: &HeaderMap) {
        let own = self.hosts.entry(host(url).to_owned()).or_default();
        for line in headers.get_all(SET_COOKIE) {
            let line = line.to_str().expect("a cookie in ASCII");
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').expect("a cookie with a value");
            assert!(
                !attributes.to_lowercase().contains("domain="),
                "no cookie is shared among hosts: {line}"
            );
            if attributes.contains("Max-Age=0") {
                own.remove(name);
            } else {
                own.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(crate) fn value(&self, url: &Url, name: &str) -> Option<&str> {
        self.hosts.get(host(url))?.get(name).map(String::as_str)
    }

    pub(crate) fn set(&mut self, url: &Url, name: &str, value: &str) {
        self.hosts
            .entry(host(url).to_owned())
            .or_default()
            .insert(name.to_owned(), value.to_owned());
    }
}

fn host(url: &Url) -> &str {
    url.host_str().expect("a URL with a host")
}

mod tests {
    use super::*;

    #[test]
    fn cookies_are_kept_by_host_until_they_expire() {
        let at = |url: &str| Url::parse(url).expect("a URL");
        let mut cookies = Cookies::default();
        let set = |line: &str| HeaderMap::from_iter([(SET_COOKIE, line.parse().expect("a header"))]);
        cookies.take(&at("http://a.localhost:1/"), &set("one=1; Path=/; HttpOnly"));
        cookies.take(&at("http://a.localhost:2/"), &set("two=2; Path=/"));
        assert_eq!(cookies.header(&at("http://a.localhost:3/")), "one=1; two=2");
        assert_eq!(cookies.header(&at("http://b.localhost:1/")), "");
        cookies.take(&at("http://a.localhost:1/"), &set("one=; Max-Age=0; Path=/"));
        assert_eq!(cookies.header(&at("http://a.localhost:1/")), "two=2");
    }
}
