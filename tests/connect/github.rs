//! `bountyd connect github` over the wire: consent, and the proof that it works.

use crate::world::{World, browse};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_connects_his_account_and_sees_the_proof() {
    let w = World::new().await;
    assert!(w.sim.auth0.accounts(&w.cast.user_id).is_empty());
    let (output, said) = browse(w.command(18484)).await;
    assert!(output.status.success(), "{said}");
    for words in [
        "Open this page (1 of 2: ",
        "<p>1 of 2 done",
        "Open this page (2 of 2: ",
        "<p>2 of 2 done",
    ] {
        assert_eq!(said.matches(words).count(), 1, "{words}\n{said}");
    }
    let proof: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(proof["connection"], "github");
    assert_eq!(proof["github"]["login"], w.cast.login.as_str());
    assert_eq!(proof["github"]["id"], w.cast.github_id);
    let accounts = w.sim.auth0.accounts(&w.cast.user_id);
    assert_eq!(accounts.len(), 1, "{accounts:?}");
    // One exchange, whose reason the tenant's own log shows.
    let exchanges = w.sim.auth0.exchanges();
    assert_eq!(exchanges.len(), 1);
    assert_eq!(exchanges[0].refused, None);
    // And it stands in the journal, as every other.
    assert_eq!(w.journal("exchange."), ["exchange.begun", "exchange.done"]);
    // What the token is, in words, and not the token.
    assert_eq!(proof["token"]["kind"], "gho");
    assert!(
        proof["token"]["reach"]
            .as_str()
            .is_some_and(|words| words.contains("wherever you may"))
    );
    w.nothing_leaked(&output, &said);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_login_connects_nothing() {
    let w = World::new().await;
    let other = w.sim.github.add_user("somebody-else");
    w.sim
        .auth0
        .add_user("auth0|other", "other@example.org", other);
    w.sim.auth0.browser_user(Some("auth0|other"));
    let (output, said) = browse(w.command(18485)).await;
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(said.contains("auth0|owner"), "{said}");
    assert!(w.sim.auth0.accounts("auth0|other").is_empty());
    assert!(w.sim.auth0.accounts(&w.cast.user_id).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_daemon_the_proof_is_the_daemons_own_exchange() {
    let w = World::new().await;
    let _daemon = w.daemon();
    // It finds no connection, and says so.
    let mut waited = 0;
    while w.journal("trouble.begun").is_empty() {
        waited += 1;
        assert!(waited < 1_000, "the daemon notices: {:?}", w.journal(""));
    }
    let (output, said) = browse(w.command(18486)).await;
    assert!(output.status.success(), "{said}");
    for words in [
        "Open this page (1 of 2: ",
        "<p>1 of 2 done",
        "Open this page (2 of 2: ",
        "<p>2 of 2 done",
    ] {
        assert_eq!(said.matches(words).count(), 1, "{words}\n{said}");
    }
    let proof: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(proof["github"]["login"], w.cast.login.as_str());
    assert_eq!(w.journal("control."), ["control.identify"]);
    assert_eq!(w.journal("exchange.done"), ["exchange.done"]);
    assert_eq!(w.journal("trouble.ended"), ["trouble.ended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_github_apps_token_is_called_what_it_is() {
    let w = World::new().await;
    w.sim
        .auth0
        .default_plan(sim::auth0::TokenPlan::github_app());
    w.sim.github.install_app("acme");
    let port = "18487";
    let child = w.spawn(&["connect", "github", "--no-browser", "--port", port]);
    let (output, said) = browse(child).await;
    assert!(output.status.success(), "{said}");
    let out = String::from_utf8_lossy(&output.stdout);
    for words in [
        "GitHub App's (ghu_)",
        "only in repositories where",
        "good for another",
        "installed on: acme",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    // Whoever sits elsewhere is told how to come back to this machine.
    assert!(said.contains("ssh -L 18487:127.0.0.1:18487 "), "{said}");
    w.nothing_leaked(&output, &said);
}
