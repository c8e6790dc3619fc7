//! Everything that can be wrong, each once.

use super::*;

/// A whole configuration in which every line can be replaced.
pub(super) const WHOLE: &str = r#"
[listen]
http = "127.0.0.1:8080"
admin = "127.0.0.1:9090"
trusted_proxies = ["10.0.0.1"]
[portal]
url = "https://login.example.com"
brand = "Example"
[store]
url = "embedded:/s.db"
[directory]
url = "sqlite:/d.db"
[session]
idle = "60m"
absolute = "12h"
max_revocation_lag = "10s"
[second_factor]
required = "everyone"
methods = ["totp", "sms", "email"]
[[courier.sms]]
url = "https://sms.example.net/send"
headers = { Content-Type = "application/json", Authorization = "Bearer {secret}" }
body = '{"to":"{to}","text":"{text}"}'
secret_file = "sms"
[[courier.email]]
url = "smtp://mail.example.net:587"
from = "Example <login@example.com>"
username = "login"
password_file = "mail"
[[application]]
name = "One"
url = "https://one.example.com"
upstream = ["http://10.0.0.5:8080"]
[application.headers]
user = "SM-User"
[[application.rule]]
path = "/public/"
require = "nothing"
[[application.rule]]
path = "/"
require = "two_factor"
groups = ["staff"]
[[application]]
name = "Two"
url = "https://two.example.com"
upstream = ["http://10.0.0.6:8080"]
timeout = "30s"
[[application.rule]]
path = "/a"
require = "one_factor"
"#;

/// Each line of the table: what to replace, by what (`⏎` is a new line), the path of the only problem, what it says.
fn refused(table: &str) {
    assert!(read(WHOLE).is_ok());
    for row in table.lines().filter(|row| !row.trim().is_empty()) {
        let [line, replacement, path, says] = row.splitn(4, " | ").map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("four columns: {row}")
        };
        assert_eq!(WHOLE.matches(line).count(), 1, "{line}");
        let text = WHOLE.replace(line, &replacement.replace('⏎', "\n"));
        let problems = read(&text).expect_err(row).to_string();
        let fits = problems.starts_with(&format!("{path}: ")) && problems.contains(says);
        assert!(fits && problems.lines().count() == 1, "{row}\nfound {problems}");
    }
}

