//! The owner's way over the wire: login with PKCE, connect, list, delete.

mod worker;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sim::auth0::{Client, ClientAuth};
use url::Url;
use worker::{NIGHT, SUB, World};

const CALLBACK: &str = "http://127.0.0.1:18484/callback";
const VERIFIER: &str = "a-code-verifier-of-at-least-forty-three-characters";
const NATIVE: &str = "native-client";

struct Browser<'a> {
    world: &'a World,
    http: reqwest::Client,
}

impl<'a> Browser<'a> {
    fn new(world: &'a World) -> Self {
        world
            .auth0
            .add_client(Client::new(NATIVE, ClientAuth::None).with_login(&[CALLBACK]));
        Self {
            world,
            http: reqwest::Client::builder()
                .redirect(Policy::none())
                .build()
                .expect("client"),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.world.auth0.url())
    }

    fn challenge() -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
    }

    /// Visits `/authorize` with these changes; the status, and the query of the callback if it was redirected.
    async fn authorize(&self, changes: &[(&str, &str)]) -> (u16, Vec<(String, String)>) {
        let (challenge, audience) = (Self::challenge(), self.url("/me/"));
        let mut query = std::collections::BTreeMap::from([
            ("response_type", "code"),
            ("client_id", NATIVE),
            ("redirect_uri", CALLBACK),
            (
                "scope",
                "openid create:me:connected_accounts read:me:connected_accounts delete:me:connected_accounts",
            ),
            ("audience", audience.as_str()),
            ("state", "xyz"),
            ("nonce", "n-1"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        query.extend(changes.iter().copied());
        query.retain(|_, value| !value.is_empty());
        let response = self
            .http
            .get(self.url("/authorize"))
            .query(&query)
            .send()
            .await
            .expect("answer");
        (response.status().as_u16(), callback_query(&response))
    }

    async fn exchange(&self, code: &str, changes: &[(&str, &str)]) -> (u16, Value) {
        let mut form = std::collections::BTreeMap::from([
            ("grant_type", "authorization_code"),
            ("client_id", NATIVE),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ]);
        form.extend(changes.iter().copied());
        form.retain(|_, value| !value.is_empty());
        let response = self
            .http
            .post(self.url("/oauth/token"))
            .form(&form)
            .send()
            .await
            .expect("answer");
        (
            response.status().as_u16(),
            response.json().await.expect("json"),
        )
    }

    async fn login(&self) -> Value {
        let (_, query) = self.authorize(&[]).await;
        let (status, body) = self.exchange(value(&query, "code"), &[]).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn account_call(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let method = method.parse().expect("method");
        let mut request = self
            .http
            .request(
                method,
                self.url(&format!("/me/v1/connected-accounts{path}")),
            )
            .bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("answer");
        let status = response.status().as_u16();
        (
            status,
            serde_json::from_str(&response.text().await.expect("text")).unwrap_or_default(),
        )
    }

    async fn begin(&self, token: &str) -> Value {
        let (status, body) = self
            .account_call("POST", "/connect", token, Some(connect_body()))
            .await;
        assert_eq!(status, 201, "{body}");
        body
    }

    async fn consent(&self, begun: &Value) -> (u16, Vec<(String, String)>) {
        let ticket = begun["connect_params"]["ticket"].as_str().expect("ticket");
        let url = begun["connect_uri"].as_str().expect("uri");
        let response = self
            .http
            .get(url)
            .query(&[("ticket", ticket)])
            .send()
            .await
            .expect("answer");
        (response.status().as_u16(), callback_query(&response))
    }
}

fn connect_body() -> Value {
    json!({"connection": "github", "redirect_uri": CALLBACK, "state": "abc", "scopes": ["repo"]})
}

fn complete_body(begun: &Value, code: &str) -> Value {
    json!({"auth_session": begun["auth_session"], "connect_code": code, "redirect_uri": CALLBACK})
}

fn callback_query(response: &reqwest::Response) -> Vec<(String, String)> {
    let Some(location) = response.headers().get("location") else {
        return Vec::new();
    };
    let url = Url::parse(location.to_str().expect("ascii")).expect("url");
    assert!(url.as_str().starts_with(CALLBACK), "{url}");
    url.query_pairs().into_owned().collect()
}

fn value<'a>(query: &'a [(String, String)], name: &str) -> &'a str {
    query
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
        .unwrap_or_default()
}

#[tokio::test]
async fn a_login_yields_an_id_token_that_the_published_key_verifies() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let body = browser.login().await;
    let discovery: Value = browser
        .http
        .get(browser.url("/.well-known/openid-configuration"))
        .send()
        .await
        .expect("answer")
        .json()
        .await
        .expect("json");
    assert_eq!(discovery["issuer"], format!("{}/", world.auth0.url()));
    let keys = browser
        .http
        .get(discovery["jwks_uri"].as_str().expect("uri"))
        .send()
        .await
        .expect("answer");
    let keys: JwkSet = keys.json().await.expect("keys");
    let id_token = body["id_token"].as_str().expect("id token");
    let kid = jsonwebtoken::decode_header(id_token)
        .expect("header")
        .kid
        .expect("kid");
    let key = DecodingKey::from_jwk(keys.find(&kid).expect("key")).expect("key");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[NATIVE]);
    validation.set_issuer(&[format!("{}/", world.auth0.url())]);
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<Value>(id_token, &key, &validation)
        .expect("verified")
        .claims;
    assert_eq!(
        (claims["sub"].as_str(), claims["nonce"].as_str()),
        (Some(SUB), Some("n-1"))
    );
    assert_eq!(claims["iat"], NIGHT / 1_000);
}

