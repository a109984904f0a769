//! The owner, the tenant or GitHub takes the leave to act away; and gives it back.

use sim::auth0::{Exchange, TokenPlan};
use sim::faults::{What, When};

use super::people::{YES, filtered, is_write};
use super::world::{DAY, HOUR, MINUTE, NOON, SECOND, World};

const SLUG: &str = "acme/widgets";

fn disconnect(w: &World) {
    w.sim.auth0.disconnect(&w.cast.user_id, "github");
}

fn connect(w: &World) {
    let user = &w.cast.user_id;
    w.sim.auth0.disconnect(user, "github");
    w.sim
        .auth0
        .connect_account(user, "github", &["repo"], TokenPlan::oauth_app())
        .expect("the user is known");
}

/// Something that is taken away, and given back.
struct Loss {
    name: &'static str,
    /// What `status` says the owner has to do.
    word: &'static str,
    take: fn(&World),
    give: fn(&World),
}

const LOSSES: [Loss; 6] = [
    Loss {
        name: "disconnected in Auth0",
        word: "reconnect",
        take: disconnect,
        give: connect,
    },
    Loss {
        name: "grants emptied",
        word: "configuration",
        take: |w| w.sim.auth0.set_grants(&w.cast.client_id, &[]),
        give: |w| {
            w.sim
                .auth0
                .set_grants(&w.cast.client_id, &[("github", &["repo"])]);
        },
    },
    Loss {
        name: "address refused",
        word: "configuration",
        take: |w| {
            w.sim
                .auth0
                .set_ip_allowlist(&w.cast.client_id, &["192.0.2.1"])
        },
        give: |w| {
            w.sim
                .auth0
                .set_ip_allowlist(&w.cast.client_id, &["127.0.0.1"])
        },
    },
    Loss {
        name: "key deleted",
        word: "configuration",
        take: |w| w.sim.auth0.delete_key(&w.cast.client_id, &w.key.kid),
        give: |w| w.sim.auth0.add_key(&w.cast.client_id, &w.key),
    },
    Loss {
        name: "MFA always",
        word: "configuration",
        take: |w| w.sim.auth0.switch(|s| s.mfa_always = true),
        give: |w| w.sim.auth0.switch(|s| s.mfa_always = false),
    },
    Loss {
        name: "revoked at GitHub",
        word: "reconnect",
        take: |w| w.sim.auth0.provider_revoke(&w.cast.user_id, "github"),
        give: connect,
    },
];

fn refused(w: &World) -> Vec<Exchange> {
    let all = w.sim.auth0.exchanges();
    all.into_iter().filter(|e| e.refused.is_some()).collect()
}

/// The claim is under way, nothing written yet, when the leave is taken.
async fn taken_in_mid_claim(loss: &Loss) -> (World, String) {
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    w.says("/pause").await;
    w.tap(&card, YES).await;
    (loss.take)(&w);
    // What was fetched before is gone by now.
    w.advance(16 * MINUTE).await;
    w.says("/resume").await;
    let text = filtered(&w.phone("I have stopped acting").text);
    let status = w.status().await;
    let name = loss.name;
    assert!(status.starts_with(loss.word), "{name}: {status}");
    assert!(status.contains("remedy: "), "{name}: {status}");
    // Half a day of it: one message, gentle tries, no write.
    w.pass(6 * HOUR, 20 * MINUTE).await;
    w.quiet();
    assert_eq!(w.writes(), 0, "{name}");
    let tries = refused(&w).len();
    assert!(
        (4..80).contains(&tries),
        "{name}: {tries} exchanges refused"
    );
    (w, text)
}

