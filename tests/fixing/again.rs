//! Another attempt at what is open already: for its checks, and for a base that went on.

use crate::drive::{Goal, Went};
use crate::town::{DAY, HOUR, Town};
use crate::world::{SLUG, TEST};

/// The same bug in a file that others have changed: neither side's version of it can be kept.
const MOVED_ON: [(&str, &str); 1] = [(
    "src/add.sh",
    "#!/bin/sh\n# Adds two numbers.\necho $(($1 - $2))\n",
)];

/// Mends the file as it is by then.
const MEND: &str = "sed -i 's/ - / + /' src/add.sh\n";

fn mends() -> String {
    format!("{MEND}{TEST}echo mended it")
}

/// A town with an open pull request of ours.
async fn opened() -> Town {
    let mut town = Town::new(&mends()).await;
    town.repo(SLUG);
    town.algora(SLUG);
    town.start(None).await;
    town.until_job_is("open").await;
    town.rest().await;
    town
}

impl Town {
    /// Others change the same line of the base; gives the commit.
    fn base_goes_on(&self) -> String {
        self.world.sim.github.repo(SLUG).commit(&MOVED_ON)
    }

    async fn column_of_job(&mut self, column: &str) -> String {
        let sql = format!("SELECT CAST({column} AS TEXT) FROM job");
        self.eye.column(&sql).await.remove(0)
    }

    /// The pull request holds the change anew, on what it showed before and on the base as it is now.
    async fn is_mended(&mut self, before: &str, base: &str) {
        let pull = self.the_pull(SLUG);
        let gated = self.column_of_job("tree").await;
        let fork = self.world.sim.github.repo("night-owner/sums");
        assert_eq!(
            fork.parents(&pull.head_oid),
            [before.to_owned(), base.to_owned()]
        );
        assert_eq!(fork.tree(&pull.head_oid), Some(gated));
        assert_eq!(
            fork.file(&pull.head_oid, "src/add.sh"),
            Some(b"#!/bin/sh\n# Adds two numbers.\necho $(($1 + $2))\n".to_vec())
        );
        assert_eq!(self.column_of_job("head").await, pull.head_oid);
        assert_eq!(self.pulls(SLUG).len(), 1);
        assert_eq!(self.branches(SLUG).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_fails_is_answered_by_one_more_commit_on_the_same_branch() {
    let mut town = opened().await;
    let before = town.the_pull(SLUG);
    town.world
        .with_script("echo '# sums' > src/README\necho done");
    let repo = || town.world.sim.github.repo(SLUG);
    repo().check_fails(before.number, "docs", "src has no README");
    town.until("SELECT COUNT(*) FROM job WHERE attempts = 2 AND state = 'open'")
        .await;
    town.rest().await;
    let pull = town.the_pull(SLUG);
    let fork = town.world.sim.github.repo("night-owner/sums");
    assert_eq!(fork.parents(&pull.head_oid), [before.head_oid]);
    assert_eq!(
        fork.file(&pull.head_oid, "src/README"),
        Some(b"# sums\n".to_vec())
    );
    assert_eq!(town.patches.len(), 2, "each patch has its own question");
    // The same failure, seen again, is no news.
    town.pass(DAY).await;
    assert_eq!(town.column_of_job("attempts").await, "2");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_is_mended_on_the_base_as_it_is_now_and_the_branch_keeps_what_it_showed() {
    let mut town = opened().await;
    let before = town.the_pull(SLUG);
    let base = town.base_goes_on();
    town.pass(HOUR).await;
    town.until("SELECT COUNT(*) FROM job WHERE attempts = 2 AND state = 'open'")
        .await;
    town.rest().await;
    assert_eq!(town.told("it conflicts with its base by now").len(), 1);
    town.is_mended(&before.head_oid, &base).await;
    assert_eq!(town.patches.len(), 2, "each patch has its own question");
    town.pass(DAY).await;
    assert_eq!(town.column_of_job("attempts").await, "2");
    // It merges again.
    town.world.sim.github.repo(SLUG).merges(before.number);
    town.until_job_is("merged").await;
    town.rest().await;
    assert_eq!(town.branches(SLUG), Vec::<String>::new());
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_that_is_mended_over_kills_is_mended_once() {
    let mut town = opened().await;
    let before = town.the_pull(SLUG);
    town.stop().await;
    let base = town.base_goes_on();
    for point in ["job.made", "commit.begun", "commit.made", "pull.recorded"] {
        town.start(Some(point)).await;
        assert_eq!(town.drive(Goal::Dead, None).await, Went::Died, "{point}");
    }
    town.start(None).await;
    town.until("SELECT COUNT(*) FROM job WHERE state = 'open'")
        .await;
    town.rest().await;
    town.is_mended(&before.head_oid, &base).await;
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_did_to_the_branch_is_not_built_upon() {
    let mut town = opened().await;
    let before = town.the_pull(SLUG);
    let branch = before.head.split_once(':').expect("a branch").1.to_owned();
    let fork = town.world.sim.github.repo("night-owner/sums");
    let theirs = fork.change(Some(&branch), &[("NOTES", Some("a maintainer's\n"))]);
    town.base_goes_on();
    town.pass(DAY).await;
    assert_eq!(town.told("it conflicts with its base by now").len(), 1);
    assert_eq!(town.the_pull(SLUG).head_oid, theirs);
    assert_eq!(town.column_of_job("state").await, "open");
    town.stop().await;
}