#[test]
fn sections_of_the_gateway() {
    refused(
        r##"
        http = "127.0.0.1:8080" | http = "localhost:8080" | listen.http | 127.0.0.1:8080
        http = "127.0.0.1:8080" | http = 8080 | listen.http | expected text, found integer
        admin = "127.0.0.1:9090" | admin = "127.0.0.1:8080" | listen.admin | same address
        admin = "127.0.0.1:9090" | admin = "0.0.0.0:8080" | listen.admin | same address
        ["10.0.0.1"] | "10.0.0.1" | listen.trusted_proxies | expected a list
        ["10.0.0.1"] | ["proxy"] | listen.trusted_proxies[0] | CIDR
        ["10.0.0.1"] | ["10.0.0.1/8"] | listen.trusted_proxies[0] | (10.0.0.0/8)
        ["10.0.0.1"] | ["::/0"] | listen.trusted_proxies[0] | trust everybody
        ["10.0.0.1"] | []⏎proxy_protocol = "required" | listen.proxy_protocol | nobody is trusted
        ["10.0.0.1"] | ["10.0.0.1"]⏎proxy_protocol = "v2" | listen.proxy_protocol | one of: off, required
        ["10.0.0.1"] | []⏎https = { address = "0.0.0.0:443", certificate = "c" } | listen.https.key | missing
        ["10.0.0.1"] | []⏎https = { address = "[::]:8080", certificate = "c", key = "k" } | listen.http | listen.https
        ["10.0.0.1"] | []⏎https = { address = "[::]:0", certificate = "c", key = "k" } | listen.https | its port is 0
        ["10.0.0.1"] | []⏎acme = { terms = "agreed" } | listen.https | missing, but certificates are ordered
        ["10.0.0.1"] | []⏎https = { address = "0.0.0.0:443" }⏎acme = {} | listen.acme.terms | where you agree
        ["10.0.0.1"] | []⏎https = { address = "0.0.0.0:443" }⏎acme = { terms = "read" } | listen.acme.terms | one of: agreed
        ["10.0.0.1"] | []⏎https = { address = "0.0.0.0:443" }⏎acme = { terms = "agreed", names = ["a.example.com"] } | listen.acme.names | is no host of
        ["10.0.0.1"] | []⏎https = { address = "0.0.0.0:443" }⏎acme = { terms = "agreed", names = [] } | listen.acme.names | empty
        ["10.0.0.1"] | []⏎https = { address = "0.0.0.0:443" }⏎acme = { terms = "agreed", names = ["one.example.com", "one.example.com"] } | listen.acme.names | is listed twice
        ["10.0.0.1"] | []⏎https = { address = "0.0.0.0:443" }⏎acme = { terms = "agreed", directory = "http://a/" } | listen.acme.directory | with https
        ["10.0.0.1"] | []⏎https = { address = "0.0.0.0:443" }⏎acme = { terms = "agreed", contact = "nobody" } | listen.acme.contact | not an address
        ["10.0.0.1"] | []⏎https = { address = "0.0.0.0:443", certificate = "c" }⏎acme = { terms = "agreed" } | listen.https.key | missing
        http = "127.0.0.1:8080" | https = { address = "0.0.0.0:443" }⏎acme = { terms = "agreed" } | listen.http | port 80 of each name
        lag = "10s" | lag = "10s"⏎[limits]⏎header_timeout = "11s" | limits.header_timeout | 100ms to 10s
        lag = "10s" | lag = "10s"⏎[limits]⏎connections = 0 | limits.connections | out of range
        lag = "10s" | lag = "10s"⏎[limits]⏎connections = "many" | limits.connections | whole number
        lag = "10s" | lag = "10s"⏎[saved_forms]⏎largest = 1023 | saved_forms.largest | 1024 to 8388608
        lag = "10s" | lag = "10s"⏎[saved_forms]⏎largest = "1 MiB" | saved_forms.largest | whole number
        lag = "10s" | lag = "10s"⏎[saved_forms]⏎keep = "13h" | saved_forms.keep | 1m to 12h
        lag = "10s" | lag = "10s"⏎[saved_forms]⏎per_person = 0 | saved_forms.per_person | 1 to 100
        lag = "10s" | lag = "10s"⏎[forward_auth]⏎secret_file = "short" | forward_auth.secret_file | openssl rand
        lag = "10s" | lag = "10s"⏎[forward_auth]⏎secret_file = "long, but with a space" | forward_auth.secret_file | spaces
        lag = "10s" | lag = "10s"⏎[forward_auth]⏎secret = "x" | forward_auth.secret | secret_file?
        url = "https://login.example.com" |  | portal.url | missing
        https://login.example.com | login.example.com | portal.url | https://host
        https://login.example.com | https://login.example.com/x | portal.url | without a path
        https://login.example.com | http://login.example.com | portal.url | plain http
        brand = "Example" | brand = "a\nb" | portal.brand | one line
        brand = "Example" | shared_origin = "yes" | portal.shared_origin | one of: refused, accepted
        brand = "Example" | band = "Example" | portal.band | unknown key (did you mean brand?)
        brand = "Example" | "a b\n" = 1 | portal."a b\n" | known here: brand, shared_origin
        [session] | [rescue]⏎[session] | rescue | unknown key
        [session] | [recovery]⏎password = "sms"⏎[session] | recovery.password | one of: email, off
        [session] | [recovery]⏎email_delay = "1h"⏎[session] | recovery.email_delay | "never", or 1d to 90d
        idle = "60m" | idle = "61m" | session.idle | NIST SP 800-63B section 2.2.3
        idle = "60m" | idle = "0m" | session.idle | out of range
        idle = "60m" | idle = "1 hour" | session.idle | not a span of time
        absolute = "12h" | absolute = "2d" | session.absolute | 24h
        lag = "10s" | lag = "2m" | session.max_revocation_lag | 60s
        "##,
    );
}

