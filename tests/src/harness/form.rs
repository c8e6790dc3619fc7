//! Forms of a page, read from its HTML the way a browser without JavaScript fills and sends them. Reads our own tidy
//! pages, not any HTML.

use url::Url;
use url::form_urlencoded::Serializer;

/// A form with the values it would be sent with.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) action: Url,
    fields: Vec<(String, String)>,
    buttons: Vec<Button>,
}

/// A button that sends a field of its own.
#[derive(Clone, Debug)]
struct Button {
    name: String,
    value: String,
    label: String,
}

impl Form {
    /// All forms on a page.
    pub(crate) fn all(html: &str, page: &Url) -> Vec<Form> {
        html.split("<form")
            .skip(1)
            .map(|rest| Form::read(rest.split("</form>").next().unwrap_or(rest), page))
            .collect()
    }

    fn read(html: &str, page: &Url) -> Form {
        let (opening, inside) = html.split_once('>').expect("a whole tag");
        let action = attribute(opening, "action").map_or(Ok(page.clone()), |action| page.join(&action));
        let inputs = inside.split("<input").skip(1).filter_map(|rest| {
            let tag = rest.split('>').next()?;
            let left_out = attribute(tag, "type").as_deref() == Some("radio") && !tag.contains(" checked");
            if left_out {
                return None;
            }
            Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))
        });
        let buttons = inside.split("<button").skip(1).filter_map(|rest| {
            let (tag, label) = rest.split_once('>')?;
            let label = label.split("</button>").next().map(visible_text).unwrap_or_default();
            Some(Button {
                name: attribute(tag, "name")?,
                value: attribute(tag, "value").unwrap_or_default(),
                label,
            })
        });
        Form {
            action: action.expect("a URL"),
            fields: inputs.collect(),
            buttons: buttons.collect(),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(own, _)| own == name)
    }

    /// The same form with the field `name` filled in, added where the page has none.
    pub(crate) fn fill(mut self, name: &str, value: &str) -> Form {
        self.fields.retain(|(own, _)| own != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same form, about to be sent with the button whose text contains `label`.
    pub(crate) fn press(self, label: &str) -> Form {
        let button = self.buttons.iter().find(|button| button.label.contains(label)).cloned();
        let button = button.unwrap_or_else(|| panic!("no button {label:?} among {:?}", self.buttons));
        self.fill(&button.name, &button.value)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body of the POST.
    pub(crate) fn encoded(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }
}

/// The value of an attribute in double quotes inside a tag, or empty where it stands without a value.
pub(crate) fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(decode_entities)
}

/// What a person reads: no tags, entities decoded, white space folded.
pub(crate) fn visible_text(html: &str) -> String {
    let pieces = html
        .split('<')
        .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    let text = pieces.collect::<Vec<_>>().join(" ");
    decode_entities(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn decode_entities(text: &str) -> String {
    let mut pieces = text.split('&');
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (entity, rest) = piece.split_once(';').expect("a whole entity");
        decoded.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            numeric => {
                let number = numeric.trim_start_matches('#');
                let code = number
                    .strip_prefix('x')
                    .map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
                char::from_u32(code.expect("a numeric entity")).expect("a character")
            }
        });
        decoded.push_str(rest);
    }
    decoded
}

mod tests {
    use super::*;

    const PAGE: &str = r#"<form method="post" action="/.vestibule/methods?a=1&#38;b=2"><input type="hidden" name="csrf" value="x&amp;y">
        <button class="choice" type="submit" name="authenticator" value="7"><svg/><span>Text <b>message</b></span> 12</button></form>
        <form method="post"><input name="code" required></form>"#;

    #[test]
    fn forms_are_read_filled_and_encoded() {
        let page = Url::parse("http://localhost:1/.vestibule/login?to=z").expect("a URL");
        let forms = Form::all(PAGE, &page);
        let methods = forms[0].clone().press("Text message");
        assert_eq!(methods.action.as_str(), "http://localhost:1/.vestibule/methods?a=1&b=2");
        assert_eq!(methods.encoded(), "csrf=x%26y&authenticator=7");
        let code = forms[1].clone().fill("code", "12 3");
        assert_eq!(
            (code.action.as_str(), code.encoded().as_str()),
            (page.as_str(), "code=12+3")
        );
    }
}
