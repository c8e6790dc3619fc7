//! A whole installation with two people in it: Ann, who has an authenticator app and a phone, and Ben, who has only
//! e-mail. It exists twice, as `demo` (all embedded) and as `serve` (Redis, PostgreSQL, SMTP, an SMS gateway), and
//! every scenario of a login passes in both.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use http::Method;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use url::Url;

use super::answer::Answer;
use super::mail_server::MailServer;
use super::messages::{Channel, Message};
use super::patience::eventually;
use super::people::Person;
use super::ports::free_port;
use super::prepared::{Prepared, people_added_to};
use super::redis::Redis;
use super::settings::{self, Places, Plan};
use super::sms_gateway::SmsGateway;
use super::vestibule::{Outcome, Server, command};
use super::visitor::Visitor;

pub(crate) struct World {
    pub(crate) ann: Person,
    pub(crate) ben: Person,
    /// Where the protected application is.
    pub(crate) application: Url,
    /// Where people log in.
    pub(crate) portal: Url,
    /// The operators' listener.
    pub(crate) admin: Url,
    /// Where browsers connect in the plain.
    pub(crate) plain_port: u16,
    pub(crate) config: PathBuf,
    pub(crate) server: Server,
    around: Around,
    /// How many messages to an address were read already.
    read: Mutex<HashMap<String, usize>>,
    _folder: TempDir,
}

/// What a world keeps beside the gateway.
enum Around {
    Demo { outbox: Url },
    Serve(Box<Servers>),
}

struct Servers {
    redis: Redis,
    mail: MailServer,
    sms: SmsGateway,
    _sample: Option<Server>,
}

/// Runs `scenario` in the demo and on `serve`, each time in a new world.
pub(crate) async fn in_every_world(scenario: impl AsyncFn(World)) {
    eprintln!("---- in the demo");
    scenario(World::demo().await).await;
    eprintln!("---- on serve, with Redis and PostgreSQL");
    scenario(World::serve(Plan::new()).await).await;
}

impl World {
    pub(crate) async fn demo() -> World {
        World::demo_in(&[]).await
    }

    /// The demo with more variables in its environment.
    pub(crate) async fn demo_in(environment: &[(String, String)]) -> World {
        let folder = tempfile::tempdir().expect("a folder for the demo");
        let data = folder.path().to_str().expect("a path in UTF-8");
        // Ports that stay the same over a restart.
        let [listen, admin] = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
        let demo = ["demo", "--json", "--listen", &listen, "--admin", &admin, "--data", data];
        let server = Server::start_in(environment, &demo).await;
        let accounts: Vec<Person> = Vec::deserialize(&server.announcement()["accounts"]).expect("accounts");
        let [ann, ben] = <[Person; 2]>::try_from(accounts).ok().expect("two accounts");
        World {
            ann,
            ben,
            application: server.url("url"),
            portal: server.url("url"),
            admin: server.url("admin_url"),
            plain_port: server.url("url").port().expect("a port"),
            config: folder.path().join("vestibule.toml"),
            around: Around::Demo {
                outbox: server.url("outbox_url"),
            },
            server,
            read: Mutex::default(),
            _folder: folder,
        }
    }

    pub(crate) async fn serve(plan: Plan) -> World {
        let folder = tempfile::tempdir().expect("a folder for the gateway");
        let (redis, mail, sms) = tokio::join!(Redis::start(), MailServer::start(), SmsGateway::start());
        let sample = match plan.upstream {
            None => Some(Server::start(&["sample", "--listen", "127.0.0.1:0", "--json"]).await),
            Some(_) => None,
        };
        let upstream = sample
            .as_ref()
            .map(|sample| sample.url("url").to_string())
            .or(plan.upstream.clone());
        let (directory, prepared) = match &plan.directory {
            None => {
                let prepared = Prepared::shared().await;
                (prepared.new_directory().await, Some(prepared))
            }
            Some(url) => (url.clone(), None),
        };
        let plain_port = free_port();
        let port = match plan.front {
            Some(port) => port,
            None if plan.https.is_empty() => plain_port,
            None => free_port(),
        };
        let places = Places {
            folder: folder.path(),
            port,
            plain_port,
            admin_port: free_port(),
            store: plan.store.clone().unwrap_or_else(|| redis.url()),
            directory,
            upstream: upstream.unwrap_or_default().trim_end_matches('/').to_owned(),
            sms: sms.url(),
            mail: mail.url(),
        };
        let config = settings::write(&plan, &places);
        let [ann, ben] = match prepared {
            Some(prepared) => prepared.people(folder.path()),
            None => people_added_to(&config).await,
        };
        let file = config.to_string_lossy();
        let server = match &plan.embedded {
            None => Server::start_in(&plan.environment, &["serve", "--config", &file, "--json"]).await,
            Some((example, server)) => {
                Server::start_example(example, [&file, &format!("127.0.0.1:{port}"), server]).await
            }
        };
        let url = |host: &str, port: u16| Url::parse(&format!("{host}:{port}/")).expect("a URL");
        let scheme = plan.scheme();
        World {
            ann,
            ben,
            application: url(&format!("{scheme}://app.localhost"), port),
            portal: url(&format!("{scheme}://login.localhost"), port),
            admin: url("http://127.0.0.1", places.admin_port),
            plain_port,
            config,
            around: Around::Serve(Box::new(Servers {
                redis,
                mail,
                sms,
                _sample: sample,
            })),
            server,
            read: Mutex::default(),
            _folder: folder,
        }
    }