#[test]
fn second_factor_and_registration() {
    refused(
        r##"
        "everyone" | "all" | second_factor.required | nobody, everyone
        "everyone" | true | second_factor.required | expected text
        "everyone" | {} | second_factor.required.groups | missing
        "everyone" | { groups = [] } | second_factor.required.groups | empty
        "everyone" | { groups = ['a'], users = ['b'] } | second_factor.required.users | unknown key
        "sms", "email"] | "sms", "email", "emergency_code"] | second_factor.methods[3] | not available yet
        "sms", "email"] | "sms", "email", "fax"] | second_factor.methods[3] | one of: webauthn, totp, sms, voice, email
        "sms", "email"] | "sms", "email", "sms"] | second_factor.methods | named twice
        "sms", "email"] | "password"] | second_factor.methods[1] | first factor
        "everyone" | "everyone"⏎enrol = "all" | second_factor.enrol | one of: any, app_and_phone, verified_phone
        "sms", "email"] | "email"]⏎enrol = "verified_phone" | second_factor.enrol | nobody could set up
        "sms", "email"] | "email"]⏎enrol = "app_and_phone" | second_factor.enrol | nobody could set up
        "everyone" | "everyone"⏎phone_countries = ["FR", "fr"] | second_factor.phone_countries[1] | ISO 3166
        "everyone" | "everyone"⏎phone_countries = ["FRA"] | second_factor.phone_countries[0] | not a country
        "everyone" | "everyone"⏎phone_countries = ["QQ"] | second_factor.phone_countries[0] | not a country
        "everyone" | "everyone"⏎accounts_per_phone = 0 | second_factor.accounts_per_phone | 1 to 1000
        "everyone" | "everyone"⏎accounts_per_phone = "many" | second_factor.accounts_per_phone | not a number
        "everyone" | "everyone"⏎totp_digits = 5 | second_factor.totp_digits | 6, 7 or 8
        "everyone" | "everyone"⏎totp_digits = "many" | second_factor.totp_digits | number
        "everyone" | "everyone"⏎grace_days = 366 | second_factor.grace_days | 0 to 365
        "everyone" | "everyone"⏎grace_from = "2026-12-01" | second_factor.grace_from | nothing without grace_days
        "everyone" | "everyone"⏎grace_days = 7⏎grace_from = "tomorrow" | second_factor.grace_from | not a day
        "everyone" | "everyone"⏎grace_days = 7⏎grace_from = "2026-02-30" | second_factor.grace_from | not a day
        "everyone" | "everyone"⏎grace_days = 7⏎grace_from = "" | second_factor.grace_from | not a day
        "everyone" | "everyone"⏎grace_days = -1 | second_factor.grace_days | not a number of days
        "everyone" | "everyone"⏎grace_days = "soon" | second_factor.grace_days | not a number of days
        [session] | [registration]⏎mode = "shut"⏎[session] | registration.mode | one of: closed, invite, open
        [session] | [registration]⏎modes = "open"⏎[session] | registration.modes | did you mean mode
        [session] | [registration]⏎domains = "example.com"⏎[session] | registration.domains | expected a list
        [session] | [registration]⏎domains = ["a.test", "@b.test"]⏎[session] | registration.domains[1] | behind the @
        [session] | [registration]⏎domains = ["*.b.test"]⏎[session] | registration.domains[0] | behind the @
        [session] | [registration]⏎domains = ["com"]⏎[session] | registration.domains[0] | behind the @
        "##,
    );
}

