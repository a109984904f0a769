//! Asking a person on the phone: what `/bc-authorize` takes and refuses.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sim::auth0::{CIBA_GRANT, Client, ClientAuth};

use crate::management::Manager;
use crate::worker::{Answer, SECRET, SUB, World, answer};

pub(crate) const ASKER: &str = "asking-client";

/// A client that may ask.
pub(crate) struct Phone<'a> {
    pub(crate) world: &'a World,
}

impl<'a> Phone<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let auth = ClientAuth::Secret(SECRET.into());
        let client = Client::new(ASKER, auth).with_ciba().with_refresh();
        world.auth0.add_client(client);
        Self { world }
    }

    pub(crate) fn hint(&self, sub: &str) -> String {
        let iss = format!("{}/", self.world.auth0.url());
        json!({"format": "iss_sub", "iss": iss, "sub": sub}).to_string()
    }

    /// Asks, with these changes to a request that is right; an empty value takes the parameter away.
    pub(crate) async fn ask(&self, changes: &[(&str, &str)]) -> Answer {
        let hint = self.hint(SUB);
        let mut pairs = BTreeMap::from([
            ("client_id", ASKER),
            ("client_secret", SECRET),
            ("scope", "openid"),
            ("login_hint", hint.as_str()),
            ("binding_message", "4711 claim acme.tool #12"),
        ]);
        pairs.extend(changes.iter().copied());
        pairs.retain(|_, value| !value.is_empty());
        self.post("/bc-authorize", &pairs).await
    }

    pub(crate) async fn asks(&self, changes: &[(&str, &str)]) -> Value {
        let answer = self.ask(changes).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub(crate) async fn poll(&self, asked: &Value) -> Answer {
        self.poll_as(ASKER, asked["auth_req_id"].as_str().expect("id"))
            .await
    }

    pub(crate) async fn poll_as(&self, client: &str, id: &str) -> Answer {
        let pairs = BTreeMap::from([
            ("grant_type", CIBA_GRANT),
            ("client_id", client),
            ("client_secret", SECRET),
            ("auth_req_id", id),
        ]);
        self.post("/oauth/token", &pairs).await
    }

    async fn post(&self, path: &str, pairs: &BTreeMap<&str, &str>) -> Answer {
        let url = format!("{}{path}", self.world.auth0.url());
        answer(reqwest::Client::new().post(url).form(pairs)).await
    }
}

fn description(answer: &Answer) -> &str {
    answer.body["error_description"]
        .as_str()
        .unwrap_or_default()
}

#[tokio::test]
async fn a_request_reaches_the_phone_with_its_code() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    let asked = phone.asks(&[]).await;
    assert_eq!(
        (&asked["expires_in"], &asked["interval"]),
        (&json!(300), &json!(5))
    );
    let pushes = world.auth0.person().sees_pushes();
    assert_eq!(pushes.len(), 1);
    assert_eq!(pushes[0].binding_message, "4711 claim acme.tool #12");
    assert_eq!(
        (pushes[0].user_id.as_str(), pushes[0].channel),
        (SUB, "guardian-push")
    );
    assert!(!world.auth0.person().approves_push("9999"));
    assert!(!world.auth0.person().approves_push(""));
    assert!(world.auth0.person().approves_push("4711"));
    assert!(world.auth0.person().sees_pushes().is_empty());
}

