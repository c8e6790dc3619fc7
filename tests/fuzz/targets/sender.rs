//! Whatever a client writes, what a trusted proxy adds to it decides who sent a request; and nobody is taken for a proxy.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use libfuzzer_sys::fuzz_target;
use std::net::IpAddr;
use vestibule::domain::settings::SenderHeader;
use vestibule::edge::door::sender::{Trust, sender};

const PROXY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

fuzz_target!(|bytes: &[u8]| {
    for (name, header, added) in [
        ("x-forwarded-for", SenderHeader::XForwardedFor, "192.0.2.7"),
        ("forwarded", SenderHeader::Forwarded, "for=192.0.2.7"),
    ] {
        let whole = [bytes, b", ", added.as_bytes()].concat();
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let beside: Vec<&[u8]> = lines.iter().copied().chain([added.as_bytes()]).collect();
        for lines in [vec![whole.as_slice()], beside] {
            let found = ask(name, header, &lines);
            assert!(found.is_none_or(|found| found == Ok(CLIENT) || found.is_err()), "{name}: {found:?}");
        }
        // Where nobody added anything, at least no line makes anything fail otherwise than by a refusal.
        let _ = ask(name, header, &lines);
    }
});

/// Who sent it; nothing where these are no lines of a header.
fn ask(name: &'static str, header: SenderHeader, lines: &[&[u8]]) -> Option<Result<IpAddr, ()>> {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(line).ok()?);
    }
    let proxies: Vec<IpNet> = vec![IpNet::from(PROXY)];
    let trust = Trust {
        proxies: &proxies,
        header,
    };
    Some(sender(PROXY, &headers, trust).map_err(|_| ()))
}
