//! What every issuance must do, as tests by name; each wants one without anything in it.

use super::{Begun, Fault, Issuance, Seen, Standing, Wanted};
use crate::domain::audit::{AuditEvent, AuditRecord, Origin};
use crate::domain::id::RowId;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::io::issuance::Bundle;
use futures_util::future::join_all;
use std::pin::Pin;
use std::sync::Arc;

/// A test: panics where the issuance broke its word, and returns the fault where it did not answer.
pub type Test = fn(Arc<dyn Issuance>) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

/// Every test and its name.
pub const CONTRACT: &[(&str, Test)] = &[
    ("the_first_account_key_stays", |it| {
        Box::pin(the_first_account_key_stays(it))
    }),
    ("of_many_who_saw_the_same_one_begins", |it| {
        Box::pin(of_many_who_saw_the_same_one_begins(it))
    }),
    ("what_was_issued_comes_back", |it| {
        Box::pin(what_was_issued_comes_back(it))
    }),
];

const NOTHING: Seen = Seen {
    serial: 0,
    wait_until: Timestamp::from_millis(0),
};

async fn the_first_account_key_stays(it: Arc<dyn Issuance>) -> Result<(), Fault> {
    let key = |byte: u8| Secret::new(vec![byte; 3]);
    assert_eq!(it.account("one", &key(1)).await?.expose(), key(1).expose());
    assert_eq!(it.account("one", &key(2)).await?.expose(), key(1).expose());
    assert_eq!(it.account("other", &key(3)).await?.expose(), key(3).expose());
    Ok(())
}

async fn of_many_who_saw_the_same_one_begins(it: Arc<dyn Issuance>) -> Result<(), Fault> {
    let wanted = wanted();
    let at = Timestamp::from_millis;
    for (round, seen) in [
        NOTHING,
        Seen {
            serial: 0,
            wait_until: at(100),
        },
    ]
    .into_iter()
    .enumerate()
    {
        let many = (0..20).map(|_| it.begin(&wanted, seen, at(100 * (i64::try_from(round).unwrap_or(0) + 1))));
        let mut ours = 0;
        for begun in join_all(many).await {
            ours += usize::from(begun? == Begun::Ours);
        }
        assert_eq!(ours, 1, "{round}");
    }
    it.extend(&wanted, at(150)).await?;
    let standing = only(it.all(&wanted.issuer).await?)?;
    assert_eq!((standing.failures, standing.wait_until), (2, at(200)));
    it.extend(&wanted, at(250)).await?;
    it.fail(&wanted, (at(300), "no"), record(1)).await?;
    let standing = only(it.all(&wanted.issuer).await?)?;
    assert_eq!(
        (standing.failures, standing.wait_until, standing.problem.as_str()),
        (2, at(300), "no")
    );
    assert!(it.all("other").await?.is_empty());
    Ok(())
}

/// The one host that something was ordered for.
fn only(all: Vec<Standing>) -> Result<Standing, Fault> {
    let found = all.len();
    let mut all = all.into_iter();
    match (all.next(), all.next()) {
        (Some(standing), None) => Ok(standing),
        (_, _) => Err(Fault::new("contract", format!("{found} hosts, not one"))),
    }
}

async fn what_was_issued_comes_back(it: Arc<dyn Issuance>) -> Result<(), Fault> {
    let wanted = wanted();
    let made = rcgen::generate_simple_self_signed([wanted.host.clone()]).map_err(|error| Fault::new("rcgen", error))?;
    let key = || Secret::new(made.signing_key.serialize_pem());
    let bundle = Bundle::new(&wanted.host, made.cert.pem(), key()).map_err(|unfit| Fault::new("bundle", unfit))?;
    assert!(Bundle::new("other.example", made.cert.pem(), key()).is_err());
    assert_eq!(
        it.begin(&wanted, NOTHING, Timestamp::from_millis(5)).await?,
        Begun::Ours
    );
    it.keep(&wanted, (&bundle, Timestamp::from_millis(700)), record(2))
        .await?;
    let standing = only(it.all(&wanted.issuer).await?)?;
    let shown = standing.bundle.as_ref().map(|bundle| bundle.certified().cert.clone());
    assert_eq!(shown, Some(bundle.certified().cert.clone()));
    assert_eq!(
        (standing.serial, standing.failures, standing.problem.as_str()),
        (1, 0, "")
    );
    // Not even by whoever cannot open it: two who cannot open each other's would order without end.
    assert_eq!(standing.wait_until, Timestamp::from_millis(700));
    // Whoever looked before must not order again.
    assert_eq!(
        it.begin(&wanted, NOTHING, Timestamp::from_millis(9)).await?,
        Begun::Theirs
    );
    Ok(())
}

fn wanted() -> Wanted {
    Wanted {
        issuer: "https://authority.example/directory".to_owned(),
        host: "app.example".to_owned(),
    }
}

fn record(id: u8) -> AuditRecord {
    AuditRecord {
        id: RowId::from_bytes([id; 16]),
        at: Timestamp::from_millis(1),
        user: None,
        origin: Origin::Program,
        event: AuditEvent::CertificateNotIssued {
            name: "app.example".to_owned(),
            why: "no".to_owned(),
        },
    }
}
