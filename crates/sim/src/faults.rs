//! Misbehaviour on demand: rules that say which requests go wrong, how, and how often.

use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::lock;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Answers with this status, these headers and this body; the request is not executed.
    Status {
        /// HTTP status.
        code: u16,
        /// Extra headers. A `content-type` given here replaces the default of `application/json`.
        headers: Vec<(String, String)>,
        /// Body as it goes out.
        body: String,
    },
    /// Executes the request after that many milliseconds of real time.
    Delay(u64),
    /// Executes the request when [`Faults::release`] is called, so that a test can do something
    /// while it is on its way.
    Hold,
    /// Closes the connection with a TCP reset; the request is not executed.
    Reset,
    /// Executes the request, announces the whole body, sends half of it and closes the connection.
    Truncate,
    /// The 502 page of a proxy, as `text/html`; the request is not executed.
    Html502,
    /// Executes the request, then closes the connection with a TCP reset instead of answering.
    AcceptThenDropAnswer,
}

impl What {
    /// A JSON answer without extra headers.
    #[must_use]
    pub fn status(code: u16, body: &str) -> Self {
        Self::Status {
            code,
            headers: Vec::new(),
            body: body.to_owned(),
        }
    }

    /// A JSON answer with extra headers.
    #[must_use]
    pub fn status_with(code: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Self::Status {
            code,
            headers,
            body: body.to_owned(),
        }
    }
}

/// Which requests a fault is for. The default is every request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When {
    /// Only this method, such as `POST`.
    pub method: Option<String>,
    /// Only paths that start so. On Telegram the secret part of the path reads `/bot*/`.
    pub path_prefix: String,
    /// Only paths that contain this.
    pub path_contains: String,
    /// Only bodies that contain this.
    pub body_contains: String,
    /// Lets that many matching requests through first.
    pub after: u64,
}

impl When {
    /// Requests with this method to paths with this prefix.
    #[must_use]
    pub fn on(method: &str, path_prefix: &str) -> Self {
        Self {
            method: Some(method.to_owned()),
            path_prefix: path_prefix.to_owned(),
            ..Self::default()
        }
    }

    /// The same, for paths that contain `part`.
    #[must_use]
    pub fn path_contains(mut self, part: &str) -> Self {
        part.clone_into(&mut self.path_contains);
        self
    }

    /// The same, for bodies that contain `part`.
    #[must_use]
    pub fn body_contains(mut self, part: &str) -> Self {
        part.clone_into(&mut self.body_contains);
        self
    }

    /// The same, after `n` matching requests went well.
    #[must_use]
    pub const fn after(mut self, n: u64) -> Self {
        self.after = n;
        self
    }

    fn matches(&self, method: &str, path: &str, body: &[u8]) -> bool {
        self.method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && path.starts_with(&self.path_prefix)
            && path.contains(&self.path_contains)
            && (self.body_contains.is_empty()
                || String::from_utf8_lossy(body).contains(&self.body_contains))
    }
}

/// A rule: which requests, what happens, how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which requests.
    pub when: When,
    /// What happens to them.
    pub what: What,
    /// How many requests it hits before it is used up; `u64::MAX` for ever.
    pub times: u64,
}

/// The rules of one service. The first rule that matches and is not used up wins.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Mutex<Vec<Fault>>,
    held: AtomicUsize,
    released: Notify,
}

impl Faults {
    /// The next matching request goes wrong.
    pub fn once(&self, when: When, what: What) {
        self.times(when, what, 1);
    }

    /// The next `times` matching requests go wrong.
    pub fn times(&self, when: When, what: What, times: u64) {
        lock(&self.rules).push(Fault { when, what, times });
    }

    /// Every matching request goes wrong until [`Faults::clear`].
    pub fn always(&self, when: When, what: What) {
        self.times(when, what, u64::MAX);
    }

    /// All well again.
    pub fn clear(&self) {
        lock(&self.rules).clear();
    }

    /// Rules that were set and not yet used up: a story that ends with one did not test what it meant to.
    #[must_use]
    pub fn left(&self) -> Vec<Fault> {
        lock(&self.rules)
            .iter()
            .filter(|rule| rule.times != u64::MAX)
            .cloned()
            .collect()
    }

    /// How many requests are held at this moment.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.load(Ordering::SeqCst)
    }

    /// Lets every held request go on.
    pub fn release(&self) {
        self.released.notify_waiters();
    }

    pub(crate) async fn hold(&self) {
        let mut released = pin!(self.released.notified());
        // Whoever sees the request as held can release it.
        released.as_mut().enable();
        self.held.fetch_add(1, Ordering::SeqCst);
        released.await;
        self.held.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn strike(&self, method: &str, path: &str, body: &[u8]) -> Option<What> {
        let mut rules = lock(&self.rules);
        let mut struck = None;
        for rule in rules
            .iter_mut()
            .filter(|rule| rule.when.matches(method, path, body))
        {
            if rule.when.after > 0 {
                rule.when.after -= 1;
                continue;
            }
            if rule.times != u64::MAX {
                rule.times -= 1;
            }
            struck = Some(rule.what.clone());
            break;
        }
        rules.retain(|rule| rule.times > 0);
        struck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_waits_for_its_turn_and_is_used_up() {
        let faults = Faults::default();
        faults.times(When::on("POST", "/repos/").after(1), What::Reset, 2);
        let hits: Vec<bool> = (0..5)
            .map(|_| faults.strike("POST", "/repos/a", b"").is_some())
            .collect();
        assert_eq!(hits, [false, true, true, false, false]);
        faults.once(When::default().body_contains("claim"), What::Delay(1));
        assert_eq!(faults.strike("GET", "/", b"other"), None);
        assert_eq!(faults.left().len(), 1);
        assert_eq!(faults.strike("GET", "/", b"a claim"), Some(What::Delay(1)));
        assert!(faults.left().is_empty());
    }
}
