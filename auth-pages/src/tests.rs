//! What holds for every page, in every language.

mod hostile;
mod style;
mod words;

use std::collections::BTreeSet;

use crate::{AddressProblem, Frame, Language, NewPasswordProblem, Page, Problem, RegisterProblem, Trouble, assets};

/// What a browser may have to load before it can show a page.
const FIRST_PAINT_BYTES: usize = 30 * 1024;

#[test]
fn pages_read_as_they_were_approved() {
    for (name, _, html) in rendered_samples() {
        let unhashed = assets::ASSETS
            .iter()
            .fold(html, |html, asset| html.replace(asset.name, asset.content_type));
        insta::assert_snapshot!(name, unhashed);
    }
}

#[test]
fn samples_have_names_of_their_own() {
    let samples = Page::samples();
    let names: BTreeSet<_> = samples.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), samples.len());
}

#[test]
fn troubles_have_the_statuses_that_were_agreed() {
    let statuses: Vec<_> = samples_of_trouble().iter().map(Trouble::status).collect();
    assert_eq!(
        statuses,
        [
            403, 403, 403, 403, 403, 404, 400, 421, 413, 429, 429, 503, 502, 504, 500, 408, 405, 431, 403, 403, 404,
            403, 403, 404, 409, 409, 502
        ]
    );
}

#[test]
fn the_strictest_content_security_policy_holds() {
    for (name, _, html) in rendered_samples() {
        for tag in tags(&html) {
            assert!(!tag.starts_with("style"), "{name}: <{tag}>");
            // A script is a file of ours, waits for the page, and has nothing to say for itself.
            let file = || attribute(tag, "src").and_then(|src| src.strip_prefix("/.vestibule/assets/"));
            let bare = || html.contains(&format!("<{tag}></script>")) && tag.ends_with(" defer");
            assert!(
                !tag.starts_with("script") || (bare() && file().is_some_and(|file| assets::find(file).is_some())),
                "{name}: <{tag}>"
            );
            for (attribute, _) in attributes(tag) {
                assert!(attribute != "style" && !attribute.starts_with("on"), "{name}: <{tag}>");
            }
            for reference in ["src", "action"].into_iter().filter_map(|key| attribute(tag, key)) {
                assert!(reference.starts_with("/.vestibule/"), "{name}: <{tag}>");
            }
        }
        assert!(!html.contains("http:"), "{name}");
    }
}

#[test]
fn assets_are_ours_and_exist() {
    for (name, _, html) in rendered_samples() {
        let links: Vec<_> = tags(&html).filter(|tag| tag.starts_with("link ")).collect();
        assert_eq!(links.len(), 2, "{name}");
        for link in links {
            let file = attribute(link, "href").unwrap();
            // The icon is in the page, which saves a stranger's first visit a request.
            if attribute(link, "rel") == Some("icon") {
                assert!(file.starts_with("data:image/svg+xml,"), "{name}: {file}");
                continue;
            }
            let asset = file.strip_prefix("/.vestibule/assets/").unwrap();
            assert!(assets::find(asset).is_some(), "{name}: {asset}");
        }
    }
}

#[test]
fn a_first_paint_is_small() {
    let assets: usize = assets::ASSETS.iter().map(|asset| asset.bytes.len()).sum();
    for (name, _, html) in rendered_samples() {
        assert!(
            html.len() + assets < FIRST_PAINT_BYTES,
            "{name}: {} + {assets} bytes",
            html.len()
        );
    }
}

#[test]
fn every_page_has_its_language_its_title_and_one_heading() {
    for (name, language, html) in rendered_samples() {
        assert!(html.starts_with("<!doctype html>"), "{name}");
        assert!(html.contains(&format!("<html lang=\"{}\">", language.tag())), "{name}");
        assert!(html.contains("<meta name=\"robots\" content=\"noindex\">"), "{name}");
        assert!(html.contains(" · Example</title>"), "{name}");
        assert_eq!(tags(&html).filter(|tag| *tag == "h1").count(), 1, "{name}");
        assert!(html.contains(">sample-request</code>"), "{name}");
    }
}

#[test]
fn every_field_has_a_label_and_every_reference_a_target() {
    for (name, _, html) in rendered_samples() {
        let all: Vec<_> = tags(&html).collect();
        let ids: Vec<_> = all.iter().filter_map(|tag| attribute(tag, "id")).collect();
        assert_eq!(
            ids.iter().collect::<BTreeSet<_>>().len(),
            ids.len(),
            "{name}: an id occurs twice"
        );
        let labelled: BTreeSet<_> = all.iter().filter_map(|tag| attribute(tag, "for")).collect();
        for field in all
            .iter()
            .filter(|tag| tag.starts_with("input ") && attribute(tag, "type") != Some("hidden"))
        {
            assert!(labelled.contains(attribute(field, "id").unwrap()), "{name}: <{field}>");
        }
        for target in all
            .iter()
            .filter_map(|tag| attribute(tag, "aria-describedby"))
            .flat_map(str::split_whitespace)
        {
            assert!(ids.contains(&target), "{name}: no {target}");
        }
    }
}

