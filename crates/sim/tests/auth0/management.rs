//! A caller of the Management API.

use serde_json::{Value, json};

use crate::worker::{Answer, World};

/// Scopes for everything the tests do.
pub(crate) const ALL: [&str; 34] = [
    "read:clients",
    "create:clients",
    "update:clients",
    "delete:clients",
    "read:client_keys",
    "update:client_keys",
    "create:client_credentials",
    "read:client_credentials",
    "update:client_credentials",
    "delete:client_credentials",
    "create:client_token_vault_privileged_access",
    "update:client_token_vault_privileged_access",
    "read:client_grants",
    "create:client_grants",
    "update:client_grants",
    "delete:client_grants",
    "read:connections",
    "create:connections",
    "update:connections",
    "delete:connections",
    "read:resource_servers",
    "create:resource_servers",
    "update:resource_servers",
    "delete:resource_servers",
    "read:users",
    "read:tenant_settings",
    "read:mfa_policies",
    "update:mfa_policies",
    "read:guardian_factors",
    "update:guardian_factors",
    "read:logs",
    "read:logs_users",
    "read:connections_keys",
    "update:users",
];

pub(crate) struct Manager<'a> {
    pub(crate) world: &'a World,
    token: String,
}

impl<'a> Manager<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self::with(world, &ALL)
    }

    pub(crate) fn with(world: &'a World, scopes: &[&str]) -> Self {
        let token = world.auth0.management_token(scopes);
        Self { world, token }
    }

    pub(crate) fn with_token(world: &'a World, token: &str) -> Self {
        let token = token.to_owned();
        Self { world, token }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let url = format!("{}/api/v2{path}", self.world.auth0.url());
        let mut request = reqwest::Client::new()
            .request(method.parse().expect("method"), url)
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        crate::worker::answer(request).await
    }

    /// A call that must go well.
    pub(crate) async fn does(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.call(method, path, body).await;
        assert!(
            (200..300).contains(&answer.status),
            "{method} {path}: {} {}",
            answer.status,
            answer.body
        );
        answer.body
    }

    /// A call that must be refused with this status and these words in its message.
    pub(crate) async fn refused(
        &self,
        method: &str,
        path: &str,
        body: Value,
        status: u16,
        words: &str,
    ) {
        let body = Some(body).filter(|body| !body.is_null());
        let answer = self.call(method, path, body).await;
        let message = answer.body["message"].as_str().unwrap_or_default();
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert_eq!(answer.body["statusCode"], status);
        assert!(message.contains(words), "{method} {path}: {message}");
    }
}

#[tokio::test]
async fn a_call_needs_a_living_token_for_this_api() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    assert!(manager.does("GET", "/clients", None).await.is_array());
    for token in ["forged", ""] {
        Manager::with_token(&world, token)
            .refused("GET", "/clients", Value::Null, 401, "Invalid token")
            .await;
    }
    let bare = reqwest::get(format!("{}/api/v2/clients", world.auth0.url()))
        .await
        .expect("answer");
    assert_eq!(bare.status(), 401);
    let browser = crate::login::Browser::new(&world);
    let login = browser.login().await;
    let account = login["access_token"].as_str().expect("token");
    Manager::with_token(&world, account)
        .refused("GET", "/clients", Value::Null, 401, "Bad audience")
        .await;
    let answer = Manager::with_token(&world, account)
        .call("GET", "/clients", None)
        .await;
    assert_eq!(answer.body["errorCode"], "invalid_token");
    world.sleep(86_400);
    manager
        .refused("GET", "/clients", Value::Null, 401, "Expired token")
        .await;
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let world = World::start().await;
    let reader = Manager::with(&world, &["read:clients"]);
    reader.does("GET", "/clients", None).await;
    let answer = reader
        .call("POST", "/clients", Some(json!({"name": "n"})))
        .await;
    assert_eq!(
        (answer.status, answer.body["errorCode"].as_str()),
        (403, Some("insufficient_scope"))
    );
    assert_eq!(
        answer.body["message"],
        "Insufficient scope, expected any of: create:clients"
    );
    for (method, path, scope) in [
        ("GET", "/connections", "read:connections"),
        ("GET", "/clients/x/credentials", "read:client_credentials"),
        ("GET", "/resource-servers", "read:resource_servers"),
        ("GET", "/client-grants", "read:client_grants"),
        ("GET", "/users/x", "read:users"),
        ("GET", "/users/x/connected-accounts", "read:users"),
        ("GET", "/tenants/settings", "read:tenant_settings"),
        ("GET", "/guardian/policies", "read:mfa_policies"),
        ("GET", "/guardian/factors", "read:guardian_factors"),
        ("GET", "/logs", "read:logs,read:logs_users"),
        ("DELETE", "/clients/x", "delete:clients"),
    ] {
        reader
            .refused(
                method,
                path,
                Value::Null,
                403,
                &format!("expected any of: {scope}"),
            )
            .await;
    }
}

