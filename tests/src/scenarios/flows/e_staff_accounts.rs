//! Staff accounts: recommended app, discouraged SMS, organisation duty.

use super::{NUMBER, kinds, newcomer, on_both_screens, reached_at, with_mail_at};
use crate::harness::messages::Channel;
use crate::harness::settings::Plan;

#[tokio::test(flavor = "multi_thread")]
async fn e1_profile_holds_name_address_and_phones_and_a_new_address_counts_once_proven() {
    on_both_screens(Some(Plan::new), async |world, ann| {
        let new = with_mail_at(&world.ann, "ann@new.example.test");
        ann.enters(world, &world.ann, "account").await;
        ann.press_link("Profile").await;
        ann.step("e1", "Phones").await;
        ann.fill("name", "Ann Newname").await;
        ann.press_button("Save name").await;
        ann.reads("It is saved").await;
        assert_eq!(world.user("ann").await["display_name"], "Ann Newname");
        ann.fill("email", "ann at example").await;
        ann.run("document.querySelector('input[name=email]').form.noValidate = true")
            .await;
        ann.press_button("Save & get code").await;
        ann.reads("This is not an e-mail address").await;
        ann.fill("email", &new.email).await;
        ann.press_button("Save & get code").await;
        ann.step("e1-code", "e-mail with a code of 6 digits").await;
        let code = world.message_to(&new, Channel::Email).await.code();
        ann.enter_code(if code == "000000" { "000001" } else { "000000" }).await;
        ann.reads("Code not right").await;
        ann.open(&world.own_page("account/profile")).await;
        ann.step("e1-waiting", "still waits for its code").await;
        assert_eq!(
            world.user("ann").await["email"],
            world.ann.email,
            "the old one stays until then"
        );
        ann.press_link("Enter the code").await;
        ann.enter_code(&code).await;
        ann.reads("It is saved").await;
        assert_eq!(world.user("ann").await["email"], new.email);

        // The old address is told and objects: the new one is gone, and so is every session.
        let notice = world
            .notice_to(&world.ann.email, "e-mail address of your account was changed")
            .await;
        assert!(
            world.notices_to(&new.email).await.is_empty(),
            "it says nothing of its own coming"
        );
        let elsewhere = ann.another().await;
        elsewhere.open(&notice.objection().expect("a link")).await;
        elsewhere.press_button("This was not me").await;
        elsewhere.reads("your account is protected").await;
        crate::harness::patience::eventually("the address is gone", async || {
            (world.user("ann").await["email"] == "").then_some(())
        })
        .await;
        ann.open(&world.own_page("account/profile")).await;
        ann.reads("Log in").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e2_password_again_e3_recommended_and_less_secure_e5_codes_and_a_second_app() {
    on_both_screens(None, async |world, ann| {
        ann.enters(world, &world.ann, "account/security").await;
        ann.press_link("Add a second step").await;
        ann.step("e3", "Recommended").await;
        ann.reads("Less secure").await;
        ann.press_choice("Authenticator app").await;
        ann.fill("description", "Spare tablet").await;
        ann.press_button("I have an app").await;
        ann.reads("Type this key").await;
        let app = ann.app_of_the_page(6).await;
        ann.enter_code(&app.new_code().await).await;
        ann.reads("Emergency codes").await;
        ann.press_button("Show new codes").await;
        let code = ann.text_of(".codes li").await;
        ann.press_button("I have kept them").await;
        ann.step("e5", "Spare tablet").await;
        assert_eq!(
            kinds(world, &world.ann).await,
            ["totp", "sms", "totp", "emergency_code"]
        );

        let lost = ann.another().await;
        lost.open(&world.own_page("account")).await;
        lost.enter_password(&world.ann).await;
        lost.press_link("Try another method").await;
        lost.press_button("Emergency code").await;
        lost.enter_code(&code).await;
        lost.step("e5-lost", "You logged in with an emergency code").await;

        lost.press_link("Password").await;
        lost.fill("password", &world.ann.password).await;
        lost.fill("new_password", "umbrella Quartz 27 river").await;
        lost.step("e2", "Present password").await;
        lost.press_button("Change password").await;
        lost.reads("Your password is changed").await;
        crate::harness::patience::eventually("other sessions are over", async || {
            ann.open(&world.own_page("account")).await;
            ann.text().await.contains("Forgot your password?").then_some(())
        })
        .await;
    })
    .await;
}

fn voice() -> Plan {
    let call = r#"
[[courier.voice]]
provider = "http"
url = "http://127.0.0.1:9/call"
method = "POST"
body = '{"to":"{to}","text":"{text}"}'
headers = { "Content-Type" = "application/json" }
"#;
    Plan::new().more(call)
}

#[tokio::test(flavor = "multi_thread")]
async fn e4_a_phone_is_reached_by_text_message_or_call() {
    on_both_screens(Some(voice), async |world, ann| {
        ann.enters(world, &world.ann, "account/enrol/phone").await;
        ann.reads("How the code reaches you").await;
        ann.step("e4", "Phone call").await;
        ann.fill("number", "+33 1 42 68 53 00").await;
        ann.press_button("Send code").await;
        ann.reads("landline").await;
        ann.run("document.querySelector('input[value=voice]').click()").await;
        ann.press_button("Send code").await;
        // Nobody answers at the company here: the person is told, and can have another try or number.
        ann.step("e4-call", "Enter the code").await;
        ann.reads("Use another one").await;
    })
    .await;
}

fn staff() -> Plan {
    Plan::new().more("[second_factor]\nrequired = { groups = [\"staff\"] }\ntotp_digits = 8")
}

#[tokio::test(flavor = "multi_thread")]
async fn e6_staff_must_and_operators_see_who_has_it_e7_codes_of_eight_digits() {
    on_both_screens(Some(staff), async |world, walker| {
        let cleo = newcomer(world, "cleo").await;
        let password = "amber Kettle 61 valley";
        let staff = world
            .command(
                &["user", "add", "dan", "--group", "staff", "--password-stdin"],
                password,
            )
            .await;
        staff.expect(0);
        let dan = crate::harness::people::Person {
            username: "dan".to_owned(),
            ..reached_at(&cleo, NUMBER)
        };
        let without = world
            .command(&["user", "list", "--without-second-factor"], "")
            .await
            .expect(0);
        assert!(without.contains("dan") && without.contains("cleo"), "{without}");
        walker.open(&world.own_page("account")).await;
        walker.enter_password(&cleo).await;
        walker
            .step("e6-others", "Only your password protects your account")
            .await;
        let other = walker.another().await;
        other.open(&world.page("/headers")).await;
        other.enter_password(&dan).await;
        other.step("e6", "Set up a second step").await;
        other.press_choice("Authenticator app").await;
        other.press_button("I have an app").await;
        other.step("e7", "8-digit code").await;
        let app = other.app_of_the_page(8).await;
        other.enter_code(&app.new_code().await).await;
        other.press_button("Show new codes").await;
        other.press_button("I have kept them").await;
        other.reads("remote-user").await;
        let without = world
            .command(&["user", "list", "--without-second-factor"], "")
            .await
            .expect(0);
        assert!(!without.contains("dan") && without.contains("cleo"), "{without}");
    })
    .await;
}
