//! The one place where the token stays for a while: asked for on demand, by one caller at a time,
//! and dropped by the clock. A vault has one user and one connection, hence one cell.

mod setback;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use self::setback::Setback;
use crate::brake::Brake;
use crate::classify::REFRESH_FAILED;
use crate::exchange::{Denied, Exchanger, Grant};
use crate::failure::Failure;
use crate::status::{FailureNote, TokenStatus};
use crate::token::Token;
use clock::{Clock, UnixMillis};

/// The right to use a token for one call.
#[derive(Clone)]
pub(crate) struct Lease {
    pub(crate) token: Arc<Token>,
    /// Which exchange it came from, so that a refusal forgets this token and no later one.
    pub(crate) epoch: u64,
}

type Flight = Shared<BoxFuture<'static, Result<Lease, Denied>>>;

/// Holds at most one token.
pub(crate) struct Cell {
    exchanger: Arc<Exchanger>,
    brake: Brake,
    clock: Arc<dyn Clock>,
    // A plain mutex: it is never held across an await. What callers wait on is the flight.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// The exchange under way; everybody who comes meanwhile waits for it and shares its end.
    flight: Option<(u64, Flight)>,
    setback: Option<Setback>,
    epoch: u64,
    /// Raised by [`Cell::forget`]: what was asked for before is not kept after.
    generation: u64,
    exchanges: u64,
}