#[tokio::test]
async fn a_request_that_is_not_right_is_refused_and_reaches_nobody() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    let long = "x".repeat(65);
    let unknown = phone.hint("auth0|nobody");
    let shapeless = phone.hint("owner");
    let foreign = phone
        .hint(SUB)
        .replace(&world.auth0.url(), "https://other.example");
    let api = format!("{}/api/v2/", world.auth0.url());
    for (changes, status, error, words) in [
        (
            [("scope", "profile")],
            400,
            "invalid_request",
            "openid scope must be requested",
        ),
        (
            [("binding_message", "")],
            400,
            "invalid_request",
            "binding_message is required",
        ),
        (
            [("binding_message", "acme/tool")],
            400,
            "invalid_request",
            "not allowed",
        ),
        (
            [("binding_message", "say \"yes\"")],
            400,
            "invalid_request",
            "not allowed",
        ),
        (
            [("binding_message", "pay $5 @home")],
            400,
            "invalid_request",
            "not allowed",
        ),
        (
            [("binding_message", "Grüße")],
            400,
            "invalid_request",
            "not allowed",
        ),
        (
            [("binding_message", long.as_str())],
            400,
            "invalid_request",
            "64",
        ),
        ([("login_hint", "")], 400, "invalid_request", "login_hint"),
        ([("login_hint", SUB)], 400, "invalid_request", "login_hint"),
        (
            [("login_hint", shapeless.as_str())],
            400,
            "invalid_request",
            "\"sub\" contains unsupported format",
        ),
        (
            [("login_hint", foreign.as_str())],
            400,
            "invalid_request",
            "\"iss\"",
        ),
        (
            [("login_hint", unknown.as_str())],
            400,
            "unknown_user_id",
            "User ID is malformed or unknown",
        ),
        (
            [("requested_expiry", "0")],
            400,
            "invalid_request",
            "requested_expiry",
        ),
        (
            [("requested_expiry", "259201")],
            400,
            "invalid_request",
            "requested_expiry",
        ),
        (
            [("requested_expiry", "soon")],
            400,
            "invalid_request",
            "requested_expiry",
        ),
        (
            [("authorization_details", "[{\"type\":\"claim\"}]")],
            400,
            "invalid_request",
            "authorization_details",
        ),
        (
            [("audience", "https://elsewhere/")],
            403,
            "access_denied",
            "Service not found",
        ),
        ([("client_secret", "wrong")], 401, "invalid_client", ""),
        ([("client_secret", "")], 401, "invalid_client", ""),
        ([("client_id", "nobody")], 401, "invalid_client", ""),
    ] {
        let answer = phone.ask(&changes).await;
        assert_eq!(
            (answer.status, answer.error()),
            (status, error),
            "{changes:?}"
        );
        assert!(
            description(&answer).contains(words),
            "{changes:?}: {}",
            answer.body
        );
    }
    assert!(world.auth0.person().sees_pushes().is_empty());
    phone.asks(&[("audience", &api)]).await;
    assert_eq!(world.auth0.person().sees_pushes().len(), 1);
    let failures = world.auth0.log();
    let failed = |entry: &&sim::auth0::Entry| entry.kind == "ciba_start_failed";
    assert_eq!(failures.iter().filter(failed).count(), 20);
}

#[tokio::test]
async fn a_request_is_a_form_and_not_json() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    let body = json!({
        "client_id": ASKER, "client_secret": SECRET, "scope": "openid",
        "login_hint": phone.hint(SUB), "binding_message": "4711",
    });
    let url = format!("{}/bc-authorize", world.auth0.url());
    let refused = answer(reqwest::Client::new().post(url).json(&body)).await;
    assert_eq!((refused.status, refused.error()), (400, "invalid_request"));
    let asked = phone.asks(&[]).await;
    let poll = json!({
        "grant_type": CIBA_GRANT, "client_id": ASKER, "client_secret": SECRET, "auth_req_id": asked["auth_req_id"],
    });
    let url = format!("{}/oauth/token", world.auth0.url());
    let refused = answer(reqwest::Client::new().post(url).json(&poll)).await;
    assert_eq!((refused.status, refused.error()), (400, "invalid_request"));
}

