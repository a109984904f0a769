//! The thread from which confined commands are started.
//!
//! A box is killed by the kernel when the thread that started it ends (prctl(2), `PR_SET_PDEATHSIG`),
//! and threads of a runtime come and go. This one does not.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex, PoisonError};

struct Order {
    command: Command,
    answer: Sender<io::Result<Child>>,
}

static ORDERS: LazyLock<io::Result<Mutex<Sender<Order>>>> = LazyLock::new(|| {
    let (orders, received) = channel::<Order>();
    std::thread::Builder::new()
        .name("starter".to_owned())
        .spawn(move || {
            for mut order in received {
                let started = order.command.spawn();
                if let Err(unheard) = order.answer.send(started)
                    && let Ok(mut child) = unheard.0
                {
                    let _ = child.kill();
                    let _ = child.wait();
                }
            }
        })?;
    Ok(Mutex::new(orders))
});

/// Starts `command`. Blocks until the program was found, as every start does.
pub(super) fn start(command: Command) -> io::Result<Child> {
    let gone = || io::Error::other("the thread that starts commands is gone");
    let orders = ORDERS
        .as_ref()
        .map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
    let (answer, answered) = channel();
    orders
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .send(Order { command, answer })
        .map_err(|_| gone())?;
    answered.recv().map_err(|_| gone())?
}
