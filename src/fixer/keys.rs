//! Whether a patch gives away a model provider's key: asked of the egress process, which alone knows them.

use std::sync::mpsc::{SyncSender, sync_channel};

use gate::Secrets;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Bytes to be looked at, and who waits for the answer.
pub(super) struct Question {
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// Told whether a key stands there; dropped where nobody can say.
    pub(super) answer: SyncSender<bool>,
}

/// Asks somebody else, and waits: to be used on a thread for that.
pub(super) struct Keys(UnboundedSender<Question>);

impl Keys {
    /// With what it asks.
    pub(super) fn new() -> (Self, UnboundedReceiver<Question>) {
        let (ask, asked) = unbounded_channel();
        (Self(ask), asked)
    }
}

impl Secrets for Keys {
    fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        let (answer, answered) = sync_channel(1);
        let question = Question {
            bytes: bytes.to_vec(),
            answer,
        };
        // Where it is not sent, it is dropped, and with it whoever would answer.
        let _ = self.0.send(question);
        match answered.recv() {
            Ok(false) => None,
            Ok(true) => Some("a model provider's key"),
            Err(_) => Some(
                "perhaps a model provider's key: the egress process was gone, and could not be asked",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_counts_as_a_key() {
        let (keys, mut asked) = Keys::new();
        let answering = std::thread::spawn(move || {
            for found in [false, true] {
                let question = asked.blocking_recv().expect("a question");
                assert_eq!(question.bytes, b"patch");
                question.answer.send(found).expect("somebody waits");
            }
        });
        assert_eq!(keys.found_in(b"patch"), None);
        assert_eq!(keys.found_in(b"patch"), Some("a model provider's key"));
        answering.join().expect("answered");
        let gone = keys.found_in(b"patch").expect("an objection");
        assert!(gone.contains("could not be asked"), "{gone}");
    }
}
