//! What a registration bears: so many answers, messages and accounts, and one account whatever comes at once.

use std::net::Ipv4Addr;

use crate::harness::answer::Answer;
use crate::harness::messages::Channel;
use crate::harness::newcomer::{
    cleo, count, exists, newcomer, open_world, register, sign_up, to_the_address, to_the_number,
};
use crate::harness::patience::eventually;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_right_codes_one_account_comes() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = format!("sqlite:{}", folder.path().join("directory.db").display());
    for plan in [Plan::new(), Plan::new().directory(&file)] {
        let world = World::serve(plan.more("[registration]\nmode = \"open\"")).await;
        let (mut visitor, cleo) = (Visitor::new(), cleo());
        let page = to_the_number(&world, &mut visitor, &cleo).await;
        let code = world.message_to(&cleo, Channel::Sms).await.code();
        let form = page.form_with("code").fill("code", &code);
        let mut answers = Vec::new();
        for _ in 0..200 {
            let (mut tab, form) = (visitor.clone(), form.clone());
            answers.push(tokio::spawn(async move { tab.submit(&form).await }));
        }
        let mut made = 0;
        for answer in answers {
            let answer = answer.await.expect("an answer");
            made += usize::from(answer.status == 200);
            assert!([200, 303, 422, 429, 503].contains(&answer.status), "{}", answer.status);
        }
        assert!((1..=5).contains(&made), "{made} were told that it is made");
        let all = world.command(&["user", "list", "--json"], "").await.json();
        assert_eq!(all.as_array().map(Vec::len), Some(3), "{all}");
        assert_eq!(
            world.user(&cleo.username).await["authenticators"]
                .as_array()
                .map(Vec::len),
            Some(2)
        );
        // Sent again it says the same, and both tabs go on to the login.
        let again = visitor.visit(&world.own_page("register/number")).await.expect(200);
        again.form_with("email");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_worth_something_in_the_browser_that_asked_within_five_tries() {
    let (world, cleo) = (open_world("").await, cleo());
    let (mut own, mut other) = (Visitor::new(), Visitor::new());
    let page = to_the_address(&world, &mut own, &cleo).await;
    let code = world.message_to(&cleo, Channel::Email).await.code();
    let elsewhere = to_the_address(&world, &mut other, &newcomer("dan@example.test", "+33698765433")).await;
    other.enter_code(&elsewhere, &code).await.expect(422);
    other
        .open(&world.own_page("register/number"))
        .await
        .expect(200)
        .form_to("register/code");

    // The same right answer leads there twice, and one message goes out.
    let mut double = own.clone();
    let first = own.enter_code(&page, &code).await.expect(303);
    let number = own.follow(first).await.expect(200);
    let second = double.enter_code(&page, &code).await.expect(303);
    double.follow(second).await.expect(200).form_to("register/number");
    let text = world.message_to(&cleo, Channel::Sms).await.code();
    assert_eq!(count(&world, Channel::Sms).await, 1);
    // The code from the mailbox does not prove the number.
    if text != code {
        own.enter_code(&number, &code).await.expect(422);
    }
    for _ in 0..5 {
        let wrong = if text == "000000" { "111111" } else { "000000" };
        own.enter_code(&number, wrong).await.expect(422);
    }
    own.enter_code(&number, &text).await.expect(422);
    assert!(!exists(&world, &cleo.username).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_code_takes_the_place_of_the_one_before() {
    let (world, cleo, mut visitor) = (open_world("").await, cleo(), Visitor::new());
    let page = to_the_address(&world, &mut visitor, &cleo).await;
    let old = world.message_to(&cleo, Channel::Email).await.code();
    resend(&world, &mut visitor, &page).await;
    let new = world.message_to(&cleo, Channel::Email).await.code();
    if old != new {
        visitor.enter_code(&page, &old).await.expect(422);
    }
    let proven = visitor.enter_code(&page, &new).await.expect(303);
    let page = visitor.follow(proven).await.expect(200);
    let old = world.message_to(&cleo, Channel::Sms).await.code();
    resend(&world, &mut visitor, &page).await;
    let new = world.message_to(&cleo, Channel::Sms).await.code();
    if old != new {
        visitor.enter_code(&page, &old).await.expect(422);
    }
    visitor.enter_code(&page, &new).await.expect(200);
    assert!(exists(&world, &cleo.username).await);
}

/// Asks for another code until it is time for one.
async fn resend(world: &World, visitor: &mut Visitor, page: &Answer) {
    let form = page.form_to("register/resend");
    let sent = eventually("another code", async || {
        let answer = visitor.submit(&form).await;
        (answer.status != 429).then_some(answer)
    });
    let sent = sent.await.expect(303);
    assert_eq!(sent.onward(), Some(world.own_page("register/code")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_on_so_many_accounts_and_no_more() {
    let limit = "[registration]\nmode = \"open\"\n[second_factor]\naccounts_per_phone = 1";
    let world = World::serve(Plan::new().more(limit)).await;
    register(&world, &mut Visitor::new(), &cleo()).await;
    let dan = newcomer("dan@example.test", cleo().phone());
    let mut visitor = Visitor::new();
    let page = to_the_number(&world, &mut visitor, &dan).await;
    let code = world.message_to(&dan, Channel::Sms).await.code();
    let refused = visitor.enter_code(&page, &code).await.expect(409);
    assert!(
        refused.text().contains("cannot be used for another account"),
        "{}",
        refused.text()
    );
    assert!(!exists(&world, &dan.username).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_is_slowed_down_and_texts_to_one_number_too() {
    let world = open_world("").await;
    // Whoever reads a whole domain proves address after address: the number is counted.
    let mut undelivered = 0;
    for number in 0..6 {
        let one = newcomer(&format!("farm{number}@example.test"), "+33698765432");
        let page = to_the_number(&world, &mut Visitor::at(Ipv4Addr::new(127, 0, 0, 8)), &one).await;
        undelivered += usize::from(page.text().contains("could not send"));
    }
    assert_eq!((undelivered, count(&world, Channel::Sms).await), (2, 4));
    // Forms are counted by their source.
    let mut statuses = Vec::new();
    for _ in 0..25 {
        let mut stranger = Visitor::at(Ipv4Addr::new(127, 0, 0, 9));
        statuses.push(
            sign_up(&world, &mut stranger, &newcomer("ann@example.test", "+33698765431"))
                .await
                .status,
        );
    }
    assert_eq!(
        statuses.iter().filter(|status| **status == 303).count(),
        20,
        "{statuses:?}"
    );
    assert_eq!(statuses.last(), Some(&429));
    // An address is written to three times an hour, whoever asks; and nobody is locked out.
    eventually("three letters", async || {
        (letters_to(&world, "ann@example.test").await == 3).then_some(())
    })
    .await;
    register(
        &world,
        &mut Visitor::new(),
        &newcomer("dan@example.test", "+33612121212"),
    )
    .await;
    assert_eq!(letters_to(&world, "ann@example.test").await, 3);
    world.log_in(&mut Visitor::new(), &world.ann, "/headers").await;
}

async fn letters_to(world: &World, address: &str) -> usize {
    let all = world.messages().await.into_iter();
    all.filter(|message| message.to == address).count()
}