#[test]
fn store_and_directory() {
    refused(
        r##"
        embedded:/s.db | file:/s.db | store.url | not a kind of place
        embedded:/s.db | embedded: | store.url | names no file
        embedded:/s.db | redis+sentinel://h | store.url | the master's name
        embedded:/s.db | redis+sentinel://h/x/y | store.url | number of a database
        embedded:/s.db | redis+cluster://h/1 | store.url | one database
        embedded:/s.db | redis+cluster:///?node=h | store.url | names no host
        embedded:/s.db | redis+socket://h | store.url | redis+cluster://
        embedded:/s.db | redis://h/x | store.url | number of a database
        embedded:/s.db | rediss://h/#insecure | store.url | certificate
        embedded:/s.db | sqlite:/s.db | store.url | not a kind of place
        sqlite:/d.db | mysql://h/x | directory.url | postgres://
        sqlite:/d.db | sqlite::memory: | directory.url | names no file
        sqlite:/d.db | postgres:x | directory.url | names no host
        sqlite:/d.db | sqlite:/s.db | directory.url | same file
        "sqlite:/d.db" | 'sqlite:/d.db'⏎password_file = 'x' | directory.password_file | no password
        "embedded:/s.db" | 'redis://:a@h'⏎password_file = 'x' | store.password_file | already
        "##,
    );
}

#[test]
fn couriers() {
    refused(
        r##"
        [[courier.sms]] | [courier.sms] | courier.sms | two brackets
        [[courier.sms]] | [[courier.sms]]⏎provider = 'pigeon' | courier.sms[0].provider | one of: twilio, ovhcloud
        [[courier.sms]] | [[courier.voice]]⏎provider = 'sns'⏎url = 'https://x/'⏎body = '{to}{text}'⏎headers.Content-Type = 'application/json'⏎[[courier.sms]] | courier.voice[0].provider | one of: twilio, http
        [[courier.sms]] | [courier]⏎timeout = '5s'⏎[[courier.sms]] | courier.timeout | 100ms to 4s
        [[courier.sms]] | [courier.route]⏎FR = ['sms-2']⏎[[courier.sms]] | courier.route.FR | of: sms-1, email-1
        [[courier.sms]] | [courier.route]⏎fr = ['sms-1']⏎[[courier.sms]] | courier.route.fr | capital letters
        [[courier.sms]] | [courier.route]⏎FR = []⏎[[courier.sms]] | courier.route.FR | expected a list
        [[courier.sms]] | [courier.route]⏎FR = 'sms-1'⏎[[courier.sms]] | courier.route.FR | expected a list
        [[courier.sms]] | [[courier.sms]]⏎method = 'GET' | courier.sms[0].method | one of: POST, PUT
        [[courier.sms]] | [[courier.sms]]⏎name = 'email-1' | courier.email[0].name | another courier
        [[courier.sms]] | [[courier.sms]]⏎name = 'a/b' | courier.sms[0].name | a-z
        https://sms.example.net/send | http://sms.example.net | courier.sms[0].url | in the plain
        https://sms.example.net/send | https://x/?t={text} | courier.sms[0].url | never stand in a URL
        https://sms.example.net/send | https://u:p@x/ | courier.sms[0].url | secret_file
        Content-Type = "application/json" | X = 'y' | courier.sms[0].headers | Content-Type
        "application/json" | 'text/xml' | courier.sms[0].headers | Content-Type
        Content-Type = "appl | Host = 'x', Content-Type = "appl | courier.sms[0].headers.Host | itself
        Content-Type = "appl | X = '{to}', Content-Type = "appl | courier.sms[0].headers.X | in body
        "Bearer {secret}" } | "Bearer {secret}", X = 1 } | courier.sms[0].headers.X | expected text
        , Authorization = "Bearer {secret}" |  | courier.sms[0].secret_file | mentions {secret}
        "text":"{text}" |  | courier.sms[0].body | must mention
        secret_file = "sms" |  | courier.sms[0].secret_file | missing
        secret_file = "sms" | secret_file = '' | courier.sms[0].secret_file | no file
        secret_file = "sms" | secret = 'hunter2'⏎secret_file = 'sms' | courier.sms[0].secret | secret_file?
        smtp://mail.example.net:587 | mail.example.net | courier.email[0].url | smtp://host:587
        smtp://mail.example.net:587 | smtp://h:25?tls=none | courier.email[0].url | host and port alone
        smtp://mail.example.net:587 | smtp://a:hunter2@h | courier.email[0].url | password_file
        Example <login@example.com> | Example | courier.email[0].from | not a sender
        Example <login@example.com> | Example <a@b.c> <d@e.f> | courier.email[0].from | not a sender
        username = "login" |  | courier.email[0].username | missing
        password_file = "mail" |  | courier.email[0].password_file | missing
        "##,
    );
}

