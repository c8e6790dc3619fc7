//! Companies tell what became of a message; whoever waits for it reads it, and nothing they say opens a door.

use std::collections::BTreeMap;

use http::Method;
use url::{Url, form_urlencoded};

use crate::harness::answer::Answer;
use crate::harness::carriers::sign;
use crate::harness::patience::eventually;
use crate::harness::settings::Plan;
use crate::harness::upstream::{Reply, Upstream};
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

const SECRET: &str = "hunter2hunter2";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// A world whose first carrier is a company, and somebody who waits for its message.
struct Scene {
    company: &'static str,
    world: World,
    visitor: Visitor,
    page: Answer,
    /// What the company was asked.
    asked: BTreeMap<String, String>,
    _server: Upstream,
}

impl Scene {
    async fn of(company: &'static str) -> Scene {
        let (status, body) = match company {
            "twilio" => ("201 Created", r#"{"sid":"SM-1","status":"queued","error_code":null}"#),
            _ => ("200 OK", r#"{"messages":[{"status":"0","message-id":"SM-1"}]}"#),
        };
        let reply = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let server = Upstream::answering(move |_| Reply::Raw(reply.clone())).await;
        let keys = match company {
            "twilio" => "account = \"AC0123\"\ntoken_file = \"secret\"",
            _ => "key = \"k\"\nsecret_file = \"secret\"\nsignature_file = \"secret\"",
        };
        let courier = format!(
            "[[courier.sms]]\nname = \"first\"\nprovider = \"{company}\"\nurl = \"{}\"\nfrom = \"Example\"\n{keys}\n",
            server.url()
        );
        let world = World::serve(Plan::new().more(&courier).secret("secret", SECRET)).await;
        let person = world.add_person_with_phone("waiting", "+33612347000").await;
        let mut visitor = Visitor::new();
        let login = visitor.visit(&world.page("/headers")).await;
        let page = visitor.enter_password(&login, &person).await.expect(200);
        let asked = server.requests().pop().expect("a message");
        let asked = form_urlencoded::parse(&asked.body).into_owned().collect();
        Scene {
            company,
            world,
            visitor,
            page,
            asked,
            _server: server,
        }
    }

    fn code(&self) -> String {
        let text = self.asked.get("Body").or(self.asked.get("text")).expect("a text");
        text.rsplit('#').next().expect("a last line").to_owned()
    }

    /// Where the company is to tell what became of the message.
    fn place(&self) -> Url {
        let place = self.asked.get("StatusCallback").or(self.asked.get("callback"));
        Url::parse(place.expect("a place for receipts")).expect("a URL")
    }

    fn receipt(&self, message: &str, status: &str) -> (Url, Vec<(&'static str, String)>, String) {
        let fields = match self.company {
            "twilio" => vec![("MessageSid", message.to_owned()), ("MessageStatus", status.to_owned())],
            _ => vec![
                ("client-ref", self.asked["client-ref"].clone()),
                ("messageId", message.to_owned()),
                ("status", status.to_owned()),
                ("message-timestamp", "2026-01-01 00:00:00".to_owned()),
                ("timestamp", "1767225600".to_owned()),
            ],
        };
        let plain: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let signature = sign(self.company, SECRET, (self.place().as_str(), &plain));
        (self.place(), fields, signature)
    }

    /// What the company is answered that tells this.
    async fn tell(&self, (place, fields, signature): (Url, Vec<(&'static str, String)>, String)) -> u16 {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&fields);
        let headers = match self.company {
            "twilio" => vec![FORM, ("X-Twilio-Signature", signature.as_str())],
            _ => {
                body.append_pair("sig", &signature);
                vec![FORM]
            }
        };
        let mut company = Visitor::new();
        company
            .send(Method::POST, &place, &headers, &body.finish())
            .await
            .status
    }

    /// What the page says, loaded again.
    async fn reads(&mut self) -> String {
        self.visitor.open(&self.page.url.clone()).await.expect(200).text()
    }

    async fn counted(&self, receipt: &str, times: usize) {
        let line = format!(r#"vestibule_receipts_total{{courier="first",receipt="{receipt}"}} {times}"#);
        let metrics = self.world.admin.join("metrics").expect("a path");
        eventually(&line, async || {
            let metrics = Visitor::new().open(&metrics).await.body;
            metrics.contains(&line).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_how_far_the_message_is_and_no_forgery_changes_it() {
    for company in ["twilio", "vonage"] {
        eprintln!("---- {company}");
        let mut scene = Scene::of(company).await;
        assert!(scene.reads().await.contains("On its way."));

        // Any changed byte: of what is told, of its signature, of where.
        let (place, fields, signature) = scene.receipt("SM-1", "delivered");
        let mut forged = 0;
        for at in 0..fields.len() {
            let mut changed = fields.clone();
            changed[at].1.push('x');
            assert_eq!(scene.tell((place.clone(), changed, signature.clone())).await, 404);
            forged += 1;
        }
        for at in 0..signature.len() - 1 {
            let mut changed = signature.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(scene.tell((place.clone(), fields.clone(), changed)).await, 404);
            forged += 1;
        }
        assert_eq!(scene.tell((place.clone(), fields.clone(), String::new())).await, 404);
        scene.counted("forged", forged + 1).await;
        assert!(scene.reads().await.contains("On its way."));

        // Signed, and about something else.
        assert_eq!(scene.tell(scene.receipt("SM-2", "delivered")).await, 204);
        scene.counted("of_another_message", 1).await;
        assert!(scene.reads().await.contains("On its way."));

        let lost = if company == "twilio" { "undelivered" } else { "failed" };
        assert_eq!(scene.tell(scene.receipt("SM-1", lost)).await, 204);
        assert!(scene.reads().await.contains("Not delivered: try another way."));
        for _ in 0..2 {
            assert_eq!(
                scene.tell((place.clone(), fields.clone(), signature.clone())).await,
                204
            );
        }
        scene.counted("repeated", 1).await;
        assert!(scene.reads().await.contains("Delivered."));
        let log = scene.world.server.program.log();
        assert!(
            log.contains("SM-1") && log.contains("SM-2") && !log.contains(SECRET),
            "{log}"
        );
        assert!(!log.contains("forged"), "strangers fill no log: {log}");

        // And the login goes on.
        let code = scene.code();
        let answer = scene.visitor.enter_code(&scene.page.clone(), &code).await;
        scene.visitor.follow(answer).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_stays_open_is_told() {
    let mut scene = Scene::of("twilio").await;
    let events = scene.world.own_page("second-factor/arrival");
    let mut waiting = scene.visitor.clone();
    let (told, _) = tokio::join!(waiting.open(&events), async {
        assert_eq!(scene.tell(scene.receipt("SM-1", "delivered")).await, 204);
    });
    assert_eq!(told.status, 200);
    assert_eq!(told.header("content-type"), "text/event-stream");
    assert!(told.body.trim_end().ends_with("data: Delivered."), "{}", told.body);
    assert!(told.body.contains("id: delivered\n"), "{}", told.body);
    assert!(scene.reads().await.contains("Delivered."));
    // Whoever has been told everything, or waits for nothing, is told not to ask again.
    let last = [("Last-Event-ID", "delivered")];
    scene.visitor.send(Method::GET, &events, &last, "").await.expect(204);
    Visitor::new().open(&events).await.expect(204);
}
