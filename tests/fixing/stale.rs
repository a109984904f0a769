//! A pull request at which nobody looks.

use std::time::Duration;

use crate::drive::{Goal, Went};
use crate::town::{DAY, Town};
use crate::world::{FIX, SLUG, TEST};

impl Town {
    /// So much time passes at once, as for a machine that slept.
    async fn later(&mut self, time: Duration) {
        self.hand.advance(time);
        self.rest().await;
    }

    fn says(&self, login: &str, words: &str) {
        let pull = self.the_pull(SLUG).number;
        self.world.sim.github.comment_as(SLUG, pull, login, words);
    }

    fn told_of_silence(&self) -> usize {
        self.told("nobody has said a word for").len()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_request_that_nobody_looks_at_is_closed_once_and_a_week_after_the_owner_hears_of_it()
{
    let mut town = Town::new(&format!("{FIX}{TEST}echo mended it")).await;
    town.repo(SLUG);
    let number = town.algora(SLUG);
    town.start(None).await;
    town.until_job_is("open").await;
    town.later(52 * DAY).await;
    assert_eq!(town.told_of_silence(), 0);
    town.later(2 * DAY).await;
    assert_eq!(town.told_of_silence(), 1);

    // A word of the owner's keeps it; a machine's does not.
    town.says("night-owner", "I still care for this.");
    town.later(8 * DAY).await;
    town.says("algora-pbc[bot]", "Is this on?");
    town.later(44 * DAY).await;
    assert_eq!(town.told_of_silence(), 1);
    assert!(town.the_pull(SLUG).open);

    // After a long sleep it is not closed before he has heard of it, and had a week.
    town.later(20 * DAY).await;
    assert_eq!(town.told_of_silence(), 2);
    town.later(6 * DAY).await;
    assert!(town.the_pull(SLUG).open);
    town.stop().await;
    town.hand.advance(2 * DAY);
    for point in ["close.begun", "close.made"] {
        town.start(Some(point)).await;
        assert_eq!(town.drive(Goal::Dead, None).await, Went::Died, "{point}");
    }
    town.start(None).await;
    town.until_job_is("closed").await;
    town.rest().await;
    assert!(!town.the_pull(SLUG).open);
    assert_eq!(town.told_of_silence(), 2);
    assert_eq!(town.told("closed by us, because nobody").len(), 1);
    assert_eq!(town.branches(SLUG), Vec::<String>::new());
    let stages = town.stages().await;
    assert_eq!(stages, [format!("{SLUG}#{number} withdrawn turned_down")]);
    // The claim and the owner's own word.
    let ours = town.world.sim.github.comments_by("night-owner");
    assert_eq!(ours.len(), 2, "{ours:#?}");
    town.stop().await;
}
