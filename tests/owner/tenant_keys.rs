//! Keys, changed in the tenant by its Management API: shown before, done, read back, and gone on with wherever it
//! was killed.

use std::collections::BTreeSet;

use sim::auth0::{ClientAuth, Credential};
use vault::tenant::{RETIRE_SCOPES, ROTATE_SCOPES};

use crate::keys::{Hammer, alone};
use crate::world::{Said, World, files_with, private};

/// The operator's token, with these scopes, in its file.
fn token(w: &World, scopes: &[&str]) -> String {
    let token = w.sim.auth0.management_token(scopes);
    w.write("management-token", &token);
    private(&w.path("management-token"));
    token
}

async fn world() -> (World, String) {
    let w = World::new().await;
    w.store_token();
    let all: Vec<&str> = [ROTATE_SCOPES, RETIRE_SCOPES].concat();
    let token = token(&w, &all);
    (w, token)
}

/// `keys WHAT --tenant`, without a terminal.
async fn keys(w: &World, what: &str, more: &[&str]) -> Said {
    let file = w.path("management-token").display().to_string();
    let mut arguments = vec!["--json", "keys", what, "--tenant", "--token-file", &file];
    if what == "rotate" {
        arguments.extend(["--bits", "2048"]);
    }
    arguments.extend(more);
    alone(w, &arguments).await
}

type Kids = BTreeSet<String>;

fn kids(keys: &[Credential]) -> Kids {
    keys.iter().map(|key| key.kid.clone()).collect()
}

/// The keys that the application has, those of its privileged slot, and those with which it proves itself.
fn standing(w: &World) -> [Kids; 3] {
    let client = w.sim.auth0.client(&w.cast.client_id).expect("the worker");
    let slot = client.privileged.clone().expect("a slot").credentials;
    let ClientAuth::PrivateKeyJwt(method) = &client.auth else {
        panic!("by a secret");
    };
    [kids(client.keys()), kids(&slot), kids(method)]
}

fn everywhere(of: &[&str]) -> [Kids; 3] {
    let kids: Kids = of.iter().map(|kid| (*kid).to_owned()).collect();
    [kids.clone(), kids.clone(), kids]
}

/// Changes that the Management API has made.
fn writes(w: &World) -> usize {
    let log = w.sim.auth0.log();
    log.iter().filter(|entry| entry.kind == "sapi").count()
}