struct Held {
    lease: Lease,
    until_wall: UnixMillis,
    until_monotonic: Duration,
    status: TokenStatus,
    keeper: AbortHandle,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Cell {
    pub(crate) fn new(exchanger: Exchanger, brake: Brake) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::clone(&exchanger.clock),
            exchanger: Arc::new(exchanger),
            brake,
            state: Mutex::default(),
        })
    }

    pub(crate) fn exchanger(&self) -> &Exchanger {
        &self.exchanger
    }

    pub(crate) fn brake(&self) -> &Brake {
        &self.brake
    }

    /// A token fit for one call now. N callers at once cause one exchange.
    pub(crate) async fn acquire(self: &Arc<Self>, reason: &'static str) -> Result<Lease, Denied> {
        if let Some(stopped) = self.brake.refusal() {
            self.forget();
            return Err(Denied::Failed(stopped));
        }
        let flight = {
            let mut state = self.lock();
            if let Some(lease) = self.held_lease(&mut state) {
                return Ok(lease);
            }
            let running = state.flight.as_ref().filter(|(_, f)| f.peek().is_none());
            if let Some((_, flight)) = running {
                flight.clone()
            } else if let Some(failure) = self.paused(&state) {
                return Err(Denied::Failed(failure));
            } else {
                self.take_off(&mut state, reason)
            }
        };
        flight.await
    }

    /// Starts an exchange in a task of its own, so that a caller who goes away does not take it
    /// away from the others, or leave a request of unknown outcome.
    fn take_off(self: &Arc<Self>, state: &mut State, reason: &'static str) -> Flight {
        state.epoch += 1;
        let (epoch, generation) = (state.epoch, state.generation);
        let (landed, landing) = oneshot::channel();
        let cell = Arc::clone(self);
        tokio::spawn(async move {
            let result = cell.exchanger.run(reason).await;
            let result = cell.land(result, epoch, generation);
            // Nobody waits any more: the token, if it may be kept, is in the cell.
            let _ = landed.send(result);
        });
        let flight = async move {
            landing.await.unwrap_or_else(|_| {
                Err(Denied::Failed(Failure::transient(
                    "interrupted",
                    "the exchange ended without a result",
                    "it is tried again at the next call; report it if it lasts",
                )))
            })
        }
        .boxed()
        .shared();
        state.flight = Some((epoch, flight.clone()));
        flight
    }

    fn land(
        self: &Arc<Self>,
        result: Result<Grant, Denied>,
        epoch: u64,
        generation: u64,
    ) -> Result<Lease, Denied> {
        let mut state = self.lock();
        state.flight.take_if(|(flying, _)| *flying == epoch);
        let grant = match result {
            Ok(grant) => grant,
            Err(denied) => {
                if let Denied::Failed(failure) = &denied {
                    state.setback = Some(Setback::after(
                        state.setback.take(),
                        failure.clone(),
                        &*self.clock,
                    ));
                }
                return Err(denied);
            }
        };
        state.exchanges += 1;
        state.setback = None;
        let lease = Lease {
            token: Arc::new(grant.token),
            epoch,
        };
        if generation == state.generation && !grant.held_for.is_zero() {
            let until_wall = grant.asked_wall.plus(grant.held_for);
            let until_monotonic = grant.asked_monotonic.saturating_add(grant.held_for);
            state.held = Some(Held {
                status: TokenStatus {
                    held_until: until_wall,
                    kind: lease.token.kind(),
                    scopes: grant.scopes,
                },
                lease: lease.clone(),
                until_wall,
                until_monotonic,
                keeper: self.keep(epoch, until_wall, until_monotonic),
            });
        }
        Ok(lease)
    }

    /// Drops the token when its time is over, also if nobody asks for it any more.
    fn keep(self: &Arc<Self>, epoch: u64, wall: UnixMillis, monotonic: Duration) -> AbortHandle {
        let cell: Weak<Self> = Arc::downgrade(self);
        let ends = [
            self.clock.sleep_until(monotonic),
            self.clock.sleep_until_wall(wall),
        ];
        tokio::spawn(async move {
            futures_util::future::select_all(ends).await;
            if let Some(cell) = cell.upgrade() {
                cell.drop_epoch(epoch);
            }
        })
        .abort_handle()
    }

    fn held_lease(&self, state: &mut State) -> Option<Lease> {
        let held = state.held.as_ref()?;
        if self.clock.now() < held.until_wall && self.clock.monotonic() < held.until_monotonic {
            return Some(held.lease.clone());
        }
        state.held = None;
        None
    }

    fn paused(&self, state: &State) -> Option<Failure> {
        let setback = state.setback.as_ref()?;
        (self.clock.monotonic() < setback.until_monotonic).then(|| setback.note.failure.clone())
    }

    /// Forgets the token of `epoch` and no other: somebody may have fetched a new one already.
    pub(crate) fn drop_epoch(&self, epoch: u64) {
        self.lock().held.take_if(|held| held.lease.epoch == epoch);
    }

    /// Forgets the token of `epoch` and asks for no other for a while.
    pub(crate) fn condemn(&self, epoch: u64, failure: Failure) {
        let mut state = self.lock();
        state.held.take_if(|held| held.lease.epoch == epoch);
        if state.held.is_none() {
            state.setback = Some(Setback::after(state.setback.take(), failure, &*self.clock));
        }
    }

    /// Forgets what is held and keeps nothing that is under way.
    pub(crate) fn forget(&self) {
        let mut state = self.lock();
        state.generation += 1;
        state.held = None;
    }

    /// What lies in memory, also should it be overdue.
    pub(crate) fn held(&self) -> Option<Arc<Token>> {
        let state = self.lock();
        let held = state.held.as_ref()?;
        Some(Arc::clone(&held.lease.token))
    }

    /// Ends the pause after a failure that somebody had to mend, or that he may have mended, and says he
    /// has. The tenant's own wish to be left alone for a while stands.
    pub(crate) fn mended(&self) {
        self.exchanger.look_afresh();
        let mut state = self.lock();
        state.generation += 1;
        state.held = None;
        state.setback.take_if(|setback| {
            let failure = &setback.note.failure;
            !failure.is_transient() || failure.code == REFRESH_FAILED
        });
    }

    pub(crate) fn report(&self) -> Report {
        // What lies in memory, also should it be overdue: this is what proves that nothing does.
        let state = self.lock();
        Report {
            token: state.held.as_ref().map(|held| held.status.clone()),
            exchanges: state.exchanges,
            last_failure: state.setback.as_ref().map(|s| s.note.clone()),
            paused_until: self
                .paused(&state)
                .and(state.setback.as_ref().map(|s| s.until_wall)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held leaves the state whole: every change is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the cell contributes to the status.
pub(crate) struct Report {
    pub(crate) token: Option<TokenStatus>,
    pub(crate) exchanges: u64,
    pub(crate) last_failure: Option<FailureNote>,
    pub(crate) paused_until: Option<UnixMillis>,
}
