//! Every step of the five guides is walked, under its name.

/// The guides, how many steps each has, and the tests that walk them.
const GUIDES: [(char, u8, &str); 5] = [
    ('a', 5, include_str!("a_patient_settings.rs")),
    ('b', 7, include_str!("b_customer_account.rs")),
    ('c', 6, include_str!("c_portal_wizard.rs")),
    ('d', 8, include_str!("d_consumer_portal.rs")),
    ('e', 7, include_str!("e_staff_accounts.rs")),
];

#[test]
fn every_step_from_a1_to_e7_is_walked_under_its_name() {
    let mut missing = Vec::new();
    for (guide, steps, tests) in GUIDES {
        for step in (1..=steps).map(|number| format!("{guide}{number}")) {
            let named = tests.lines().any(|line| {
                let name = line.strip_prefix("async fn ").unwrap_or_default();
                name.split('_').any(|word| word == step)
            });
            if !named || !tests.contains(&format!("\"{step}\"")) {
                missing.push(step);
            }
        }
    }
    assert!(missing.is_empty(), "no test walks {missing:?}");
}
