//! The owner asked by a push to his phone: Client-Initiated Backchannel Authentication (OpenID CIBA Core 1.0; Auth0
//! docs, "User Authorization with CIBA").
//!
//! Whoever asks gives a name and words, and hears in the end one of a few outcomes. What the tenant knows the
//! request by, and every token it answers with, stays in here: a yes is an ID token that was judged here. A
//! request lives in this process only. After a restart nobody is polled for, and whoever asked asks anew.

mod binding;
mod call;
mod id_token;
mod jwks;
mod outcome;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

pub use self::binding::{BindingCode, BindingMessage, LONGEST_BINDING};
use self::call::{Line, Said};
use self::id_token::Judge;
use self::jwks::Jwks;
pub use self::outcome::{Asked, BadToken, Heard, NotAsked, WhyNotAsked};
use crate::cell::Cell;
use crate::failure::Failure;
use clock::{Clock, UnixMillis};

/// How far polls are apart where the tenant says nothing (CIBA Core §7.3), and by how much they go apart when
/// it says `slow_down` and no number (§11).
const STEP: Duration = Duration::from_secs(5);
/// An interval that the tenant names is believed up to this.
const LONGEST_INTERVAL: Duration = Duration::from_secs(120);
/// After a poll that did not get through.
const AFTER_TROUBLE: Duration = Duration::from_secs(10);
/// What Auth0 still delivers by push and not by e-mail.
pub const LONGEST_PUSH: Duration = Duration::from_secs(300);
/// So many accepted tokens are remembered, that none counts twice.
const REMEMBERED: usize = 256;

/// Asks the owner by push. There is one for each vault.
pub struct Ciba {
    cell: Arc<Cell>,
    jwks: Jwks,
    held: Mutex<HashMap<String, Held>>,
    accepted: Mutex<VecDeque<[u8; 32]>>,
}

/// A request that the phone shows.
struct Held {
    auth_req_id: Arc<SecretString>,
    interval: Duration,
    /// All by the monotonic clock.
    next: Duration,
    until: Duration,
    /// When it was made, in Unix seconds.
    asked: i64,
    /// It was answered with a yes that could not be judged yet, as the tenant's keys could not be had.
    unjudged: Option<Arc<SecretString>>,
}

impl Ciba {
    pub(crate) fn new(cell: Arc<Cell>) -> Self {
        let base = &cell.exchanger().settings.auth0_base;
        let jwks = Jwks::new(crate::vault::endpoint(base, ".well-known/jwks.json"));
        Self {
            cell,
            jwks,
            held: Mutex::default(),
            accepted: Mutex::default(),
        }
    }

    /// Has the owner's phone ask him; `name` is the caller's own, under which he polls. What was asked under
    /// the same name before is let go.
    ///
    /// # Errors
    /// Nobody was asked, and why.
    pub async fn ask(
        &self,
        name: &str,
        message: &BindingMessage,
        time: Duration,
    ) -> Result<Asked, NotAsked> {
        self.let_go(name);
        let time = time.clamp(Duration::from_secs(1), LONGEST_PUSH);
        let clock = self.clock();
        // Before the request leaves: our end is never later than the tenant's.
        let (begun, asked) = (clock.monotonic(), clock.now().seconds());
        let started = self.line().start(message, time).await?;
        let given = started.expires_in.map_or(time, |given| given.min(time));
        let interval = believed(started.interval.unwrap_or(STEP));
        let held = Held {
            auth_req_id: Arc::new(started.auth_req_id),
            interval,
            next: clock.monotonic() + interval,
            until: begun + given,
            asked,
            unjudged: None,
        };
        let answer = Asked {
            next: self.at(held.next),
            until: self.at(held.until),
        };
        self.held().insert(name.to_owned(), held);
        Ok(answer)
    }

    /// Looks once whether the owner has answered, if it is time to.
    pub async fn poll(&self, name: &str) -> Heard {
        let clock = self.clock();
        let (id, asked, last, unjudged) = {
            let held = self.held();
            let Some(request) = held.get(name) else {
                return Heard::NotHeld;
            };
            if clock.monotonic() < request.next {
                let next = self.at(request.next);
                return Heard::Waiting { next };
            }
            (
                Arc::clone(&request.auth_req_id),
                request.asked,
                clock.monotonic() >= request.until,
                request.unjudged.clone(),
            )
        };
        let said = match unjudged {
            Some(token) => Said::Yes(token),
            None => self.line().poll(&id).await,
        };
        match said {
            Said::Yes(token) => self.judged(name, &token, asked).await,
            Said::Pending if last => self.over(name, Heard::Expired),
            Said::Pending => Heard::Waiting {
                next: self.later(name, None),
            },
            Said::SlowDown(_) if last => self.over(name, Heard::Expired),
            Said::SlowDown(named) => self.slower(name, named),
            // Auth0 says the same of a no and of no answer; what comes before our own end is a no.
            Said::Denied if last => self.over(name, Heard::Expired),
            Said::Denied => self.over(name, Heard::Denied),
            Said::Expired => self.over(name, Heard::Expired),
            Said::Invalid if last => self.over(name, Heard::Expired),
            Said::Invalid => self.over(name, Heard::UsedUp),
            Said::NoToken(why) => self.over(name, Heard::NotBelieved(BadToken::Unreadable(why))),
            Said::Failed(failure) if failure.is_transient() => self.unheard(name, failure, last),
            Said::Failed(failure) => self.over(name, Heard::Refused(failure)),
        }
    }

