//! Pages on which a person chooses: consent, and the way back to a program on this machine.

use serde_json::json;

use crate::login::{Browser, CALLBACK, complete_body, value};
use crate::management::Manager;
use crate::worker::{SUB, World};

/// The target of the link with these words on it.
fn link(html: &str, words: &str) -> String {
    let end = html.find(&format!("\">{words}</a>")).expect("a link");
    let start = html[..end].rfind("href=\"").expect("a target") + 6;
    html[start..end].replace("&amp;", "&")
}

async fn read(browser: &Browser<'_>, url: &str) -> (u16, String, Vec<(String, String)>) {
    let response = browser.http.get(url).send().await.expect("answer");
    let status = response.status().as_u16();
    let query = crate::login::callback_query(&response);
    (status, response.text().await.expect("text"), query)
}

fn login(browser: &Browser<'_>) -> String {
    let url = browser.url("/authorize");
    let challenge = Browser::challenge();
    let pairs = [
        ("response_type", "code"),
        ("client_id", "native-client"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("state", "<xyz>"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    url::Url::parse_with_params(&url, pairs)
        .expect("url")
        .into()
}

#[tokio::test]
async fn a_login_asks_in_the_browser_when_the_tenant_is_told_to() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let start = login(&browser);
    assert_eq!(read(&browser, &start).await.0, 303);
    world
        .auth0
        .switch(|switches| switches.ask_in_browser = true);
    let (status, html, _) = read(&browser, &start).await;
    assert!(status == 200 && html.contains("native-client"), "{html}");
    assert!(!html.contains("<xyz>"), "{html}");
    let accept = browser.url(&format!("/authorize{}", link(&html, "Accept")));
    let (_, _, query) = read(&browser, &accept).await;
    assert_eq!(value(&query, "state"), "<xyz>");
    assert_eq!(browser.exchange(value(&query, "code"), &[]).await.0, 200);
    let decline = browser.url(&format!("/authorize{}", link(&html, "Decline")));
    let (_, _, query) = read(&browser, &decline).await;
    assert_eq!(value(&query, "error"), "access_denied");
}

#[tokio::test]
async fn the_way_back_to_a_loopback_address_may_need_a_click() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let start = login(&browser);
    world
        .auth0
        .switch(|switches| switches.confirm_loopback = true);
    let (status, html, query) = read(&browser, &start).await;
    assert!(status == 200 && query.is_empty(), "{html}");
    let go_on = browser.url(&link(&html, "Continue"));
    let (status, _, query) = read(&browser, &go_on).await;
    assert_eq!((status, value(&query, "state")), (303, "<xyz>"));
    assert_eq!(browser.exchange(value(&query, "code"), &[]).await.0, 200);
    assert_eq!(read(&browser, &go_on).await.0, 404);
    let silent = format!("{start}&prompt=none");
    let (_, _, query) = read(&browser, &silent).await;
    assert_eq!(value(&query, "error"), "interaction_required");
    let manager = Manager::new(&world);
    let skip = json!({"skip_non_verifiable_callback_uri_confirmation_prompt": true});
    manager
        .does("PATCH", "/clients/native-client", Some(skip))
        .await;
    assert_eq!(read(&browser, &start).await.0, 303);
    assert_eq!(read(&browser, &silent).await.0, 303);
}

#[tokio::test]
async fn a_connection_asks_in_the_browser_when_the_tenant_is_told_to() {
    let world = World::start().await;
    world.auth0.disconnect(SUB, "github");
    let browser = Browser::new(&world);
    let token = browser.login().await;
    let token = token["access_token"].as_str().expect("token");
    world
        .auth0
        .switch(|switches| switches.ask_in_browser = true);
    for (words, status) in [("Decline", 404), ("Accept", 201)] {
        let begun = browser.begin(token).await;
        let ticket = begun["connect_params"]["ticket"].as_str().expect("ticket");
        let start = browser.url(&format!("/connected-accounts/connect?ticket={ticket}"));
        let (shown, html, _) = read(&browser, &start).await;
        assert!(shown == 200 && html.contains("github"), "{html}");
        let chosen = browser.url(&format!(
            "/connected-accounts/connect{}",
            link(&html, words)
        ));
        let (_, _, query) = read(&browser, &chosen).await;
        let code = match value(&query, "connect_code") {
            "" => "none",
            code => code,
        };
        let body = Some(complete_body(&begun, code));
        assert_eq!(
            browser
                .account_call("POST", "/complete", token, body)
                .await
                .0,
            status
        );
    }
    assert_eq!(world.auth0.accounts(SUB).len(), 1);
}

#[tokio::test]
async fn a_connection_without_keys_of_its_own_ends_at_the_provider() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let token = browser.login().await;
    let token = token["access_token"].as_str().expect("token");
    let manager = Manager::new(&world);
    let found = manager.does("GET", "/connections?name=github", None).await;
    let path = format!("/connections/{}", found[0]["id"].as_str().expect("id"));
    let wiped = json!({"options": {"scope": ["repo"]}});
    manager.does("PATCH", &path, Some(wiped)).await;
    let begun = browser.begin(token).await;
    let (_, query) = browser.consent(&begun).await;
    assert_eq!(value(&query, "error"), "server_error");
    let back = json!({"options": found[0]["options"]});
    manager.does("PATCH", &path, Some(back)).await;
    let begun = browser.begin(token).await;
    let (_, query) = browser.consent(&begun).await;
    assert_ne!(value(&query, "connect_code"), "");
}

