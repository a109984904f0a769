//! The three services together: one clock, one registry of tokens, one cast.

use std::path::Path;

use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePublicKey as _, LineEnding};
use rsa::rand_core::OsRng;
use sim::auth0::{ClientAuth, Credential, TokenPlan};
use sim::tokens::TokenKind;
use sim::{Sim, SimOptions};

fn credential() -> Credential {
    let private = RsaPrivateKey::new(&mut OsRng, 2048).expect("key");
    let pem = private
        .to_public_key()
        .to_public_key_pem(LineEnding::LF)
        .expect("pem");
    Credential::from_pem(&pem).expect("credential")
}

#[tokio::test]
async fn the_cast_is_known_everywhere_and_a_minted_token_works_at_github() {
    let sim = Sim::start(SimOptions::default()).await.expect("start");
    let cast = sim.cast(
        ClientAuth::Secret("s".into()),
        vec![credential()],
        TokenPlan::oauth_app(),
    );
    assert_eq!(
        sim.auth0.accounts(&cast.user_id)[0].provider_user_id,
        cast.github_id
    );
    let token = sim
        .registry
        .mint(cast.github_id, &["repo".into()], TokenKind::OAuthApp, None);
    let user = |token: String| {
        let request = reqwest::Client::new().get(format!("{}/user", sim.github.url()));
        request
            .header("user-agent", "test")
            .bearer_auth(token)
            .send()
    };
    let answer = user(token.clone()).await.expect("answer");
    assert_eq!(answer.status(), 200);
    let body: serde_json::Value = answer.json().await.expect("json");
    assert_eq!(
        (body["login"].as_str(), body["id"].as_u64()),
        (Some("night-owner"), Some(cast.github_id))
    );
    sim.auth0.provider_revoke(&cast.user_id, "github");
    assert_eq!(user(token).await.expect("answer").status(), 401);
}

#[tokio::test]
async fn the_printed_configuration_names_the_services_and_no_secret() {
    let sim = Sim::start(SimOptions::default()).await.expect("start");
    let cast = sim.cast(
        ClientAuth::Secret("hush".into()),
        vec![credential()],
        TokenPlan::oauth_app(),
    );
    let file = Path::new("/run/sim/file");
    let config = sim.config(&cast, file, file, Path::new("/run/sim"), Some(file));
    for part in [
        sim.auth0.url(),
        sim.github.graphql_url(),
        sim.telegram.url(),
        "client_secret_file".into(),
    ] {
        assert!(config.contains(&part), "{part} is missing in {config}");
    }
    assert!(!config.contains("hush") && !config.contains(&sim.telegram.token()));
}

#[tokio::test]
async fn equal_seeds_make_equal_worlds() {
    let tokens = async |seed: u64| {
        let sim = Sim::start(SimOptions {
            seed,
            ..SimOptions::default()
        })
        .await
        .expect("start");
        (
            sim.telegram.token(),
            sim.registry.mint(1, &[], TokenKind::GitHubApp, None),
        )
    };
    assert_eq!(tokens(3).await, tokens(3).await);
    assert_ne!(tokens(3).await, tokens(4).await);
}

#[tokio::test]
async fn a_newcomer_has_accounts_everywhere_and_a_tenant_with_nothing_in_it() {
    let sim = Sim::start(SimOptions::default()).await.expect("start");
    let cast = sim.newcomer(TokenPlan::oauth_app());
    assert_eq!(
        sim.auth0.client_ids(),
        std::slice::from_ref(&cast.client_id)
    );
    assert!(sim.auth0.accounts(&cast.user_id).is_empty());
    let token = sim.auth0.management_token(&sim::auth0::MANAGEMENT_SCOPES);
    let read = async |path: &str| {
        let url = format!("{}/api/v2/{path}", sim.auth0.url());
        let request = reqwest::Client::new().get(url).bearer_auth(&token);
        let answer = request.send().await.expect("answer");
        answer.json::<serde_json::Value>().await.expect("json")
    };
    assert_eq!(read("connections").await, serde_json::json!([]));
    assert_eq!(read("client-grants").await, serde_json::json!([]));
    let apis = read("resource-servers").await;
    assert_eq!(apis.as_array().expect("array").len(), 1);
    let user = read("users/auth0%7Cowner").await;
    assert_eq!(user["user_id"], cast.user_id.as_str());
    let form = [
        ("client_id", cast.client_id.as_str()),
        ("scope", "read:clients"),
        ("audience", &format!("{}/api/v2/", sim.auth0.url())),
    ];
    let url = format!("{}/oauth/device/code", sim.auth0.url());
    let code = reqwest::Client::new().post(url).form(&form).send().await;
    let code: serde_json::Value = code.expect("answer").json().await.expect("json");
    let shown = code["user_code"].as_str().expect("a code");
    assert!(sim.auth0.person().approves(shown));
}
