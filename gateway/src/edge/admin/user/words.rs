//! What operators are told of people: each text says what is so now, and what to do next.

use crate::domain::authenticator::mailbox::Mailbox;
use crate::domain::notice::Changes;
use crate::domain::settings::Settings;
use crate::domain::user::{Standing, UserName};
use crate::edge::admin::answer::tame;
use crate::flow::operators::{Listed, Mail, Proved, Refusal, Scope, Shown, ShownPassword};

/// Why nothing was changed.
pub(super) fn refused(refusal: Refusal, name: &UserName) -> String {
    refused_to(refusal, name.as_str())
}

/// The same, of somebody who has perhaps no login name yet.
pub(super) fn refused_to(refusal: Refusal, name: &str) -> String {
    match refusal {
        Refusal::NameTaken => format!(
            "there is somebody called {name} already; nothing was changed.\n\
             Look at them: vestibule user show {name}"
        ),
        Refusal::AddressTaken => format!(
            "somebody else has this address; nothing was changed. An address belongs to one person.\n\
             See whose it is (vestibule user list), and give {name} another"
        ),
        Refusal::NoSuchSession => {
            "no open session has that id.\nSee which there are: vestibule session list".to_owned()
        }
        Refusal::NoSuchUser => format!("nobody is called {name}.\nSee who there is: vestibule user list"),
        Refusal::OnTooManyAccounts => format!(
            "the number is on as many accounts as it may be; nothing was changed.\n\
             Give {name} another, or allow more: [second_factor] accounts_per_phone"
        ),
        Refusal::AlreadyEnrolled => {
            format!("{name} has this already; nothing was changed.\nSee: vestibule user show {name}")
        }
        Refusal::NothingPlanned => {
            format!("no removal of the second factors of {name} is planned; nothing was changed.")
        }
        Refusal::Unverified => format!(
            "nobody has made sure that the phone is {name}'s; nothing was changed.\n\
             Make sure that the number is theirs (call it), then add --verified; or they add it themselves, under Security."
        ),
        Refusal::RegistrationClosed => "nobody makes an account here; nothing was changed.\n\
             Let people do so by invitation: [registration] mode = \"invite\""
            .to_owned(),
        Refusal::AddressKnown => {
            format!("{name} has an account already; nothing was changed.\nSee: vestibule user list")
        }
        Refusal::AddressUnfit => format!(
            "{name} cannot be a login name: at most 128 letters, digits and signs of ASCII; nothing was changed."
        ),
        Refusal::HasPassword => format!(
            "{name} has a password already; nothing was changed.\n\
             Give them another: vestibule user set-password {name}"
        ),
        Refusal::NoAdministrator => format!(
            "there is somebody called {name} already, who is no administrator; nothing was changed.\n\
             Look at them: vestibule user show {name}"
        ),
        Refusal::NotInvited => format!("{name} has no invitation that works.\nSee: vestibule user invitations"),
        Refusal::MadeElsewhere => "people are not made in this directory; nothing was changed.".to_owned(),
    }
}

/// Somebody was added.
pub(super) fn added(name: &UserName, mail: &Mail, settings: &Settings) -> String {
    let (name, portal) = (name.as_str(), settings.portal.origin.as_str());
    let next = match mail {
        Mail::ProfileAndCodes(mailbox) => {
            let masked = Mailbox::masked(mailbox);
            format!(
                "Codes go to {masked}. They can log in at {portal}, or get a stronger second factor first: vestibule user add-totp {name}"
            )
        }
        Mail::Profile(_) | Mail::None => format!("Give them a second factor: vestibule user add-totp {name}"),
    };
    format!("{name} was added.\n{next}")
}

/// Codes go to a phone or mailbox from now on.
pub(super) fn codes_go_to(name: &UserName, masked: &str) -> String {
    format!("{} can be sent codes at {masked}.", name.as_str())
}

