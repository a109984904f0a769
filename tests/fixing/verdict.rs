//! What must be true of open pull requests, however they came to be.

use std::sync::Arc;

use bountyd::clock::{OsEntropy, SystemClock};
use bountyd::ledger::Ledger;

use crate::town::Town;

impl Town {
    /// One claim, one branch, one pull request with the gated tree for each of these bounties; every
    /// question decided once; nothing open; the journal whole.
    pub(crate) async fn is_as_if_never_killed(&mut self, slug: &str, numbers: &[u64]) {
        let pulls = self.pulls(slug);
        for number in numbers {
            let here: Vec<_> = pulls.iter().filter(|p| p.closes == [*number]).collect();
            assert_eq!(here.len(), 1, "{slug}#{number}: {pulls:#?}");
            assert!(here[0].open, "{here:#?}");
        }
        assert_eq!(pulls.len(), numbers.len(), "{pulls:#?}");
        assert_eq!(self.branches(slug).len(), numbers.len());
        let comments = self.world.sim.github.comments_by("night-owner");
        assert_eq!(comments.len(), numbers.len(), "{comments:#?}");

        let jobs =
            "SELECT pull || ' ' || head || ' ' || tree FROM job WHERE state = 'open' ORDER BY pull";
        let known = self.eye.column(jobs).await;
        let fork = self.world.sim.github.repo("night-owner/sums");
        let stands: Vec<_> = pulls
            .iter()
            .map(|p| {
                let tree = fork.tree(&p.head_oid).expect("a tree");
                format!("{} {} {tree}", p.number, p.head_oid)
            })
            .collect();
        assert_eq!(known, stands);

        let decided = "SELECT json_extract(body, '$.question') FROM journal
                       WHERE kind = 'patch.decided' ORDER BY 1";
        let decided = self.eye.column(decided).await;
        let mut once = decided.clone();
        once.dedup();
        assert_eq!(decided, once, "a question was decided twice");
        assert_eq!(decided.len(), numbers.len(), "one yes for each");
        let open =
            "SELECT kind || ' ' || state FROM job_effect WHERE state NOT IN ('done', 'failed')";
        assert_eq!(self.eye.column(open).await, Vec::<String>::new());
        let done = "SELECT job_id || ' ' || kind FROM job_effect WHERE state = 'done' ORDER BY 1";
        let done = self.eye.column(done).await;
        let mut once = done.clone();
        once.dedup();
        assert_eq!(done, once, "a write is recorded twice");

        let path = self.world.at("state/ledger.db");
        let ledger = Ledger::open_read_only(&path, Arc::new(SystemClock), Arc::new(OsEntropy));
        let ledger = ledger.await.expect("the ledger can be read");
        let verdict = ledger
            .verify_journal()
            .await
            .expect("the journal can be read");
        ledger.close().await;
        assert_eq!(verdict.broken, None);
    }
}
