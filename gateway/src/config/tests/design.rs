//! The file that the design prints, as it stands there.

use super::*;

/// The sample that the design was agreed on; letter by letter, comments included.
const DESIGN: &str = r#"
[listen]                                   # where browsers connect
http = "127.0.0.1:8080"                    # https = { address, certificate, key }
admin = "127.0.0.1:9090"
trusted_proxies = []                       # only these may set X-Forwarded-*; empty = nobody

[portal]
url = "https://login.example.com"

[store]
url = "embedded:/var/lib/vestibule/store.db"     # redis://  rediss://  redis+sentinel://  redis+cluster://

[directory]
url = "sqlite:/var/lib/vestibule/directory.db"   # postgres://…   (+ [directory.ldap])

[keys]
directory = "/var/lib/vestibule/keys"

[session]
idle = "60m"
absolute = "12h"
max_revocation_lag = "10s"

[second_factor]
required = "everyone"                      # nobody | everyone | { groups = [...] }
methods = ["webauthn", "totp", "sms", "voice", "email"]
enrol = "any"                              # any | app_and_phone | verified_phone
grace_days = 0

[registration]
mode = "closed"                            # closed | invite | open

[[courier.sms]]                            # tried in order: the next takes over when one fails
provider = "http"                          # twilio | ovhcloud | vonage | sns | http (a template for any gateway)
url = "https://sms.example.net/send"
method = "POST"
headers = { "Content-Type" = "application/json", Authorization = "Bearer {secret}" }
body = '{"to":"{to}","text":"{text}"}'     # {to} {text} {secret} are escaped for the body's content type
secret_file = "/run/secrets/sms"

[[courier.email]]
url = "smtp://mail.example.net:587"
from = "Example <login@example.com>"

[[application]]
name = "Payroll"
url = "https://payroll.example.com"
upstream = ["http://10.0.0.5:8080"]
[[application.rule]]
path = "/public/"
require = "nothing"                        # nothing | one_factor | two_factor | phishing_resistant | deny
[[application.rule]]
path = "/"
require = "two_factor"
groups = ["staff"]
methods = ["webauthn", "totp", "sms"]      # which second factors count here
max_age = "8h"                             # older: step-up
"#;

#[test]
fn the_file_that_the_design_prints_is_right() -> Result<(), Problems> {
    let config = read(DESIGN)?;
    assert!(matches!(config.store, StoreUrl::Embedded(path) if path == Path::new("/var/lib/vestibule/store.db")));
    assert!(
        matches!(config.directory, DirectoryUrl::Sqlite(path) if path == Path::new("/var/lib/vestibule/directory.db"))
    );
    let names: Vec<&str> = config
        .couriers
        .all
        .iter()
        .map(|courier| courier.name.as_str())
        .collect();
    assert_eq!(names, ["sms-1", "email-1"]);
    let offered = [
        Method::Webauthn,
        Method::Totp,
        Method::Sms,
        Method::Voice,
        Method::Email,
    ];
    assert_eq!(config.settings.methods, offered);
    let payroll = config.settings.applications.iter().next().expect("configured");
    assert_eq!(payroll.policy.duty.whom, Whom::Everyone);
    let demands: Vec<&Require> = payroll.policy.rules.iter().map(|rule| &rule.require).collect();
    let need = Need {
        level: Level::TwoFactor,
        methods: vec![Method::Webauthn, Method::Totp, Method::Sms],
        max_age: MaxAge::Within(seconds(8 * 3600)),
    };
    assert_eq!(demands, [&Require::Nothing, &Require::Proof(need)]);
    let groups = payroll.policy.rules.last().map(|rule| &rule.groups);
    assert_eq!(groups, Some(&Among::OneOf(vec!["staff".into()])));
    Ok(())
}
