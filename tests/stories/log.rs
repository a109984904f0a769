//! What the log says of a day: a line for each thing that was done, after it was done.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::people::{NO, YES, filtered};
use super::world::{HOUR, MINUTE, World};

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a page").write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn text(&self) -> String {
        let bytes = self.0.lock().expect("a page").clone();
        String::from_utf8(bytes).expect("text")
    }
}

#[tokio::test]
async fn a_line_for_each_thing_that_was_done() {
    let page = Page::default();
    let writer = page.clone();
    let log = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .finish();
    // Beside a single subscriber, a line that another story's thread reaches first would be switched off
    // for all: nobody listens there.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
    let _log = tracing::subscriber::set_default(log);
    let mut w = World::new().await;
    w.bounty("acme/widgets", "Crash on SECRET-TITLE input", 750);
    w.bounty("other/things", "Wrong sum", 600);
    w.start().await;
    let (first, second) = (w.phone("$750"), w.phone("$600"));
    w.tap(&first, YES).await;
    w.phone("Claimed");
    w.tap(&second, NO).await;
    w.says("/pause").await;
    w.says("/resume").await;
    w.bounty("third/things", "Wrong product", 550);
    w.pass(2 * HOUR, 30 * MINUTE).await;
    w.phone("$550");
    w.pass(49 * HOUR, HOUR).await;
    w.stop().await;
    w.read_all();
    let text = page.text();
    assert!(!text.contains("SECRET-TITLE"), "{text}");
    let kept = ["kind=", "started version", " stopped"];
    let lines: Vec<_> = text
        .lines()
        .filter(|l| kept.iter().any(|part| l.contains(part)))
        .collect();
    let said = filtered(&lines.join("\n"));
    let said = said.replace(&w.dir.path().display().to_string(), "DIR");
    let said = said.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!(said, @r#"
    INFO started version="VERSION" mode="ask" ledger=DIR/state/ledger.db next_scheduled="2026-11-22 12:30:00 UTC"
    INFO account identified actor="daemon" login="night-owner" kind="account.identified"
    INFO asked repo="acme/widgets" number=700 usd=$750 actor="daemon" kind="approval.asked"
    INFO asked repo="other/things" number=700 usd=$600 actor="daemon" kind="approval.asked"
    INFO answered yes repo="acme/widgets" number=700 usd=$750 actor="telegram:4200001" kind="approval.decided"
    INFO claimed repo="acme/widgets" number=700 usd=$750 actor="daemon" kind="effect.done"
    INFO answered no repo="other/things" number=700 usd=$600 actor="telegram:4200001" kind="approval.decided"
    INFO paused actor="telegram:4200001" kind="control.paused"
    INFO resumed actor="telegram:4200001" kind="control.resumed"
    INFO asked repo="third/things" number=700 usd=$550 actor="daemon" kind="approval.asked"
    INFO not answered in time repo="third/things" number=700 usd=$550 actor="daemon" kind="approval.expired"
    INFO to be withdrawn repo="acme/widgets" number=700 usd=$750 actor="daemon" reason="overdue" kind="claim.followed"
    INFO withdrawn repo="acme/widgets" number=700 usd=$750 actor="daemon" kind="effect.done"
    INFO stopped actor="daemon" kind="daemon.stopped"
    "#);
}
