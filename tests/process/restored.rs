//! A ledger that came back from a backup has forgotten what was done since: GitHub has not.

use std::time::Duration;

use bountyd::clock::{Clock as _, SystemClock};

use crate::child::bountyd;
use crate::owner::Answer;
use crate::space::{pass, status};
use crate::world::{Goal, World};

fn run(w: &World, arguments: &[&str]) {
    let mut command = bountyd();
    command.args(arguments).arg("--config").arg(w.config_path());
    let output = command.output().expect("it can be run");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_said_twice_after_a_restore() {
    let mut w = World::new(5, "info").await;
    w.repo("acme/widgets");
    w.bounty("acme/widgets", Answer::Yes);
    w.start(None).await;
    w.drive(Goal::Settled, None).await;
    // One more is asked about when the backup is made, beside the daemon.
    let issue = w.bounty("acme/widgets", Answer::Silence);
    w.drive(Goal::Settled, None).await;
    let file = w.dir.path().join("bountyd.backup").display().to_string();
    run(&w, &["backup", &file]);
    // Then that one is claimed, and another that the backup has never heard of.
    w.owner.mind.insert(issue, Answer::Yes);
    w.bounty("acme/widgets", Answer::Yes);
    w.drive(Goal::Settled, None).await;
    assert_eq!(w.sim.github.comments_by(&w.cast.login).len(), 3);
    w.kill();
    w.eye.close().await;
    run(&w, &["restore", "--replace", &file]);
    // The command went by the machine's clock; the daemon goes by that of the story.
    let ahead = SystemClock.now().since(w.hand.now());
    w.hand.advance(ahead + Duration::from_secs(1));

    w.start(None).await;
    pass(&w, Duration::from_secs(10 * 60)).await;
    assert!(status(&w).starts_with("paused"), "{}", status(&w));
    let told = w.cast.owner.messages();
    assert!(
        told.iter()
            .any(|m| m.text.contains("came back from a backup"))
    );
    run(&w, &["resume"]);
    for _ in 0..8 {
        pass(&w, Duration::from_secs(10 * 60)).await;
        w.owner.looks(&mut w.dice);
    }
    assert_eq!(w.sim.github.comments_by(&w.cast.login).len(), 3);
    // What is new is found and claimed as ever.
    w.bounty("acme/widgets", Answer::Yes);
    for _ in 0..6 {
        pass(&w, Duration::from_secs(5 * 60)).await;
        w.owner.looks(&mut w.dice);
    }
    assert_eq!(w.sim.github.comments_by(&w.cast.login).len(), 4);
    w.stop().await;
}
