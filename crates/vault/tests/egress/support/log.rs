//! Everything that anybody in this process logs, at the finest level.

use std::io::Write;
use std::sync::{Mutex, Once};

use tracing_subscriber::filter::LevelFilter;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ONCE: Once = Once::new();

struct Lines;

impl Write for Lines {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        LINES.lock().expect("lock").extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Records from here on; once is enough.
pub(crate) fn capture() {
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(|| Lines)
            .init();
    });
}

/// All of it so far, whichever test caused it.
pub(crate) fn text() -> String {
    String::from_utf8_lossy(&LINES.lock().expect("lock")).into_owned()
}