    /// A page of the protected application.
    pub(crate) fn page(&self, path_and_query: &str) -> Url {
        self.application.join(path_and_query).expect("a path")
    }

    /// A page of ours, `login` say.
    pub(crate) fn own_page(&self, name: &str) -> Url {
        self.portal
            .join("/.vestibule/")
            .and_then(|folder| folder.join(name))
            .expect("a path")
    }

    /// Where browsers connect.
    pub(crate) fn port(&self) -> u16 {
        self.application.port().expect("a port")
    }

    /// The `Host` of the application.
    pub(crate) fn host(&self) -> String {
        format!("{}:{}", self.application.host_str().expect("a host"), self.port())
    }

    /// The name of our session cookie on plain http.
    pub(crate) fn session_cookie(&self) -> String {
        format!("vestibule-{}", self.port())
    }

    /// The Redis of a `serve` world.
    pub(crate) fn redis(&mut self) -> &mut Redis {
        match &mut self.around {
            Around::Serve(servers) => &mut servers.redis,
            Around::Demo { .. } => panic!("the demo has no Redis"),
        }
    }

    /// The mail server of a `serve` world.
    pub(crate) fn mail(&mut self) -> &mut MailServer {
        match &mut self.around {
            Around::Serve(servers) => &mut servers.mail,
            Around::Demo { .. } => panic!("the demo has no mail server"),
        }
    }

    /// The next message to `person` that no test has read yet, as soon as it arrives.
    pub(crate) async fn message_to(&self, person: &Person, channel: Channel) -> Message {
        let address = match channel {
            Channel::Sms | Channel::Voice => person.phone(),
            Channel::Email => person.email.as_str(),
        };
        let index = {
            let mut read = self.read.lock().expect("no panic elsewhere");
            let count = read.entry(address.to_owned()).or_default();
            *count += 1;
            *count - 1
        };
        eventually(&format!("a message to {address}"), async || {
            let all = self.messages().await.into_iter();
            all.filter(|message| message.channel == channel && message.to == address)
                .nth(index)
        })
        .await
    }

    /// All messages that carry codes sent so far, oldest first within a channel.
    pub(crate) async fn messages(&self) -> Vec<Message> {
        let all = self.sent().await.into_iter();
        all.filter(|message| !message.is_notice()).collect()
    }

    /// What `address` was told of changes so far, oldest first.
    pub(crate) async fn notices_to(&self, address: &str) -> Vec<Message> {
        let all = self.sent().await.into_iter();
        all.filter(|message| message.is_notice() && message.to == address)
            .collect()
    }

    /// The notice to `address` with these words in it, as soon as it arrives.
    pub(crate) async fn notice_to(&self, address: &str, words: &str) -> Message {
        eventually(&format!("a notice to {address}: {words}"), async || {
            let all = self.notices_to(address).await.into_iter();
            all.rev().find(|message| message.text.contains(words))
        })
        .await
    }

    async fn sent(&self) -> Vec<Message> {
        match &self.around {
            Around::Serve(servers) => [servers.sms.messages(), servers.mail.messages()].concat(),
            Around::Demo { outbox } => {
                let json = [("Accept", "application/json")];
                Visitor::new()
                    .send(Method::GET, outbox, &json, "")
                    .await
                    .expect(200)
                    .json()
            }
        }
    }

    /// Logs `person` in, by app or else by e-mail, and lands on `page` of the application.
    pub(crate) async fn log_in(&self, visitor: &mut Visitor, person: &Person, page: &str) -> Answer {
        let url = self.page(page);
        let login = visitor.visit(&url).await;
        let second = visitor.enter_password(&login, person).await;
        let code = match &person.app {
            Some(app) => app.new_code().await,
            None => self.message_to(person, Channel::Email).await.code(),
        };
        let answer = visitor.enter_code(&second, &code).await;
        let landed = visitor.follow(answer).await;
        assert_eq!(landed.url, url, "{}", landed.text());
        landed
    }

    /// Somebody with a phone and no app.
    pub(crate) async fn add_person_with_phone(&self, name: &str, phone: &str) -> Person {
        let (password, email) = ("copper Lantern 93 meadow", format!("{name}@example.test"));
        let add = [
            "user",
            "add",
            name,
            "--name",
            "Somebody",
            "--email",
            &email,
            "--password-stdin",
        ];
        self.command(&add, password).await.expect(0);
        let number = ["user", "add-phone", name, phone, "--verified"];
        self.command(&number, "").await.expect(0);
        Person {
            username: name.to_owned(),
            password: password.to_owned(),
            email,
            phone: Some(phone.to_owned()),
            app: None,
        }
    }

    /// `vestibule user show NAME --json`.
    pub(crate) async fn user(&self, name: &str) -> Value {
        self.command(&["user", "show", name, "--json"], "").await.json()
    }

    /// How many sessions of `person` are open.
    pub(crate) async fn open_sessions(&self, person: &Person) -> usize {
        self.user(&person.username).await["sessions"]
            .as_array()
            .expect("a list of sessions")
            .len()
    }

    /// Runs a command beside the running gateway.
    pub(crate) async fn command(&self, arguments: &[&str], input: &str) -> Outcome {
        run_with(&self.config, arguments, input).await
    }
}

pub(super) async fn run_with(config: &Path, arguments: &[&str], input: &str) -> Outcome {
    command(&[arguments, &["--config", &config.to_string_lossy()]].concat(), input).await
}
