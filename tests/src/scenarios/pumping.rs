//! Nobody earns by having codes sent: a block of numbers that types none is sent no more, and nobody else notices.

use futures_util::future::join_all;
use serde_json::Value;

use crate::harness::answer::Answer;
use crate::harness::messages::Channel;
use crate::harness::patience::eventually;
use crate::harness::people::Person;
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Upstream};
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

/// What a fraudster has: accounts, each with a number in one block, and how often each asks for a code.
const ACCOUNTS: usize = 50;
const TIMES: usize = 20;
/// How many log in beside each other.
const AT_ONCE: usize = 5;
/// After so many codes a block's share is looked at.
const AFTER: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_codes_for_one_block_of_numbers_stop_that_block_only() {
    // One network, and more for each account than anybody needs: only the block is left to stop it.
    let limits = r#"
[courier.limits]
number = { hour = 100, day = 100 }
account = { hour = 100, day = 100 }
network = { hour = 2000, day = 2000 }
"#;
    let world = World::serve(Plan::new().more(limits)).await;
    let mut crowd = Vec::new();
    for nth in 0..ACCOUNTS {
        crowd.push(
            world
                .add_person_with_phone(&format!("thief{nth}"), &format!("+336123470{nth:02}"))
                .await,
        );
    }
    let mut denied = None;
    for some in crowd.chunks(AT_ONCE) {
        let pages = join_all(some.iter().map(async |person| {
            let mut last = None;
            for _ in 0..TIMES {
                last = Some(ask_for_code(&world, person).await.1);
            }
            last
        }))
        .await;
        denied = pages.into_iter().flatten().last();
    }

    let sent = world.messages().await.into_iter();
    let sent = sent.filter(|message| message.to.starts_with("+33612347")).count();
    assert_eq!(sent, AFTER);
    let other = world.add_person_with_phone("other", "+33612348000").await;
    let (mut visitor, page) = ask_for_code(&world, &other).await;
    let code = world.message_to(&other, Channel::Sms).await.code();
    let answer = visitor.enter_code(&page, &code).await;
    visitor.follow(answer).await.expect(200);

    let denied = denied.expect("somebody asked");
    assert_eq!(words(&denied), words(&trouble_elsewhere().await));
    assert_audited(&world).await;
}

/// The alarm is raised once, and names the block; denials are counted together.
async fn assert_audited(world: &World) {
    let list = async |kind: &str| -> Vec<Value> {
        let listed = ["audit", "list", "--kind", kind, "--json"];
        serde_json::from_str(&world.command(&listed, "").await.expect(0)).expect("a list")
    };
    let stopped = list("block_stopped").await;
    assert_eq!(stopped.len(), 1, "{stopped:?}");
    let event = &stopped[0]["record"]["event"];
    assert_eq!(
        (&event["block"], &event["sent"], &event["proven"]),
        (&"+33612347".into(), &AFTER.into(), &0.into())
    );
    let expected = ACCOUNTS * TIMES - AFTER;
    eventually("all denials in the audit", async || {
        let denials = list("codes_denied").await;
        let times = denials
            .iter()
            .filter_map(|one| one["record"]["event"]["times"].as_u64());
        let times: u64 = times.sum();
        assert!(denials.len() < 100, "{} records", denials.len());
        (times == expected as u64).then_some(())
    })
    .await;
    let metrics = Visitor::new().open(&world.admin.join("metrics").expect("a path")).await;
    let raised = r#"vestibule_events_total{kind="block_stopped"} 1"#;
    assert!(metrics.body.contains(raised), "{}", metrics.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_a_country_that_is_not_served_is_sent_nothing_any_more() {
    let world = World::serve(Plan::new().more("[second_factor]\nphone_countries = [\"GB\"]")).await;
    let french = world.add_person_with_phone("french", "+33612347000").await;
    let (_, denied) = ask_for_code(&world, &french).await;
    assert!(world.messages().await.is_empty());
    assert_eq!(words(&denied), words(&trouble_elsewhere().await));
    let british = world.add_person_with_phone("british", "+447400123456").await;
    ask_for_code(&world, &british).await;
    world.message_to(&british, Channel::Sms).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_cap_holds_what_it_is_for_and_nothing_else() {
    // The cap, and whose codes come in order: two people in one block and one country, one elsewhere in it, one abroad.
    let (near, nearer, far, abroad) = ("+33612347000", "+33612347001", "+33612348000", "+447400123456");
    for (cap, window, arrive) in [
        ("number", "hour", [true, true, true, true, false]),
        ("account", "day", [true, true, true, true, false]),
        ("block", "hour", [true, false, true, true, false]),
        ("country", "day", [true, false, false, true, false]),
        ("network", "hour", [true, false, false, false, false]),
        ("all", "day", [true, false, false, false, false]),
    ] {
        {
            let limits = format!("[courier.limits]\n{cap} = {{ {window} = 1 }}");
            let world = World::serve(Plan::new().more(&limits)).await;
            let mut crowd = Vec::new();
            for (nth, phone) in [near, nearer, far, abroad].into_iter().enumerate() {
                crowd.push(world.add_person_with_phone(&format!("person{nth}"), phone).await);
            }
            let mut arrived = 0;
            for (nth, person) in crowd.iter().chain(crowd.first()).enumerate() {
                ask_for_code(&world, person).await;
                let now = world.messages().await.len();
                assert_eq!(now > arrived, arrive[nth], "{cap} {window} {nth}");
                arrived = now;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_no_company_would_carry_are_held_against_no_block() {
    let world = without_company("[courier.limits]\ntyped = { after = 10, percent = 25 }").await;
    for nth in 0..4 {
        let person = world
            .add_person_with_phone(&format!("unlucky{nth}"), &format!("+3361234700{nth}"))
            .await;
        for _ in 0..4 {
            ask_for_code(&world, &person).await;
        }
    }
    let listed = world
        .command(&["audit", "list", "--kind", "block_stopped", "--json"], "")
        .await;
    assert_eq!(listed.expect(0).trim(), "[]");
    let listed = world
        .command(&["audit", "list", "--kind", "code_not_sent", "--json"], "")
        .await;
    assert_eq!(listed.expect(0).matches("\"code_not_sent\"").count(), 16);
}

/// The page of somebody whose code no company would carry.
async fn trouble_elsewhere() -> Answer {
    let world = without_company("").await;
    let person = world.add_person_with_phone("unlucky", "+33612347000").await;
    ask_for_code(&world, &person).await.1
}

/// A world whose company for French numbers refuses everything.
async fn without_company(more: &str) -> World {
    let down = Upstream::answering(|_| Reply::Raw("HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n".to_owned())).await;
    let routed = format!(
        r#"
{more}
[courier.route]
FR = ["down"]
[[courier.sms]]
name = "down"
url = "{}/send"
headers = {{ "Content-Type" = "application/json" }}
body = '{{"to":"{{to}}","text":"{{text}}"}}'
"#,
        down.url()
    );
    World::serve(Plan::new().more(&routed)).await
}

/// What a person reads, but for what is theirs alone.
fn words(page: &Answer) -> String {
    let text = page.text().replace(page.header("x-request-id"), "");
    let without_digits: String = text.chars().filter(|letter| !letter.is_ascii_digit()).collect();
    without_digits.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn ask_for_code(world: &World, person: &Person) -> (Visitor, Answer) {
    let mut visitor = Visitor::new();
    let login = visitor.visit(&world.page("/headers")).await;
    let second = visitor.enter_password(&login, person).await.expect(200);
    (visitor, second)
}
