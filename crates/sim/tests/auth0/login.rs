//! The owner's browser, and login with PKCE.

use crate::worker::{NIGHT, SUB, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sim::auth0::{Client, ClientAuth};
use url::Url;

pub(crate) const CALLBACK: &str = "http://127.0.0.1:18484/callback";
pub(crate) const VERIFIER: &str = "a-code-verifier-of-at-least-forty-three-characters";
const NATIVE: &str = "native-client";

pub(crate) struct Browser<'a> {
    pub(crate) world: &'a World,
    pub(crate) http: reqwest::Client,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
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

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.world.auth0.url())
    }

    pub(crate) fn challenge() -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
    }

    /// Visits `/authorize` with these changes; the status, and the query of the callback if it was redirected.
    pub(crate) async fn authorize(&self, changes: &[(&str, &str)]) -> (u16, Vec<(String, String)>) {
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

    pub(crate) async fn exchange(&self, code: &str, changes: &[(&str, &str)]) -> (u16, Value) {
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

    pub(crate) async fn login(&self) -> Value {
        let (_, query) = self.authorize(&[]).await;
        let (status, body) = self.exchange(value(&query, "code"), &[]).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    pub(crate) async fn account_call(
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

    pub(crate) async fn begin(&self, token: &str) -> Value {
        let (status, body) = self
            .account_call("POST", "/connect", token, Some(connect_body()))
            .await;
        assert_eq!(status, 201, "{body}");
        body
    }

    pub(crate) async fn consent(&self, begun: &Value) -> (u16, Vec<(String, String)>) {
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

pub(crate) fn connect_body() -> Value {
    json!({"connection": "github", "redirect_uri": CALLBACK, "state": "abc", "scopes": ["repo"]})
}

pub(crate) fn complete_body(begun: &Value, code: &str) -> Value {
    json!({"auth_session": begun["auth_session"], "connect_code": code, "redirect_uri": CALLBACK})
}

pub(crate) fn callback_query(response: &reqwest::Response) -> Vec<(String, String)> {
    let Some(location) = response.headers().get("location") else {
        return Vec::new();
    };
    let url = Url::parse(location.to_str().expect("ascii")).expect("url");
    assert!(url.as_str().starts_with(CALLBACK), "{url}");
    url.query_pairs().into_owned().collect()
}

pub(crate) fn value<'a>(query: &'a [(String, String)], name: &str) -> &'a str {
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
