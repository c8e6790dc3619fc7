//! Letters that wait, as every directory that people are invited to must keep them.

use super::{DAY, NOW, Place, by_hand, invitation, newcomers};
use crate::domain::secret::Token;
use crate::domain::time::Timestamp;
use crate::io::Fault;
use crate::io::credentials::NextTry;
use crate::io::directory::contract::{mailbox, record};
use crate::io::directory::{HandedOver, Offered, Withdrawn};
use std::time::Duration;

pub(super) async fn wait_until_sent(it: Place) -> Result<(), Fault> {
    let newcomers = newcomers(&it);
    let by_email = |link: &str, byte| (link.to_owned(), HandedOver::ByEmail(Token::from_bytes([byte; 32])));
    let hour = Duration::from_secs(3600);
    let ann = invitation("ann@example.com");
    let waits = async |now: Timestamp| newcomers.claim_letters(now, hour).await;
    assert_eq!(
        newcomers
            .offer(by_hand("printed"), &invitation("eve@example.com"), record(1))
            .await?,
        Offered::Done
    );
    assert_eq!(
        newcomers.offer(by_email("one", 1), &ann, record(2)).await?,
        Offered::Done
    );
    let due = waits(NOW).await?;
    assert!(
        matches!(&due[..], [letter] if letter.link == "one" && letter.tries == 1
        && matches!(&letter.sendable, Some((token, of)) if token.expose() == &[1; 32] && *of == ann)),
        "{due:?}"
    );
    // Claimed is claimed, until its claimer must be dead; who comes back then settles nothing.
    assert!(waits(NOW + hour / 2).await?.is_empty());
    assert!(matches!(&waits(NOW + hour).await?[..], [letter] if letter.tries == 2));
    newcomers.settle_letter(("one", 1), NextTry::Never(record(3))).await?;
    newcomers.settle_letter(("one", 2), NextTry::At(NOW + 3 * hour)).await?;
    assert!(waits(NOW + 2 * hour).await?.is_empty());
    assert!(matches!(&waits(NOW + 3 * hour).await?[..], [letter] if letter.tries == 3));
    newcomers.settle_letter(("one", 3), NextTry::Never(record(4))).await?;
    assert!(waits(NOW + 9 * hour).await?.is_empty());

    // A link that was withdrawn or replaced is not sent.
    let (ben, cleo) = (invitation("ben@example.com"), invitation("cleo@example.com"));
    assert_eq!(
        newcomers.offer(by_email("two", 2), &ben, record(5)).await?,
        Offered::Done
    );
    assert_eq!(
        newcomers.offer(by_email("three", 3), &ben, record(6)).await?,
        Offered::Done
    );
    assert_eq!(
        newcomers.offer(by_email("four", 4), &cleo, record(7)).await?,
        Offered::Done
    );
    assert_eq!(
        newcomers.withdraw(&mailbox("cleo@example.com"), record(8)).await?,
        Withdrawn::Done
    );
    let due: Vec<String> = waits(NOW).await?.into_iter().map(|letter| letter.link).collect();
    assert_eq!(due, ["three"]);
    // One that is over cannot be sent any more, which its claimer has to write down.
    let over = waits(NOW + DAY).await?;
    assert!(
        matches!(&over[..], [letter] if letter.link == "three" && letter.sendable.is_none()),
        "{over:?}"
    );
    for letter in &over {
        let of = (letter.link.as_str(), letter.tries);
        newcomers.settle_letter(of, NextTry::Never(record(9))).await?;
    }
    assert!(waits(NOW + 2 * DAY).await?.is_empty());
    Ok(())
}