#[tokio::test]
async fn whatever_is_taken_away_stops_the_claim_and_is_said_once() {
    let mut told = Vec::new();
    for loss in &LOSSES[..5] {
        let (mut w, text) = taken_in_mid_claim(loss).await;
        told.push(format!("— {}\n{text}", loss.name));
        (loss.give)(&w);
        w.advance(16 * MINUTE).await;
        w.advance(30 * SECOND).await;
        let again = w.phone("It works again");
        assert!(
            again.text.contains("I was stopped for 6h"),
            "{}",
            again.text
        );
        assert!(w.status().await.starts_with("ok"), "{}", loss.name);
        w.pass(2 * MINUTE, 30 * SECOND).await;
        w.phone("Claimed acme/widgets");
        w.quiet();
        assert_eq!((w.ours(), w.writes()), (1, 1), "{}", loss.name);
        w.stop().await;
    }
    insta::assert_snapshot!(told.join("\n\n"), @r"
    — disconnected in Auth0
    ⛔ I have stopped acting.

    What: federated_connection_refresh_token_not_found – Federated connection Refresh Token not found.
    Remedy: connect the account again: bountyd connect github

    I keep trying gently and go on by myself when it works again.

    — grants emptied
    ⛔ I have stopped acting.

    What: access_denied – The connection is not among the grants of the client
    Remedy: in Auth0, check the client's token_vault_privileged_access: ip_allowlist must hold this machine's public address, grants must name the connection and its scopes

    I keep trying gently and go on by myself when it works again.

    — address refused
    ⛔ I have stopped acting.

    What: access_denied – The request's address is not in the allow-list of the client
    Remedy: it worked before, so this machine's public address has probably changed: in Auth0, check the client's token_vault_privileged_access: ip_allowlist must hold this machine's public address, grants must name the connection and its scopes

    I keep trying gently and go on by myself when it works again.

    — key deleted
    ⛔ I have stopped acting.

    What: invalid_client – Client assertion is not signed by a registered key
    Remedy: check client_id and the client's authentication: the secret, or that the public key is a credential of this client

    I keep trying gently and go on by myself when it works again.

    — MFA always
    ⛔ I have stopped acting.

    What: mfa_required – Multifactor authentication required
    Remedy: in Auth0, set the MFA policy to Never and require MFA in an Action instead; nobody can answer a prompt at night

    I keep trying gently and go on by myself when it works again.
    ");
}

#[tokio::test]
async fn an_outage_on_top_of_it_is_no_second_trouble() {
    let (w, _) = taken_in_mid_claim(&LOSSES[0]).await;
    for _ in 0..3 {
        w.sim.auth0.fail_with_500(1);
        w.pass(40 * MINUTE, 10 * MINUTE).await;
        w.quiet();
        assert!(w.status().await.starts_with("reconnect"));
    }
    // It is connected again, but the try before the one that shows it meets another outage.
    w.sim.auth0.fail_with_html_502(1);
    while !w.sim.auth0.faults().left().is_empty() {
        w.advance(MINUTE).await;
    }
    let status = w.status().await;
    assert!(status.starts_with("reconnect"), "{status}");
    connect(&w);
    w.pass(20 * MINUTE, 5 * MINUTE).await;
    let again = w.phone("It works again").text;
    assert!(again.contains("I was stopped for 8h"), "{again}");
    w.phone("Claimed acme/widgets");
    w.quiet();
}

#[tokio::test]
async fn revoked_at_github_in_mid_claim() {
    let loss = &LOSSES[5];
    let mut w = World::new().await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.start().await;
    let card = w.phone("$750");
    // The comment is on its way when the owner removes the application at GitHub.
    let slow = When::on("POST", "/repos/").path_contains("/comments");
    w.sim.github.faults().once(slow, What::Delay(300));
    w.cast.owner.taps_on(card.id, YES).expect("a button");
    while w.writes() == 0 {
        super::world::pause(std::time::Duration::from_millis(5)).await;
    }
    (loss.take)(&w);
    w.settle().await;
    assert_eq!(w.writes(), 1, "turned away, and not sent again as it is");
    // Everything is checked once more first, beginning with who we are.
    w.advance(MINUTE).await;
    insta::assert_snapshot!(w.phone("I have stopped acting").text, @r"
    ⛔ I have stopped acting.

    What: github_unauthorized – GitHub refuses the token Auth0 hands out, also a second one
    Remedy: look whether the app was removed at GitHub, then connect the account again: bountyd connect github

    I keep trying gently and go on by myself when it works again.
    ");
    assert!(w.status().await.starts_with("reconnect"));
    assert_eq!(w.ours(), 0);
    w.pass(2 * HOUR, 10 * MINUTE).await;
    w.quiet();
    assert_eq!(w.writes(), 1);
    (loss.give)(&w);
    w.advance(16 * MINUTE).await;
    w.phone("It works again");
    w.pass(2 * MINUTE, 30 * SECOND).await;
    w.phone("Claimed");
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn a_process_that_runs_once_says_what_an_earlier_one_met_first() {
    let mut w = World::new().await;
    w.start().await;
    w.sim.auth0.provider_revoke(&w.cast.user_id, "github");
    w.sim.auth0.expire_stored_token(&w.cast.user_id, "github");
    w.advance(30 * MINUTE).await;
    w.quiet();
    w.stop().await;
    w.hand.advance(2 * MINUTE);
    w.start().await;
    w.phone("I have stopped acting");
}

#[tokio::test]
async fn a_token_held_already_ends_with_the_hold_cap() {
    let plan = TokenPlan::oauth_app().lasting(8 * 3600);
    let mut w = World::starting_at(NOON, plan, "mode = \"ask\"", "").await;
    w.bounty(SLUG, "Crash on empty input", 750);
    w.bounty("other/things", "Wrong sum", 600);
    w.start().await;
    let (first, second) = (w.phone("$750"), w.phone("$600"));
    disconnect(&w);
    w.advance(14 * MINUTE).await;
    w.tap(&first, YES).await;
    w.phone("Claimed acme/widgets"); // nobody calls it instant
    let last = w.now().0;
    w.advance(MINUTE).await;
    assert!(
        w.status().await.contains("no token in memory"),
        "{}",
        w.status().await
    );
    w.tap(&second, YES).await;
    w.phone("I have stopped acting");
    w.pass(3 * HOUR, 10 * MINUTE).await;
    w.quiet();
    assert_eq!(w.ours(), 1);
    let requests = w.sim.github.requests();
    let late = requests.iter().filter(|r| is_write(r) && r.at > last);
    assert_eq!(late.count(), 0);
    let after_the_cap = requests.iter().filter(|r| r.at > NOON.0 + 15 * 60_000);
    assert_eq!(after_the_cap.count(), 0, "nothing at all reaches GitHub");
}

#[tokio::test]
async fn a_refresh_that_fails_later_is_not_told_a_second_time() {
    let plan = TokenPlan::oauth_app().lasting(3600);
    let mut w = World::starting_at(NOON, plan, "mode = \"ask\"", "").await;
    w.start().await;
    w.sim.auth0.provider_revoke(&w.cast.user_id, "github");
    // First GitHub refuses the stored token, then the tenant cannot refresh it.
    w.pass(4 * HOUR, 10 * MINUTE).await;
    w.phone("I have stopped acting");
    w.quiet();
    let kinds: std::collections::BTreeSet<_> = refused(&w)
        .iter()
        .map(|e| format!("{:?}", e.refused))
        .collect();
    assert!(!kinds.is_empty(), "the tenant refused too");
}

#[tokio::test]
async fn recovery_is_noticed_though_there_is_nothing_to_do() {
    let mut w = World::with("mode = \"ask\"\nschedule = \"0 0 * * 0\"", "").await;
    w.start().await;
    disconnect(&w);
    w.bounty(SLUG, "Crash on empty input", 750);
    w.expected.unread = true;
    w.pass(13 * HOUR, HOUR).await;
    w.pass(7 * DAY, 6 * HOUR).await;
    w.phone("I have stopped acting");
    connect(&w);
    w.advance(16 * MINUTE).await;
    w.phone("It works again");
    assert!(w.status().await.starts_with("ok"));
}

#[tokio::test]
async fn passing_trouble_of_the_tenant_is_no_news_and_tried_gently() {
    for trouble in ["429", "500", "502", "reset"] {
        let mut w = World::new().await;
        w.bounty(SLUG, "Crash on empty input", 750);
        w.start().await;
        let card = w.phone("$750");
        w.advance(16 * MINUTE).await;
        let token = || When::on("POST", "/oauth/token");
        let before = w.sim.auth0.rim().requests().len();
        match trouble {
            "429" => w.sim.auth0.rate_limit_for(41 * 60),
            "500" => w
                .sim
                .auth0
                .faults()
                .always(token(), What::status(500, "{}")),
            "502" => w.sim.auth0.faults().always(token(), What::Html502),
            _ => w.sim.auth0.faults().always(token(), What::Reset),
        }
        w.tap(&card, YES).await;
        w.pass(40 * MINUTE, 2 * MINUTE).await;
        w.quiet();
        assert_eq!(w.writes(), 0, "{trouble}");
        let tries = w.sim.auth0.rim().requests().len() - before;
        assert!(
            (1..=40).contains(&tries),
            "{trouble}: {tries} requests in 40 minutes"
        );
        w.sim.auth0.faults().clear();
        w.pass(35 * MINUTE, 5 * MINUTE).await;
        w.phone("Claimed");
        w.quiet();
        assert_eq!(w.ours(), 1, "{trouble}");
    }
}

#[tokio::test]
async fn an_outage_that_lasts_is_told_once_and_so_is_its_end() {
    let mut w = World::new().await;
    w.start().await;
    w.advance(16 * MINUTE).await;
    let before = w.sim.auth0.rim().requests().len();
    let token = || When::on("POST", "/oauth/token");
    w.sim.auth0.faults().always(token(), What::Html502);
    w.pass(74 * MINUTE, 5 * MINUTE).await;
    w.quiet();
    assert!(
        w.status().await.starts_with("waiting"),
        "{}",
        w.status().await
    );
    // Another face of the same outage.
    w.sim.auth0.faults().clear();
    w.sim.auth0.faults().always(token(), What::Reset);
    w.pass(5 * HOUR, 10 * MINUTE).await;
    insta::assert_snapshot!(filtered(&w.phone("I have stopped acting").text), @r"
    ⛔ I have stopped acting.

    What: broken_off – your tenant at HOST: error sending request: client error (SendRequest): connection error: Connection reset by peer (os error 104)
    Remedy: check this machine's network if it lasts; it is tried again later

    I keep trying gently and go on by myself when it works again.
    ");
    w.quiet();
    let tries = w.sim.auth0.rim().requests().len() - before;
    assert!((10..50).contains(&tries), "{tries} requests in six hours");
    w.sim.auth0.faults().clear();
    w.advance(16 * MINUTE).await;
    w.phone("It works again");
    w.quiet();
    assert!(w.status().await.starts_with("ok"));
}
