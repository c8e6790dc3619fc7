//! What went wrong with the form just sent, said on the same page. Where nothing can go on, see `trouble.rs`.

use super::Sheet;
use crate::RenderFault;

/// Why the page is shown again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The answer was not right. One wording for every reason; it never tells which part was wrong.
    Wrong,
    /// The form was too old or not from our page.
    OutOfDate,
    /// Too many tries.
    Throttled {
        /// Seconds until the next try counts.
        wait_seconds: u64,
    },
    /// Too much to do at the moment.
    Busy,
    /// The code could not be sent.
    NotDelivered,
    /// Another code was asked for too early.
    ResendTooSoon {
        /// Seconds until a code may be asked for.
        wait_seconds: u64,
    },
}

/// A problem as a template shows it.
pub(super) struct ShownProblem {
    pub(super) text: String,
    /// Whether what was typed is to blame, so that its fields are marked invalid.
    pub(super) blames_fields: bool,
}

impl Problem {
    /// `wrong`: the key of the page's one wording for [`Problem::Wrong`].
    pub(super) fn show(self, sheet: &Sheet<'_>, wrong: &str) -> Result<ShownProblem, RenderFault> {
        let text = match self {
            Self::Wrong => sheet.say(wrong),
            Self::OutOfDate => sheet.say("problem-out-of-date"),
            Self::Throttled { wait_seconds } => say_wait(sheet, "problem-throttled", wait_seconds),
            Self::Busy => sheet.say("problem-busy"),
            Self::NotDelivered => sheet.say("problem-not-delivered"),
            Self::ResendTooSoon { wait_seconds } => say_wait(sheet, "resend-wait", wait_seconds),
        }?;
        Ok(ShownProblem {
            text,
            blames_fields: self == Self::Wrong,
        })
    }
}

/// How long until another code may be asked for, and what a script counts it down by.
pub(super) struct ResendWait {
    pub(super) text: String,
    /// The part of the text that says how long.
    pub(super) words: String,
    pub(super) seconds: u64,
}

impl ResendWait {
    pub(super) fn say(sheet: &Sheet<'_>, seconds: u64) -> Result<Self, RenderFault> {
        Ok(Self {
            text: say_wait(sheet, "resend-wait", seconds)?,
            words: sheet.texts.wait(seconds)?,
            seconds,
        })
    }
}

/// A text with `{ $wait }` in it.
pub(super) fn say_wait(sheet: &Sheet<'_>, key: &str, seconds: u64) -> Result<String, RenderFault> {
    sheet
        .texts
        .say_with(key, &[("wait", sheet.texts.wait(seconds)?.into())])
}
