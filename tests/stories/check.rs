//! What must be so at the end of every story, whatever it told.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use bountyd::clock::{OsEntropy, SystemClock};
use bountyd::ledger::Ledger;
use bountyd::ledger::bounties::Filter;
use bountyd::ledger::effects::{Effect, EffectKind, EffectState};

use super::people::is_write;
use super::world::World;

/// What a story says about its own end.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// Violations whose reason contains one of these are part of the story.
    pub(crate) violations: Vec<&'static str>,
    /// Writes whose outcome is still being found out.
    pub(crate) open_effects: usize,
    /// Comments stand there that the ledger cannot know.
    pub(crate) unknown_comments: bool,
    /// A client has an issue opened.
    pub(crate) opens_issues: bool,
    /// The story does not care for messages that were not read.
    pub(crate) unread: bool,
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let mut wrong = Vec::new();
        self.check_simulators(&mut wrong);
        let path = self.ledger_path();
        if path.exists() {
            // A thread of its own: this one may be inside a runtime.
            let read = std::thread::spawn(move || read(&path)).join();
            match read {
                Ok(kept) => self.check_ledger(&kept, &mut wrong),
                Err(_) => wrong.push("the ledger cannot be read".to_owned()),
            }
        }
        assert!(wrong.is_empty(), "at the end of the story: {wrong:#?}");
    }
}

struct Kept {
    broken: Option<(i64, String)>,
    effects: Vec<Effect>,
}

fn read(path: &Path) -> Kept {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let ledger = Ledger::open_read_only(path, Arc::new(SystemClock), Arc::new(OsEntropy))
            .await
            .expect("the ledger opens");
        let mut effects = Vec::new();
        for bounty in ledger.bounties(&Filter::default()).await.expect("bounties") {
            effects.extend(ledger.effects(bounty.id).await.expect("effects"));
        }
        let verdict = ledger.verify_journal().await.expect("the journal is read");
        ledger.close().await;
        Kept {
            broken: verdict.broken,
            effects,
        }
    })
}

impl World {
    fn check_simulators(&self, wrong: &mut Vec<String>) {
        let services = [
            ("auth0", self.sim.auth0.rim().violations()),
            ("github", self.sim.github.violations()),
            ("telegram", self.sim.telegram.rim().violations()),
        ];
        for (service, violations) in services {
            let unexpected = violations.iter().filter(|v| {
                let known = &self.expected.violations;
                !known.iter().any(|part| v.reason.contains(part))
            });
            wrong.extend(unexpected.map(|v| format!("{service}: {} – {}", v.request, v.reason)));
        }
        for (service, faults) in [
            ("auth0", self.sim.auth0.faults()),
            ("github", self.sim.github.faults()),
            ("telegram", self.sim.telegram.faults()),
        ] {
            let left = faults.left();
            wrong.extend(left.iter().map(|f| format!("{service}: never met {f:?}")));
        }
        if !self.expected.unread {
            let unread = self.sim.telegram.unread();
            let texts = unread.iter().filter(|m| m.by_bot()).map(|m| &m.text);
            wrong.extend(texts.map(|t| format!("unread: {t}")));
        }
        for request in self.sim.github.requests().iter().filter(|r| is_write(r)) {
            let comment = request.path.contains("/comments");
            if self.expected.opens_issues && request.path.ends_with("/issues") {
                continue;
            }
            if !comment || !matches!(request.method.as_str(), "POST" | "PATCH") {
                wrong.push(format!("wrote {} {}", request.method, request.path));
            }
        }
        let said = self.sim.github.comments_by(&self.cast.login);
        let told = self.sim.telegram.messages();
        for token in self.sim.registry.ever_minted() {
            let leaked = said.iter().any(|c| c.body.contains(&token))
                || told.iter().any(|m| m.text.contains(&token));
            if leaked {
                wrong.push("a token was told".to_owned());
            }
        }
    }

    /// Every comment of ours is one that the ledger knows, and the other way round.
    fn check_ledger(&self, kept: &Kept, wrong: &mut Vec<String>) {
        if let Some((seq, why)) = &kept.broken {
            wrong.push(format!("journal entry {seq}: {why}"));
        }
        let open = |e: &&Effect| matches!(e.state, EffectState::Begun | EffectState::Unknown);
        let open = kept.effects.iter().filter(open).count();
        if open != self.expected.open_effects {
            wrong.push(format!("{open} effects are open"));
        }
        if self.expected.unknown_comments {
            return;
        }
        let known: BTreeSet<u64> = kept
            .effects
            .iter()
            .filter(|e| e.state == EffectState::Done && e.kind != EffectKind::Withdraw)
            .filter_map(|e| e.remote_id)
            .collect();
        let said = self.sim.github.comments_by(&self.cast.login);
        let standing: BTreeSet<u64> = said.iter().map(|c| c.id).collect();
        for comment in standing.difference(&known) {
            wrong.push(format!(
                "comment {comment} stands, and the ledger does not know it"
            ));
        }
    }
}

mod the_check_itself {
    use super::super::people::YES;
    use super::super::world::World;

    #[tokio::test]
    #[should_panic(expected = "unread: $750")]
    async fn sees_what_nobody_read() {
        let mut w = World::new().await;
        w.bounty("acme/widgets", "Crash on empty input", 750);
        w.start().await;
    }

    #[tokio::test]
    #[should_panic(expected = "the ledger does not know it")]
    async fn sees_a_comment_that_no_effect_accounts_for() {
        let mut w = World::new().await;
        w.bounty("acme/widgets", "Crash on empty input", 750);
        w.start().await;
        w.phone("$750");
        let login = w.cast.login.clone();
        w.sim
            .github
            .comment_as("acme/widgets", 700, &login, "me too");
    }

    #[tokio::test]
    #[should_panic(expected = "1 effects are open")]
    async fn sees_a_write_of_unknown_outcome() {
        let mut w = World::new().await;
        w.bounty("acme/widgets", "Crash on empty input", 750);
        w.start().await;
        let card = w.phone("$750");
        let post = sim::faults::When::on("POST", "/repos/");
        w.sim.github.faults().once(post, sim::faults::What::Reset);
        w.tap(&card, YES).await;
    }

    #[tokio::test]
    #[should_panic(expected = "journal entry 2")]
    async fn sees_a_changed_journal() {
        let mut w = World::new().await;
        w.start().await;
        w.stop().await;
        super::super::ledger::falsify(&w, "telegram:1").await;
    }

    #[tokio::test]
    #[should_panic(expected = "never met")]
    async fn sees_a_fault_that_was_not_met() {
        let mut w = World::new().await;
        w.start().await;
        let post = sim::faults::When::on("POST", "/repos/");
        w.sim.github.faults().once(post, sim::faults::What::Reset);
    }
}