#[tokio::test]
async fn authorize_never_redirects_to_an_address_that_is_not_registered_exactly() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    for wrong in [
        "http://127.0.0.1:18484/callback/",
        "http://127.0.0.1:9/callback",
        "http://localhost:18484/callback",
    ] {
        assert_eq!(
            browser.authorize(&[("redirect_uri", wrong)]).await,
            (403, Vec::new())
        );
    }
    assert_eq!(
        browser.authorize(&[("client_id", "nobody")]).await,
        (403, Vec::new())
    );
}

#[tokio::test]
async fn authorize_reports_other_faults_through_the_callback() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    for (changes, error) in [
        ([("response_type", "token")], "unsupported_response_type"),
        ([("code_challenge", "")], "invalid_request"),
        ([("code_challenge_method", "plain")], "invalid_request"),
        ([("code_challenge", "short")], "invalid_request"),
        ([("audience", "https://other.example/")], "access_denied"),
    ] {
        let (_, query) = browser.authorize(&changes).await;
        assert_eq!(
            (value(&query, "error"), value(&query, "state")),
            (error, "xyz"),
            "{changes:?}"
        );
    }
    world.auth0.browser_user(None);
    assert_eq!(
        value(&browser.authorize(&[]).await.1, "error"),
        "login_required"
    );
    world.auth0.browser_user(Some(SUB));
    world
        .auth0
        .switch(|switches| switches.consent_denied = true);
    assert_eq!(
        value(&browser.authorize(&[]).await.1, "error"),
        "access_denied"
    );
    world
        .auth0
        .switch(|switches| switches.consent_denied = false);
    browser.authorize(&[("state", "")]).await;
    assert_eq!(world.auth0.rim().violations().len(), 1);
}

#[tokio::test]
async fn a_code_works_once_for_its_client_callback_and_verifier() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let (_, query) = browser.authorize(&[]).await;
    let code = value(&query, "code").to_owned();
    assert_eq!(browser.exchange(&code, &[]).await.0, 200);
    let (status, body) = browser.exchange(&code, &[]).await;
    assert_eq!(
        (status, body["error"].as_str()),
        (403, Some("invalid_grant"))
    );
    for (name, wrong) in [
        (
            "code_verifier",
            "another-code-verifier-of-forty-three-characters",
        ),
        ("code_verifier", ""),
        ("redirect_uri", "http://127.0.0.1:18485/callback"),
    ] {
        let (_, query) = browser.authorize(&[]).await;
        let (status, body) = browser
            .exchange(value(&query, "code"), &[(name, wrong)])
            .await;
        assert_eq!(
            (status, body["error"].as_str()),
            (403, Some("invalid_grant")),
            "{name}"
        );
    }
    let (_, query) = browser.authorize(&[]).await;
    world.sleep(600);
    assert_eq!(browser.exchange(value(&query, "code"), &[]).await.0, 403);
}

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
