//! What five organisations' guides show, in a real browser, 390 and 1280 pixels wide: each lettered step is a test of its
//! own that begins where the step does, and leaves pictures in `target/pictures`. `whole` sees to it that none is left out.

mod a_patient_settings;
mod b_customer_account;
mod c_portal_wizard;
mod crashes;
mod d_consumer_portal;
mod e_staff_accounts;
mod keyboard;
mod whole;

use crate::harness::browser::Browser;
use crate::harness::clock::MovedClock;
use crate::harness::messages::Channel;
use crate::harness::patience::eventually;
use crate::harness::people::{App, Person};
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

const NUMBER: &str = "+33 6 98 76 54 32";
const OTHER: &str = "+33 7 55 55 44 33";

/// Keys of the configuration, as the environment gives them: `SECOND_FACTOR__ENROL`, and what it is to be.
type Keys = &'static [(&'static str, &'static str)];

/// Takes a step on a phone, then on a desktop, each in a demo of its own with these keys. Not beside each other: so many
/// browsers at once slow a small machine down until the gateway closes its door for want of an answer.
async fn on_both_screens(keys: Keys, step: impl AsyncFn(&World, &Walker)) {
    let variables: Vec<(String, String)> = keys
        .iter()
        .map(|(key, value)| (format!("VESTIBULE__{key}"), (*value).to_owned()))
        .collect();
    let take = async |screen| {
        let (world, browser) = tokio::join!(World::demo_in(&variables), browser_of(screen));
        step(&world, &Walker { browser, screen }).await;
    };
    take("phone").await;
    take("desktop").await;
}

/// The same, by a clock that can be moved.
async fn on_both_screens_by_a_clock(step: impl AsyncFn(&World, &Walker, &MovedClock)) {
    let take = async |screen| {
        let clock = MovedClock::right();
        let variables = clock.environment();
        let (world, browser) = tokio::join!(World::demo_in(&variables), browser_of(screen));
        step(&world, &Walker { browser, screen }, &clock).await;
    };
    take("phone").await;
    take("desktop").await;
}

async fn browser_of(screen: &str) -> Browser {
    match screen {
        "phone" => Browser::phone().await,
        _ => Browser::desktop().await,
    }
}

/// A person who walks through a guide.
struct Walker {
    browser: Browser,
    screen: &'static str,
}

impl std::ops::Deref for Walker {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

impl Walker {
    /// A step is done: its page says these words, fits the screen, and is kept as a picture.
    async fn step(&self, step: &str, words: &str) {
        eprintln!("step {step} on a {}: {words}", self.screen);
        self.reads(words).await;
        assert!(self.fits_the_screen().await, "{step} on a {}", self.screen);
        self.picture(&format!("{step}-{}", self.screen)).await;
    }

    /// Somebody's own pages, entered by password and app.
    async fn enters(&self, world: &World, person: &Person, page: &str) {
        self.open(&world.own_page(page)).await;
        self.enter_password(person).await;
        self.enter_code(&person.app().new_code().await).await;
    }

    /// The pages of somebody who has nothing but a mailbox, entered by a code that was sent there.
    async fn enters_by_email(&self, world: &World, person: &Person, page: &str) {
        self.open(&world.own_page(page)).await;
        self.enter_password(person).await;
        self.reads("e-mail with a code of 6 digits").await;
        self.enter_code(&world.message_to(person, Channel::Email).await.code())
            .await;
    }

    /// Asks for a code at this number, on the page that wants one.
    async fn gives_number(&self, number: &str) {
        self.fill("number", number).await;
        self.press_button("Send code").await;
        self.reads("text message with a code of 6 digits").await;
    }

    /// Types the code that came to this number.
    async fn proves_number(&self, world: &World, number: &str) {
        let phone = reached_at(&world.ann, number);
        self.enter_code(&world.message_to(&phone, Channel::Sms).await.code())
            .await;
    }

    /// The app that was given the key on the page.
    async fn app_of_the_page(&self, digits: usize) -> App {
        let key: String = self.text_of(".key code").await.split_whitespace().collect();
        App::from_uri(&format!(
            "otpauth://totp/Example:x?secret={key}&issuer=Example&digits={digits}"
        ))
    }

    /// After the clock was moved: nothing is decided until the gateway has read what was revoked by the new time.
    async fn decided_by_the_new_time(&self, world: &World) {
        eventually("an answer after the clock was moved", async || {
            let ready = world.admin.join("health/ready").expect("a path");
            let answer = Visitor::new().open(&ready).await;
            (answer.status == 200).then_some(())
        })
        .await;
    }

    /// Another browser on the same screen.
    async fn another(&self) -> Walker {
        Walker {
            browser: browser_of(self.screen).await,
            ..*self
        }
    }
}

/// The same person, whose codes go to this number.
fn reached_at(person: &Person, number: &str) -> Person {
    Person {
        username: person.username.clone(),
        password: person.password.clone(),
        email: person.email.clone(),
        phone: Some(number.replace(' ', "")),
        app: None,
    }
}

/// The same person, whose mail goes to this address.
fn with_mail_at(person: &Person, email: &str) -> Person {
    Person {
        email: email.to_owned(),
        ..reached_at(person, "")
    }
}

/// Somebody who has only a password.
async fn newcomer(world: &World, name: &str) -> Person {
    let password = "amber Kettle 61 valley";
    let added = world
        .command(&["user", "add", name, "--password-stdin"], password)
        .await;
    added.expect(0);
    Person {
        username: name.to_owned(),
        password: password.to_owned(),
        email: String::new(),
        phone: None,
        app: None,
    }
}

/// The methods of a person, as `user show` lists them.
async fn kinds(world: &World, person: &Person) -> Vec<String> {
    let shown = world.user(&person.username).await;
    let all = shown["authenticators"].as_array().expect("a list").iter();
    all.map(|one| one["method"].as_str().expect("a method").to_owned())
        .collect()
}
