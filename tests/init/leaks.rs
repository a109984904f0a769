//! No secret of it stands anywhere but in its own file.

use crate::world::{GITHUB_SECRET, Said, World, files};

/// Every secret of the tenant, the owner's, and the beginning of every private key.
fn secrets(w: &World) -> Vec<String> {
    let mut all = w.sim.auth0.ever_issued();
    all.extend([w.token.clone(), GITHUB_SECRET.to_owned()]);
    all.retain(|secret| secret.len() > 8);
    assert!(all.len() >= 3, "{}", all.len());
    let key = std::fs::read_to_string(w.path("key.pem"));
    all.extend(
        key.ok()
            .and_then(|pem| pem.lines().nth(4).map(ToOwned::to_owned)),
    );
    all
}

#[track_caller]
fn clean(w: &World, said: &[&Said]) {
    let own = ["token", "github-secret", "key.pem", "client-secret"];
    let own: Vec<_> = own.iter().map(|name| w.path(name)).collect();
    for secret in secrets(w) {
        for said in said {
            assert!(
                !said.out.contains(&secret) && !said.err.contains(&secret),
                "printed"
            );
        }
        for (path, bytes) in files(w.dir.path()) {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found || own.contains(&path), "in {}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_stand_in_their_own_files_and_nowhere_else() {
    for secret_mode in [false, true] {
        let w = World::new().await;
        w.sim.auth0.switch(|s| s.no_private_key_jwt = secret_mode);
        let plan = w.init(&["--plan", "--json"]);
        let died = w.init(&["--yes", "--crash-at", "init.made:4"]);
        clean(&w, &[&plan, &died]);
        let done = w.set_up(&["--json"]);
        let again = w.set_up(&["--json"]);
        clean(&w, &[&done, &again]);
        let stored = w.path("client-secret");
        assert_eq!(stored.exists(), secret_mode);
        // The tenant was told the owner's secret at GitHub, and nobody else.
        assert_eq!(
            w.sim.auth0.provider_secret("github").as_deref(),
            Some(GITHUB_SECRET)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_quotes_what_it_was_sent_is_not_quoted() {
    use sim::faults::{What, When};
    let w = World::new().await;
    for (path, quoted) in [
        ("/api/v2/connections", GITHUB_SECRET),
        ("/api/v2/resource-servers", w.token.as_str()),
    ] {
        let body = format!(
            "{{\"statusCode\":400,\"error\":\"Bad Request\",\"message\":\"cannot take {quoted} here\",\"errorCode\":\"invalid_body\"}}"
        );
        let when = When::on("POST", path);
        w.sim.auth0.faults().once(when, What::status(400, &body));
        let said = w.init(&["--yes"]);
        assert_ne!(said.code, Some(0), "{path}");
        assert!(said.err.contains("cannot take"), "{}", said.err);
        clean(&w, &[&said]);
    }
    w.set_up(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_secret_in_the_file_is_never_overwritten() {
    let w = World::new().await;
    w.sim.auth0.switch(|s| s.no_private_key_jwt = true);
    let file = w.path("mine");
    std::fs::write(&file, "somebody-elses-secret").expect("written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, mode).expect("mode");
    let name = file.to_string_lossy().into_owned();
    let said = w.init(&["--yes", "--client-secret-file", &name]);
    said.refused(73, &["not overwritten unasked"]);
    assert_eq!(
        std::fs::read_to_string(&file).expect("read"),
        "somebody-elses-secret"
    );
    std::fs::remove_file(&file).expect("moved away");
    w.set_up(&["--client-secret-file", &name]);
    assert_eq!(w.sim.auth0.client_ids().len(), 2);
}

/// What nobody may give on a command line, and what it is refused with.
fn misplaced() -> Vec<(Vec<String>, i32)> {
    let token = "ghp_0123456789abcdefghijCANARY0123456789";
    let set = |setting: String| vec!["--set".to_owned(), setting];
    vec![
        (set(format!("github.api_url={token}")), 78),
        (set(format!("auth0.client_secret={token}")), 78),
        (set(format!("scan.queries=[\"{token}\"]")), 78),
        (set(format!("telegram={{ bot = \"{token}\" }}")), 78),
        (set(format!("{token}.x.y=1")), 64),
        (vec!["--mode".to_owned(), token.to_owned()], 64),
        (vec!["--scope".to_owned(), token.to_owned()], 64),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_given_where_none_belongs_is_refused_before_anything_is_kept() {
    for (given, code) in misplaced() {
        let w = World::new().await;
        let before = w.state();
        let more: Vec<&str> = given.iter().map(String::as_str).collect();
        // It would be kept, if it were.
        let said = w.init(&[&["--yes", "--crash-at", "init.answered"], &more[..]].concat());
        assert_eq!(said.code, Some(code), "{given:?}\n{}{}", said.out, said.err);
        assert_eq!(w.state(), before, "{given:?}");
        // From a file it is the same.
        let Some(setting) = given.get(1).filter(|_| given[0] == "--set") else {
            continue;
        };
        let (name, value) = setting.split_once('=').expect("a setting");
        let answers = format!("[settings]\n{name:?} = {value:?}\n");
        std::fs::write(w.path("answers.toml"), answers).expect("written");
        let file = w.path("answers.toml").to_string_lossy().into_owned();
        let before = w.state();
        let said = w.init(&["--yes", "--answers", &file]);
        assert_ne!(said.code, Some(0), "{given:?}");
        assert_eq!(w.state(), before, "{given:?}");
    }
}
