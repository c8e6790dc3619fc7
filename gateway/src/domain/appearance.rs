//! What browsers are told with an application's answers, where its operator wants more said than the application says.

use std::time::Duration;

/// What is added to an application's answers, or taken from them; by default nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Appearance {
    /// Whether it says what software it is.
    pub software: Software,
    /// How long browsers come by TLS only (RFC 6797), where they are told so.
    pub tls_only: Option<Duration>,
    /// Who may show its pages in a frame.
    pub frames: Frames,
    /// What may be kept of its answers.
    pub keeping: Keeping,
}

/// What becomes of `Server` and its like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Software {
    /// They stay as sent.
    #[default]
    Named,
    /// They are taken away.
    Unnamed,
}

/// Who may show a page in a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frames {
    /// Whoever the application lets.
    #[default]
    AsSent,
    /// Its own pages.
    SameOrigin,
    /// Nobody.
    Denied,
}

/// What browsers and caches may keep of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// What the application lets them.
    #[default]
    AsSent,
    /// Nothing of what two factors were asked for.
    NothingBehindTwoFactors,
}
