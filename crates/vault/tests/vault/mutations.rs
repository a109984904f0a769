//! A wire for one GraphQL mutation: it lets that one through, once, and nothing else.

use serde_json::{Value, json};
use vault::{Allow, GithubWire, Mutation, WireError, WireScope};

use crate::support::server::Reply;
use crate::support::{Scene, over};

const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

fn mutation() -> Mutation {
    Mutation::CommitOnBranch {
        repository: "me/widget".into(),
        branch: "bountyd/i7".into(),
        expected_head: HEAD.into(),
    }
}

fn wire(scene: &Scene) -> GithubWire {
    scene.vault.github_wire(WireScope {
        reason: "submit",
        allow: vec![Allow::mutation(mutation())],
    })
}

fn request() -> Value {
    json!({
        "query": mutation().document(),
        "variables": { "input": {
            "branch": { "repositoryNameWithOwner": "me/widget", "branchName": "bountyd/i7" },
            "expectedHeadOid": HEAD,
            "message": { "headline": "Fix" },
            "fileChanges": { "additions": [{ "path": "a", "contents": "YQ==" }] },
        } },
    })
}

#[tokio::test]
async fn the_commit_it_was_made_for_goes_out() {
    let scene = Scene::new().await;
    let body = request().to_string();
    over(&wire(&scene), "POST", "/graphql", &body)
        .await
        .expect("sent");
    let heard = &scene.github.heard()[0];
    assert_eq!((heard.path.as_str(), heard.json()), ("/graphql", request()));
    assert_eq!(
        heard.header("authorization"),
        Some("Bearer gho_canaryToken1")
    );
    // A commit may be larger than other requests.
    let mut large = request();
    large["variables"]["input"]["fileChanges"]["additions"][0]["contents"] =
        json!("A".repeat(2 << 20));
    over(&wire(&scene), "POST", "/graphql", &large.to_string())
        .await
        .expect("sent");
}

#[tokio::test]
async fn everything_else_is_refused_before_a_token_is_asked_for() {
    let scene = Scene::new().await;
    let changed = |place: &str, value: Value| {
        let mut request = request();
        *request.pointer_mut(place).expect("a place") = value;
        request.to_string()
    };
    let document = mutation().document();
    for body in [
        changed("/variables/input/branch/branchName", json!("main")),
        changed(
            "/variables/input/branch/repositoryNameWithOwner",
            json!("acme/widget"),
        ),
        changed("/variables/input/expectedHeadOid", json!("f".repeat(40))),
        changed(
            "/query",
            json!(document.replace("createCommitOnBranch(", "x: createCommitOnBranch(")),
        ),
        changed(
            "/query",
            json!(format!(
                "{document} mutation B {{ addStar(input: {{}}) {{ x }} }}"
            )),
        ),
        changed(
            "/query",
            json!(format!("{document} fragment F on Commit {{ oid }}")),
        ),
        json!({ "query": "{ viewer { login } }" }).to_string(),
        json!({ "query": "mutation { mergePullRequest(input: {}) { x } }" }).to_string(),
        json!([request()]).to_string(),
    ] {
        let error = over(&wire(&scene), "POST", "/graphql", &body)
            .await
            .expect_err("refused");
        assert!(matches!(error, WireError::NotAllowed(_)), "{body}: {error}");
    }
    for (method, uri) in [
        ("GET", "/graphql"),
        ("POST", "/graphql?x=1"),
        ("POST", "/repos/me/widget/git/refs"),
    ] {
        let error = over(&wire(&scene), method, uri, &request().to_string())
            .await
            .expect_err("refused");
        assert!(matches!(error, WireError::NotAllowed(_)), "{uri}: {error}");
    }
    assert_eq!((scene.auth0.count(), scene.github.count()), (0, 0));
}

#[tokio::test]
async fn it_is_sent_once_whatever_the_answer_is() {
    let scene = Scene::new().await;
    let body = request().to_string();
    scene
        .github
        .answer(|_, _| Reply::json(401, r#"{"message":"Bad credentials"}"#));
    let error = over(&wire(&scene), "POST", "/graphql", &body).await;
    let error = error.expect_err("turned away");
    assert!(matches!(error, WireError::NotSent(_)), "{error}");
    assert_eq!(scene.github.count(), 1);
    scene.github.answer(|_, _| Reply::redirect(307, "/graphql"));
    let answer = over(&wire(&scene), "POST", "/graphql", &body)
        .await
        .expect("as it is");
    assert_eq!((answer.status().as_u16(), scene.github.count()), (307, 2));
}

#[tokio::test]
async fn a_branch_is_deleted_by_its_own_path_only() {
    let scene = Scene::new().await;
    let path = "/repos/me/widget/git/refs/heads/bountyd/i7";
    let wire = scene.vault.github_wire(WireScope {
        reason: "submit",
        allow: vec![Allow::delete(path)],
    });
    scene.github.answer(|_, _| Reply::json(204, ""));
    over(&wire, "DELETE", path, "").await.expect("sent");
    for (method, other) in [
        ("DELETE", "/repos/me/widget/git/refs/heads/main"),
        ("DELETE", "/repos/me/widget/git/refs/heads/bountyd/i7/../x"),
        ("DELETE", "/repos/me/widget"),
        ("PATCH", path),
        ("POST", "/graphql"),
    ] {
        let error = over(&wire, method, other, "").await.expect_err("refused");
        assert!(
            matches!(error, WireError::NotAllowed(_)),
            "{other}: {error}"
        );
    }
    assert_eq!(scene.github.count(), 1);
}