#[test]
fn applications() {
    refused(
        r##"
        name = "One" |  | application[0].name | missing
        name = "One" | name = ' ' | application[0].name | line of text
        url = "https://one.example.com" |  | application[0].url | missing
        https://two.example.com | https://ONE.example.com | application[1].url | application[0]
        https://two.example.com | https://one.example.com:8443 | application[1].url | whatever the port
        https://two.example.com | https://login.example.com | application[1].url | shared_origin
        https://two.example.com | http://two.example.com | application[1].url | plain http
        upstream = ["http://10.0.0.5:8080"] |  | application[0].upstream | missing
        ["http://10.0.0.5:8080"] | [] | application[0].upstream | empty
        ["http://10.0.0.5:8080"] | "nobody" | application[0].upstream | expected a list
        http://10.0.0.5:8080 | 10.0.0.5:8080 | application[0].upstream[0] | http://10.0.0.5
        http://10.0.0.5:8080 | ftp://10.0.0.5 | application[0].upstream[0] | neither http nor https
        http://10.0.0.5:8080 | http://u:hunter2@h | application[0].upstream[0] | more than a server
        http://10.0.0.5:8080 | http://10.0.0.5/x | application[0].upstream[0] | as they are
        timeout = "30s" | timeout = 30 | application[1].timeout | expected text, found integer
        timeout = "30s" | http_methods = ['get'] | application[1].http_methods[0] | "GET"
        timeout = "30s" | http_methods = ['CONNECT'] | application[1].http_methods[0] | never pass
        timeout = "30s" | session_cookies = ['a b'] | application[1].session_cookies[0] | is no cookie
        user = "SM-User" | user = 'Cookie' | application[0].headers.user | another meaning
        user = "SM-User" | user = 'X_Forwarded_For' | application[0].headers.user | another meaning
        user = "SM-User" | user = 'a b' | application[0].headers.user | not a header name
        user = "SM-User" | email = 'REMOTE_USER' | application[0].headers.email | header for user
        user = "SM-User" | preset = "iis" | application[0].headers.preset | one of: remote, forwarded, siteminder, webseal
        user = "SM-User" | more = { X-Dn = "uid={login}" } | application[0].headers.more.X-Dn | {login} is not known
        user = "SM-User" | more = { X-Dn = "uid={username" } | application[0].headers.more.X-Dn | brace
        user = "SM-User" | more = { X-Dn = "a}" } | application[0].headers.more.X-Dn | brace
        user = "SM-User" | more = { X-Dn = "Zoë" } | application[0].headers.more.X-Dn | not the text of a header
        user = "SM-User" | more = { X-Dn = "a\r\nb: c" } | application[0].headers.more.X-Dn | not the text of a header
        user = "SM-User" | more = { X-Dn = "" } | application[0].headers.more.X-Dn | not the text of a header
        user = "SM-User" | more = { Cookie = "{id}" } | application[0].headers.more.Cookie | another meaning
        user = "SM-User" | more = { Authorization = "{id}" } | application[0].headers.more.Authorization | another meaning
        user = "SM-User" | more = { "Remote_User" = "{id}" } | application[0].headers.more.remote_user | header for user
        user = "SM-User" | preset = "siteminder"⏎name = "SM-UniversalID" | application[0].headers.preset | header for name
        user = "SM-User" | encodings = { Remote-Name = "utf-8" } | application[0].headers.encodings.Remote-Name | one of: percent
        user = "SM-User" | encodings = { X-Dn = "raw" } | application[0].headers.encodings.x-dn | no header of this
        timeout = "30s" | upstream_tls = { authority = "ca.pem" } | application[1].upstream_tls | no server of it speaks TLS
        upstream = ["http://10.0.0.6:8080"] | upstream = ["https://a"]⏎upstream_tls = { certificate = "c" } | application[1].upstream_tls.key | missing
        upstream = ["http://10.0.0.6:8080"] | upstream = ["https://a"]⏎upstream_tls = { server_name = "" } | application[1].upstream_tls.server_name | name of a server
        upstream = ["http://10.0.0.6:8080"] | upstream = ["https://a"]⏎upstream_tls = { server_name = "a_b" } | application[1].upstream_tls.server_name | name of a server
        upstream = ["http://10.0.0.6:8080"] | upstream = ["https://a"]⏎upstream_tls = { verify = "no" } | application[1].upstream_tls.verify | unknown key
        timeout = "30s" | basic = { username = "{username}", password_file = "mail" } | application[1].basic.password_file | in the plain
        timeout = "30s" | basic = { username = "{login}", password_file = "mail", plain_http = "accepted" } | application[1].basic.username | not known of users
        upstream = ["http://10.0.0.6:8080"] | upstream = "none"⏎basic = { username = "ann", password_file = "mail" } | application[1].basic | only our own proxy
        timeout = "30s" | basic = { username = "ann" , plain_http = "accepted" } | application[1].basic.password_file | missing
        "##,
    );
}

