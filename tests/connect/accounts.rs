//! `bountyd connections` and `bountyd disconnect`.

use sim::auth0::TokenPlan;

use crate::world::{World, browse};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_connected_is_listed_with_when_we_used_it() {
    let w = World::new().await;
    let port = ["--no-browser", "--port", "18488"];
    let (output, said) = browse(w.spawn(&[&["connections"][..], &port].concat())).await;
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("Open this page (log in to your tenant)"),
        "{said}"
    );
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("Nothing is connected"), "{out}");

    let (output, said) = browse(w.command(18488)).await;
    assert!(output.status.success(), "{said}");
    let plan = TokenPlan::oauth_app();
    w.sim
        .auth0
        .change_connection("other", |connection| connection.active = true);
    w.sim
        .auth0
        .connect_account(&w.cast.user_id, "other", &["mail"], plan);
    let (output, said) = browse(w.spawn(&[&["--json", "connections"][..], &port].concat())).await;
    assert!(output.status.success(), "{said}");
    w.nothing_leaked(&output, &said);
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let of = |name: &str| {
        let all = listed.as_array().expect("a list");
        all.iter()
            .find(|one| one["connection"] == name)
            .cloned()
            .expect("it is listed")
    };
    let ours = of("github");
    assert_eq!(ours["ours"], true);
    assert!(
        ours["last_used"].is_number() && ours["created_at"].is_string(),
        "{ours}"
    );
    let other = of("other");
    assert_eq!(
        (&other["ours"], &other["last_used"]),
        (&false.into(), &serde_json::Value::Null)
    );
    assert_eq!(other["scopes"], serde_json::json!(["mail"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_pauses_removes_ours_and_says_what_is_left_to_revoke() {
    let w = World::new().await;
    let (output, said) = browse(w.command(18489)).await;
    assert!(output.status.success(), "{said}");
    let _daemon = w.daemon();
    let mut waited = 0;
    while w.journal("daemon.started").is_empty() {
        waited += 1;
        assert!(waited < 1_000, "it starts: {:?}", w.journal(""));
    }
    // Without a person nobody says yes, and without a yes nothing is asked of the tenant.
    let (output, said) = browse(w.spawn(&["disconnect", "--no-browser", "--port", "18489"])).await;
    assert_eq!(output.status.code(), Some(77), "{said}");
    assert_eq!(w.sim.auth0.accounts(&w.cast.user_id).len(), 1);

    let arguments = [
        "--json",
        "disconnect",
        "github",
        "--yes",
        "--no-browser",
        "--port",
        "18489",
    ];
    let (output, said) = browse(w.spawn(&arguments)).await;
    assert!(output.status.success(), "{said}");
    w.nothing_leaked(&output, &said);
    let done: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(done["removed"].as_array().map(Vec::len), Some(1));
    assert_eq!(done["paused"], true);
    assert_eq!(
        done["also_revoke_at"],
        "https://github.com/settings/applications"
    );
    assert!(w.sim.auth0.accounts(&w.cast.user_id).is_empty());
    assert_eq!(w.journal("control.paused"), ["control.paused"]);
    // There is nothing to take back twice.
    let (output, said) = browse(w.spawn(&arguments)).await;
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("nothing is connected through github"),
        "{said}"
    );
}