#[tokio::test]
async fn lists_of_the_account_come_in_pages_of_twenty_at_most() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let token = browser.login().await;
    let token = token["access_token"].as_str().expect("token");
    for number in 0..12 {
        let name = format!("provider-{number}");
        world.auth0.change_connection(&name, |_| {});
        let plan = sim::auth0::TokenPlan::oauth_app();
        world
            .auth0
            .connect_account(SUB, &name, &["a"], plan)
            .expect("connected");
    }
    for (path, name) in [("/accounts", "accounts"), ("/connections", "connections")] {
        let (_, first) = browser.account_call("GET", path, token, None).await;
        assert_eq!(first[name].as_array().expect("array").len(), 10);
        let next = first["next"].as_str().expect("more");
        let rest = format!("{path}?from={next}&take=20");
        let (_, rest) = browser.account_call("GET", &rest, token, None).await;
        assert_eq!(rest[name].as_array().expect("array").len(), 3);
        assert!(rest.get("next").is_none());
        for query in ["take=0", "take=21", "take=x", "from=x"] {
            let path = format!("{path}?{query}");
            let (status, problem) = browser.account_call("GET", &path, token, None).await;
            assert_eq!(
                (status, &problem["title"]),
                (400, &json!("Validation Error"))
            );
        }
    }
    for odd in ["cac_", "cac_a-b", "con_abc"] {
        let path = format!("/accounts/{odd}");
        assert_eq!(
            browser.account_call("DELETE", &path, token, None).await.0,
            400
        );
    }
}

#[tokio::test]
async fn a_connect_code_may_come_in_the_fragment() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let token = browser.login().await;
    let token = token["access_token"].as_str().expect("token");
    for in_fragment in [true, false] {
        world
            .auth0
            .switch(|switches| switches.connect_code_in_fragment = in_fragment);
        let begun = browser.begin(token).await;
        let (_, query) = browser.consent(&begun).await;
        assert_eq!(query.is_empty(), in_fragment);
    }
}

#[tokio::test]
async fn the_account_is_limited_or_not_provisioned_by_switch() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let token = browser.login().await;
    let token = token["access_token"].as_str().expect("token");
    let until = crate::worker::NIGHT + 7_000;
    world
        .auth0
        .switch(|switches| switches.account_limited_until_ms = Some(until));
    let url = browser.url("/me/v1/connected-accounts/accounts");
    let limited = browser.http.get(url).bearer_auth(token).send().await;
    let limited = limited.expect("answer");
    assert_eq!(limited.status(), 429);
    assert_eq!(limited.headers()["retry-after"], "7");
    assert_eq!(limited.headers()["x-auth0-error-kind"], "global-rate-limit");
    world.sleep(7);
    browser.begin(token).await;
    world
        .auth0
        .switch(|switches| switches.no_connected_accounts = true);
    let body = Some(crate::login::connect_body());
    let (status, problem) = browser.account_call("POST", "/connect", token, body).await;
    assert_eq!((status, &problem["title"]), (404, &json!("Not Found")));
}