#[test]
fn rules() {
    refused(
        r##"
        path = "/a" |  | application[1].rule[0].path | missing
        path = "/a" | path = '/a/../b' | application[1].rule[0].path | not a plain path
        path = "/a" | path = '/.vestibule/x' | application[1].rule[0].path | the gateway's own
        path = "/public/" | path = '/' | application[0].rule[1].path | rule[0] (/) comes first
        require = "one_factor" |  | application[1].rule[0].require | missing
        require = "one_factor" | require = 'login' | application[1].rule[0].require | one of: nothing
        require = "one_factor" | require = 'phishing_resistant' | application[1].rule[0].require | nobody could ever pass
        require = "one_factor" | require = 'phishing_resistant'⏎methods = ['totp'] | application[1].rule[0].methods | nobody could ever pass
        require = "one_factor" | require = 'deny'⏎max_age = '1h' | application[1].rule[0].max_age | no effect
        require = "one_factor" | require = 'nothing'⏎groups = ['a'] | application[1].rule[0].groups | no effect
        require = "one_factor" | require = 'one_factor'⏎methods = ['totp'] | application[1].rule[0].methods | no effect
        require = "one_factor" | require = 'one_factor'⏎networks = [] | application[1].rule[0].networks | empty
        require = "one_factor" | require = 'one_factor'⏎networks = ['x'] | application[1].rule[0].networks[0] | CIDR
        require = "one_factor" | require = 'one_factor'⏎http_methods = ['MOVE'] | application[1].rule[0].http_methods[0] | before
        groups = ["staff"] | groups = [] | application[0].rule[1].groups | empty
        groups = ["staff"] | groups = [''] | application[0].rule[1].groups[0] | name of a group
        groups = ["staff"] | methods = [] | application[0].rule[1].methods | empty
        groups = ["staff"] | methods = ['webauthn'] | application[0].rule[1].methods | webauthn is not among
        groups = ["staff"] | methods = ['emergency_code'] | application[0].rule[1].methods[0] | not available yet
        groups = ["staff"] | max_age = 'soon' | application[0].rule[1].max_age | span of time
        "##,
    );
}
