//! Polling for the phone's answer, and the ID token that ties it to a person.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use sim::auth0::{Client, ClientAuth, IdToken, Word};

use crate::ciba::{ASKER, Phone};
use crate::worker::{Answer, SECRET, SUB, World};

fn said(answer: &Answer) -> (u16, &str, &str) {
    let text = answer.body["error_description"].as_str();
    (answer.status, answer.error(), text.unwrap_or_default())
}

const GONE: (u16, &str, &str) = (401, "invalid_grant", "Invalid or expired auth_req_id");
const NO: (u16, &str, &str) = (
    400,
    "access_denied",
    "The end-user denied the authorization request or it has been expired",
);

/// Verifies as a client has to: the claims, or what is wrong.
async fn verify(world: &World, body: &Value) -> Result<Value, String> {
    let url = format!("{}/.well-known/jwks.json", world.auth0.url());
    let keys = reqwest::get(url).await.expect("answer");
    let keys: JwkSet = keys.json().await.expect("keys");
    let token = body["id_token"].as_str().ok_or("absent")?;
    let kid = jsonwebtoken::decode_header(token).expect("header").kid;
    let jwk = keys.find(&kid.expect("kid")).ok_or("unknown key")?;
    let key = DecodingKey::from_jwk(jwk).expect("key");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[ASKER]);
    validation.set_issuer(&[format!("{}/", world.auth0.url())]);
    validation.validate_exp = false;
    jsonwebtoken::decode::<Value>(token, &key, &validation)
        .map(|token| token.claims)
        .map_err(|err| format!("{err}"))
}

#[tokio::test]
async fn an_approval_yields_tokens_once() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    let asked = phone.asks(&[("scope", "openid offline_access")]).await;
    let pending = (
        400,
        "authorization_pending",
        "The end-user authorization is pending",
    );
    assert_eq!(said(&phone.poll(&asked).await), pending);
    assert!(world.auth0.person().approves_push("4711"));
    world.sleep(5);
    let answer = phone.poll(&asked).await;
    assert_eq!(
        (answer.status, &answer.body["expires_in"]),
        (200, &json!(86_400))
    );
    assert!(answer.body["refresh_token"].is_string());
    let claims = verify(&world, &answer.body).await.expect("verified");
    assert_eq!(
        (&claims["sub"], &claims["aud"]),
        (&json!(SUB), &json!(ASKER))
    );
    world.sleep(5);
    assert_eq!(said(&phone.poll(&asked).await), GONE);
    let log = world.auth0.log();
    let done = log
        .iter()
        .find(|entry| entry.kind == "ciba_exchange_succeeded");
    assert_eq!(done.expect("logged").user_id.as_deref(), Some(SUB));
}

#[tokio::test]
async fn a_denial_and_an_expiry_read_alike_unless_the_tenant_tells_them_apart() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    let denied = phone.asks(&[]).await;
    assert!(world.auth0.person().denies_push("4711"));
    assert!(!world.auth0.person().approves_push("4711"));
    assert_eq!(said(&phone.poll(&denied).await), NO);
    assert_eq!(said(&phone.poll(&denied).await), GONE);
    let late = phone.asks(&[("requested_expiry", "30")]).await;
    world.sleep(30);
    assert!(!world.auth0.person().approves_push("4711"));
    assert_eq!(said(&phone.poll(&late).await), NO);
    assert_eq!(said(&phone.poll(&late).await), GONE);
    world
        .auth0
        .switch(|switches| switches.ciba_says_expired = true);
    let late = phone.asks(&[("requested_expiry", "30")]).await;
    world.sleep(30);
    assert_eq!(phone.poll(&late).await.error(), "expired_token");
}

#[tokio::test]
async fn an_approval_in_time_can_be_fetched_after_the_end() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    let asked = phone.asks(&[("requested_expiry", "30")]).await;
    assert!(world.auth0.person().approves_push("4711"));
    world.sleep(31);
    assert_eq!(phone.poll(&asked).await.status, 200);
}

