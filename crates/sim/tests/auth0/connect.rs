//! Connected accounts: connect, complete, list, delete.

use serde_json::json;

use crate::login::{Browser, VERIFIER, complete_body, connect_body, value};
use crate::worker::{SUB, World};

#[tokio::test]
async fn an_account_is_connected_listed_used_and_deleted() {
    let world = World::start().await;
    world.auth0.disconnect(SUB, "github");
    let browser = Browser::new(&world);
    let login = browser.login().await;
    let token = login["access_token"].as_str().expect("token");
    assert_eq!(world.send(&world.request()).await.status, 401);
    let begun = browser.begin(token).await;
    assert_eq!(begun["expires_in"], 300);
    let (_, query) = browser.consent(&begun).await;
    assert_eq!(value(&query, "state"), "abc");
    let code = value(&query, "connect_code");
    let (status, account) = browser
        .account_call(
            "POST",
            "/complete",
            token,
            Some(complete_body(&begun, code)),
        )
        .await;
    assert_eq!(status, 201, "{account}");
    assert_eq!(
        (
            account["connection"].as_str(),
            account["access_type"].as_str()
        ),
        (Some("github"), Some("offline"))
    );
    assert_eq!(account["created_at"], "2026-11-22T02:00:00.000Z");
    let id = account["id"].as_str().expect("id");
    assert!(id.starts_with("cac_"));
    assert_eq!(world.send(&world.request()).await.status, 200);
    let (_, listed) = browser
        .account_call("GET", "/accounts?connection=github", token, None)
        .await;
    assert_eq!(listed, json!({"accounts": [account]}));
    assert_eq!(
        browser
            .account_call("GET", "/accounts?take=21", token, None)
            .await
            .0,
        400
    );
    let (_, connections) = browser
        .account_call("GET", "/connections", token, None)
        .await;
    assert_eq!(connections["connections"][0]["name"], "github");
    let path = format!("/accounts/{id}");
    assert_eq!(
        browser.account_call("DELETE", &path, token, None).await.0,
        204
    );
    assert_eq!(
        browser.account_call("DELETE", &path, token, None).await.0,
        404
    );
    assert_eq!(world.send(&world.request()).await.status, 401);
}

#[tokio::test]
async fn connect_refuses_what_its_schema_refuses() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let login = browser.login().await;
    let token = login["access_token"].as_str().expect("token");
    for (name, wrong, expected) in [
        ("connection", json!(null), 400),
        ("connection", json!(""), 400),
        ("connection", json!("nowhere"), 404),
        ("redirect_uri", json!("http://127.0.0.1:1/callback"), 400),
        ("scopes", json!([]), 400),
        ("scopes", json!(["repo", "repo"]), 400),
        ("surprise", json!(1), 400),
        ("code_challenge", json!("short"), 400),
        ("authorization_params", json!({"evil": "1"}), 400),
    ] {
        let mut body = connect_body();
        body[name] = wrong.clone();
        let (status, problem) = browser
            .account_call("POST", "/connect", token, Some(body))
            .await;
        assert_eq!(status, expected, "{name} = {wrong}: {problem}");
        assert_eq!(problem["status"], expected);
    }
    assert_eq!(
        browser
            .account_call("POST", "/connect", "forged", Some(connect_body()))
            .await
            .0,
        401
    );
    world.sleep(86_400);
    assert_eq!(
        browser
            .account_call("POST", "/connect", token, Some(connect_body()))
            .await
            .0,
        401
    );
}

#[tokio::test]
async fn a_ticket_and_its_code_work_once_and_not_for_long() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let login = browser.login().await;
    let token = login["access_token"].as_str().expect("token");
    let begun = browser.begin(token).await;
    let complete = async |code: &str| {
        browser
            .account_call(
                "POST",
                "/complete",
                token,
                Some(complete_body(&begun, code)),
            )
            .await
            .0
    };
    assert_eq!(complete("before-any-consent").await, 404);
    let (_, query) = browser.consent(&begun).await;
    assert_eq!(browser.consent(&begun).await.0, 404);
    assert_eq!(complete("guessed").await, 404);
    assert_eq!(complete(value(&query, "connect_code")).await, 201);
    assert_eq!(complete(value(&query, "connect_code")).await, 404);
    let late = browser.begin(token).await;
    world.sleep(300);
    assert_eq!(browser.consent(&late).await.0, 404);
    world
        .auth0
        .switch(|switches| switches.consent_denied = true);
    let denied = browser.begin(token).await;
    assert_eq!(
        value(&browser.consent(&denied).await.1, "error"),
        "access_denied"
    );
}

#[tokio::test]
async fn a_connect_code_is_bound_to_its_verifier_when_a_challenge_was_sent() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let login = browser.login().await;
    let token = login["access_token"].as_str().expect("token");
    let mut body = connect_body();
    body["code_challenge"] = json!(Browser::challenge());
    body["code_challenge_method"] = json!("S256");
    let (_, begun) = browser
        .account_call("POST", "/connect", token, Some(body))
        .await;
    let (_, query) = browser.consent(&begun).await;
    let mut complete = complete_body(&begun, value(&query, "connect_code"));
    assert_eq!(
        browser
            .account_call("POST", "/complete", token, Some(complete.clone()))
            .await
            .0,
        400
    );
    complete["code_verifier"] = json!(VERIFIER);
    assert_eq!(
        browser
            .account_call("POST", "/complete", token, Some(complete))
            .await
            .0,
        201
    );
}
