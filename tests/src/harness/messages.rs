//! Messages that carried a code, and the code in them.

use serde::Deserialize;

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Channel {
    Sms,
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
    /// The only run of six digits in the text.
    pub(crate) fn code(&self) -> String {
        let runs = self
            .text
            .split(|letter: char| !letter.is_ascii_digit())
            .filter(|run| run.len() == 6);
        let mut codes: Vec<&str> = runs.collect();
        codes.dedup();
        assert_eq!(codes.len(), 1, "one code in: {}", self.text);
        codes[0].to_owned()
    }
}