#[tokio::test]
async fn whoever_polls_too_fast_has_to_wait_longer_each_time() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    let asked = phone.asks(&[]).await;
    assert_eq!(phone.poll(&asked).await.error(), "authorization_pending");
    for (wait, next) in [(4, 10), (9, 15), (14, 20)] {
        world.sleep(wait);
        let answer = phone.poll(&asked).await;
        let text = format!("You are polling faster than allowed. Try again in {next} seconds.");
        assert_eq!(said(&answer), (400, "slow_down", text.as_str()));
        assert_eq!(answer.body["interval"], next);
        assert_eq!(answer.headers["retry-after"], next.to_string().as_str());
    }
    world.sleep(20);
    assert_eq!(phone.poll(&asked).await.error(), "authorization_pending");
    world
        .auth0
        .switch(|switches| switches.ciba_retry_after_s = Some(40));
    world.sleep(19);
    let answer = phone.poll(&asked).await;
    assert_eq!(answer.headers["retry-after"], "40");
    assert_eq!(answer.body["interval"], 25);
}

#[tokio::test]
async fn a_request_is_only_for_the_client_that_made_it() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    let auth = ClientAuth::Secret(SECRET.into());
    world
        .auth0
        .add_client(Client::new("another", auth).with_ciba());
    world.auth0.person().always(Some(Word::Approves));
    let asked = phone.asks(&[]).await;
    let id = asked["auth_req_id"].as_str().expect("id");
    assert_eq!(said(&phone.poll_as("another", id).await), GONE);
    assert_eq!(said(&phone.poll_as(ASKER, "guessed").await), GONE);
    assert_eq!(phone.poll(&asked).await.status, 200);
}

#[tokio::test]
async fn only_the_id_token_says_who_agreed() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    world.auth0.person().always(Some(Word::Approves));
    world
        .auth0
        .switch(|switches| switches.ciba_per_minute = None);
    for (fault, wrong) in [
        (IdToken::Right, ""),
        (IdToken::OtherSubject, "sub"),
        (IdToken::OtherAudience, "InvalidAudience"),
        (IdToken::OtherIssuer, "InvalidIssuer"),
        (IdToken::Expired, "exp"),
        (IdToken::Forged, "InvalidSignature"),
        (IdToken::UnknownKey, "unknown key"),
        (IdToken::Absent, "absent"),
    ] {
        world.auth0.switch(|switches| switches.id_token = fault);
        let asked = phone.asks(&[]).await;
        let answer = phone.poll(&asked).await;
        assert_eq!(answer.status, 200);
        let now = crate::worker::NIGHT / 1_000;
        let found = match verify(&world, &answer.body).await {
            Err(err) => err,
            Ok(claims) if claims["sub"] != SUB => "sub".to_owned(),
            Ok(claims) if claims["exp"].as_i64().expect("exp") <= now => "exp".to_owned(),
            Ok(_) => String::new(),
        };
        assert_eq!(found, wrong, "{fault:?}");
    }
}

#[tokio::test]
async fn a_phone_may_show_only_the_latest_request() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    phone.asks(&[("binding_message", "1111 first")]).await;
    phone.asks(&[("binding_message", "2222 second")]).await;
    assert_eq!(world.auth0.person().sees_pushes().len(), 2);
    world
        .auth0
        .switch(|switches| switches.one_push_visible = true);
    assert!(!world.auth0.person().approves_push("1111"));
    assert!(world.auth0.person().approves_push("2222"));
    assert!(world.auth0.person().approves_push("1111"));
}

#[tokio::test]
async fn the_page_of_the_phone_answers_what_waits() {
    let world = World::start().await;
    let phone = Phone::new(&world);
    let page = format!("{}/guardian", world.auth0.url());
    let read = async |request: reqwest::RequestBuilder| {
        let response = request.send().await.expect("answer");
        (
            response.status().as_u16(),
            response.text().await.expect("text"),
        )
    };
    let http = reqwest::Client::new();
    assert!(read(http.get(&page)).await.1.contains("Nothing waits"));
    for (action, error) in [("approve", None), ("deny", Some("access_denied"))] {
        let asked = phone.asks(&[]).await;
        let (_, html) = read(http.get(&page)).await;
        assert!(html.contains("4711 claim acme.tool #12"), "{html}");
        let id = asked["auth_req_id"].as_str().expect("id");
        let odd = [("request", id), ("action", "maybe")];
        assert_eq!(read(http.post(&page).form(&odd)).await.0, 400);
        let form = [("request", id), ("action", action)];
        let (status, html) = read(http.post(&page).form(&form)).await;
        assert!(status == 200 && html.contains("Nothing waits"), "{html}");
        assert_eq!(read(http.post(&page).form(&form)).await.0, 404);
        assert_eq!(phone.poll(&asked).await.body["error"].as_str(), error);
    }
}
