//! `submit_patch`: a change of the client's own goes the way of every patch, and what is no plain change of
//! text goes nowhere.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::house::House;
use crate::world::{FILES, SLUG};

const CLIENTS: &str = r#"
[mcp.clients.coder]
uid = UID
calls_per_minute = 1000
jobs_per_day = 20
[mcp.clients.coder.rules.patches]
tools = ["submit_patch"]
repositories = ["acme/*"]
effect = "allow"
"#;

/// Mends the sum, with a test that fails without it.
const PATCH: &str = "diff --git a/src/add.sh b/src/add.sh\n--- a/src/add.sh\n+++ b/src/add.sh\n@@ -1,2 +1,2 @@\n \
    #!/bin/sh\n-echo $(($1 - $2))\n+echo $(($1 + $2))\ndiff --git a/tests/test_more b/tests/test_more\n\
    new file mode 100644\n--- /dev/null\n+++ b/tests/test_more\n@@ -0,0 +1 @@\n\
    +test \"$(sh src/add.sh 20 22)\" = 42\n";

fn submit(key: &str, base: &str, patch: &str) -> Value {
    json!({
        "repository": SLUG, "base": base, "title": "Add, and do not subtract", "patch": patch,
        "reason": "2 and 3 gave -1. @everybody /claim #1", "idempotency_key": key,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_of_its_own_becomes_one_pull_request_after_the_owners_yes() {
    // The agent changes nothing, and is not asked.
    let mut house = House::new(CLIENTS).await;
    house.world.repository(SLUG, &FILES);
    let repo = house.world.sim.github.repo(SLUG);
    let base = repo.head("HEAD").expect("a commit");
    // It goes on meanwhile: a patch is to the commit that it names.
    repo.commit(&[("NEWS.md", "news\n")]);
    house.start().await;
    let mut client = house.legacy("coder").await;
    let begun = client
        .done("submit_patch", submit("sum", &base, PATCH))
        .await;
    assert_eq!(begun["state"], "working", "{begun}");
    let same = client
        .done("submit_patch", submit("sum", &base, PATCH))
        .await;
    assert_eq!(same["id"], begun["id"]);
    let other = PATCH.replace("42", "43");
    let code = client
        .refused("submit_patch", submit("sum", &base, &other))
        .await;
    assert_eq!(code, "key_reused");
    let asked = client.until(&begun["id"], &["pending", "failed"]).await;
    assert_eq!(
        asked["why"], "the owner is asked about the patch",
        "{asked}"
    );
    let waits = Instant::now();
    let card = loop {
        let mut cards = house.world.cast.owner.messages().into_iter();
        if let Some(card) = cards.rfind(|message| !message.buttons.is_empty()) {
            break card;
        }
        assert!(waits.elapsed() < Duration::from_secs(60), "no card came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(
        card.text.contains("the client coder asked for it"),
        "{}",
        card.text
    );
    assert!(card.text.contains("src/add.sh"), "{}", card.text);
    assert_eq!(house.world.writes(), Vec::<String>::new(), "before the yes");
    let _ = house.world.cast.owner.taps_on(card.id, "✅ Approve");
    let done = client.until(&begun["id"], &["done", "failed"]).await;
    assert_eq!(done["state"], "done", "{done}");
    let pulls = house.world.sim.github.repo(SLUG).pulls();
    assert_eq!(pulls.len(), 1, "{pulls:#?}");
    assert_eq!(pulls[0].title, "Add, and do not subtract");
    assert!(
        pulls[0].body.contains("> 2 and 3 gave -1."),
        "{}",
        pulls[0].body
    );
    // What it says acts on nobody.
    assert!(!pulls[0].body.contains("@everybody"), "{}", pulls[0].body);
    assert!(!pulls[0].body.contains("/claim"), "{}", pulls[0].body);
    client.end().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_patch_to_the_default_branch_goes_nowhere() {
    let mut house = House::new(CLIENTS).await;
    house.world.repository(SLUG, &FILES);
    let repo = house.world.sim.github.repo(SLUG);
    let base = repo.head("HEAD").expect("a commit");
    // A commit that nobody merged: what it holds was judged by nobody.
    let side = repo.change(Some("side"), &[("src/evil.sh", Some("evil\n"))]);
    house.start().await;
    let mut client = house.legacy("coder").await;
    let add = |path: &str| format!("--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n");
    let link = "diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+/etc/passwd\n";
    let at_once = [
        (add("../../etc/cron.d/x"), "patch_path"),
        (add(".git/hooks/post-checkout"), "patch_path"),
        (add(".github/workflows/ci.yml"), "patch_protected"),
        (link.to_owned(), "patch_mode"),
        (
            "diff --git a/x b/x\nGIT binary patch\nliteral 1\n".to_owned(),
            "patch_binary",
        ),
        ("x".repeat(300_000), "patch_too_large"),
        ("Please merge this.".to_owned(), "patch_unreadable"),
    ];
    for (patch, wanted) in &at_once {
        let code = client
            .refused("submit_patch", submit("odd", &base, patch))
            .await;
        assert_eq!(
            code,
            *wanted,
            "{}",
            patch.chars().take(80).collect::<String>()
        );
    }
    let hidden = format!("{PATCH}{}", add("src/x.sh").replace("+x", "+x\u{202e}"));
    let nowhere = "0123456789abcdef0123456789abcdef01234567".to_owned();
    let later = [
        (&base, PATCH.replace("- $2", "* $2"), "does not apply"),
        (&base, add("src/add.sh"), "there already"),
        (&base, hidden, "C2"),
        (&base, PATCH.replace("+ $2", "/ $2"), "the tests fail"),
        (&nowhere, PATCH.to_owned(), "commit"),
        (&side, PATCH.to_owned(), "no commit of the default branch"),
    ];
    for (number, (base, patch, why)) in later.iter().enumerate() {
        let wanted = submit(&format!("later-{number}"), base, patch);
        let begun = client.done("submit_patch", wanted).await;
        let over = client
            .until(&begun["id"], &["failed", "pending", "done"])
            .await;
        let words = over["untrusted"]["why"].as_str().unwrap_or_default();
        assert_eq!(over["state"], "failed", "{why}: {over}");
        assert!(words.contains(why), "{why}: {over}");
    }
    client.end().await;
    house.stop().await;
    assert_eq!(house.world.writes(), Vec::<String>::new());
    assert!(house.world.sim.github.repo(SLUG).pulls().is_empty());
}
