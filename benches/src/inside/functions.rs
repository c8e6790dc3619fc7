//! Single functions of the hot path, as often as asked, for callgrind to count the instructions of.
//!
//! Only what the library lets others call: `decide` with the parsing of the path, and the lookup of a session that is
//! remembered. `screen` and `upstream::prepare` (strip, then set) belong to `edge::proxy` alone.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path as File;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use vestibule::config;
use vestibule::domain::access::AccessRequest;
use vestibule::domain::host::Authority;
use vestibule::domain::path::Path;
use vestibule::domain::policy::{Decision, decide};
use vestibule::domain::user::Subject;
use vestibule::flow::revocation::Revocations;
use vestibule::flow::subject::{Presented, Reading, Subjects};

use crate::Outcome;
use crate::sessions;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Function {
    /// `AccessRequest` of a target, and `decide`.
    Decide,
    /// `Subjects::of`, remembered.
    Session,
}

/// Runs it so often for the session that these cookies stand for.
pub(crate) async fn run(function: Function, times: u32, (file, cookies): (&File, &str)) -> Outcome<()> {
    let config = config::load(file).map_err(|problems| format!("{problems:?}"))?;
    let outside = sessions::outside(file).await?;
    let authority = config.settings.portal.origin.authority().clone();
    let application = config.settings.applications.at(&authority).ok_or("no application")?;
    let presented = Presented {
        token: sessions::token(cookies)?.hash(),
        host: Authority::parse(&authority.to_string())?,
    };
    let limits = config.settings.session;
    let revocations = Arc::new(Revocations::new(Duration::from_secs(3600)));
    revocations.read(&outside, limits.absolute).await?;
    let subjects = Subjects::new(outside.clone(), revocations);
    let subject = subjects.of(&presented, limits, Reading::Remembered).await?;
    if matches!(subject, Subject::Anonymous) {
        return Err("the session does not stand".into());
    }
    for _ in 0..times {
        match function {
            Function::Session => {
                black_box(subjects.of(black_box(&presented), limits, Reading::Remembered).await?);
            }
            Function::Decide => {
                let path = Path::parse(black_box("/reports/2026/11"))?;
                let request = AccessRequest::page_load(path, IpAddr::V4(Ipv4Addr::LOCALHOST));
                let decision = decide(application, &request, &subject, outside.clock.now());
                if !matches!(decision, Decision::Admit(_)) {
                    return Err("not admitted".into());
                }
            }
        }
    }
    Ok(())
}