/// An app was enrolled.
pub(super) fn app_enrolled(name: &UserName) -> String {
    let name = name.as_str();
    format!(
        "An app of {name} is enrolled with the key above, which is shown this once.\n\
         Put it into the app (as a QR code, say), then try it: nobody else may see it."
    )
}

/// Somebody's password was set.
pub(super) fn password_set(name: &UserName) -> String {
    format!("{} has a new password; their sessions have ended.", name.as_str())
}

/// Somebody's failures are forgiven.
pub(super) fn unlocked(name: &UserName) -> String {
    format!(
        "{} can try a second factor again; earlier failures are forgiven.",
        name.as_str()
    )
}

/// Somebody may change their account again.
pub(super) fn unfrozen(name: &UserName) -> String {
    format!("{} can change how they log in again.", name.as_str())
}

/// Somebody's second factors will be removed.
pub(super) fn reset_planned(name: &UserName, due: &str) -> String {
    let name = name.as_str();
    format!(
        "The second factors of {name} will be removed at {}; {name} is told, and can stop it until then.\n\
         To stop it yourself: vestibule user reset-second-factor {name} --cancel",
        tame(due)
    )
}

/// Somebody's second factors are removed.
pub(super) fn reset_done(name: &UserName) -> String {
    let name = name.as_str();
    format!(
        "{name} has no second factor any more; their sessions have ended, and they are told.\n\
         The next login sets one up, if the rules want one."
    )
}

/// Somebody keeps their second factors.
pub(super) fn reset_cancelled(name: &UserName) -> String {
    format!("{} keeps their second factors.", name.as_str())
}

/// Somebody's mailbox counts again.
pub(super) fn mailbox_trusted(name: &UserName) -> String {
    format!("Codes by e-mail complete logins of {} again.", name.as_str())
}

/// Somebody may log in from now on, or not.
pub(super) fn stands(name: &UserName, standing: Standing) -> String {
    let name = name.as_str();
    match standing {
        Standing::Active => format!("{name} may log in again."),
        Standing::Disabled => format!(
            "{name} may no longer log in; their sessions have ended.\n\
             To let them in again: vestibule user enable {name}"
        ),
    }
}

