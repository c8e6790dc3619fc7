//! An address belongs to one person, and nobody learns whose it is but who reads its mail.

use super::enrolment::newcomer;
use crate::harness::answer::Answer;
use crate::harness::messages::Channel;
use crate::harness::people::Person;
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::{World, in_every_world};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_address_is_asked_for_its_code_like_any_other_and_is_not_given_away() {
    in_every_world(async |world| {
        let mut ann = Visitor::new();
        world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
        // What is typed is answered the same, whoever has it.
        let (free, told) = ask(&world, &mut ann, "nobody@elsewhere.example.com").await;
        let drop = free.form_to("account/profile/email/drop");
        ann.submit(&drop).await.expect(303);
        let (prove, said) = ask(&world, &mut ann, &world.ben.email.to_uppercase()).await;
        assert_eq!(
            (said.header("location"), prove.status),
            (told.header("location"), free.status)
        );

        // Whoever reads his mail is told; nothing moves.
        let code = world.message_to(&upper(&world.ben), Channel::Email).await.code();
        let refused = ann.enter_code(&prove, &code).await.expect(422);
        assert!(
            refused.text().contains("belongs to another account"),
            "{}",
            refused.text()
        );
        assert_eq!(world.user("ann").await["email"], world.ann.email);
        let profile = ann.visit(&world.own_page("account/profile")).await.expect(200);
        assert!(
            !profile.text().contains("still waits for its code"),
            "{}",
            profile.text()
        );

        // As a second step it is no better.
        let page = ann.visit(&world.own_page("account/enrol/mailbox")).await.expect(200);
        let begun = ann
            .submit(&page.form_with("email").fill("email", &world.ben.email))
            .await
            .expect(303);
        let prove = ann.follow(begun).await.expect(200);
        let code = world.message_to(&world.ben, Channel::Email).await.code();
        let before = world.user("ann").await["authenticators"].clone();
        let refused = ann.enter_code(&prove, &code).await;
        assert!(
            refused.text().contains("belongs to another account"),
            "{}: {}",
            refused.status,
            refused.text()
        );
        assert_eq!(world.user("ann").await["authenticators"], before);
        assert_eq!(world.user("ben").await["authenticators"][0]["method"], "email");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_prove_one_address_at_once_one_has_it() {
    in_every_world(async |world| {
        let dan = world.add_person_with_phone("dan", "+33612345671").await;
        let free = Person {
            username: String::new(),
            password: String::new(),
            email: "shared@elsewhere.example.com".to_owned(),
            phone: None,
            app: None,
        };
        let (mut ann, mut other) = (Visitor::new(), Visitor::new());
        world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
        let login = other.visit(&world.page("/headers")).await;
        let second = other.enter_password(&login, &dan).await;
        let code = world.message_to(&dan, Channel::Sms).await.code();
        other.enter_code(&second, &code).await.expect(303);
        let (hers, _) = ask(&world, &mut ann, &free.email).await;
        let her_code = world.message_to(&free, Channel::Email).await.code();
        let (his, _) = ask(&world, &mut other, &free.email).await;
        let his_code = world.message_to(&free, Channel::Email).await.code();
        let answers = tokio::join!(ann.enter_code(&hers, &her_code), other.enter_code(&his, &his_code));
        let mut statuses = [answers.0.status, answers.1.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422]);
        let owners = [world.user("ann").await, world.user("dan").await];
        let with_it = owners.iter().filter(|user| user["email"] == free.email.as_str());
        assert_eq!(with_it.count(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_are_told_that_an_address_is_somebody_elses() {
    in_every_world(async |world| {
        let address = world.ben.email.to_uppercase();
        let add = ["user", "add", "eve", "--email", &address, "--password-stdin"];
        let refused = world.command(&add, "copper Lantern 93 meadow").await;
        assert!(
            refused.code == Some(1) && refused.errors.contains("somebody else has this address"),
            "{refused:?}"
        );
        world.command(&["user", "show", "eve"], "").await.expect(1);
        let refused = world.command(&["user", "add-email", "ann", &address], "").await;
        assert!(
            refused.code == Some(1) && refused.errors.contains("somebody else has this address"),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_are_told_that_a_number_is_on_as_many_accounts_as_it_may_be() {
    let world = World::serve(Plan::new().more("[second_factor]\naccounts_per_phone = 2")).await;
    let number = world.ann.phone();
    let give = async |name: &str| {
        let add = ["user", "add-phone", name, number, "--verified"];
        world.command(&add, "").await
    };
    give("ben").await.expect(0);
    newcomer(&world, "cleo").await;
    let refused = give("cleo").await;
    assert!(
        refused.code == Some(1) && refused.errors.contains("on as many accounts as it may be"),
        "{refused:?}"
    );
    assert_eq!(world.user("cleo").await["authenticators"], serde_json::json!([]));
}

/// Asks for another address on the profile; the page that wants its code, and the answer that led there.
async fn ask(world: &World, visitor: &mut Visitor, to: &str) -> (Answer, Answer) {
    let profile = visitor.visit(&world.own_page("account/profile")).await.expect(200);
    let begun = visitor
        .submit(&profile.form_with("email").fill("email", to))
        .await
        .expect(303);
    (visitor.follow(begun.clone()).await.expect(200), begun)
}

/// The same person under the address in capitals.
fn upper(person: &Person) -> Person {
    let (local, domain) = person.email.split_once('@').expect("an address");
    Person {
        username: String::new(),
        password: String::new(),
        email: format!("{}@{}", local.to_uppercase(), domain),
        phone: None,
        app: None,
    }
}
