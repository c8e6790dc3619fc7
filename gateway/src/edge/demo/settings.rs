//! The `vestibule.toml` that the demo runs by. It is written anew at each start, since ports may change.

use std::net::SocketAddr;

/// Where everything of the demo listens; ports as they were given by the system.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// For browsers.
    pub http: SocketAddr,
    /// For operators, and the outbox.
    pub admin: SocketAddr,
    /// The sample application.
    pub sample: SocketAddr,
}

impl Addresses {
    /// Where people open the application and log in.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.http.port())
    }

    /// Where operators look.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// Where the messages are.
    pub fn outbox_url(&self) -> String {
        format!("{}/outbox", self.admin_url())
    }
}

/// The configuration; relative paths are relative to the data directory, where the file belongs.
pub fn config_text(addresses: &Addresses) -> String {
    let Addresses { http, admin, sample } = addresses;
    let url = addresses.url();
    format!(
        r#"# What `vestibule demo` runs by, written anew at each start. Every other command works beside it:
#
#   vestibule user list --config vestibule.toml
#   vestibule explain --config vestibule.toml --user ann --url {url}/

[listen]
http = "{http}"
admin = "{admin}"

[portal]
url = "{url}"
# On this machine one host is for both; elsewhere the portal has a host of its own.
shared_origin = "accepted"

[store]
url = "embedded:store.db"

[directory]
url = "sqlite:directory.db"

[keys]
directory = "keys"

[log]
format = "text"

# Nothing is sent: the messages are on {outbox}
[[courier.sms]]
provider = "outbox"
[[courier.voice]]
provider = "outbox"
[[courier.email]]
url = "outbox:"

[[application]]
name = "Sample"
url = "{url}"
upstream = ["http://{sample}"]

[[application.rule]]
path = "/public/"
require = "nothing"

[[application.rule]]
path = "/"
require = "two_factor"
methods = ["totp", "sms", "voice", "email"]
"#,
        outbox = addresses.outbox_url(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::domain::settings::Sharing;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn the_gateway_understands_what_the_demo_writes() -> Outcome {
        for (http, admin, sample) in [
            ("127.0.0.1:8080", "127.0.0.1:9090", "127.0.0.1:41234"),
            ("[::1]:8080", "[::1]:9090", "[::1]:41234"),
        ] {
            let addresses = Addresses {
                http: http.parse()?,
                admin: admin.parse()?,
                sample: sample.parse()?,
            };
            let config = config::parse(&config_text(&addresses), &[], &|_| Err(String::new()))?;
            assert_eq!(
                (config.listen.http, config.listen.admin),
                (addresses.http, addresses.admin)
            );
            assert_eq!(config.settings.portal.origin.as_str(), "http://localhost:8080");
            assert_eq!(config.settings.portal.sharing, Sharing::Accepted);
            let application = config.settings.applications.iter().next().ok_or("an application")?;
            assert_eq!(application.upstreams.first().map(|upstream| upstream.port), Some(41234));
            assert_eq!((config.couriers.all.len(), application.policy.rules.len()), (3, 2));
        }
        Ok(())
    }
}
