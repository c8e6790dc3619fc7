//! Somebody who has no account yet, and the way to one.

use super::answer::Answer;
use super::form::Form;
use super::messages::Channel;
use super::people::Person;
use super::settings::Plan;
use super::visitor::Visitor;
use super::world::World;

/// A password that nobody guesses soon.
pub(crate) const PASSWORD: &str = "orchid Ferry 71 granite";

/// A gateway where everybody may register, with more keys of `[registration]`.
pub(crate) async fn open_world(more: &str) -> World {
    World::serve(Plan::new().more(&format!("[registration]\nmode = \"open\"\n{more}"))).await
}

/// Somebody with this address and number.
pub(crate) fn newcomer(email: &str, phone: &str) -> Person {
    Person {
        username: email.to_owned(),
        password: PASSWORD.to_owned(),
        email: email.to_owned(),
        phone: Some(phone.to_owned()),
        app: None,
    }
}

/// Cleo, whom nobody knows.
pub(crate) fn cleo() -> Person {
    newcomer("cleo@example.test", "+33698765432")
}

/// The form of a page, filled in by somebody.
pub(crate) fn filled(page: &Answer, person: &Person) -> Form {
    let form = page.form_with("new_password");
    form.fill("name", "Cleo Example")
        .fill("email", &person.email)
        .fill("number", person.phone())
        .fill("new_password", &person.password)
}

/// Fills the form in; the answer to it, not followed.
pub(crate) async fn sign_up(world: &World, visitor: &mut Visitor, person: &Person) -> Answer {
    let page = visitor.visit(&world.own_page("register")).await.expect(200);
    visitor.submit(&filled(&page, person)).await
}

/// From the form to the page of the code from the mailbox.
pub(crate) async fn to_the_address(world: &World, visitor: &mut Visitor, person: &Person) -> Answer {
    let begun = sign_up(world, visitor, person).await.expect(303);
    visitor.follow(begun).await.expect(200)
}

/// From the form to the page of the code from the phone.
pub(crate) async fn to_the_number(world: &World, visitor: &mut Visitor, person: &Person) -> Answer {
    let page = to_the_address(world, visitor, person).await;
    let code = world.message_to(person, Channel::Email).await.code();
    let proven = visitor.enter_code(&page, &code).await.expect(303);
    visitor.follow(proven).await.expect(200)
}

/// From the form to the account.
pub(crate) async fn register(world: &World, visitor: &mut Visitor, person: &Person) {
    let page = to_the_number(world, visitor, person).await;
    let code = world.message_to(person, Channel::Sms).await.code();
    let made = visitor.enter_code(&page, &code).await.expect(200);
    assert!(made.text().contains("Your account is ready"), "{}", made.text());
}

/// Whether there is somebody of this login name.
pub(crate) async fn exists(world: &World, name: &str) -> bool {
    world.command(&["user", "show", name], "").await.code == Some(0)
}

/// How many messages came by this way so far.
pub(crate) async fn count(world: &World, channel: Channel) -> usize {
    let all = world.messages().await.into_iter();
    all.filter(|message| message.channel == channel).count()
}
