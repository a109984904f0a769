//! The device authorization flow.

use serde_json::Value;
use sim::auth0::{Client, ClientAuth, Word};

use crate::management::Manager;
use crate::worker::{Answer, CLIENT, SUB, World, answer};

const OPERATOR: &str = "operator-cli";

struct Terminal<'a> {
    world: &'a World,
}

impl<'a> Terminal<'a> {
    fn new(world: &'a World) -> Self {
        world.auth0.add_client(Client::native(OPERATOR));
        Self { world }
    }

    async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let url = format!("{}{path}", self.world.auth0.url());
        answer(reqwest::Client::new().post(url).form(pairs)).await
    }

    async fn begin(&self, scope: &str) -> Value {
        let audience = format!("{}/api/v2/", self.world.auth0.url());
        let pairs = [
            ("client_id", OPERATOR),
            ("scope", scope),
            ("audience", &audience),
        ];
        let answer = self.post("/oauth/device/code", &pairs).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    async fn poll(&self, begun: &Value) -> Answer {
        let code = begun["device_code"].as_str().expect("code");
        self.poll_as(OPERATOR, code).await
    }

    async fn poll_as(&self, client_id: &str, code: &str) -> Answer {
        let pairs = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", client_id),
            ("device_code", code),
        ];
        self.post("/oauth/token", &pairs).await
    }
}

fn said(answer: &Answer) -> (u16, &str, &str) {
    let text = answer.body["error_description"].as_str();
    (answer.status, answer.error(), text.unwrap_or_default())
}

fn user_code(begun: &Value) -> &str {
    begun["user_code"].as_str().expect("user code")
}

#[tokio::test]
async fn a_person_confirms_and_the_terminal_gets_a_management_token() {
    let world = World::start().await;
    let terminal = Terminal::new(&world);
    let begun = terminal.begin("openid read:clients").await;
    assert_eq!(
        (&begun["expires_in"], &begun["interval"]),
        (&900.into(), &5.into())
    );
    let page = format!("{}/activate", world.auth0.url());
    assert_eq!(begun["verification_uri"], page.as_str());
    let whole = format!("{page}?user_code={}", user_code(&begun));
    assert_eq!(begun["verification_uri_complete"], whole.as_str());
    let letters: Vec<char> = user_code(&begun).chars().collect();
    assert!(letters.len() == 9 && letters[4] == '-', "{letters:?}");
    let pending = (
        403,
        "authorization_pending",
        "User has yet to authorize device code.",
    );
    assert_eq!(said(&terminal.poll(&begun).await), pending);
    assert_eq!(world.auth0.person().sees_codes(), [user_code(&begun)]);
    let sloppy = user_code(&begun).to_lowercase().replace('-', " ");
    assert!(world.auth0.person().approves(&sloppy));
    world.sleep(5);
    let token = terminal.poll(&begun).await;
    assert_eq!(token.status, 200, "{}", token.body);
    assert_eq!(token.body["scope"], "openid read:clients");
    assert!(token.body["id_token"].is_string());
    let access = token.body["access_token"].as_str().expect("token");
    let manager = Manager::with_token(&world, access);
    manager.does("GET", "/clients", None).await;
    manager
        .refused("GET", "/connections", Value::Null, 403, "read:connections")
        .await;
    assert!(world.auth0.ever_issued().contains(&access.to_owned()));
    world.sleep(5);
    assert_eq!(terminal.poll(&begun).await.error(), "invalid_grant");
    let log = world.auth0.log();
    let done = log
        .iter()
        .find(|entry| entry.kind == "sede")
        .expect("logged");
    assert_eq!(done.user_id.as_deref(), Some(SUB));
}

#[tokio::test]
async fn whoever_polls_too_fast_is_told_to_slow_down() {
    let world = World::start().await;
    let terminal = Terminal::new(&world);
    let begun = terminal.begin("openid").await;
    assert_eq!(terminal.poll(&begun).await.status, 403);
    assert!(world.auth0.person().approves(user_code(&begun)));
    for _ in 0..2 {
        world.sleep(4);
        let slow = "You are polling faster than the specified interval of 5 seconds.";
        assert_eq!(said(&terminal.poll(&begun).await), (429, "slow_down", slow));
    }
    world.sleep(5);
    assert_eq!(terminal.poll(&begun).await.status, 200);
}

#[tokio::test]
async fn an_expired_code_is_said_once_and_then_is_no_code() {
    let world = World::start().await;
    let terminal = Terminal::new(&world);
    let begun = terminal.begin("openid").await;
    world.sleep(900);
    assert!(!world.auth0.person().approves(user_code(&begun)));
    let told = terminal.poll(&begun).await;
    assert_eq!((told.status, told.error()), (403, "expired_token"));
    for _ in 0..2 {
        world.sleep(5);
        let answer = terminal.poll(&begun).await;
        assert_eq!((answer.status, answer.error()), (403, "invalid_grant"));
    }
}

