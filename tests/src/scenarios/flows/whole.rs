//! Every step of the five guides has a test of its own, under its name.

/// The guides, how many steps each has, and the tests that take them.
const GUIDES: [(char, u8, &str); 5] = [
    ('a', 5, include_str!("a_patient_settings.rs")),
    ('b', 7, include_str!("b_customer_account.rs")),
    ('c', 6, include_str!("c_portal_wizard.rs")),
    ('d', 8, include_str!("d_consumer_portal.rs")),
    ('e', 7, include_str!("e_staff_accounts.rs")),
];

#[test]
fn every_step_from_a1_to_e7_has_a_test_of_its_own() {
    for (guide, steps, tests) in GUIDES {
        let wanted: Vec<String> = (1..=steps).map(|number| format!("{guide}{number}")).collect();
        let bodies = tests.split("#[tokio::test(").skip(1);
        let (found, bodies): (Vec<String>, Vec<&str>) = bodies
            .filter_map(|body| {
                let (_, rest) = body.split_once("async fn ")?;
                let (step, _) = rest.split_once('_')?;
                Some((step.to_owned(), body))
            })
            .unzip();
        assert_eq!(found, wanted, "the steps of guide {guide}, one test each");
        for (step, body) in found.iter().zip(bodies) {
            assert!(body.contains("on_both_screens"), "{step} is taken on both screens");
            assert!(body.contains(&format!("step(\"{step}\"")), "{step} leaves its picture");
        }
    }
}
