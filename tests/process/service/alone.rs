//! Nobody is in a chat: the owner reads on the machine, and answers there.

use std::time::Duration;

use crate::child::GLANCE;
use crate::world::World;

impl World {
    /// Takes the chat out of the configuration.
    fn without_chat(&self) {
        let text = std::fs::read_to_string(self.config_path()).expect("the configuration");
        let (before, after) = text.split_once("[telegram]").expect("a chat");
        let after = after.find("\n[").map_or("", |at| &after[at..]);
        let text = format!("{before}{after}");
        assert!(!text.contains("owner_id"), "{text}");
        std::fs::write(self.config_path(), text).expect("the configuration");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_chat_it_goes_on_hunting_until_it_is_told_to_stop() {
    let mut w = World::new(1, "info").await;
    w.repo("acme/widgets");
    w.without_chat();
    w.start(None).await;
    for _ in 0..3 {
        let before = w.sim.github.rim().count();
        let begun = std::time::Instant::now();
        while w.sim.github.rim().count() == before {
            let ended = w.daemon().ended();
            assert_eq!(ended, None, "it left: {}", w.daemon().said());
            assert!(begun.elapsed() < Duration::from_secs(60), "it does nothing");
            w.hand.advance(Duration::from_secs(60));
            tokio::time::sleep(GLANCE).await;
        }
    }
    assert!(
        !w.daemon().said().contains("stopped"),
        "{}",
        w.daemon().said()
    );
    w.stop().await;
}
