//! What a `serve` world begins with: the people in its directory. They are added once for the whole run, by the commands an
//! operator would use; each world gets a copy of that directory, and of the keys it was written with.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tokio::sync::OnceCell;

use super::people::{App, Person};
use super::postgres::Postgres;
use super::settings::{self, Places, Plan};
use super::world::run_with;

/// A directory with people in it, of which there are copies only.
pub(crate) struct Prepared {
    database: String,
    keys: Vec<(String, Vec<u8>)>,
    totp_uri: String,
}

static SHARED: OnceCell<Prepared> = OnceCell::const_new();

impl Prepared {
    pub(crate) async fn shared() -> &'static Prepared {
        SHARED.get_or_init(Prepared::make).await
    }

    async fn make() -> Prepared {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = Postgres::shared().await.new_database();
        let database = directory.rsplit('/').next().expect("a name").to_owned();
        let nowhere = || "http://127.0.0.1:1".to_owned();
        let places = Places {
            folder: folder.path(),
            port: 2,
            plain_port: 2,
            admin_port: 3,
            store: format!("embedded:{}", folder.path().join("store.db").display()),
            directory,
            upstream: nowhere(),
            sms: nowhere(),
            mail: "smtp://127.0.0.1:1".to_owned(),
        };
        let config = settings::write(&Plan::new(), &places);
        let totp_uri = add(&config).await;
        let keys = std::fs::read_dir(folder.path().join("keys")).expect("a folder of keys");
        let keys = keys.map(|file| {
            let file = file.expect("a file");
            let name = file.file_name().into_string().expect("a name in UTF-8");
            (name, std::fs::read(file.path()).expect("a key"))
        });
        Prepared {
            database,
            keys: keys.collect(),
            totp_uri,
        }
    }

    /// The URL of a new directory with Ann and Ben in it.
    pub(crate) async fn new_directory(&self) -> String {
        Postgres::shared().await.copy_of(&self.database)
    }

    /// Puts the keys into this folder of a configuration; says who is in the directory.
    pub(crate) fn people(&self, folder: &Path) -> [Person; 2] {
        let folder = folder.join("keys");
        std::fs::create_dir(&folder).expect("a writable folder");
        std::fs::set_permissions(&folder, Permissions::from_mode(0o700)).expect("a folder of ours");
        for (name, key) in &self.keys {
            settings::write_secret(&folder.join(name), key);
        }
        [ann(&self.totp_uri), ben()]
    }
}

/// Adds Ann and Ben to the directory of this configuration.
pub(crate) async fn people_added_to(config: &Path) -> [Person; 2] {
    [ann(&add(config).await), ben()]
}

/// Returns what Ann's app is set up by.
async fn add(config: &Path) -> String {
    let ann = ann_without_app();
    add_person(config, &ann, &["--name", "Ann Example", "--group", "staff"]).await;
    add_person(config, &ben(), &["--name", "Ben Example"]).await;
    let phone = ["user", "add-phone", "ann", ann.phone(), "--verified"];
    let totp_uri = run_with(config, &["user", "add-totp", "ann"], "").await.expect(0);
    run_with(config, &phone, "").await.expect(0);
    totp_uri
}

async fn add_person(config: &Path, person: &Person, more: &[&str]) {
    let Person {
        username,
        password,
        email,
        ..
    } = person;
    let add = ["user", "add", username, "--email", email, "--password-stdin"];
    run_with(config, &[&add, more].concat(), password).await.expect(0);
}

fn ann(totp_uri: &str) -> Person {
    Person {
        app: Some(App::from_uri(totp_uri.trim())),
        ..ann_without_app()
    }
}

fn ann_without_app() -> Person {
    Person {
        username: "ann".to_owned(),
        password: "violet Tram 48 harbour".to_owned(),
        email: "ann@example.test".to_owned(),
        phone: Some("+33612345678".to_owned()),
        app: None,
    }
}

fn ben() -> Person {
    Person {
        username: "ben".to_owned(),
        password: "copper Lantern 93 meadow".to_owned(),
        email: "ben@example.test".to_owned(),
        phone: None,
        app: None,
    }
}
