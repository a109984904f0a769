//! `--fix`.

use serde_json::json;

use super::world::{World, finding};

#[tokio::test(flavor = "multi_thread")]
async fn modes_are_closed_each_said_before_and_noted() {
    let world = World::new().await;
    world.doctor();
    world.chmod("secret/key.pem", 0o644);
    world.chmod("secret/bot-token", 0o666);
    world.chmod("state/ledger.db", 0o644);
    let said = world.bountyd(&["doctor", "--fix"]).left_with(0);
    let secrets = "about to mend: files of secrets: mode 0600\n";
    assert!(said.err.starts_with(secrets), "{}", said.err);
    assert!(
        said.err.contains("about to mend: ledger: mode 0600"),
        "{}",
        said.err
    );
    assert!(
        said.out.contains("mended: files of secrets"),
        "{}",
        said.out
    );
    assert!(said.out.ends_with("is well.\n"), "{}", said.out);
    for (file, mode) in [
        ("secret/key.pem", 0o600),
        ("secret/bot-token", 0o600),
        ("state/ledger.db", 0o600),
    ] {
        assert_eq!(world.mode(file), mode, "{file}");
    }
    let journal = world.bountyd(&["journal", "--json"]).json();
    let noted: Vec<_> = journal
        .as_array()
        .expect("entries")
        .iter()
        .filter(|entry| {
            entry["kind"]
                .as_str()
                .is_some_and(|k| k.starts_with("doctor."))
        })
        .map(|entry| entry["kind"].as_str().expect("a kind").to_owned())
        .collect();
    let each = ["doctor.mend", "doctor.mended"];
    assert_eq!(noted, [each, each].concat());
    world.bountyd(&["journal", "verify"]).left_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_directory_is_made_and_the_rest_is_looked_at_then() {
    let world = World::new().await;
    std::fs::remove_dir(world.path("state")).expect("removed");
    let said = world.bountyd(&["doctor"]).left_with(73);
    assert!(!world.path("state").exists(), "nothing is made unasked");
    assert!(
        said.out
            .contains("Mend this first: directories (ledger.directory)")
    );
    let answer = world
        .bountyd(&["doctor", "--fix", "--json"])
        .left_with(0)
        .json();
    assert_eq!(answer["ok"], json!(true), "{answer:#}");
    let done = json!([{ "mend": "directories", "done": true, "why": null }]);
    assert_eq!(answer["mended"], done);
    assert_eq!(world.mode("state"), 0o700);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_removed_with_a_yes_and_not_without() {
    let world = World::new().await;
    world.sim.telegram.switch(|s| s.webhook = true);
    let said = world.bountyd(&["doctor", "--fix"]).left_with(78);
    assert!(said.out.contains("you did not say yes"), "{}", said.out);
    assert_eq!(world.sim.telegram.calls("deleteWebhook"), 0);
    let answer = world.doctor();
    let webhook = finding(&answer, "telegram.webhook");
    assert_eq!(webhook["mend"], json!("webhook"));
    assert!(
        webhook["found"]
            .as_str()
            .is_some_and(|f| f.contains("old-bot.example.org")),
        "{webhook}"
    );
    assert_eq!(
        finding(&answer, "telegram.poller")["because"],
        json!("telegram.webhook")
    );
    let said = world.bountyd(&["doctor", "--fix", "--yes"]).left_with(0);
    assert_eq!(world.sim.telegram.calls("deleteWebhook"), 1);
    assert!(
        said.out.contains("mended: remove the bot's webhook"),
        "{}",
        said.out
    );
    world.says_no_secret(&said);
    let said = world.bountyd(&["doctor", "--fix", "--yes"]).left_with(0);
    assert!(
        !said.out.contains("mended"),
        "there was nothing left: {}",
        said.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_mended_is_left_as_it_is() {
    let world = World::new().await;
    std::fs::remove_file(world.path("secret/key.pem")).expect("removed");
    let said = world.bountyd(&["doctor", "--fix"]).left_with(78);
    assert!(!said.err.contains("about to mend"), "{}", said.err);
    let said = world.bountyd(&["doctor", "--yes"]).left_with(64);
    assert!(said.err.contains("--fix"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_in_the_place_of_a_file_is_not_touched() {
    let world = World::new().await;
    world.doctor();
    // Whoever writes the directory has put a link there, which leads to a file of somebody else.
    let target = world.path("of-another");
    std::fs::rename(world.path("secret/bot-token"), &target).expect("moved");
    std::os::unix::fs::symlink(&target, world.path("secret/bot-token")).expect("a link");
    world.chmod("of-another", 0o644);
    world.chmod("secret", 0o777);
    let said = world.bountyd(&["doctor", "--fix"]);
    assert!(said.out.contains("not mended"), "{}", said.out);
    assert!(said.out.contains("is not followed"), "{}", said.out);
    assert_eq!(world.mode("of-another"), 0o644);
    world.says_no_secret(&said);
    // Where nobody else writes it is his own link.
    world.chmod("secret", 0o755);
    let said = world.bountyd(&["doctor", "--fix"]).left_with(0);
    assert!(
        said.out.contains("mended: files of secrets"),
        "{}",
        said.out
    );
    assert_eq!(world.mode("of-another"), 0o600);
}
