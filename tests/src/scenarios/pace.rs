//! Whoever changes their own account again and again is slowed down, and nothing is lost by it.

use crate::harness::visitor::Visitor;
use crate::harness::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn emergency_codes_made_again_and_again_have_an_end_and_the_last_ones_work() {
    let world = World::demo().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let page = ann.visit(&world.own_page("account/emergency-codes")).await.expect(200);
    let make = page.form_to("account/emergency-codes");
    let mut last = String::new();
    for _ in 0..5 {
        let shown = ann.submit(&make).await.expect(200).body;
        let (_, list) = shown.split_once("<ol class=\"codes\">").expect("a list");
        let code = list.split("<code>").nth(1).and_then(|rest| rest.split('<').next());
        last = code.expect("a code").to_owned();
    }
    let refused = ann.submit(&make).await.expect(429);
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=3600).contains(&wait), "{wait}");
    assert!(
        refused.text().contains("everything you have still works"),
        "{}",
        refused.text()
    );

    let mut elsewhere = Visitor::new();
    let login = elsewhere.visit(&world.page("/headers")).await;
    let second = elsewhere.enter_password(&login, &world.ann).await;
    let by_code = elsewhere.try_another_method(&second, "Emergency code").await;
    let entered = elsewhere.enter_code(&by_code, &last).await.expect(303);
    elsewhere.follow(entered).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_changes_is_no_flood_of_notices() {
    let world = World::demo().await;
    let mut ann = Visitor::new();
    world.log_in(&mut ann, &world.ann, "/headers").await.expect(200);
    let page = ann.visit(&world.own_page("account/profile")).await.expect(200);
    let mut called = String::new();
    let mut made = 0;
    loop {
        let name = format!("Ann {made}");
        let answer = ann.submit(&page.form_with("name").fill("name", &name)).await;
        if answer.status == 429 {
            break;
        }
        answer.expect(303);
        (called, made) = (name, made + 1);
        assert!(made <= 20, "nobody slows her down");
    }
    assert_eq!(world.user("ann").await["display_name"], called.as_str());
    // One budget for all changes; looking around and logging in goes on.
    let codes = ann.visit(&world.own_page("account/emergency-codes")).await.expect(200);
    ann.submit(&codes.form_to("account/emergency-codes")).await.expect(429);
    ann.visit(&world.own_page("account/security")).await.expect(200);
    ann.visit(&world.page("/headers")).await.expect(200);
    let mut ben = Visitor::new();
    world.log_in(&mut ben, &world.ben, "/headers").await.expect(200);
    let page = ben.visit(&world.own_page("account/profile")).await.expect(200);
    ben.submit(&page.form_with("name").fill("name", "Benjamin"))
        .await
        .expect(303);
}
