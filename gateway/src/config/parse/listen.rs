//! `[listen]`: where browsers and operators connect, in TLS or behind somebody who ends it.

use super::acme::{self, Ordering};
use super::words::{self, network, one_of};
use crate::config::duration::{Bounds, within};
use crate::config::problem::{Flaw, flaw};
use crate::config::raw::Section;
use crate::config::{CertificateFiles, Https, Listen};
use crate::domain::settings::{ProxyProtocol, SenderHeader};
use ipnet::IpNet;
use std::net::SocketAddr;
use std::time::Duration;

/// What the section says.
pub(super) struct Listening {
    /// Nothing when they clash.
    pub(super) addresses: Option<Listen>,
    /// Without what is ordered for it.
    pub(super) https: Option<Https>,
    pub(super) ordering: Option<Ordering>,
    pub(super) trusted_proxies: Vec<IpNet>,
    pub(super) sender_header: SenderHeader,
    pub(super) proxy_protocol: ProxyProtocol,
}

const DRAIN: Bounds = Bounds {
    least: Duration::from_secs(2),
    most: Duration::from_secs(3600),
    words: "2s to 1h",
};

/// The section; the default where a key is left out.
pub(super) fn read(section: &Section<'_>) -> Listening {
    let http = section
        .optional("http", address)
        .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
    let admin = section
        .optional("admin", address)
        .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 9090)));
    let https = https(section);
    let ordering = acme::read(section);
    let drain = section
        .optional("drain", within(&DRAIN))
        .unwrap_or(Duration::from_secs(5));
    let mut addresses = Some(Listen { http, admin, drain });
    let own = "give each a port of its own";
    if clash(http, admin) {
        section.report("admin", flaw("the same address as listen.http", own));
        addresses = None;
    }
    if let Some(https) = &https {
        for (key, other) in [("http", http), ("admin", admin)] {
            if clash(https.address, other) {
                section.report(key, flaw("the same address as listen.https", own));
            }
        }
        if https.address.port() == 0 {
            section.report(
                "https",
                flaw("its port is 0", "the links that people follow name the port"),
            );
        }
    }
    let trusted = section.list("trusted_proxies", |text| match network(text)? {
        all if all.prefix_len() == 0 => Err(flaw(
            format!("{text:?} would trust everybody"),
            "name the proxies in front",
        )),
        some => Ok(some),
    });
    let trusted_proxies = trusted.unwrap_or_default();
    let words = [
        ("x-forwarded-for", SenderHeader::XForwardedFor),
        ("forwarded", SenderHeader::Forwarded),
    ];
    let sender_header = section
        .optional("sender_header", one_of(&words))
        .unwrap_or(SenderHeader::XForwardedFor);
    let words = [("off", ProxyProtocol::Off), ("required", ProxyProtocol::Required)];
    let proxy_protocol = section
        .optional("proxy_protocol", one_of(&words))
        .unwrap_or(ProxyProtocol::Off);
    if proxy_protocol == ProxyProtocol::Required && !section.lists("trusted_proxies") {
        let hint = "name the balancer in listen.trusted_proxies";
        section.report("proxy_protocol", flaw("nobody is trusted to say who connects", hint));
    }
    Listening {
        addresses,
        https,
        ordering,
        trusted_proxies,
        sender_header,
        proxy_protocol,
    }
}

fn https(listen: &Section<'_>) -> Option<Https> {
    let there = listen.has("https");
    let section = listen.section("https");
    let address = if there {
        section.required("address", r#"where browsers connect: address = "0.0.0.0:443""#, address)
    } else {
        section.optional("address", address)
    };
    // Where all are ordered, none is named.
    let names = ["certificate", "key", "further"].iter().any(|key| section.has(key));
    let first = (names || !listen.has("acme")).then(|| pair(&section, there));
    if first.is_none() {
        let _ = pair(&section, false);
    }
    let further: Vec<_> = section.sections("further").iter().map(|one| pair(one, true)).collect();
    let certificates = first.into_iter().chain(further).collect::<Option<Vec<_>>>();
    Some(Https {
        address: address?,
        certificates: certificates?,
        acme: None,
        fronts: None,
    })
}

fn pair(section: &Section<'_>, must: bool) -> Option<CertificateFiles> {
    if must {
        section.must("certificate", "the chain in PEM, the server's own first");
        section.must("key", "the key in PEM");
    }
    let (certificate, key) = (
        section.optional("certificate", words::path),
        section.optional("key", words::path),
    );
    Some(CertificateFiles {
        certificate: certificate?,
        key: key?,
    })
}

fn address(text: &str) -> Result<SocketAddr, Flaw> {
    text.parse().map_err(|_| {
        flaw(
            format!("{text:?} is not an address and port"),
            r#""127.0.0.1:8080" or "[::1]:8080""#,
        )
    })
}

fn clash(one: SocketAddr, two: SocketAddr) -> bool {
    let everywhere = one.ip().is_unspecified() || two.ip().is_unspecified();
    one.port() != 0 && one.port() == two.port() && (one.ip() == two.ip() || everywhere)
}
