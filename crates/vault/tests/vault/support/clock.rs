//! A clock that moves only when told to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::clock::{Clock, Sleep, UnixMillis};
use tokio::sync::watch;

/// Starts at 2023-11-14T22:13:20Z. Clones are one clock.
#[derive(Clone, Debug)]
pub(crate) struct HandClock(Arc<Face>);

#[derive(Debug)]
struct Face {
    hands: Mutex<Hands>,
    moved: watch::Sender<()>,
}

#[derive(Debug)]
struct Hands {
    wall: UnixMillis,
    monotonic: Duration,
    /// How far time goes on at every look at the wall clock.
    per_look: Duration,
}

impl Default for HandClock {
    fn default() -> Self {
        Self(Arc::new(Face {
            hands: Mutex::new(Hands {
                wall: UnixMillis(1_700_000_000_000),
                monotonic: Duration::from_secs(1000),
                per_look: Duration::ZERO,
            }),
            moved: watch::Sender::new(()),
        }))
    }
}

impl HandClock {
    /// Time passes.
    pub(crate) fn advance(&self, span: Duration) {
        self.turn(|hands| {
            hands.wall = hands.wall.plus(span);
            hands.monotonic += span;
        });
    }

    /// Somebody sets the wall clock; no time passes.
    pub(crate) fn set_wall(&self, wall: UnixMillis) {
        self.turn(|hands| hands.wall = wall);
    }

    /// From now on time passes whenever somebody looks.
    pub(crate) fn hurry(&self, per_look: Duration) {
        self.turn(|hands| hands.per_look = per_look);
    }

    fn turn(&self, change: impl FnOnce(&mut Hands)) {
        change(&mut self.0.hands.lock().expect("lock"));
        self.0.moved.send_replace(());
    }

    fn sleep(&self, over: impl Fn(&Hands) -> bool + Send + 'static) -> Sleep {
        let face = Arc::clone(&self.0);
        let mut moved = face.moved.subscribe();
        Box::pin(async move {
            while !over(&face.hands.lock().expect("lock")) {
                moved.changed().await.expect("the face holds the sender");
            }
        })
    }
}

impl Clock for HandClock {
    fn now(&self) -> UnixMillis {
        let mut hands = self.0.hands.lock().expect("lock");
        let now = hands.wall;
        let span = hands.per_look;
        hands.wall = now.plus(span);
        hands.monotonic += span;
        now
    }

    fn monotonic(&self) -> Duration {
        self.0.hands.lock().expect("lock").monotonic
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        self.sleep(move |hands| hands.monotonic >= deadline)
    }

    fn sleep_until_wall(&self, instant: UnixMillis) -> Sleep {
        self.sleep(move |hands| hands.wall >= instant)
    }
}