fn the_only(kids: &[Kids; 3]) -> String {
    assert_eq!(kids[0].len(), 1, "{kids:?}");
    assert!(kids.iter().all(|k| *k == kids[0]), "{kids:?}");
    kids[0].first().expect("one").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_changed_in_the_tenant_and_nothing_before_it_was_agreed_on() {
    let (w, token) = world().await;
    let before = standing(&w);
    let old = the_only(&before);
    let slot = |w: &World| {
        let client = w.sim.auth0.client(&w.cast.client_id).expect("the worker");
        let slot = client.privileged.expect("a slot");
        (slot.ip_allowlist, slot.grants)
    };
    let listed = slot(&w);
    // Shown, and nothing done; nor where nobody is there to agree.
    let plan = keys(&w, "rotate", &["--plan"]).await.left_with(0).json();
    let steps = plan.as_array().expect("steps");
    assert_eq!(steps.len(), 7, "{plan}");
    assert!(steps.iter().all(|step| step["done"] == false), "{plan}");
    let nobody = keys(&w, "rotate", &[]).await.left_with(77);
    assert!(nobody.err.contains("--yes"), "{}", nobody.err);
    assert!(
        nobody.err.contains("the privileged access"),
        "{}",
        nobody.err
    );
    assert_eq!((standing(&w), writes(&w)), (before, 0));
    assert!(!w.path("key.pem-2").exists());

    let said = keys(&w, "rotate", &["--yes"]).await.left_with(0);
    let report = said.json();
    let new = report["new_kid"].as_str().expect("a kid").to_owned();
    assert_eq!(report["state"], "rotated", "{report}");
    assert_eq!(report["old_kid"], old.as_str());
    assert_eq!(standing(&w), everywhere(&[&old, &new]));
    assert_eq!(slot(&w), listed, "addresses and grants stay");
    let last = w.sim.auth0.exchanges().last().and_then(|e| e.kid.clone());
    assert_eq!(last.as_deref(), Some(new.as_str()));
    let done = writes(&w);
    let again = keys(&w, "rotate", &["--yes"]).await.left_with(0).json();
    assert_eq!(again["state"], "already_rotated");
    assert_eq!(writes(&w), done);

    let nobody = keys(&w, "retire", &[]).await.left_with(77);
    assert_eq!(standing(&w), everywhere(&[&old, &new]));
    let retired = keys(&w, "retire", &["--yes"]).await.left_with(0);
    assert_eq!(retired.json()["retired_kid"], old.as_str());
    assert_eq!(standing(&w), everywhere(&[&new]));
    assert_eq!(slot(&w), listed);
    assert!(!w.path("key.pem-2").exists());
    alone(&w, &["check"]).await.left_with(0);
    // There is nothing more to retire, and nothing is.
    keys(&w, "retire", &["--yes"]).await.left_with(78);
    assert_eq!(standing(&w), everywhere(&[&new]));
    // The token stands in its own file, and nowhere else.
    assert_eq!(
        files_with(w.dir.path(), &token),
        vec![w.path("management-token")]
    );
    for said in [&said, &nobody, &retired] {
        assert!(!said.out.contains(&token) && !said.err.contains(&token));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_step_it_comes_to_the_same_end() {
    let points = [
        ("rotate.made", "retire.unlisted"),
        ("rotate.registered", "retire.unlisted:2"),
        ("rotate.listed", "retire.deleted"),
        ("rotate.listed:2", "retire.destroyed"),
        ("rotate.configured", "retire.unlisted"),
        ("rotate.proven", "retire.deleted"),
        ("rotate.switched", "retire.destroyed"),
    ];
    let tried = points.map(|(rotating, retiring)| async move {
        let (w, _) = world().await;
        let old = the_only(&standing(&w));
        let died = keys(&w, "rotate", &["--yes", "--crash-at", rotating]).await;
        assert_eq!(died.code, None, "{rotating}: {died:?}");
        // What signs stands in the tenant, whatever it was killed at.
        let [_, slot, method] = standing(&w);
        assert!(slot.contains(&old) && method.contains(&old), "{rotating}");
        let done = keys(&w, "rotate", &["--yes"]).await.left_with(0).json();
        let new = done["new_kid"].as_str().expect("a kid").to_owned();
        assert_eq!(standing(&w), everywhere(&[&old, &new]), "{rotating}");
        let died = keys(&w, "retire", &["--yes", "--crash-at", retiring]).await;
        assert_eq!(died.code, None, "{retiring}: {died:?}");
        let [_, slot, method] = standing(&w);
        assert!(slot.contains(&new) && method.contains(&new), "{retiring}");
        keys(&w, "retire", &["--yes"]).await.left_with(0);
        assert_eq!(standing(&w), everywhere(&[&new]), "{retiring}");
        assert!(!w.path("key.pem-2").exists(), "{retiring}");
        alone(&w, &["check"]).await.left_with(0);
        let public = alone(&w, &["--json", "keys", "public"]).await.json();
        assert_eq!(public[0]["kid"], new.as_str());
    });
    futures_util::future::join_all(tried).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_fails_while_the_tenant_is_changed() {
    let (w, _) = world().await;
    let config = w.read("bountyd.toml");
    let auth0 = "[auth0]\nhold_cap = \"0s\"";
    w.write("bountyd.toml", &config.replacen("[auth0]", auth0, 1));
    w.sim.github.count_no_points();
    let daemon = w.daemon().await;
    let hammer = Hammer::on(&w);
    hammer.makes(20).await;
    let report = keys(&w, "rotate", &["--yes"]).await.left_with(0).json();
    let new = report["new_kid"].as_str().expect("a kid").to_owned();
    hammer.moves_on().await;
    keys(&w, "retire", &["--yes"]).await.left_with(0);
    let retired = w.sim.auth0.exchanges().len();
    hammer.moves_on().await;
    let (_, failed) = hammer.end().await;
    assert_eq!(failed, Vec::<String>::new());
    let exchanges = w.sim.auth0.exchanges();
    assert!(exchanges.iter().all(|e| e.refused.is_none()));
    for exchange in &exchanges[retired..] {
        assert_eq!(exchange.kid.as_deref(), Some(new.as_str()));
    }
    drop(daemon);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_way_is_named_and_left_alone() {
    // Somebody else's key fills the slot.
    let (w, _) = world().await;
    let dir = tempfile::tempdir().expect("a directory");
    let public = vault::generate_key(&dir.path().join("other"), 2048).expect("a key");
    let other = Credential::from_pem(&public.pem).expect("a key");
    w.sim.auth0.add_key(&w.cast.client_id, &other);
    let before = standing(&w);
    let said = keys(&w, "rotate", &["--yes"]).await.left_with(78);
    assert!(said.err.contains(&public.kid), "{}", said.err);
    assert_eq!((standing(&w), writes(&w)), (before, 0));
    assert!(!w.path("key.pem-2").exists());
    w.sim.auth0.delete_key(&w.cast.client_id, &public.kid);

    // A token that lacks a scope says so, and what it did is gone on with.
    let old = the_only(&standing(&w));
    let lacking: Vec<&str> = ROTATE_SCOPES
        .iter()
        .copied()
        .filter(|scope| !scope.contains("privileged"))
        .collect();
    token(&w, &lacking);
    let said = keys(&w, "rotate", &["--yes"]).await.left_with(77);
    let scope = "update:client_token_vault_privileged_access";
    assert!(said.err.contains(scope), "{}", said.err);
    token(&w, ROTATE_SCOPES);
    let done = keys(&w, "rotate", &["--yes"]).await.left_with(0).json();
    let new = done["new_kid"].as_str().expect("a kid");
    assert_eq!(standing(&w), everywhere(&[&old, new]));
    // A token that may not delete takes out what it may; the key here is not destroyed before the rest is done.
    let said = keys(&w, "retire", &["--yes"]).await.left_with(77);
    assert!(
        said.err.contains("delete:client_credentials"),
        "{}",
        said.err
    );
    assert!(w.path("key.pem-2").exists());
    token(&w, RETIRE_SCOPES);
    keys(&w, "retire", &["--yes"]).await.left_with(0);
    assert_eq!(standing(&w), everywhere(&[new]));

    // No token, an open file, a wrong one.
    for (mode, text, code) in [(0o644, "x", 66), (0o600, "wrong", 77)] {
        use std::os::unix::fs::PermissionsExt as _;
        w.write("management-token", text);
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(w.path("management-token"), mode).expect("a mode");
        keys(&w, "rotate", &["--yes"]).await.left_with(code);
    }
    let said = alone(&w, &["keys", "rotate", "--tenant", "--yes"]).await;
    assert!(said.left_with(77).err.contains("--token-file"));
    alone(&w, &["keys", "rotate", "--yes"]).await.left_with(64);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_signs_in_by_a_code_and_nothing_is_done_without_his_yes() {
    let w = World::new().await;
    w.store_token();
    w.sim.auth0.add_client(sim::auth0::Client::native("cli"));
    w.sim.auth0.browser_user(Some(&w.cast.user_id));
    let rotate = [
        "--json",
        "keys",
        "rotate",
        "--bits",
        "2048",
        "--tenant",
        "--device-client-id",
        "cli",
        "--yes",
    ];
    let before = standing(&w);
    let person = w.sim.auth0.person();
    person.always(Some(sim::auth0::Word::Denies));
    let said = alone(&w, &rotate).await.left_with(77);
    assert!(said.err.contains("/activate"), "{}", said.err);
    assert_eq!(standing(&w), before);
    assert!(!w.path("key.pem-2").exists());
    person.always(Some(sim::auth0::Word::Approves));
    let said = alone(&w, &rotate).await.left_with(0);
    assert_eq!(said.json()["state"], "rotated");
    assert_eq!(standing(&w)[1].len(), 2);
    for secret in w.sim.auth0.ever_issued() {
        assert!(!said.err.contains(&secret) && !said.out.contains(&secret));
        assert_eq!(
            files_with(w.dir.path(), &secret),
            Vec::<std::path::PathBuf>::new()
        );
    }
}