#[tokio::test]
async fn the_grant_the_client_and_the_tenant_must_allow_it() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    let refused = async || {
        let answer = phone.ask(&[]).await;
        assert_eq!(
            (answer.status, answer.error()),
            (403, "unauthorized_client")
        );
    };
    world
        .auth0
        .change_client(ASKER, |client| client.oidc_conformant = false);
    refused().await;
    world.auth0.change_client(ASKER, |client| {
        client.oidc_conformant = true;
        client.grant_types.remove(CIBA_GRANT);
    });
    refused().await;
    Phone::new(&world);
    world.auth0.switch(|switches| switches.no_ciba = true);
    refused().await;
    let manager = Manager::new(&world);
    let body = json!({"async_approval_notification_channels": ["guardian-push"]});
    let path = format!("/clients/{ASKER}");
    let answer = manager.call("PATCH", &path, Some(body.clone())).await;
    assert_eq!(answer.body["errorCode"], "insufficient_entitlement");
    world.auth0.switch(|switches| switches.no_ciba = false);
    manager.does("PATCH", &path, Some(body)).await;
    phone.asks(&[]).await;
}

#[tokio::test]
async fn a_phone_that_is_not_enrolled_falls_back_to_mail_or_is_refused() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    let channel = || {
        world
            .auth0
            .person()
            .sees_pushes()
            .last()
            .map(|push| push.channel)
    };
    phone.asks(&[("requested_expiry", "301")]).await;
    assert_eq!(channel(), Some("email"));
    world.auth0.change_user(SUB, |user| user.push = false);
    phone.asks(&[]).await;
    assert_eq!(channel(), Some("email"));
    let manager = Manager::new(&world);
    let path = format!("/clients/{ASKER}");
    let push_only = json!({"async_approval_notification_channels": ["guardian-push"]});
    manager.does("PATCH", &path, Some(push_only)).await;
    let refused = phone.ask(&[]).await;
    assert_eq!((refused.status, refused.error()), (400, "invalid_request"));
    world.auth0.change_user(SUB, |user| user.push = true);
    phone.asks(&[]).await;
    assert_eq!(channel(), Some("guardian-push"));
    let factor = "/guardian/factors/push-notification";
    manager
        .does("PUT", factor, Some(json!({"enabled": false})))
        .await;
    assert_eq!(phone.ask(&[]).await.status, 400);
    manager
        .does("PUT", factor, Some(json!({"enabled": true})))
        .await;
    assert_eq!(phone.ask(&[("requested_expiry", "301")]).await.status, 400);
}

#[tokio::test]
async fn a_tenant_may_have_push_only() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    phone.asks(&[("requested_expiry", "259200")]).await;
    world
        .auth0
        .switch(|switches| switches.ciba_by_push_only = true);
    assert_eq!(phone.ask(&[("requested_expiry", "301")]).await.status, 400);
    phone.asks(&[("requested_expiry", "300")]).await;
    world.auth0.change_user(SUB, |user| user.push = false);
    assert_eq!(phone.ask(&[]).await.status, 400);
}

#[tokio::test]
async fn one_person_is_asked_five_times_a_minute_at_most() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    world.auth0.add_user("auth0|other", "other@example.org", 43);
    for _ in 0..5 {
        phone.asks(&[]).await;
    }
    let refused = phone.ask(&[]).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.headers["retry-after"], "60");
    let other = phone.hint("auth0|other");
    phone.asks(&[("login_hint", &other)]).await;
    world.sleep(60);
    phone.asks(&[]).await;
    world
        .auth0
        .switch(|switches| switches.ciba_per_minute = None);
    for _ in 0..6 {
        phone.asks(&[]).await;
    }
}

#[tokio::test]
async fn rich_details_need_a_type_that_the_api_has() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    let manager = Manager::new(&world);
    let api = json!({"identifier": "https://bounties/", "name": "b", "authorization_details": [{"type": "claim"}]});
    manager.does("POST", "/resource-servers", Some(api)).await;
    let asked = phone
        .asks(&[
            ("audience", "https://bounties/"),
            (
                "authorization_details",
                "[{\"type\":\"claim\",\"usd\":700}]",
            ),
        ])
        .await;
    assert!(world.auth0.person().approves_push("4711"));
    let answer = phone.poll(&asked).await;
    assert_eq!(answer.body["authorization_details"][0]["usd"], 700);
    let odd = [
        ("audience", "https://bounties/"),
        ("authorization_details", "[{\"type\":\"pay\"}]"),
    ];
    assert_eq!(phone.ask(&odd).await.status, 400);
}
