use super::*;
use crate::domain::authenticator::phone::Phone;
use crate::domain::id::Id;

const DAY: i64 = 24 * 3600 * 1000;
const NOW: i64 = 100 * DAY;

fn mailbox(text: &str) -> Kind {
    Kind::Mailbox(Mailbox::parse(text).unwrap())
}

fn phone(channel: Channel) -> Kind {
    let number = PhoneNumber::parse("+33612345612").unwrap();
    Kind::Phone(Phone { number, channel })
}

fn contact(number: u8, kind: Kind, added: i64) -> Contact {
    let at = Timestamp::from_millis(added);
    Contact {
        authenticator: Authenticator::new(Id::from_bytes([number; 16]), String::new(), kind, at),
        removed_at: None,
    }
}

fn removed(contact: Contact, at: i64) -> Contact {
    let removed_at = Some(Timestamp::from_millis(at));
    Contact { removed_at, ..contact }
}

fn notice(change: Change) -> Notice {
    Notice {
        id: Id::from_bytes([9; 16]),
        user: Id::from_bytes([8; 16]),
        change,
        at: Timestamp::from_millis(NOW),
        source: None,
    }
}

fn added(number: u8) -> Notice {
    notice(Change::Added {
        method: Method::Email,
        authenticator: Id::from_bytes([number; 16]),
        replaced: None,
    })
}

fn told(notice: &Notice, profile: &str, contacts: &[Contact]) -> Vec<String> {
    let profile = Mailbox::parse(profile).ok();
    recipients(notice, profile.as_ref(), contacts)
        .iter()
        .map(|(address, say)| match say {
            Say::Objects => address.expose(),
            Say::OnlyHears => format!("({})", address.expose()),
        })
        .collect()
}

#[test]
fn every_mailbox_is_told_once_and_no_phone_beside_it() {
    let contacts = [
        contact(1, mailbox("Ann@example.com"), 0),
        contact(2, mailbox("ann@home.example"), 0),
        contact(3, phone(Channel::Sms), 0),
    ];
    let all = told(&notice(Change::PasswordChanged), "ann@example.com", &contacts);
    assert_eq!(all, ["ann@example.com", "ann@home.example"]);
}

#[test]
fn phones_that_take_texts_are_told_where_there_is_no_mailbox() {
    let sms = [contact(1, phone(Channel::Sms), 0)];
    assert_eq!(told(&notice(Change::PasswordChanged), "", &sms), ["+33612345612"]);
    let voice = [contact(1, phone(Channel::Voice), 0)];
    assert!(told(&notice(Change::PasswordChanged), "", &voice).is_empty());
}

#[test]
fn a_phone_hears_too_when_a_mailbox_has_made_a_new_password() {
    let contacts = [
        contact(1, mailbox("ann@example.com"), 0),
        contact(2, phone(Channel::Sms), 0),
    ];
    let all = told(&notice(Change::PasswordRecovered), "ann@example.com", &contacts);
    assert_eq!(all, ["ann@example.com", "+33612345612"]);
}

#[test]
fn what_was_just_added_is_not_asked_about_itself() {
    let contacts = [
        contact(1, mailbox("ann@example.com"), 0),
        contact(2, mailbox("thief@example.com"), NOW),
    ];
    assert_eq!(told(&added(2), "", &contacts), ["ann@example.com"]);
    assert!(told(&added(2), "thief@example.com", &contacts[1..]).is_empty());
}

#[test]
fn what_came_later_hears_nothing_of_what_was_before() {
    let contacts = [contact(1, mailbox("thief@example.com"), NOW + 1)];
    assert!(told(&notice(Change::PasswordChanged), "", &contacts).is_empty());
}

#[test]
fn what_was_removed_lately_hears_and_objects_only_to_what_came_before() {
    let one = |removed_at| [removed(contact(1, mailbox("ann@example.com"), 0), removed_at)];
    for (removed_at, expected) in [
        (NOW + 1, &["ann@example.com"] as &[&str]),
        (NOW, &["(ann@example.com)"]),
        (NOW - 9 * DAY, &["(ann@example.com)"]),
        (NOW - 10 * DAY, &[]),
    ] {
        let all = told(&notice(Change::PasswordChanged), "", &one(removed_at));
        assert_eq!(all, expected, "removed at {removed_at}");
    }
}

#[test]
fn waits_double_up_to_an_hour() {
    let waits = [1, 2, 3, 9, 10, 1000].map(|tries| wait_after(tries).as_secs());
    assert_eq!(waits, [10, 20, 40, 2560, 3600, 3600]);
}

#[test]
fn objections_end_after_ten_days() {
    let notice = notice(Change::PasswordChanged);
    assert!(!notice.is_over(Timestamp::from_millis(NOW + 10 * DAY - 1)));
    assert!(notice.is_over(Timestamp::from_millis(NOW + 10 * DAY)));
}