#[test]
fn a_page_with_fields_puts_the_cursor_into_one_unless_something_is_to_be_seen_first() {
    for (name, _, html) in rendered_samples() {
        let has_fields = html.contains("class=\"field");
        // The cursor would draw the page past the picture that is to be scanned.
        let is_to_be_seen = html.contains("class=\"qr\"") && !html.contains("aria-invalid");
        let focused = tags(&html).filter(|tag| tag.contains(" autofocus")).count();
        assert_eq!(focused, usize::from(has_fields && !is_to_be_seen), "{name}");
    }
}

#[test]
fn a_problem_is_announced_and_tied_to_its_field() {
    for (name, language, html) in rendered_samples() {
        let key = name.strip_prefix(&format!("{}-", language.tag())).unwrap();
        let sample = Page::samples()
            .into_iter()
            .find(|(sample, _)| *sample == key)
            .unwrap()
            .1;
        // Whether there is one, and whether what was typed is to blame.
        let of_code = |problem: Option<Problem>| problem.map(|problem| problem == Problem::Wrong);
        let of_address =
            |problem: Option<AddressProblem>| problem.map(|problem| !matches!(problem, AddressProblem::TooSoon { .. }));
        let problem = match sample {
            Page::Login(page) => of_code(page.problem),
            Page::SecondFactor(page) => of_code(page.problem),
            Page::Recover(page) => of_code(page.problem),
            Page::RecoverCode(page) => of_code(page.problem),
            Page::RegisterProve(page) => of_code(page.problem),
            Page::NewPassword(page) => page
                .problem
                .map(|problem| matches!(problem, NewPasswordProblem::Weak(_))),
            Page::Register(page) => page
                .problem
                .map(|problem| !matches!(problem, RegisterProblem::Other(_))),
            Page::AppKey(page) => of_code(page.problem),
            Page::Prove(page) => of_code(page.problem),
            Page::Number(page) => of_address(page.problem),
            Page::Mailbox(page) => of_address(page.problem),
            Page::Password(page) => page.problem.map(|problem| problem != NewPasswordProblem::Compromised),
            Page::Profile(page) => page.problem.map(|_| true),
            Page::Methods(_)
            | Page::Unfinished(_)
            | Page::Recovered(_)
            | Page::Registered(_)
            | Page::Objection(_)
            | Page::Objected(_)
            | Page::Logout(_)
            | Page::LoggedOut(_)
            | Page::Leave(_)
            | Page::Account(_)
            | Page::Choose(_)
            | Page::AppIntro(_)
            | Page::Codes(_)
            | Page::CodesShown(_)
            | Page::Security(_)
            | Page::Item(_)
            | Page::Emergency(_)
            | Page::Sessions(_)
            | Page::NotSent(_)
            | Page::FormSaved(_)
            | Page::FormOffer(_)
            | Page::FormUnderWay(_)
            | Page::Trouble(_) => None,
        };
        assert_eq!(
            html.contains("role=\"alert\" id=\"problem\""),
            problem.is_some(),
            "{name}"
        );
        assert_eq!(html.contains("aria-describedby=\"problem"), problem.is_some(), "{name}");
        assert_eq!(html.contains("aria-invalid=\"true\""), problem == Some(true), "{name}");
    }
}

#[test]
fn every_form_is_a_post_with_its_token() {
    for (name, _, html) in rendered_samples() {
        for form in html.split("<form ").skip(1) {
            let (form, _) = form.split_once("</form>").unwrap();
            assert_eq!(attribute(form, "method"), Some("post"), "{name}");
            assert!(
                form.contains("<input type=\"hidden\" name=\"csrf\" value=\"sample-csrf-token\">"),
                "{name}"
            );
        }
    }
}

#[test]
fn support_is_named_only_where_the_operator_gave_it() {
    let page = Page::Trouble(Trouble::NotEnrolled);
    assert!(
        page.render(&frame(Language::English))
            .unwrap()
            .contains("Call 555 0100.")
    );
    let without = page
        .render(&Frame {
            support: None,
            ..frame(Language::English)
        })
        .unwrap();
    assert!(!without.contains("class=\"support\""));
}

/// Each sample in each language: a name such as "en-login", the language, the HTML.
fn rendered_samples() -> Vec<(String, Language, String)> {
    let mut rendered = Vec::new();
    for language in Language::ALL {
        for (name, page) in Page::samples() {
            let html = page.render(&frame(language)).unwrap();
            rendered.push((format!("{}-{name}", language.tag()), language, html));
        }
    }
    rendered
}

fn samples_of_trouble() -> Vec<Trouble> {
    let pages = Page::samples().into_iter().map(|(_, page)| page);
    pages
        .filter_map(|page| {
            if let Page::Trouble(trouble) = page {
                Some(trouble)
            } else {
                None
            }
        })
        .collect()
}

fn frame(language: Language) -> Frame<'static> {
    Frame {
        language,
        brand: "Example",
        request_id: "sample-request",
        support: Some("Call 555 0100."),
    }
}

/// Every tag without its brackets; our own output, so no `<` or `>` stands anywhere else.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(tag, _)| tag)
}

/// The attributes of a tag that have a value.
fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = tag.split("\" ").filter_map(|pair| pair.split_once("=\""));
    pairs.map(|(key, value)| (key.rsplit(' ').next().unwrap_or(key), value.trim_end_matches('"')))
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    attributes(tag)
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.split('"').next().unwrap_or(value))
}
