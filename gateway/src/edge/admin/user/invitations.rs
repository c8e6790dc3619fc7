//! `user invite`, `user invitations` and `user add --administrator`: links, e-mailed or printed once.

use super::words;
use crate::domain::assurance::Method;
use crate::domain::invitation::{ADMINISTRATORS, Guest};
use crate::domain::settings::Settings;
use crate::edge::admin::answer::{Answer, shown, tame};
use crate::edge::admin::cli::{NewGuest, NewPerson, Output, Uninvited};
use crate::edge::link::{FIRST_PASSWORD, REGISTER, address};
use crate::flow::operators::{self, Administrator, Link, ListedInvitation, Outcome, Purpose};
use crate::flow::{Fault, Outside};
use serde::Serialize;

/// What `--json` prints of a link.
#[derive(Serialize)]
struct Printed {
    url: String,
    expires_at: String,
}

/// What `--json` prints of a link that goes out by e-mail.
#[derive(Serialize)]
struct Posted {
    to: String,
    expires_at: String,
}

/// Invites somebody.
pub(super) async fn invite(outside: &Outside, settings: &Settings, guest: NewGuest) -> Result<Answer, Fault> {
    let (output, to, print_it) = (guest.output, guest.email.as_str().to_owned(), guest.print);
    let mut groups = guest.groups;
    groups.sort();
    groups.dedup();
    let guest = Guest {
        mailbox: guest.email,
        display_name: guest.display_name,
        groups,
    };
    let refused = |refusal| Answer::failed(words::refused_to(refusal, &to));
    if print_it {
        return Ok(match operators::invite_in_person(outside, settings, guest).await? {
            Outcome::Done(link) => {
                let remark = words_of_printed(&to, &link, settings);
                print((settings, REGISTER), &link, (output, remark))
            }
            Outcome::Refused(refusal) => refused(refusal),
        });
    }
    Ok(match operators::invite(outside, settings, guest).await? {
        Outcome::Done(expires_at) => {
            let remark = words_of_posted(&to, settings);
            let posted = Posted { to, expires_at };
            let line = |posted: &Posted| {
                let Posted { to, expires_at } = posted;
                format!(
                    "{} gets an e-mail with a link that works once, until {expires_at}.",
                    tame(to)
                )
            };
            Answer::done(shown(&posted, output.format(), line), remark)
        }
        Outcome::Refused(refusal) => refused(refusal),
    })
}

/// Ends an invitation.
pub(super) async fn end(outside: &Outside, uninvited: Uninvited) -> Result<Answer, Fault> {
    let to = uninvited.address.as_str();
    Ok(match operators::uninvite(outside, &uninvited.address).await? {
        Outcome::Done(()) => Answer::done("", format!("The link of {} does not work any more.", tame(to))),
        Outcome::Refused(refusal) => Answer::failed(words::refused_to(refusal, to)),
    })
}

/// Adds an administrator.
pub(super) async fn add_administrator(
    outside: &Outside,
    settings: &Settings,
    person: NewPerson,
) -> Result<Answer, Fault> {
    let (output, name) = (person.output(), person.user.name);
    let new = Administrator {
        name: name.clone(),
        display_name: person.display_name.unwrap_or_else(|| name.as_str().to_owned()),
        mailbox: person.email,
        groups: person.groups,
    };
    Ok(match operators::add_administrator(outside, new).await? {
        Outcome::Done(link) => {
            let remark = words_of_administrator(name.as_str(), &link, settings);
            print((settings, FIRST_PASSWORD), &link, (output, remark))
        }
        Outcome::Refused(refusal) => Answer::failed(words::refused(refusal, &name)),
    })
}

/// Names the links that can be used.
pub(super) async fn list(outside: &Outside, output: Output) -> Result<Answer, Fault> {
    let all = operators::invitations(outside).await?;
    Ok(Answer::done(shown(&all, output.format(), |all| listed(all)), ""))
}

fn print((settings, page): (&Settings, &str), link: &Link, (output, remark): (Output, String)) -> Answer {
    let printed = Printed {
        url: address(&settings.portal.origin, page, &link.token),
        expires_at: link.expires_at.clone(),
    };
    let result = shown(&printed, output.format(), |printed| printed.url.clone());
    Answer::done(result, remark)
}

fn words_of_posted(to: &str, settings: &Settings) -> String {
    let mut text = "The gateway sends it within seconds, or as soon as it runs and mail can be sent; vestibule audit list \
         --kind invitation_sent says when.\nTo hand the link over yourself instead, which ends this one: the same with --print."
        .to_owned();
    if settings.enrolable.contains(&Method::Email) {
        text.push_str(&format!(
            "\nCodes by e-mail complete no login of theirs until another method has, because the link came by e-mail too;\n\
             vestibule user trust-mailbox {} changes that.",
            tame(&to.to_lowercase())
        ));
    }
    text
}

fn words_of_printed(to: &str, link: &Link, settings: &Settings) -> String {
    let mut text = format!(
        "The link works once, until {}, and only with {}. It is shown this once.",
        link.expires_at,
        tame(to)
    );
    if settings.enrolable.contains(&Method::Email) {
        text.push_str(&format!(
            "\nCodes by e-mail complete no login of theirs until another method has, because the link may have come by\n\
             e-mail too. If you hand it over in another way, say so once they have registered: vestibule user trust-mailbox {}",
            tame(&to.to_lowercase())
        ));
    }
    text
}

fn words_of_administrator(name: &str, link: &Link, settings: &Settings) -> String {
    let mut text = format!(
        "{name} is an administrator (group {ADMINISTRATORS}), and has no password yet. Open the link to choose it: it works once, until {}.\n\
         If that is too late, the same command prints another.",
        link.expires_at
    );
    if !settings.duty.binds(&[ADMINISTRATORS.to_owned()]) {
        text.push_str(&format!(
            "\nNobody asks them for a second factor at the login: add {ADMINISTRATORS} to second_factor.required."
        ));
    }
    text
}

fn listed(all: &[ListedInvitation]) -> String {
    if all.is_empty() {
        return "none; invite somebody: vestibule user invite --email ADDR".to_owned();
    }
    let line = |one: &ListedInvitation| {
        let purpose = match one.purpose {
            Purpose::Account => "account",
            Purpose::FirstPassword => "password",
        };
        let groups = if one.groups.is_empty() {
            String::new()
        } else {
            format!(" [{}]", one.groups.join(", "))
        };
        format!(
            "{purpose:<9} {}{} until {}",
            tame(&one.to),
            tame(&groups),
            one.expires_at
        )
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}
