//! The assertion: an application that checks it needs to trust nothing else.

use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

use http::Method;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use crate::harness::messages::Channel;
use crate::harness::settings::Plan;
use crate::harness::upstream::Upstream;
use crate::harness::visitor::Visitor;
use crate::harness::world::{World, in_every_world};

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    preferred_username: String,
    email: String,
    amr: Vec<String>,
    acr: String,
    auth_time: u64,
    sid: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    jti: String,
    htm: Option<String>,
    htu: Option<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_says_who_came_and_how() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        world.log_in(&mut visitor, &world.ann, "/headers").await;
        let claims = verified(&world, &mut visitor).await;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a clock after 1970")
            .as_secs();

        assert_eq!(
            claims.iss.trim_end_matches('/'),
            world.portal.as_str().trim_end_matches('/')
        );
        assert_eq!(
            (claims.preferred_username, claims.email),
            (world.ann.username.clone(), world.ann.email.clone())
        );
        assert!(!claims.sub.is_empty() && !claims.sid.is_empty() && !claims.jti.is_empty());
        assert_eq!(claims.acr, "aal2");
        for method in ["pwd", "otp", "mfa"] {
            assert!(claims.amr.contains(&method.to_owned()), "{method} in {:?}", claims.amr);
        }
        assert!(claims.nbf <= now + 1 && claims.auth_time <= now + 1 && now < claims.exp);
        assert!(claims.exp - claims.iat <= 60, "valid for a minute at most");
        assert_eq!((claims.htm, claims.htu), (None, None), "good for the whole session");
        let session = visitor
            .cookies
            .value(&world.application, &world.session_cookie())
            .expect("a session");
        assert!(
            !session.contains(&claims.sid) && !claims.sid.contains(session),
            "the session's id is not its token"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_is_good_for_one_request_where_the_application_wants_that() {
    let upstream = Upstream::start().await;
    let plan = Plan::new()
        .upstream(&upstream.url())
        .application("assertion.bind = \"request\"");
    let world = World::serve(plan).await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/").await.expect(200);
    let origin = world.application.origin().ascii_serialization();
    let mut names = HashSet::new();
    for (method, target) in [
        (Method::GET, "/ledger/%41?page=2"),
        (Method::GET, "/ledger/%41?page=2"),
        (Method::DELETE, "/ledger"),
    ] {
        let own = [("Origin", origin.as_str())];
        ann.send(method.clone(), &world.page(target), &own, "")
            .await
            .expect(200);
        let told = upstream.requests().pop().expect("a request").head;
        assert_eq!(told.target(), target);
        let assertion = told.value("vestibule-assertion").expect("an assertion");
        let claims = checked(&world, assertion).await;
        let (path, _) = target.split_once('?').unwrap_or((target, ""));
        assert_eq!(
            (claims.htm.as_deref(), claims.htu),
            (Some(method.as_str()), Some(format!("{origin}{path}")))
        );
        assert!(names.insert(claims.jti), "each is signed by itself");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_email_is_never_called_strong() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        world.log_in(&mut visitor, &world.ben, "/headers").await;
        assert_eq!(verified(&world, &mut visitor).await.acr, "aal1");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_sms_is_named_as_what_it_is() {
    in_every_world(async |world| {
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.page("/headers")).await;
        let app = visitor.enter_password(&login, &world.ann).await;
        let sms = visitor.try_another_method(&app, "Text message").await;
        let code = world.message_to(&world.ann, Channel::Sms).await.code();
        let answer = visitor.enter_code(&sms, &code).await;
        visitor.follow(answer).await.expect(200);
        let claims = verified(&world, &mut visitor).await;
        assert!(
            claims.amr.contains(&"sms".to_owned()) && !claims.amr.contains(&"otp".to_owned()),
            "{:?}",
            claims.amr
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_public_and_nothing_private_is_among_them() {
    in_every_world(async |world| {
        let answer = Visitor::new().open(&world.own_page("jwks.json")).await.expect(200);
        let keys: serde_json::Value = answer.json();
        for key in keys["keys"].as_array().expect("keys") {
            assert!(
                ["EC", "OKP"].contains(&key["kty"].as_str().expect("a type")),
                "no RSA, no shared secret: {key}"
            );
            assert!(key.get("d").is_none() && key.get("k").is_none(), "{key}");
        }
    })
    .await;
}

/// The claims of the assertion that the application gets for `visitor`.
async fn verified(world: &World, visitor: &mut Visitor) -> Claims {
    let headers: Vec<(String, String)> = visitor.open(&world.page("/headers")).await.expect(200).json();
    let assertion = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("vestibule-assertion"));
    let (_, assertion) = assertion.expect("an assertion");
    checked(world, assertion).await
}

/// The claims of an assertion, checked as the application would check them.
async fn checked(world: &World, assertion: &str) -> Claims {
    let keys: JwkSet = Visitor::new()
        .open(&world.own_page("jwks.json"))
        .await
        .expect(200)
        .json();

    let header = decode_header(assertion).expect("a JWT");
    assert!([Algorithm::ES256, Algorithm::EdDSA].contains(&header.alg));
    let key = keys
        .find(header.kid.as_deref().expect("a key id"))
        .expect("a published key");
    let mut expected = Validation::new(header.alg);
    expected.set_audience(&[world.application.origin().ascii_serialization()]);
    let key = DecodingKey::from_jwk(key).expect("a usable key");
    decode::<Claims>(assertion, &key, &expected)
        .expect("a right signature for this application")
        .claims
}
