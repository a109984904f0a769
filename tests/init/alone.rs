//! Without questions: an empty tenant is set up, a second time changes nothing, and the daemon's own
//! commands work with what came of it.

use std::os::unix::fs::PermissionsExt as _;

use crate::world::{OWNER, World, by_key};

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_tenant_is_set_up_and_a_second_time_changes_nothing() {
    let w = World::bare().await;
    let said = w.set_up(&["--set", "policy.minimum_usd=50"]);
    assert!(said.out.contains("connect github"), "{}", said.out);
    let ids = w.sim.auth0.client_ids();
    assert_eq!(ids.len(), 2, "{ids:?}");
    let worker = w.worker();
    assert!(by_key(&worker));
    assert!(worker.first_party && worker.oidc_conformant);
    let slot = worker.privileged.expect("the privileged slot");
    assert_eq!(slot.ip_allowlist, ["127.0.0.1"]);
    assert_eq!(slot.grants[0].connection, "github");
    assert_eq!(slot.grants[0].scopes, ["public_repo"]);
    assert_eq!(slot.credentials.len(), 1);
    // The template is filled in, and still explains itself.
    let text = std::fs::read_to_string(w.path("bountyd.toml")).expect("a configuration");
    assert!(
        text.contains("# How far bountyd may go by itself.") && !text.contains("YOUR-CLIENT-ID\"")
    );
    assert_eq!(
        w.configured("auth0", "user_id")
            .and_then(|v| v.as_str().map(str::to_owned)),
        Some(OWNER.to_owned())
    );
    assert_eq!(
        w.configured("policy", "minimum_usd")
            .and_then(|v| v.as_integer()),
        Some(50)
    );
    let key = w.path("assertion-key");
    let mode = std::fs::metadata(&key).expect("a key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Nothing is left to go on with.
    assert!(!w.path("state/bountyd/init.json").exists());
    let before = w.state();
    let again = w.set_up(&["--set", "policy.minimum_usd=50"]);
    assert!(again.out.contains("nothing was changed"), "{}", again.out);
    assert_eq!(w.state(), before);
    // With the configuration alone it knows as much.
    let mut alone = w.bountyd();
    alone
        .args(["init", "--yes", "--token-file"])
        .arg(w.path("token"));
    let output = alone.output().expect("it runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(w.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_of_it_connects_and_exchanges() {
    let w = World::new().await;
    let github = format!("github.api_url={}/", w.sim.github.url());
    let graphql = format!("github.graphql_url={}", w.sim.github.graphql_url());
    w.set_up(&["--set", &github, "--set", &graphql]);
    let mut connect = w.bountyd();
    connect.args([
        "--json",
        "connect",
        "github",
        "--no-browser",
        "--port",
        "18489",
    ]);
    let child = connect
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    let output = crate::questions::browse(child).await;
    let said = crate::world::Said::of(&output);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(w.sim.auth0.accounts(OWNER).len(), 1);
    assert_eq!(w.sim.auth0.exchanges().len(), 1);
    assert_eq!(w.sim.auth0.exchanges()[0].refused, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_address_the_one_that_the_tenant_sees_is_listed() {
    let w = World::new().await;
    let seen = "203.0.113.77".parse().expect("an address");
    w.sim.auth0.switch(|s| s.peer_address = Some(seen));
    // The log shows it only after a while.
    w.sim.auth0.switch(|s| s.log_delay_s = 4);
    let mut given = w.given();
    let at = given
        .iter()
        .position(|g| g == "--address")
        .expect("the flag");
    given.drain(at..at + 2);
    for _ in 0..2 {
        let mut command = w.bountyd();
        command.arg("init").args(&given).arg("--yes");
        let said = crate::world::Said::of(&command.output().expect("it runs"));
        assert_eq!(said.code, Some(0), "{}", said.err);
        let slot = w.worker().privileged.expect("the slot");
        assert_eq!(slot.ip_allowlist, ["203.0.113.77"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_without_private_key_jwt_falls_back_to_a_secret_with_a_warning() {
    for one_slot in [false, true] {
        let w = World::new().await;
        w.sim.auth0.switch(|s| {
            s.no_private_key_jwt = !one_slot;
            s.one_slot_per_credential = one_slot;
        });
        let said = w.set_up(&[]);
        assert!(
            said.err.contains("going on with a client secret"),
            "{}",
            said.err
        );
        assert!(!by_key(&w.worker()));
        let file = w.path("client-secret");
        let secret = std::fs::read_to_string(&file).expect("the secret");
        assert!(
            w.sim
                .auth0
                .ever_issued()
                .contains(&secret.trim().to_owned())
        );
        let mode = std::fs::metadata(&file)
            .expect("the file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            w.configured("auth0", "client_authentication")
                .and_then(|v| v.as_str().map(str::to_owned)),
            Some("client_secret".to_owned())
        );
        // And it stays so, although a key would be better.
        let before = w.state();
        w.set_up(&[]);
        assert_eq!(w.state(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_for_by_name_the_key_does_not_fall_back() {
    let w = World::new().await;
    w.sim.auth0.switch(|s| s.no_private_key_jwt = true);
    let said = w.init(&["--yes", "--authentication", "private_key_jwt"]);
    said.refused(78, &["Enterprise plan", "--authentication client_secret"]);
    assert!(!w.path("client-secret").exists());
    // The owner takes the advice, and no second application comes of it.
    w.set_up(&["--authentication", "client_secret"]);
    assert_eq!(w.sim.auth0.client_ids().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_from_a_file_and_the_end_is_one_json_value() {
    let w = World::new().await;
    let answers = format!(
        "domain = \"simulated.example\"\nbase_url = \"{}/\"\nuser_id = \"{OWNER}\"\ngithub_client_id = \"Ov23\"\naddress = [\"127.0.0.1\"]\nname = \"hunter\"\nmode = \"ask\"\n[settings]\n\"digest.at\" = \"09:00\"\n",
        w.sim.auth0.url()
    );
    std::fs::write(w.path("answers.toml"), answers).expect("answers");
    let mut command = w.bountyd();
    command
        .args(["--json", "init", "--yes", "--answers"])
        .arg(w.path("answers.toml"));
    command.arg("--token-file").arg(w.path("token"));
    command
        .arg("--github-secret-file")
        .arg(w.path("github-secret"));
    let said = crate::world::Said::of(&command.output().expect("it runs"));
    assert_eq!(said.code, Some(0), "{}", said.err);
    let done: serde_json::Value = serde_json::from_str(&said.out).expect("one JSON value");
    assert_eq!(
        (&done["changed"], &done["check"]),
        (&true.into(), &0.into())
    );
    assert_eq!(done["client_id"], w.worker_id());
    assert_eq!(
        w.configured("digest", "at")
            .and_then(|v| v.as_str().map(str::to_owned)),
        Some("09:00".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_tenant_is_waited_for() {
    let w = World::new().await;
    w.sim.auth0.switch(|s| s.management_per_second = Some(8));
    w.set_up(&[]);
    assert_eq!(w.sim.auth0.client_ids().len(), 2);
}
