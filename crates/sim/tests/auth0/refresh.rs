//! Refresh tokens: renewed, used for another API, rotated, revoked.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sim::auth0::{Client, ClientAuth};

use crate::login::{Browser, CALLBACK, value};
use crate::management::Manager;
use crate::worker::{Answer, World, answer};

const NATIVE: &str = "native-client";

struct Renewer<'a> {
    browser: Browser<'a>,
    me: String,
}

impl<'a> Renewer<'a> {
    fn new(world: &'a World) -> Self {
        let browser = Browser::new(world);
        let native = Client::new(NATIVE, ClientAuth::None).with_login(&[CALLBACK]);
        world.auth0.add_client(native.with_refresh());
        let me = browser.url("/me/");
        Self { browser, me }
    }

    async fn login(&self) -> String {
        let changes = [("audience", ""), ("scope", "openid offline_access")];
        let (_, query) = self.browser.authorize(&changes).await;
        let (status, body) = self.browser.exchange(value(&query, "code"), &[]).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["scope"], "openid offline_access");
        body["refresh_token"].as_str().expect("token").to_owned()
    }

    async fn renew(&self, token: &str, changes: &[(&str, &str)]) -> Answer {
        let mut form = BTreeMap::from([
            ("grant_type", "refresh_token"),
            ("client_id", NATIVE),
            ("refresh_token", token),
        ]);
        form.extend(changes.iter().copied());
        answer(
            self.browser
                .http
                .post(self.browser.url("/oauth/token"))
                .form(&form),
        )
        .await
    }

    async fn policy(&self, world: &World, rotation: &str) -> Value {
        let scopes = sim::auth0::ACCOUNT_SCOPES;
        let body = json!({"refresh_token": {
            "rotation_type": rotation, "expiration_type": "non-expiring",
            "policies": [{"audience": self.me, "scope": scopes}],
        }});
        let path = format!("/clients/{NATIVE}");
        Manager::new(world).does("PATCH", &path, Some(body)).await
    }
}

#[tokio::test]
async fn a_refresh_token_serves_another_api_only_by_policy() {
    let world = World::start().await;
    let renewer = Renewer::new(&world);
    let token = renewer.login().await;
    let plain = renewer.renew(&token, &[]).await;
    assert_eq!(
        (plain.status, &plain.body["scope"]),
        (200, &json!("openid"))
    );
    assert!(plain.body.get("refresh_token").is_none());
    let me = [("audience", renewer.me.as_str())];
    let refused = renewer.renew(&token, &me).await;
    assert_eq!((refused.status, refused.error()), (403, "access_denied"));
    renewer.policy(&world, "non-rotating").await;
    let account = renewer.renew(&token, &me).await;
    assert_eq!(account.status, 200, "{}", account.body);
    let access = account.body["access_token"].as_str().expect("token");
    let (status, _) = renewer
        .browser
        .account_call("GET", "/accounts", access, None)
        .await;
    assert_eq!(status, 200);
    let fewer = [
        ("audience", renewer.me.as_str()),
        ("scope", "read:me:connected_accounts"),
    ];
    let account = renewer.renew(&token, &fewer).await;
    assert_eq!(account.body["scope"], "read:me:connected_accounts");
}

#[tokio::test]
async fn a_rotating_token_works_once() {
    let world = World::start().await;
    let renewer = Renewer::new(&world);
    renewer.policy(&world, "rotating").await;
    let first = renewer.login().await;
    let second = renewer.renew(&first, &[]).await;
    let second = second.body["refresh_token"]
        .as_str()
        .expect("token")
        .to_owned();
    let reused = renewer.renew(&first, &[]).await;
    assert_eq!((reused.status, reused.error()), (403, "invalid_grant"));
    assert_eq!(renewer.renew(&second, &[]).await.status, 200);
}

#[tokio::test]
async fn a_revoked_token_and_one_of_another_client_are_dead() {
    let world = World::start().await;
    let renewer = Renewer::new(&world);
    let token = renewer.login().await;
    world
        .auth0
        .add_client(Client::native("other").with_refresh());
    let stolen = renewer.renew(&token, &[("client_id", "other")]).await;
    assert_eq!((stolen.status, stolen.error()), (403, "invalid_grant"));
    let revoke = async |client: &str, token: &str| {
        let form = [("client_id", client), ("token", token)];
        let url = renewer.browser.url("/oauth/revoke");
        let response = renewer
            .browser
            .http
            .post(url)
            .form(&form)
            .send()
            .await
            .expect("answer");
        (
            response.status().as_u16(),
            response.text().await.expect("text"),
        )
    };
    assert_eq!(revoke("other", &token).await, (200, String::new()));
    assert_eq!(renewer.renew(&token, &[]).await.status, 200);
    assert_eq!(revoke(NATIVE, &token).await, (200, String::new()));
    assert_eq!(renewer.renew(&token, &[]).await.error(), "invalid_grant");
    assert_eq!(revoke(NATIVE, "never seen").await.0, 200);
    assert_eq!(revoke("nobody", &token).await.0, 401);
}
