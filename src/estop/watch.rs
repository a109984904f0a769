//! Sees the file of the emergency stop at the moment it is made, without looking again and again.

use std::path::Path;
use std::sync::Arc;

use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
use tokio::net::unix::pipe::Receiver;

use crate::app::App;

/// Holds everything as soon as the file is there. Where the kernel does not tell, each request still
/// looks for the file itself.
pub async fn watch(app: Arc<App>) {
    let file = app.rules().config.emergency_stop();
    let Some(directory) = file.parent() else {
        return;
    };
    let told = match listen(directory) {
        Ok(told) => told,
        Err(error) => {
            tracing::warn!(
                "{} is looked for at each request only: {error}",
                file.display()
            );
            return;
        }
    };
    // What is told does not matter: the file is there or it is not.
    let mut events = [0; 4096];
    loop {
        if app.vault.brake().is_on() && !app.vault.brake().is_held() {
            super::hold(&app);
            app.work.notify_one();
        }
        if told.readable().await.is_err() {
            return;
        }
        while told.try_read(&mut events).is_ok_and(|n| n > 0) {}
    }
}

/// Names that come to be in `directory`. The kernel tells of them over a descriptor that is read as the end
/// of a pipe is: bytes, and none while there is nothing to tell (inotify(7)).
fn listen(directory: &Path) -> std::io::Result<Receiver> {
    let told = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    let names = WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::ONLYDIR;
    add_watch(&told, directory, names)?;
    Receiver::from_owned_fd_unchecked(told)
}