#[tokio::test]
async fn a_person_can_say_no() {
    let world = World::start().await;
    let terminal = Terminal::new(&world);
    let begun = terminal.begin("openid").await;
    assert!(world.auth0.person().denies(user_code(&begun)));
    assert!(!world.auth0.person().approves(user_code(&begun)));
    let no = (
        403,
        "access_denied",
        "User cancelled the confirmation prompt.",
    );
    assert_eq!(said(&terminal.poll(&begun).await), no);
    world.sleep(5);
    assert_eq!(terminal.poll(&begun).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_standing_answer_is_given_at_once() {
    let world = World::start().await;
    let terminal = Terminal::new(&world);
    world.auth0.person().always(Some(Word::Approves));
    let begun = terminal.begin("openid").await;
    assert_eq!(terminal.poll(&begun).await.status, 200);
    world.auth0.person().always(Some(Word::Denies));
    let begun = terminal.begin("openid").await;
    assert_eq!(terminal.poll(&begun).await.error(), "access_denied");
    world.auth0.person().always(None);
    let begun = terminal.begin("openid").await;
    assert_eq!(terminal.poll(&begun).await.error(), "authorization_pending");
    world.auth0.browser_user(None);
    assert!(!world.auth0.person().approves(user_code(&begun)));
}

#[tokio::test]
async fn a_tenant_may_grant_fewer_scopes_than_were_asked_for() {
    let world = World::start().await;
    let terminal = Terminal::new(&world);
    world.auth0.person().always(Some(Word::Approves));
    let asked = "openid read:clients create:clients invent:things";
    let all = terminal.poll(&terminal.begin(asked).await).await;
    assert_eq!(all.body["scope"], "openid read:clients create:clients");
    world.auth0.switch(|switches| {
        switches.granted_scopes = Some(vec!["openid".into(), "read:clients".into()]);
    });
    let fewer = terminal.poll(&terminal.begin(asked).await).await;
    assert_eq!(fewer.body["scope"], "openid read:clients");
    let access = fewer.body["access_token"].as_str().expect("token");
    Manager::with_token(&world, access)
        .refused(
            "POST",
            "/clients",
            serde_json::json!({"name": "n"}),
            403,
            "create:clients",
        )
        .await;
}

#[tokio::test]
async fn a_code_is_only_for_the_client_that_asked_for_it() {
    let world = World::start().await;
    let terminal = Terminal::new(&world);
    world.auth0.add_client(Client::native("another"));
    world.auth0.person().always(Some(Word::Approves));
    let begun = terminal.begin("openid").await;
    let code = begun["device_code"].as_str().expect("code");
    let stolen = terminal.poll_as("another", code).await;
    assert_eq!((stolen.status, stolen.error()), (403, "invalid_grant"));
    assert_eq!(
        terminal.poll_as(OPERATOR, "guessed").await.error(),
        "invalid_grant"
    );
    assert_eq!(terminal.poll(&begun).await.status, 200);
}

#[tokio::test]
async fn a_code_is_given_only_for_what_the_client_may_have() {
    let world = World::start().await;
    let terminal = Terminal::new(&world);
    let url = world.auth0.url();
    let (api, me) = (format!("{url}/api/v2/"), format!("{url}/me/"));
    world
        .auth0
        .add_client(Client::new("no-grant", ClientAuth::None));
    for (client, audience, status, error) in [
        ("nobody", api.as_str(), 401, "invalid_client"),
        ("no-grant", api.as_str(), 403, "unauthorized_client"),
        (CLIENT, api.as_str(), 401, "invalid_client"),
        (OPERATOR, "https://elsewhere/", 403, "access_denied"),
        (OPERATOR, me.as_str(), 403, "access_denied"),
    ] {
        let pairs = [("client_id", client), ("audience", audience)];
        let answer = terminal.post("/oauth/device/code", &pairs).await;
        assert_eq!(
            (answer.status, answer.error()),
            (status, error),
            "{client} {audience}"
        );
    }
    let json = reqwest::Client::new()
        .post(format!("{url}/oauth/device/code"))
        .json(&serde_json::json!({"client_id": OPERATOR}));
    let refused = answer(json).await;
    assert_eq!((refused.status, refused.error()), (400, "invalid_request"));
}

#[tokio::test]
async fn the_page_confirms_or_cancels_what_a_browser_sends() {
    let world = World::start().await;
    let terminal = Terminal::new(&world);
    let http = reqwest::Client::new();
    let page = format!("{}/activate", world.auth0.url());
    let read = async |request: reqwest::RequestBuilder| {
        let response = request.send().await.expect("answer");
        (
            response.status().as_u16(),
            response.text().await.expect("text"),
        )
    };
    let (status, asks) = read(http.get(&page)).await;
    assert!(status == 200 && asks.contains("name=user_code"), "{asks}");
    for (action, words, error) in [
        ("confirm", "all set", None),
        ("cancel", "not connected", Some("access_denied")),
    ] {
        let begun = terminal.begin("openid").await;
        let shown = begun["verification_uri_complete"].as_str().expect("uri");
        let (status, html) = read(http.get(shown)).await;
        assert!(status == 200 && html.contains(user_code(&begun)), "{html}");
        let form = [("user_code", user_code(&begun)), ("action", action)];
        let (status, html) = read(http.post(&page).form(&form)).await;
        assert!(status == 200 && html.contains(words), "{html}");
        let (status, html) = read(http.post(&page).form(&form)).await;
        assert!(
            status == 404 && html.contains("unknown, used or expired"),
            "{html}"
        );
        let answer = terminal.poll(&begun).await;
        assert_eq!(answer.body["error"].as_str(), error);
        let odd = [("user_code", user_code(&begun)), ("action", "maybe")];
        assert_eq!(read(http.post(&page).form(&odd)).await.0, 400);
    }
    let evil = http.get(&page).query(&[("user_code", "<script>")]);
    let (status, html) = read(evil).await;
    assert!(status == 404 && !html.contains("<script>"), "{html}");
    world.auth0.browser_user(None);
    let (status, html) = read(http.get(&page).query(&[("user_code", "BBBB-BBBB")])).await;
    assert!(
        status == 403 && html.contains("Nobody is signed in"),
        "{html}"
    );
}
