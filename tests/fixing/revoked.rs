//! The leave to act is taken away in the middle of a submission, and given back.

use std::time::Duration;

use sim::auth0::TokenPlan;
use sim::faults::{What, When};

use crate::drive::Goal;
use crate::town::{Says, Town};
use crate::world::{FIX, SLUG, TEST, World};

/// Lets so much time pass, whatever is due.
async fn wait(town: &mut Town, time: Duration) {
    let until = town.hand.now().plus(time);
    let hand = town.hand.clone();
    let late = move |_: &World| hand.now() >= until;
    town.drive(Goal::Seen(&late), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_after_the_hold_cap_and_it_goes_on_when_reconnected() {
    let mut town = Town::new(&format!("{FIX}{TEST}echo mended it")).await;
    town.repo(SLUG);
    let number = town.algora(SLUG);
    // The fork cannot be looked at for longer than a token is held.
    let looks = When::on("POST", "/graphql").body_contains("affiliations: [OWNER]");
    town.world
        .sim
        .github
        .faults()
        .always(looks.after(1), What::Html502);
    town.to_patch = Says::Yes;
    town.start(None).await;
    town.until("SELECT COUNT(*) FROM job_effect WHERE kind = 'fork' AND state = 'done'")
        .await;
    let sim = &town.world.sim;
    sim.auth0.disconnect(&town.world.cast.user_id, "github");
    let writes = town.world.writes();
    wait(&mut town, Duration::from_secs(16 * 60)).await;
    let requests = town.world.sim.github.rim().count();
    wait(&mut town, Duration::from_secs(45 * 60)).await;
    assert_eq!(
        town.world.sim.github.rim().count(),
        requests,
        "nothing is asked without a token"
    );
    assert_eq!(town.world.writes(), writes);
    assert_eq!(town.pulls(SLUG), []);
    assert_eq!(town.jobs().await.len(), 1);
    assert!(!town.told("bountyd connect github").is_empty());

    town.world.sim.github.faults().clear();
    let user = &town.world.cast.user_id;
    let plan = TokenPlan::oauth_app();
    let back = town
        .world
        .sim
        .auth0
        .connect_account(user, "github", &["repo"], plan);
    back.expect("the user is known");
    town.until_job_is("open").await;
    town.rest().await;
    town.is_as_if_never_killed(SLUG, &[number]).await;
    town.stop().await;
}
