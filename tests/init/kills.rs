//! Killed at every step, and run again: the same end, and nothing twice.

use crate::world::{World, by_key};

/// Runs it to its death at `point`, then to its end.
async fn killed_at(point: &str, more: &[&str], prepare: impl Fn(&World)) -> bool {
    killed_in(World::new().await, point, more, prepare).await
}

async fn killed_in(w: World, point: &str, more: &[&str], prepare: impl Fn(&World)) -> bool {
    prepare(&w);
    let first = w.init(&[&["--yes", "--crash-at", point], more].concat());
    let died = first.code.is_none();
    assert!(died || first.code == Some(0), "{point}: {}", first.err);
    let said = w.init(&[&["--yes"], more].concat());
    assert_eq!(said.code, Some(0), "{point}: {}", said.err);
    assert_eq!(w.sim.auth0.client_ids().len(), 2, "{point}: an orphan");
    let worker = w.worker();
    let slot = worker.privileged.clone().expect("the privileged slot");
    assert_eq!(slot.credentials.len(), 1, "{point}");
    assert_eq!(slot.ip_allowlist.len(), 1, "{point}");
    assert_eq!(slot.grants.len(), 1, "{point}");
    assert_eq!(
        by_key(&worker),
        !w.path("client-secret").exists(),
        "{point}"
    );
    assert!(!w.path("state/bountyd/init.json").exists(), "{point}");
    // Nothing of it is half-done: a third run has nothing to do.
    let before = w.state();
    w.set_up(more);
    assert_eq!(w.state(), before, "{point}");
    died
}

/// How often the point is passed, by dying there ever later until it is not passed so often.
async fn everywhere(point: &str, more: &[&str], prepare: impl Fn(&World) + Copy) -> u32 {
    let mut times = 0;
    while killed_at(&format!("{point}:{}", times + 1), more, prepare).await {
        times += 1;
        assert!(times < 40, "{point} is passed for ever");
    }
    times
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_step_it_comes_to_the_same_end() {
    let mut kills = 0;
    for point in ["init.begun", "init.made", "init.config", "init.written"] {
        let times = everywhere(point, &[], |_| {}).await;
        assert!(times > 0, "{point} is never passed");
        kills += times;
    }
    // Seven objects, three of which are begun in writing, and the two sides of the configuration.
    assert!(kills >= 12, "only {kills} deaths");
    // And where the key was just made.
    assert!(killed_in(World::bare().await, "init.made", &[], |_| {}).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_on_the_way_to_a_client_secret_it_comes_to_the_same_end() {
    let no_key = |w: &World| w.sim.auth0.switch(|s| s.no_private_key_jwt = true);
    let times = everywhere("init.made", &[], no_key).await;
    assert!(times >= 7, "only {times}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_makes_no_second_application() {
    use sim::faults::{What, When};
    for which in ["non_interactive", "native"] {
        let w = World::new().await;
        let lost = When::on("POST", "/api/v2/clients").body_contains(which);
        w.sim.auth0.faults().once(lost, What::AcceptThenDropAnswer);
        let said = w.init(&["--yes"]);
        said.refused(69, &["creating the application"]);
        w.set_up(&[]);
        assert_eq!(w.sim.auth0.client_ids().len(), 2, "{which}");
    }
}