/// People, one line each.
pub(super) fn list(all: &[Proved]) -> String {
    let line = |one: &Proved| {
        let methods: Vec<&str> = one.second_factors.iter().map(|method| method.word()).collect();
        format!(
            "{:<20} {:<8} {:<18} {}",
            tame(one.user.name.as_str()),
            standing(one.user.standing),
            if one.user.password == ShownPassword::NotYet {
                "no password yet".to_owned()
            } else if methods.is_empty() {
                "none".to_owned()
            } else {
                methods.join(",")
            },
            whole_name(&one.user)
        )
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// There is nobody of those who were asked for.
pub(super) fn nobody(scope: Scope) -> &'static str {
    match scope {
        Scope::Everybody => "nobody yet; add somebody: vestibule user add NAME --email ADDR",
        Scope::WithoutSecondFactor => "everybody has a second factor.",
    }
}

/// One person.
pub(super) fn show(shown: &Shown) -> String {
    let user = &shown.user;
    let mut lines = vec![
        format!("{} ({})", tame(user.name.as_str()), standing(user.standing)),
        format!("  name     {}", tame(&user.display_name)),
        format!("  e-mail   {}", or_none(&user.email)),
        format!("  groups   {}", or_none(&user.groups.join(", "))),
        format!("  id       {}", user.id),
        "second factors".to_owned(),
    ];
    for one in &shown.authenticators {
        lines.push(format!(
            "  {:<8} {}",
            one.method.word(),
            tame(format!("{} {}", one.address, one.description).trim())
        ));
    }
    if shown.authenticators.is_empty() {
        lines.push(format!(
            "  none; give them one: vestibule user add-totp {}",
            user.name.as_str()
        ));
    }
    if let Some(due) = &shown.reset_due {
        lines.push(format!(
            "  to be removed at {due}; to stop that: vestibule user reset-second-factor {} --cancel",
            user.name.as_str()
        ));
    }
    if shown.changes == Changes::Frozen {
        lines.push(format!(
            "  cannot be changed, since somebody objected to a change; to lift that: vestibule user unfreeze {}",
            user.name.as_str()
        ));
    }
    let name = user.name.as_str();
    match user.password {
        ShownPassword::Usual => {}
        ShownPassword::FromMailbox => lines.push(format!(
            "  e-mail completes no login, since the password was reset by it; to change that: vestibule user trust-mailbox {name}"
        )),
        ShownPassword::Compromised => lines.push(
            "  the password seems to be known to somebody else; the next login leads to the choice of another".to_owned(),
        ),
        ShownPassword::NotYet => lines.push(format!(
            "  no password yet; to give one: vestibule user set-password {name}"
        )),
        ShownPassword::Withdrawn => lines.push(format!(
            "  no password is right, since somebody objected to a change; to give another: vestibule user set-password {name}"
        )),
    }
    lines.push("open sessions".to_owned());
    for session in &shown.sessions {
        lines.push(format!(
            "  opened {} from {}, ends {} at the latest",
            session.opened_at,
            tame(&session.source),
            session.ends_at
        ));
    }
    if shown.sessions.is_empty() {
        lines.push("  none".to_owned());
    }
    lines.join("\n")
}

fn whole_name(user: &Listed) -> String {
    let groups = if user.groups.is_empty() {
        String::new()
    } else {
        format!(" [{}]", user.groups.join(", "))
    };
    let email = if user.email.is_empty() {
        String::new()
    } else {
        format!(" <{}>", user.email)
    };
    tame(&format!("{}{email}{groups}", user.display_name))
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "active",
        Standing::Disabled => "disabled",
    }
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { tame(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assurance::Method;
    use crate::domain::id::{AuthenticatorId, UserId};
    use crate::flow::operators::ShownAuthenticator;

    fn ann() -> Result<Shown, crate::domain::user::NotAName> {
        let name = UserName::parse("ann")?;
        let groups = vec!["staff".to_owned()];
        let user = Listed {
            id: UserId::from_bytes([0; 16]),
            name,
            display_name: "Ann\x1b[2J".into(),
            email: String::new(),
            groups,
            standing: Standing::Active,
            password: ShownPassword::Usual,
        };
        let phone = ShownAuthenticator {
            id: AuthenticatorId::from_bytes([0; 16]),
            method: Method::Sms,
            description: "work".into(),
            address: "••• •• 12".into(),
        };
        Ok(Shown {
            user,
            authenticators: vec![phone],
            sessions: vec![],
            changes: Changes::Free,
            reset_due: None,
        })
    }

    #[test]
    fn a_person_is_shown_and_cannot_move_the_cursor() -> Result<(), crate::domain::user::NotAName> {
        let text = show(&ann()?);
        assert!(
            text.contains("ann (active)") && text.contains("  sms      ••• •• 12 work") && text.ends_with("  none"),
            "{text}"
        );
        assert!(
            !text.contains('\x1b')
                && !list(&[Proved {
                    user: ann()?.user,
                    second_factors: vec![]
                }])
                .contains('\x1b')
        );
        Ok(())
    }

    #[test]
    fn json_has_the_person_flat_with_what_belongs_to_them() -> Result<(), Box<dyn std::error::Error>> {
        let json = serde_json::to_value(ann()?)?;
        assert_eq!(
            (&json["name"], &json["standing"], &json["groups"][0]),
            (&"ann".into(), &"active".into(), &"staff".into())
        );
        assert_eq!(
            (
                &json["authenticators"][0]["method"],
                &json["authenticators"][0]["address"]
            ),
            (&"sms".into(), &"••• •• 12".into())
        );
        assert_eq!(json["sessions"], serde_json::json!([]));
        Ok(())
    }
}
