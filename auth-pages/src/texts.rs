//! The words of every page and message, by key, from the Fluent files in `texts/`.
//!
//! Bundles are parsed once per process. What it does not do: escaping. A text is plain text until a template escapes it.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::langid;

use crate::{Language, RenderFault};

type Bundle = FluentBundle<FluentResource>;

/// The texts in one language, spoken for one brand (every text may name it as `{ $brand }`).
#[derive(Clone, Copy)]
pub(crate) struct Texts<'a> {
    pub(crate) language: Language,
    pub(crate) brand: &'a str,
}

impl Texts<'_> {
    /// A text that needs no values.
    pub(crate) fn say(&self, key: &str) -> Result<String, RenderFault> {
        self.say_with(key, &[])
    }

    /// A text with its values put in. A value that the text wants and does not get is a fault.
    pub(crate) fn say_with(&self, key: &str, values: &[(&str, FluentValue<'_>)]) -> Result<String, RenderFault> {
        for language in [self.language, Language::FALLBACK] {
            let bundle = bundle_of(language)
                .as_ref()
                .ok_or_else(|| RenderFault::unreadable_texts(language))?;
            let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
                continue;
            };
            let brand = [("brand", FluentValue::from(self.brand))];
            let args: FluentArgs<'_> = brand.into_iter().chain(values.iter().cloned()).collect();
            let mut faults = Vec::new();
            let text = bundle.format_pattern(pattern, Some(&args), &mut faults).into_owned();
            return if faults.is_empty() {
                Ok(text)
            } else {
                Err(RenderFault::broken_text(key))
            };
        }
        Err(RenderFault::missing_text(key))
    }

    /// A time to wait, as people say it: "in 40 seconds", "in 5 minutes", "in 3 hours"; rounded up, never "in 0".
    pub(crate) fn wait(&self, seconds: u64) -> Result<String, RenderFault> {
        let (key, count) = match seconds {
            0..=90 => ("wait-seconds", seconds.max(1)),
            91..=5400 => ("wait-minutes", seconds.div_ceil(60)),
            5401.. => ("wait-hours", seconds.div_ceil(3600)),
        };
        self.say_with(key, &[("count", count.into())])
    }
}

/// The Fluent file of a language, as written.
pub(crate) fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../texts/en.ftl"),
    }
}

/// `None`: the file does not parse. The tests see to it that this does not ship.
fn bundle_of(language: Language) -> &'static Option<Bundle> {
    static ENGLISH: LazyLock<Option<Bundle>> = LazyLock::new(|| parse(Language::English));
    match language {
        Language::English => &ENGLISH,
    }
}

fn parse(language: Language) -> Option<Bundle> {
    let resource = FluentResource::try_new(source(language).to_owned()).ok()?;
    let identifier = match language {
        Language::English => langid!("en"),
    };
    let mut bundle = Bundle::new_concurrent(vec![identifier]);
    bundle.set_use_isolating(false); // the marks are invisible, but break copied codes and texts for text messages
    bundle.add_resource(resource).ok()?;
    Some(bundle)
}

#[cfg(test)]
mod tests {
    use super::Texts;
    use crate::Language;

    const TEXTS: Texts<'_> = Texts {
        language: Language::English,
        brand: "Example",
    };

    #[test]
    fn waits_are_rounded_up_to_a_unit_people_use() {
        for (seconds, said) in [
            (0, "in 1 second"),
            (1, "in 1 second"),
            (90, "in 90 seconds"),
            (91, "in 2 minutes"),
            (3600, "in 60 minutes"),
            (5401, "in 2 hours"),
            (86_400, "in 24 hours"),
        ] {
            assert_eq!(TEXTS.wait(seconds).ok().as_deref(), Some(said));
        }
    }

    #[test]
    fn a_missing_text_and_a_missing_value_are_faults() {
        assert!(TEXTS.say("no-such-text").is_err());
        assert!(TEXTS.say("wait-seconds").is_err());
    }
}
