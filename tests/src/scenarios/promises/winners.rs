//! Of two hundred parallel requests on two nodes, one wins; over HTTP/1.1, and over one HTTP/2 connection to each node.

use futures_util::future::join_all;
use reqwest::ClientBuilder;
use std::net::Ipv4Addr;

use super::report;
use crate::harness::certificates::Authority;
use crate::harness::messages::Channel;
use crate::harness::people::Person;
use crate::harness::second_node::{SECOND, SecondNode};
use crate::harness::settings::Plan;
use crate::harness::visitor::Visitor;
use crate::harness::world::World;

const REQUESTS: usize = 200;

/// How a client is to talk.
type Client = fn(ClientBuilder) -> ClientBuilder;

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_right_answers_on_two_nodes_one_opens_a_session() {
    let authority = Authority::new();
    let [login, app] = ["login.localhost", "app.localhost"].map(|host| authority.certify(host));
    let world = World::serve(Plan::new().https(&login).https(&app)).await;
    let _second = SecondNode::beside(&world, &[]).await;
    let protocols: [(&str, Client); 2] = [
        ("HTTP/1.1", |client| client.http1_only()),
        ("HTTP/2", |client| {
            client.http2_prior_knowledge().pool_max_idle_per_host(1)
        }),
    ];
    for (protocol, how) in protocols {
        for person in [&world.ann, &world.ben] {
            // Answers that came too late to be looked at stay counted.
            world.command(&["user", "unlock", &person.username], "").await.expect(0);
            let before = world.open_sessions(person).await;
            let (done, outages) = answer_at_once(&world, person, (&authority, how)).await;
            let opened = world.open_sessions(person).await - before;
            report(
                &format!("sessions of {REQUESTS} right answers, {protocol}"),
                &opened.to_string(),
            );
            // A machine too busy for all of them says so; what it could not write down opened nothing.
            assert!(
                opened == 1 || (opened == 0 && done == 0 && outages > 0),
                "{opened} {done} {outages}"
            );
        }
    }
}

/// Sends the same right answer so many times at once; how many were let in, and how many told of an outage.
async fn answer_at_once(world: &World, person: &Person, (authority, how): (&Authority, Client)) -> (usize, usize) {
    let client =
        |node: Ipv4Addr| Visitor::new().moved_to(node, |client| how(client.add_root_certificate(authority.root())));
    let mut visitor = client(Ipv4Addr::LOCALHOST);
    let login = visitor.visit(&world.page("/headers")).await;
    let page = visitor.enter_password(&login, person).await;
    let code = match &person.app {
        Some(app) => app.new_code().await,
        None => world.message_to(person, Channel::Email).await.code(),
    };
    let form = page.form_with("code").fill("code", &code);
    let mut there = client(SECOND);
    there.cookies = visitor.cookies.clone();
    // Each client has its connection before the race begins.
    there.open(&world.own_page("login")).await;
    let mut tabs: Vec<Visitor> = (0..REQUESTS)
        .map(|number| {
            if number % 2 == 0 {
                visitor.clone()
            } else {
                there.clone()
            }
        })
        .collect();
    let answers = join_all(tabs.iter_mut().map(|tab| tab.submit(&form))).await;
    let done = answers.iter().filter(|answer| answer.onward().is_some()).count();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    let expected = [200, 303, 422, 429, 503];
    assert!(statuses.iter().all(|status| expected.contains(status)), "{statuses:?}");
    (done, statuses.iter().filter(|status| **status == 503).count())
}
