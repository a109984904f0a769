//! The person who answers for the tenant's users: in a story by a word, in a browser by a page.

use std::net::{IpAddr, Ipv4Addr};

use super::Auth0;
use crate::lock;

/// What a person says when asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Yes.
    Approves,
    /// No.
    Denies,
}

/// The person in front of the browser and the phone.
#[derive(Debug)]
pub struct Person<'a> {
    pub(crate) auth0: &'a Auth0,
}

/// Where a scripted person sits.
pub(crate) const SOFA: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A request as the phone shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// What the client wrote, with its short code.
    pub binding_message: String,
    /// Who is asked.
    pub user_id: String,
    /// Which client asks.
    pub client_id: String,
    /// `guardian-push` or `email`.
    pub channel: &'static str,
    /// End of the request, Unix milliseconds.
    pub until_ms: i64,
}

impl Person<'_> {
    /// Confirms the code that a device shows, as whoever is signed in in the browser. False when no such code waits, or
    /// nobody is signed in.
    #[must_use]
    pub fn approves(&self, user_code: &str) -> bool {
        self.says(user_code, Word::Approves)
    }

    /// Cancels at the code that a device shows. False when no such code waits, or nobody is signed in.
    #[must_use]
    pub fn denies(&self, user_code: &str) -> bool {
        self.says(user_code, Word::Denies)
    }

    /// Gives the same answer to everything asked from now on, at once; none for no answer.
    pub fn always(&self, word: Option<Word>) {
        lock(&self.auth0.shared.tenant).standing = word;
    }

    /// The user codes that wait for an answer, oldest first.
    #[must_use]
    pub fn sees_codes(&self) -> Vec<String> {
        let now = self.auth0.shared.rim.now();
        lock(&self.auth0.shared.tenant)
            .devices
            .iter()
            .filter(|device| device.waits(now))
            .map(|device| device.user_code.clone())
            .collect()
    }

    /// What the phone shows, oldest first.
    #[must_use]
    pub fn sees_pushes(&self) -> Vec<Push> {
        let now = self.auth0.shared.rim.now();
        lock(&self.auth0.shared.tenant)
            .pushes(now)
            .into_iter()
            .map(|asked| Push {
                binding_message: asked.binding_message.clone(),
                user_id: asked.user_id.clone(),
                client_id: asked.client_id.clone(),
                channel: asked.channel,
                until_ms: asked.until_ms,
            })
            .collect()
    }

    /// Approves the request whose binding message has this code in it. False when the phone shows none.
    #[must_use]
    pub fn approves_push(&self, code: &str) -> bool {
        self.answers_push(code, Word::Approves)
    }

    /// Denies the request whose binding message has this code in it. False when the phone shows none.
    #[must_use]
    pub fn denies_push(&self, code: &str) -> bool {
        self.answers_push(code, Word::Denies)
    }

    fn answers_push(&self, code: &str, word: Word) -> bool {
        let now = self.auth0.shared.rim.now();
        let mut tenant = lock(&self.auth0.shared.tenant);
        let found = tenant
            .pushes(now)
            .into_iter()
            .find(|asked| !code.is_empty() && asked.binding_message.contains(code));
        found.is_some_and(|asked| {
            asked.word = Some(word);
            true
        })
    }

    fn says(&self, user_code: &str, word: Word) -> bool {
        let now = self.auth0.shared.rim.now();
        lock(&self.auth0.shared.tenant).says(user_code, word, SOFA, now)
    }
}
