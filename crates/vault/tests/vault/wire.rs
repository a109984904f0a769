//! What a wire lets through, where the proof of identity goes, and how a failure is named.

use std::time::Duration;

use vault::{Allow, Capability, FailureClass, GithubWire, WireError, WireScope};

use clock::Clock as _;

use crate::support::server::{Reply, Server};
use crate::support::{Scene, over};

const COMMENTS: &str = "/repos/{owner}/{repo}/issues/{n}/comments";
pub(crate) const ON_SEVEN: &str = "/repos/acme/widget/issues/7/comments";

pub(crate) fn wire(scene: &Scene) -> GithubWire {
    scene.vault.github_wire(WireScope {
        reason: "scan",
        allow: vec![
            Allow::get("/user"),
            Allow::get(COMMENTS),
            Allow::post(COMMENTS),
            Allow::patch("/repos/acme/widget/issues/comments/5"),
            Allow::graphql_query(),
        ],
    })
}

#[tokio::test]
async fn a_request_in_scope_goes_out_with_our_proof_and_no_other() {
    let scene = Scene::new().await;
    scene
        .github
        .answer(|_, _| Reply::json(201, r#"{"id":1}"#).with("etag", "\"x\""));
    let answer = over(&wire(&scene), "POST", ON_SEVEN, r#"{"body":"hi"}"#)
        .await
        .expect("sent");
    assert_eq!(
        (answer.status().as_u16(), &answer.body()[..]),
        (201, &br#"{"id":1}"#[..])
    );
    assert_eq!(answer.headers()["etag"], "\"x\"");
    let heard = &scene.github.heard()[0];
    assert_eq!(
        heard.header("authorization"),
        Some("Bearer gho_canaryToken1")
    );
    assert_eq!(heard.header("user-agent"), Some("bountyd-test"));
    assert_eq!(heard.header("accept"), Some("application/vnd.github+json"));
    assert_eq!(heard.header("x-http-method-override"), None);
    assert_eq!(&heard.body[..], br#"{"body":"hi"}"#);
    let whole = scene.github.url("/user?per_page=1").to_string();
    over(&wire(&scene), "GET", &whole, "")
        .await
        .expect("absolute");
    assert_eq!(scene.github.heard()[1].query.as_deref(), Some("per_page=1"));
}

#[tokio::test]
async fn everything_else_is_refused_before_a_token_is_asked_for() {
    let scene = Scene::new().await;
    let stranger = Server::start().await;
    let wire = wire(&scene);
    for (method, uri) in [
        ("GET", "/repos/acme/widget".to_owned()),
        ("DELETE", "/user".to_owned()),
        ("PATCH", "/user".to_owned()),
        ("PATCH", "/repos/acme/widget/issues/comments/6".to_owned()),
        ("GET", "/repos/acme/../x/issues/7/comments".to_owned()),
        ("GET", "/repos/acme/%2e%2e/issues/7/comments".to_owned()),
        ("GET", "/repos/acme%2fwidget/x/issues/7/comments".to_owned()),
        ("GET", "//evil.example/user".to_owned()),
        ("GET", stranger.url("/user").to_string()),
        ("GET", "https://api.github.com/user".to_owned()),
        (
            "GET",
            scene
                .github
                .url("/user")
                .to_string()
                .replace("http://", "http://me@"),
        ),
        ("GET", "/graphql".to_owned()),
        ("POST", "/graphql?query=mutation{x}".to_owned()),
    ] {
        let error = over(&wire, method, &uri, r#"{"query":"{a}"}"#)
            .await
            .expect_err("refused");
        assert!(
            matches!(error, WireError::NotAllowed(_)),
            "{method} {uri}: {error}"
        );
    }
    for document in ["mutation { x }", "query A{a} mutation B{b}"] {
        let body = serde_json::json!({"query": document}).to_string();
        let error = over(&wire, "POST", "/graphql", &body)
            .await
            .expect_err("refused");
        assert!(matches!(error, WireError::NotAllowed(_)), "{document}");
    }
    let error = over(&wire, "POST", ON_SEVEN, &"x".repeat(1024 * 1024 + 1))
        .await
        .expect_err("long");
    assert!(matches!(error, WireError::NotAllowed(_)));
    assert_eq!(
        (scene.auth0.count(), scene.github.count(), stranger.count()),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn graphql_that_reads_passes() {
    let scene = Scene::new().await;
    let body = r#"{"query":"query Q { viewer { login } }","variables":{"n":1}}"#;
    over(&wire(&scene), "POST", "/graphql", body)
        .await
        .expect("path");
    let whole = scene.github.url("/graphql").to_string();
    over(&wire(&scene), "POST", &whole, body)
        .await
        .expect("absolute");
    let heard = scene.github.heard();
    assert_eq!((heard.len(), heard[0].path.as_str()), (2, "/graphql"));
    assert_eq!(heard[0].json()["variables"]["n"], 1);
    let narrow = scene.vault.github_wire(WireScope {
        reason: "scan",
        allow: vec![Allow::get("/user")],
    });
    assert!(matches!(
        over(&narrow, "POST", "/graphql", body).await,
        Err(WireError::NotAllowed(_))
    ));
}

#[tokio::test]
async fn a_refused_token_is_exchanged_once() {
    let scene = Scene::new().await;
    scene.github.answer(|h, _| match h.header("authorization") {
        Some("Bearer gho_canaryToken1") => Reply::json(401, r#"{"message":"Bad credentials"}"#),
        _ => Reply::json(200, "{}"),
    });
    let answer = over(&wire(&scene), "GET", "/user", "")
        .await
        .expect("second token");
    assert_eq!(answer.status(), 200);
    assert_eq!((scene.auth0.count(), scene.github.count()), (2, 2));
}

#[tokio::test]
async fn a_write_that_is_turned_away_is_not_sent_again() {
    let scene = Scene::new().await;
    scene.github.answer(|h, _| match h.header("authorization") {
        Some("Bearer gho_canaryToken1") => Reply::json(401, r#"{"message":"Bad credentials"}"#),
        _ => Reply::json(201, "{}"),
    });
    let wire = wire(&scene);
    let error = over(&wire, "POST", ON_SEVEN, "{}").await;
    let error = error.expect_err("turned away");
    assert!(matches!(error, WireError::NotSent(_)), "{error}");
    assert_eq!(scene.github.count(), 1);
    // Whoever comes next has another token.
    let answer = over(&wire, "POST", ON_SEVEN, "{}").await.expect("sent");
    assert_eq!((answer.status().as_u16(), scene.github.count()), (201, 2));
    assert_eq!(scene.auth0.count(), 2);
    assert!(scene.vault.status().last_failure.is_none());
}

#[tokio::test]
async fn a_second_refusal_stops_and_says_reconnect() {
    let scene = Scene::new().await;
    scene.github.answer(|_, _| Reply::json(401, "{}"));
    let wire = wire(&scene);
    for _ in 0..3 {
        let Err(WireError::Exchange(failure)) = over(&wire, "GET", "/user", "").await else {
            panic!("an answer");
        };
        assert_eq!(
            (failure.class, failure.code.as_str()),
            (FailureClass::Reconnect, "github_unauthorized")
        );
    }
    assert_eq!(
        (scene.auth0.count(), scene.github.count()),
        (2, 2),
        "no hammering"
    );
    assert!(scene.vault.status().token.is_none());
    scene.github.answer(|_, _| Reply::json(200, "{}"));
    scene.clock.advance(Duration::from_secs(30));
    over(&wire, "GET", "/user", "").await.expect("mended");
}

#[tokio::test]
async fn a_refusal_forgets_that_token_and_no_later_one() {
    let scene = Scene::new().await;
    scene.github.answer(|h, _| match h.header("authorization") {
        Some("Bearer gho_canaryToken1") => Reply::json(401, "{}"),
        _ => Reply::json(200, "{}"),
    });
    let wire = wire(&scene);
    scene.vault.probe("scan").await.expect("token 1");
    scene.github.hold();
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let wire = wire.clone();
            tokio::spawn(async move { over(&wire, "GET", "/user", "").await })
        })
        .collect();
    scene
        .until("all wait with token 1", |s| s.github.count() == 50)
        .await;
    // One is refused first and fetches token 2; the refusals of the others are old news.
    scene.github.let_go_first(1);
    scene
        .until("the first asks again", |s| s.github.count() == 51)
        .await;
    scene.github.let_go();
    for call in calls {
        assert_eq!(call.await.expect("task").expect("answer").status(), 200);
    }
    assert_eq!(scene.auth0.count(), 2);
}

#[tokio::test]
async fn redirects_stay_at_home_and_in_scope() {
    let scene = Scene::new().await;
    let stranger = Server::start().await;
    let wire = wire(&scene);
    // To another origin: delivered as it is, and nobody there hears of us.
    let elsewhere = stranger.url("/user").to_string();
    scene
        .github
        .answer(move |_, _| Reply::redirect(302, &elsewhere));
    assert_eq!(
        over(&wire, "GET", "/user", "")
            .await
            .expect("as it is")
            .status(),
        302
    );
    assert_eq!(stranger.count(), 0);
    // A renamed repository.
    scene.github.answer(|h, _| match h.path.as_str() {
        ON_SEVEN => Reply::redirect(301, "/repositories/42/issues/7/comments?page=2"),
        "/repositories/42/issues/7/comments" => Reply::json(200, "[]"),
        _ => Reply::json(404, "{}"),
    });
    let before = scene.github.count();
    assert_eq!(
        over(&wire, "GET", ON_SEVEN, "")
            .await
            .expect("followed")
            .status(),
        200
    );
    let heard = scene.github.heard();
    assert_eq!(
        (heard.len() - before, heard[before + 1].query.as_deref()),
        (2, Some("page=2"))
    );
    // Out of scope.
    scene
        .github
        .answer(|_, _| Reply::redirect(301, "/repos/acme/secret"));
    assert!(matches!(
        over(&wire, "GET", ON_SEVEN, "").await,
        Err(WireError::NotAllowed(_))
    ));
    // For ever.
    scene.github.answer(|_, _| Reply::redirect(302, "/user"));
    let before = scene.github.count();
    assert!(matches!(
        over(&wire, "GET", "/user", "").await,
        Err(WireError::NotAllowed(_))
    ));
    assert_eq!(scene.github.count() - before, 4);
}

#[tokio::test]
async fn a_write_follows_nothing() {
    let scene = Scene::new().await;
    scene
        .github
        .answer(|_, _| Reply::redirect(307, "/repositories/42/issues/7/comments"));
    let answer = over(&wire(&scene), "POST", ON_SEVEN, "{}")
        .await
        .expect("as it is");
    assert_eq!(answer.status(), 307);
    assert_eq!(scene.github.count(), 1);
}

#[tokio::test]
async fn an_api_below_a_path_works() {
    let github = Server::start().await;
    github.answer(|h, _| match h.path.as_str() {
        "/api/v3/user" => Reply::redirect(302, "/api/v3/repos/a/b/issues/1/comments"),
        _ => Reply::json(200, "{}"),
    });
    let (api, graphql) = (github.url("/api/v3"), github.url("/api/graphql"));
    let scene = Scene::with(|settings, _| {
        settings.github_api = api.clone();
        settings.github_graphql = graphql;
    })
    .await;
    let wire = wire(&scene);
    over(&wire, "GET", "/user", "").await.expect("relative");
    over(&wire, "GET", &format!("{api}/user"), "")
        .await
        .expect("absolute");
    over(&wire, "POST", "/graphql", r#"{"query":"{a}"}"#)
        .await
        .expect("graphql");
    assert!(
        over(&wire, "GET", github.url("/user").as_str(), "")
            .await
            .is_err()
    );
    let paths: Vec<String> = github.heard().into_iter().map(|h| h.path).collect();
    let comments = "/api/v3/repos/a/b/issues/1/comments";
    assert_eq!(
        paths,
        [
            "/api/v3/user",
            comments,
            "/api/v3/user",
            comments,
            "/api/graphql"
        ]
    );
}

#[tokio::test]
async fn what_a_capability_does_not_cover_is_refused_before_a_token_is_asked_for() {
    let scene = Scene::new().await;
    scene.github.answer(|_, _| Reply::json(201, r#"{"id":1}"#));
    let scope = || WireScope {
        reason: "client",
        allow: vec![
            Allow::get("/user"),
            Allow::get("/search/issues"),
            Allow::post(COMMENTS),
            Allow::graphql_query(),
        ],
    };
    let within = |writes, until| {
        let capability = Capability::new(&["acme/widget".to_owned()], writes, until);
        scene.vault.github_wire_within(scope(), capability)
    };
    let hour = Duration::from_secs(3600);
    let wire = within(1, scene.clock.monotonic() + hour);
    let refused = async |wire: &GithubWire, method, uri| {
        let answer = over(wire, method, uri, r#"{"query":"{viewer{login}}"}"#).await;
        let Err(WireError::NotAllowed(why)) = answer else {
            panic!("{method} {uri}: {answer:?}");
        };
        why
    };
    for (method, uri) in [
        ("GET", "/user"),
        ("POST", "/graphql"),
        ("POST", "/repos/acme/gadget/issues/7/comments"),
        ("GET", "/search/issues?q=org%3Aacme"),
        ("GET", "/repos/acme/widget"),
    ] {
        refused(&wire, method, uri).await;
    }
    let late = within(1, scene.clock.monotonic());
    assert!(refused(&late, "POST", ON_SEVEN).await.contains("expired"));
    let none = within(0, scene.clock.monotonic() + hour);
    assert!(refused(&none, "POST", ON_SEVEN).await.contains("used up"));
    assert_eq!(scene.journal.lines(), Vec::<String>::new());
    assert_eq!(scene.github.heard().len(), 0);
    let sent = over(&wire, "POST", ON_SEVEN, r#"{"body":"hi"}"#).await;
    assert_eq!(sent.expect("sent").status().as_u16(), 201);
    assert!(refused(&wire, "POST", ON_SEVEN).await.contains("used up"));
}