    /// Whether the application may ask, as far as that shows without asking anybody: a request that nobody made
    /// is polled for.
    ///
    /// # Errors
    /// It may not, or the tenant could not be asked.
    pub async fn may_ask(&self) -> Result<(), Failure> {
        match self.line().poll(&SecretString::from("nobody-asked")).await {
            Said::Failed(failure) => Err(failure),
            _ => Ok(()),
        }
    }

    /// When a request is to be polled for next; `None`: this process asks nothing under that name.
    #[must_use]
    pub fn next_poll(&self, name: &str) -> Option<UnixMillis> {
        let next = self.held().get(name).map(|request| request.next);
        next.map(|next| self.at(next))
    }

    /// Polls no more for it. Auth0 has no way to take a request back: the phone shows it until its end, and a
    /// yes to it comes to nothing.
    pub fn let_go(&self, name: &str) {
        self.held().remove(name);
    }

    async fn judged(&self, name: &str, token: &Arc<SecretString>, asked: i64) -> Heard {
        let exchanger = self.cell.exchanger();
        let judge = Judge {
            settings: &exchanger.settings,
            jwks: &self.jwks,
            http: &exchanger.http,
            clock: &*exchanger.clock,
            skew: exchanger.skew().unwrap_or(0),
            asked,
        };
        let text = Zeroizing::new(token.expose_secret().to_owned());
        match judge.judge(&text).await {
            Ok(Ok(sub)) if self.accept(&text) => self.over(name, Heard::Approved { sub }),
            Ok(Ok(_)) => {
                let why = BadToken::NotForUs("it was the answer to an earlier request");
                self.over(name, Heard::NotBelieved(why))
            }
            Ok(Err(why)) => self.over(name, Heard::NotBelieved(why)),
            Err(failure) => {
                if let Some(request) = self.held().get_mut(name) {
                    request.unjudged = Some(Arc::clone(token));
                }
                let next = Some(self.later(name, Some(AFTER_TROUBLE)));
                Heard::Unheard { failure, next }
            }
        }
    }

    /// Remembers a token; says whether it is new.
    fn accept(&self, token: &str) -> bool {
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        if accepted.contains(&hash) {
            return false;
        }
        if accepted.len() >= REMEMBERED {
            accepted.pop_front();
        }
        accepted.push_back(hash);
        true
    }

    fn slower(&self, name: &str, named: Option<Duration>) -> Heard {
        let interval = {
            let mut held = self.held();
            let Some(request) = held.get_mut(name) else {
                return Heard::NotHeld;
            };
            let grown = request.interval + STEP;
            request.interval = believed(named.map_or(grown, |named| named.max(grown)));
            request.interval
        };
        Heard::SlowDown {
            interval,
            next: self.later(name, None),
        }
    }

    fn unheard(&self, name: &str, failure: Failure, last: bool) -> Heard {
        if last {
            return self.over(
                name,
                Heard::Unheard {
                    failure,
                    next: None,
                },
            );
        }
        let next = Some(self.later(name, Some(AFTER_TROUBLE)));
        Heard::Unheard { failure, next }
    }

    /// Puts the next poll off, by the interval at least.
    fn later(&self, name: &str, pause: Option<Duration>) -> UnixMillis {
        let now = self.clock().monotonic();
        let mut held = self.held();
        let next = match held.get_mut(name) {
            Some(request) => {
                request.next = now + request.interval.max(pause.unwrap_or_default());
                request.next
            }
            None => now,
        };
        drop(held);
        self.at(next)
    }

    fn over(&self, name: &str, heard: Heard) -> Heard {
        self.let_go(name);
        heard
    }

    /// An instant of the monotonic clock on the wall.
    fn at(&self, monotonic: Duration) -> UnixMillis {
        let clock = self.clock();
        clock
            .now()
            .plus(monotonic.saturating_sub(clock.monotonic()))
    }

    fn line(&self) -> Line<'_> {
        Line {
            exchanger: self.cell.exchanger(),
            brake: self.cell.brake(),
        }
    }

    fn clock(&self) -> &dyn Clock {
        &*self.cell.exchanger().clock
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn believed(interval: Duration) -> Duration {
    interval.clamp(Duration::from_secs(1), LONGEST_INTERVAL)
}