#[tokio::test]
async fn two_requests_a_second_are_answered_when_the_plan_has_no_more() {
    let world = World::start().await;
    world
        .auth0
        .switch(|switches| switches.management_per_second = Some(2));
    let manager = Manager::new(&world);
    for left in ["1", "0"] {
        let answer = manager.call("GET", "/clients", None).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["x-ratelimit-remaining"], left);
    }
    let answer = manager.call("GET", "/clients", None).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.headers["x-ratelimit-limit"], "2");
    let reset = (crate::worker::NIGHT / 1_000 + 1).to_string();
    assert_eq!(answer.headers["x-ratelimit-reset"], reset.as_str());
    world.sleep(1);
    assert_eq!(manager.call("GET", "/clients", None).await.status, 200);
    world
        .auth0
        .switch(|switches| switches.management_per_second = None);
    for _ in 0..5 {
        let answer = manager.call("GET", "/clients", None).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.headers.contains_key("x-ratelimit-limit"));
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    for name in ["a", "b", "c"] {
        let body = json!({"name": name, "app_type": "non_interactive"});
        manager.does("POST", "/clients", Some(body)).await;
    }
    let first = manager
        .does("GET", "/clients?per_page=2&include_totals=true", None)
        .await;
    assert_eq!(
        (&first["total"], &first["length"], &first["start"]),
        (&json!(4), &json!(2), &json!(0))
    );
    let second = manager
        .does("GET", "/clients?per_page=2&page=1", None)
        .await;
    assert_eq!(second.as_array().expect("array").len(), 2);
    assert_ne!(first["clients"][0], second[0]);
    let past = manager
        .does("GET", "/clients?per_page=2&page=9", None)
        .await;
    assert_eq!(past, json!([]));
    let kind = manager
        .does("GET", "/clients?app_type=non_interactive&fields=name", None)
        .await;
    assert_eq!(kind.as_array().expect("array").len(), 3);
    assert!(kind[0].get("client_id").is_none() && kind[0].get("name").is_some());
    for query in [
        "per_page=101",
        "per_page=0",
        "page=x",
        "include_totals=yes",
        "surprise=1",
    ] {
        let answer = manager
            .call("GET", &format!("/clients?{query}"), None)
            .await;
        assert_eq!(
            (answer.status, answer.body["errorCode"].as_str()),
            (400, Some("invalid_query_string")),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_token_for_itself_needs_a_client_grant() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let made = manager
        .does(
            "POST",
            "/clients",
            Some(json!({"name": "machine", "app_type": "non_interactive"})),
        )
        .await;
    let audience = format!("{}/api/v2/", world.auth0.url());
    let ask = async || {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", made["client_id"].as_str().expect("id")),
            (
                "client_secret",
                made["client_secret"].as_str().expect("secret"),
            ),
            ("audience", audience.as_str()),
        ];
        crate::worker::answer(
            reqwest::Client::new()
                .post(format!("{}/oauth/token", world.auth0.url()))
                .form(&form),
        )
        .await
    };
    let answer = ask().await;
    assert_eq!((answer.status, answer.error()), (403, "access_denied"));
    let grant =
        json!({"client_id": made["client_id"], "audience": audience, "scope": ["read:clients"]});
    manager.does("POST", "/client-grants", Some(grant)).await;
    let answer = ask().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["scope"], "read:clients");
    let token = answer.body["access_token"].as_str().expect("token");
    Manager::with_token(&world, token)
        .does("GET", "/clients", None)
        .await;
    Manager::with_token(&world, token)
        .refused("GET", "/connections", Value::Null, 403, "read:connections")
        .await;
}
