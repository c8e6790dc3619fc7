//! Messages that carried a code, and the code in them.

use serde::Deserialize;
use url::Url;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Channel {
    Sms,
    /// A call; the text is what is said once a key was pressed.
    Voice,
    Email,
}

/// A message as it arrived. The subject of an SMS is empty.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Message {
    pub(crate) channel: Channel,
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) subject: String,
    pub(crate) text: String,
}

impl Message {
    /// Whether it tells of a change, and carries no code.
    pub(crate) fn is_notice(&self) -> bool {
        ["If this was you, all is well.", "Not you? Contact support at once."]
            .iter()
            .any(|words| self.text.contains(words))
    }

    /// The link to the page where the change can be objected to.
    pub(crate) fn objection(&self) -> Option<Url> {
        let words = self.text.split_whitespace();
        words
            .filter_map(|word| Url::parse(word).ok())
            .find(|url| url.path().ends_with("/objection"))
    }

    /// The only run of six digits in the text, or in what is said.
    pub(crate) fn code(&self) -> String {
        let text = match self.channel {
            Channel::Voice => self.text.replace(", ", ""),
            Channel::Sms | Channel::Email => self.text.clone(),
        };
        let runs = text
            .split(|letter: char| !letter.is_ascii_digit())
            .filter(|run| run.len() == 6);
        let mut codes: Vec<&str> = runs.collect();
        codes.dedup();
        assert_eq!(codes.len(), 1, "one code in: {}", self.text);
        codes[0].to_owned()
    }
}
