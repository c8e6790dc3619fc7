//! Behind a queue: what must not keep its asker waiting, so that neither an answer nor its time tells what came of it.
//!
//! What happens here takes its time unseen. A letter is lost when the process dies; whoever waits for it asks again.

use super::Fault;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Something to be done, begun by nobody yet.
type Letter = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

/// Where letters are posted.
pub(super) struct Postbox {
    letters: Sender<Letter>,
}

/// Too many letters wait.
pub(super) struct Full;

/// Takes letters from the queue and does what they say.
pub struct Postroom {
    about: &'static str,
    waiting: Receiver<Letter>,
}

/// How many letters may wait; more are refused.
const QUEUE: usize = 256;
/// How many letters are on their way at once, so that a slow mail server holds up only so many.
const HANDS: usize = 8;

/// A postbox, and the postroom that must be run for its letters to go out; `about` is what a lost one was about.
pub(super) fn open(about: &'static str) -> (Postbox, Postroom) {
    let (letters, waiting) = mpsc::channel(QUEUE);
    (Postbox { letters }, Postroom { about, waiting })
}

impl Postbox {
    /// Leaves a letter to be handled.
    pub(super) fn post(&self, letter: impl Future<Output = Result<(), Fault>> + Send + 'static) -> Result<(), Full> {
        self.letters.try_send(Box::pin(letter)).map_err(|_| Full)
    }
}

impl Postroom {
    /// Handles letters until nobody can send any more.
    pub async fn run(mut self) {
        let (hands, about) = (Arc::new(Semaphore::new(HANDS)), self.about);
        while let Some(letter) = self.waiting.recv().await {
            let Ok(hand) = Arc::clone(&hands).acquire_owned().await else {
                return;
            };
            tokio::spawn(async move {
                if let Err(fault) = letter.await {
                    tracing::warn!(%fault, about, "a letter was lost");
                }
                drop(hand);
            });
        }
    }
}
