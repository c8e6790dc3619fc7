//! Applications that believe our assertion and nothing else, in five languages: what each believes is one table. The
//! attacker reaches them over the network, past the gateway, and has every token but the right one.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::harness::hello::{Hello, Language, Told};
use crate::harness::patience::eventually;
use crate::harness::ports::free_port;
use crate::harness::settings::{Plan, TWO_FACTOR_RULES};
use crate::harness::upstream::{Reply, Upstream};
use crate::harness::visitor::Visitor;
use crate::harness::wire::exchange;
use crate::harness::world::World;

/// A key of a stranger's, made with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`.
const FOREIGN: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2b6aPp7QTjAanDNA
dXogcOd1MCEUjjh0a/lnHFmtMsChRANCAAS5580CUFy5V1llvepeE6hH82E9MXEI
zNaTMmhELDJscYm9pf/wSVsl+GXn2ELtCQWLn8G2SkaoXAg6+TLzelWG
-----END PRIVATE KEY-----
";

#[tokio::test(flavor = "multi_thread")]
async fn python_believes_what_it_should() {
    believes_what_it_should(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_believes_what_it_should() {
    believes_what_it_should(Language::Node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn php_believes_what_it_should() {
    believes_what_it_should(Language::Php).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn java_believes_what_it_should() {
    believes_what_it_should(Language::Java).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn go_believes_what_it_should() {
    believes_what_it_should(Language::Go).await;
}

async fn believes_what_it_should(language: Language) {
    let (port, other) = (free_port(), Upstream::start().await);
    let plan = Plan::new().upstream(&format!("http://127.0.0.1:{port}"));
    let world = World::serve(plan.beside("other.localhost", &other.url(), TWO_FACTOR_RULES)).await;
    let said = Said::by(&world).await;
    // The name of the portal is known to the tests' own clients only.
    let keys = said.relay().await;
    let told = Told {
        port,
        vestibule: &said.issuer,
        keys: &keys.url(),
        own: &said.audience,
    };
    let _hello = Hello::start(language, &told).await;

    // The gateway has looked for it before it was there.
    eventually("the application to be found", async || {
        let answer = Visitor::new().open(&world.page("/public/")).await;
        (answer.status == 401).then_some(())
    })
    .await;

    let mut ann = Visitor::new();
    let answer = world.log_in(&mut ann, &world.ann, "/").await.expect(200);
    assert_eq!(answer.body, "hello ann");

    let elsewhere = format!("http://other.localhost:{}/", world.port())
        .parse()
        .expect("a URL");
    ann.visit(&elsewhere).await.expect(200);
    let heard = other.request_for("/").await.head;
    let for_other = heard.value("vestibule-assertion").expect("an assertion").to_owned();

    let good = said.token();
    let all = [said.tokens(), vec![("of another application", for_other)]].concat();
    assert_eq!(
        believed(port, &[&good]).await,
        200,
        "all others differ from this one in one thing"
    );
    for (what, token) in &all {
        assert_eq!(believed(port, &[token]).await, 401, "{what}: {token}");
    }
    assert_eq!(believed(port, &[]).await, 401, "no assertion");
    assert_eq!(believed(port, &[""]).await, 401, "an empty assertion");
    assert_eq!(believed(port, &[&good, &good]).await, 401, "two assertions");
    assert_eq!(believed(port, &[&good]).await, 200, "still");
    let fetched = keys.requests().len();
    assert!(fetched <= all.len(), "keys are kept: {fetched}");
}

async fn believed(port: u16, assertions: &[&str]) -> u16 {
    let lines = assertions.iter().map(|text| format!("Vestibule-Assertion: {text}\r\n"));
    let lines: String = lines.collect();
    let request = format!("GET / HTTP/1.1\r\nHost: app\r\n{lines}Connection: close\r\n\r\n");
    exchange(port, request).await.expect("an answer").0.status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_can_be_verified_by_hand() {
    let world = World::demo().await;
    let said = Said::by(&world).await;
    let verified = world.command(&["verify", "--json"], &said.token()).await.json();
    assert_eq!(
        (&verified["valid"], &verified["claims"]["sub"]),
        (&json!(true), &json!("1"))
    );
    let header = format!("Vestibule-Assertion: {}\n", said.token());
    let text = world
        .command(&["verify", "--audience", &said.audience], &header)
        .await
        .expect(0);
    assert!(text.contains("preferred_username: ann\n"), "{text}");
    for (what, token) in said.tokens() {
        let outcome = world.command(&["verify", "--json"], &token).await;
        assert_eq!(outcome.code, Some(1), "{what}: {outcome:?}");
        let told: Value = serde_json::from_str(&outcome.output).expect("JSON");
        assert!(
            told["problems"].as_array().is_some_and(|all| !all.is_empty()),
            "{what}: {told}"
        );
    }
    let other = world
        .command(&["verify", "--audience", "https://other.example"], &said.token())
        .await;
    assert!(
        other.code == Some(1) && other.errors.contains("aud: said to"),
        "{other:?}"
    );
    world.command(&["verify"], "").await.expect(2);
}

/// What the gateway can say, said by somebody who has its key, and what others make of it.
struct Said {
    issuer: String,
    audience: String,
    jwks: Value,
    key: String,
}

impl Said {
    async fn by(world: &World) -> Said {
        let origin = |url: &url::Url| url.origin().ascii_serialization();
        let jwks = Visitor::new()
            .open(&world.own_page("jwks.json"))
            .await
            .expect(200)
            .json();
        let key = world.config.with_file_name("keys").join("signing-1.pem");
        Said {
            issuer: origin(&world.portal),
            audience: origin(&world.application),
            jwks,
            key: std::fs::read_to_string(key).expect("the key of the gateway"),
        }
    }

    async fn relay(&self) -> Upstream {
        let text = self.jwks.to_string();
        Upstream::answering(move |_| Reply::text(&text)).await
    }

    fn header(&self) -> Header {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("vestibule+jwt".into());
        header.kid = self.jwks["keys"][0]["kid"].as_str().map(str::to_owned);
        header
    }

    fn claims(&self) -> Value {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a clock after 1970")
            .as_secs();
        json!({
            "iss": self.issuer, "aud": self.audience, "sub": "1", "preferred_username": "ann",
            "iat": now, "nbf": now, "exp": now + 60, "jti": "1",
        })
    }

    fn signed(&self, header: &Header, claims: &Value) -> String {
        let key = EncodingKey::from_ec_pem(self.key.as_bytes()).expect("a key");
        encode(header, claims, &key).expect("a token")
    }

    fn token(&self) -> String {
        self.signed(&self.header(), &self.claims())
    }

    /// Each differs from the right one in one thing.
    fn tokens(&self) -> Vec<(&'static str, String)> {
        let with = |name: &str, value: Value| {
            let mut claims = self.claims();
            claims[name] = value;
            self.signed(&self.header(), &claims)
        };
        let headed = |change: &dyn Fn(&mut Header)| {
            let mut header = self.header();
            change(&mut header);
            self.signed(&header, &self.claims())
        };
        let mut timeless = self.claims();
        timeless.as_object_mut().expect("an object").remove("exp");
        let now = self.claims()["iat"].as_u64().expect("a time");
        let good = self.token();
        let parts: Vec<&str> = good.split('.').collect();
        let (head, body, signature) = (parts[0], parts[1], parts[2]);
        let foreign = EncodingKey::from_ec_pem(FOREIGN.as_bytes()).expect("a key");
        let mut symmetric = self.header();
        symmetric.alg = Algorithm::HS256;
        let key = &self.jwks["keys"][0];
        let point = [key["x"].as_str(), key["y"].as_str()].map(|text| text.expect("a coordinate"));
        let by_secret =
            |secret: &[u8]| encode(&symmetric, &self.claims(), &EncodingKey::from_secret(secret)).expect("a token");
        let none = r#"{"alg":"none","typ":"vestibule+jwt"}"#;
        let none = base64url(none.as_bytes());
        let altered = self.claims().to_string().replace("ann", "eve");
        vec![
            ("for another audience", with("aud", json!("http://other.example"))),
            ("of another issuer", with("iss", json!("http://login.example"))),
            ("expired", with("exp", json!(now - 60))),
            ("not valid yet", with("nbf", json!(now + 600))),
            ("for ever", self.signed(&self.header(), &timeless)),
            ("of another type", headed(&|header| header.typ = Some("JWT".into()))),
            (
                "with an unknown key",
                headed(&|header| header.kid = Some("unknown".to_owned())),
            ),
            (
                "with a foreign key",
                encode(&self.header(), &self.claims(), &foreign).expect("a token"),
            ),
            ("HS256 with the public key", by_secret(self.jwks.to_string().as_bytes())),
            ("HS256 with a part of the public key", by_secret(point[0].as_bytes())),
            ("unsigned", format!("{none}.{body}.")),
            ("unsigned, with a signature", format!("{none}.{body}.{signature}")),
            ("with its signature taken away", format!("{head}.{body}.")),
            (
                "with a signature of zeros",
                format!("{head}.{body}.{}", base64url(&[0; 64])),
            ),
            (
                "altered",
                format!("{head}.{}.{signature}", base64url(altered.as_bytes())),
            ),
            ("no token", "ann".to_owned()),
            ("dots", "..".to_owned()),
        ]
    }
}

/// RFC 4648 section 5, without padding.
fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three.iter().fold(0_usize, |sum, byte| sum * 256 + usize::from(*byte)) << (8 * (3 - three.len()));
        let all = (0..4).map(|place| char::from(LETTERS[(number >> (18 - 6 * place)) & 63]));
        text.extend(all.take(three.len() + 1));
    }
    text
}
