use super::question::target;
use super::*;
use crate::domain::application::Scheme;

#[test]
fn each_dialect_has_its_path_and_no_other() {
    for (path, dialect) in [
        ("/.vestibule/authorize/nginx", Some(Dialect::Nginx)),
        ("/.vestibule/authorize/forward", Some(Dialect::Forward)),
        ("/.vestibule/authorize/envoy", Some(Dialect::Envoy)),
        ("/.vestibule/authorize/envoy/a", Some(Dialect::Envoy)),
        ("/.vestibule/authorize/envoys", None),
        ("/.vestibule/authorize/nginx/", None),
        ("/.vestibule/authorize/forward/a", None),
        ("/.vestibule/authorize", None),
        ("/x/.vestibule/authorize/nginx", None),
    ] {
        assert_eq!(Dialect::at(path), dialect, "{path}");
    }
}

#[test]
fn a_url_is_taken_byte_for_byte_or_not_at_all() {
    for sent in ["/", "/a?b=c", "/a/../b//c;d?", "/%2e%2E/é", "//a/b", "/?/.vestibule/"] {
        assert_eq!(
            target(sent.as_bytes()).map(|target| target.to_string()),
            Ok(sent.to_owned())
        );
        let whole = nginx::url(format!("https://app.example{sent}").as_bytes());
        let (scheme, host, target) = whole.expect("a URL");
        assert_eq!(
            (scheme, host.host(), target.as_str()),
            (Scheme::Https, "app.example", sent)
        );
    }
    for odd in [
        &b""[..],
        b"a",
        b"*",
        b"?a",
        b"/a#b",
        b"/a b",
        b"/a\tb",
        b"/a\x7f",
        b"/\xff",
        b"http://a/",
    ] {
        assert_eq!(target(odd), Err(Odd::Malformed), "{odd:?}");
    }
    for odd in [
        "",
        "/",
        "app/",
        "//app/",
        "https://",
        "https://app",
        "https:///",
        "https://u@app/",
        "HTTPS://app/",
        "ftp://app/",
        "https://app?/",
        "https://app, https://app/",
    ] {
        assert_eq!(nginx::url(odd.as_bytes()).err(), Some(Odd::Malformed), "{odd}");
    }
}

#[test]
fn nginx_hears_nothing_that_it_would_take_for_a_fault_of_its_own() {
    for (ours, said) in [
        (200, 200),
        (303, 401),
        (401, 401),
        (403, 403),
        (400, 403),
        (404, 403),
        (405, 403),
        (429, 429),
        (503, 503),
    ] {
        let answer = StatusCode::from_u16(ours).map(|status| {
            let mut answer = Response::new(Body::empty());
            *answer.status_mut() = status;
            Dialect::Nginx.phrase(answer).status().as_u16()
        });
        assert_eq!(answer.ok(), Some(said), "{ours}");
    }
}
