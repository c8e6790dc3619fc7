//! What five organisations' guides show, step by step, in a real browser, 390 and 1280 pixels wide. A test is named after
//! the steps it walks, and says which one it is at; each step leaves a picture in `target/pictures`. `whole` sees to it that
//! none is left out.

mod a_patient_settings;
mod b_customer_account;
mod c_portal_wizard;
mod crashes;
mod d_consumer_portal;
mod e_staff_accounts;
mod keyboard;
mod whole;

use crate::harness::browser::Browser;
use crate::harness::people::{App, Person};
use crate::harness::settings::Plan;
use crate::harness::world::World;

const NUMBER: &str = "+33 6 98 76 54 32";
const OTHER: &str = "+33 7 55 55 44 33";

/// Walks through a guide on a phone and then on a desktop, each time in a new world: the demo, or one by this plan.
async fn on_both_screens(plan: Option<fn() -> Plan>, guide: impl AsyncFn(&World, &Walker)) {
    for screen in ["phone", "desktop"] {
        let browser = match screen {
            "phone" => Browser::phone().await,
            _ => Browser::desktop().await,
        };
        let world = match plan {
            Some(plan) => World::serve(plan()).await,
            None => World::demo().await,
        };
        eprintln!("---- on a {screen}");
        guide(&world, &Walker { browser, screen }).await;
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

    /// The app that was given the key on the page.
    async fn app_of_the_page(&self, digits: usize) -> App {
        let key: String = self.text_of(".key code").await.split_whitespace().collect();
        App::from_uri(&format!(
            "otpauth://totp/Example:x?secret={key}&issuer=Example&digits={digits}"
        ))
    }

    /// Another browser on the same screen.
    async fn another(&self) -> Walker {
        let browser = match self.screen {
            "phone" => Browser::phone().await,
            _ => Browser::desktop().await,
        };
        Walker { browser, ..*self }
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
