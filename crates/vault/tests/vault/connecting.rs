//! The consent flow, with the test as browser and Auth0.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use tokio::sync::mpsc;
use url::Url;
use vault::{ConnectError, ConnectOptions, Connected};

use crate::support::server::{Heard, Reply};
use crate::support::{CANARY_TOKEN, CLIENT, OWNER, Scene};

/// What the login page was asked, so that the ID token can be made to match.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<HashMap<String, String>>>);

impl Page {
    fn id_token(&self, issuer: &str, sub: &str) -> String {
        let asked = self.0.lock().expect("lock");
        let claims = json!({"iss": issuer, "sub": sub, "aud": asked["client_id"],
            "exp": 1_700_000_600, "nonce": asked["nonce"]});
        format!(
            "eyJhbGciOiJSUzI1NiJ9.{}.c2ln",
            URL_SAFE_NO_PAD.encode(claims.to_string())
        )
    }
}

/// Auth0 for somebody who logs in as `sub`.
fn auth0(scene: &Scene, page: &Page, sub: &'static str) {
    let (page, issuer) = (page.clone(), scene.auth0.url("/").to_string());
    let consent = scene.auth0.url("/connected-accounts/connect").to_string();
    scene
        .auth0
        .answer(move |heard, _| match heard.path.as_str() {
            "/oauth/token" => Reply::json(
                200,
                &json!({"access_token": CANARY_TOKEN,
            "id_token": page.id_token(&issuer, sub), "token_type": "Bearer"})
                .to_string(),
            ),
            "/me/v1/connected-accounts/connect" => Reply::json(
                201,
                &json!({"auth_session": "s",
            "connect_uri": consent, "connect_params": {"ticket": "t"}, "expires_in": 300})
                .to_string(),
            ),
            "/me/v1/connected-accounts/complete" => Reply::json(
                201,
                &json!({"id": "cac_1",
            "connection": "github", "access_type": "offline", "scopes": ["repo"],
            "created_at": "2023-11-14T22:13:20Z"})
                .to_string(),
            ),
            _ => Reply::json(404, "{}"),
        });
}

/// Runs the flow; `browse` turns each page into the addresses the browser goes to.
async fn run(
    scene: &Scene,
    page: &Page,
    client_id: Option<&str>,
    browse: impl Fn(&Url, &Scene) -> Vec<String>,
) -> Result<Connected, ConnectError> {
    let (tell, mut told) = mpsc::unbounded_channel::<Url>();
    let open = move |_: vault::Page, url: &Url| tell.send(url.clone()).expect("open");
    let flow = vault::connect(
        &scene.vault,
        ConnectOptions {
            ports: vec![0],
            client_id: client_id.map(str::to_owned),
            scopes: vec!["repo".to_owned()],
            open: &open,
            pasted: None,
        },
    );
    let browser = async {
        let client = reqwest::Client::new();
        while let Some(url) = told.recv().await {
            if url.path() == "/authorize" {
                *page.0.lock().expect("lock") = url.query_pairs().into_owned().collect();
            }
            for address in browse(&url, scene) {
                // The last one closes the flow; whether its page arrives does not matter.
                let _ = client.get(address).send().await;
            }
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        result = flow => result,
        () = browser => unreachable!("the browser waits for ever"),
    }
}

fn pairs(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

/// What the connect call was told.
fn connect_call(scene: &Scene) -> Heard {
    scene
        .auth0
        .heard()
        .into_iter()
        .find(|heard| heard.path.ends_with("/connect"))
        .expect("connect was called")
}

/// Goes along with everything.
fn agree(url: &Url, scene: &Scene) -> Vec<String> {
    if url.path() == "/authorize" {
        let asked = pairs(url);
        let (back, state) = (&asked["redirect_uri"], &asked["state"]);
        // A stranger's page tries first, then the right answer comes.
        vec![
            format!("{back}?code=evil&state=wrong"),
            format!("{back}?code=evil"),
            back.replace("/callback", "/favicon.ico"),
            format!("{back}?code=c0de&state={state}"),
        ]
    } else {
        assert_eq!(pairs(url)["ticket"], "t");
        let body = connect_call(scene).json();
        let (back, state) = (body["redirect_uri"].as_str(), body["state"].as_str());
        vec![format!(
            "{}?connect_code=cc&state={}",
            back.expect("uri"),
            state.expect("state")
        )]
    }
}

#[tokio::test]
async fn the_owner_connects() {
    for client in [None, Some("loginClient")] {
        let (scene, page) = (Scene::new().await, Page::default());
        auth0(&scene, &page, OWNER);
        let connected = run(&scene, &page, client, agree).await.expect("connected");
        assert_eq!(
            (connected.id.as_str(), connected.scopes.len()),
            ("cac_1", 1)
        );
        assert_eq!(connected.expires_at, None);
        let asked = page.0.lock().expect("lock").clone();
        assert_eq!(asked["client_id"], client.unwrap_or(CLIENT));
        assert_eq!(asked["audience"], scene.auth0.url("/me/").as_str());
        assert!(asked["redirect_uri"].starts_with("http://127.0.0.1:"));
        let heard = scene.auth0.heard();
        let form = heard[0].form();
        assert_eq!(
            (form["code"].as_str(), form["redirect_uri"].as_str()),
            ("c0de", asked["redirect_uri"].as_str())
        );
        assert_eq!(form.contains_key("client_assertion"), client.is_none());
        let challenge = <sha2::Sha256 as sha2::Digest>::digest(form["code_verifier"].as_bytes());
        assert_eq!(asked["code_challenge"], URL_SAFE_NO_PAD.encode(challenge));
        assert_eq!(
            heard[1].header("authorization"),
            Some(format!("Bearer {CANARY_TOKEN}").as_str())
        );
        assert_eq!(heard[1].json()["scopes"], json!(["repo"]));
        let completed = heard[2].json();
        assert_eq!(
            (&completed["connect_code"], &completed["auth_session"]),
            (&json!("cc"), &json!("s"))
        );
        let challenge = <sha2::Sha256 as sha2::Digest>::digest(
            completed["code_verifier"].as_str().expect("verifier"),
        );
        assert_eq!(
            heard[1].json()["code_challenge"],
            URL_SAFE_NO_PAD.encode(challenge)
        );
    }
}

#[tokio::test]
async fn somebody_else_is_turned_away() {
    let (scene, page) = (Scene::new().await, Page::default());
    auth0(&scene, &page, "auth0|stranger");
    let error = run(&scene, &page, None, agree).await.expect_err("refused");
    assert!(matches!(error, ConnectError::WrongUser { .. }), "{error}");
    assert_eq!(scene.auth0.count(), 1, "no account was connected");
}

#[tokio::test]
async fn a_refusal_in_the_browser_is_told() {
    let (scene, page) = (Scene::new().await, Page::default());
    auth0(&scene, &page, OWNER);
    let error = run(&scene, &page, None, |url, _| {
        let asked = pairs(url);
        vec![format!(
            "{}?error=access_denied&error_description=no%1bthanks&state={}",
            asked["redirect_uri"], asked["state"]
        )]
    })
    .await
    .expect_err("refused");
    assert_eq!(
        error.to_string(),
        "login: refused with access_denied: no thanks"
    );
}

#[tokio::test]
async fn a_login_of_another_time_or_client_does_not_count() {
    let (scene, page) = (Scene::new().await, Page::default());
    let (answered, issuer) = (page.clone(), scene.auth0.url("/").to_string());
    scene.auth0.answer(move |_, _| {
        answered
            .0
            .lock()
            .expect("lock")
            .insert("nonce".to_owned(), "replayed".to_owned());
        Reply::json(
            200,
            &json!({"access_token": CANARY_TOKEN, "id_token": answered.id_token(&issuer, OWNER)})
                .to_string(),
        )
    });
    let error = run(&scene, &page, None, agree).await.expect_err("refused");
    assert!(matches!(error, ConnectError::IdToken(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn an_owner_who_does_not_come_back_ends_it() {
    let (scene, page) = (Scene::new().await, Page::default());
    let clock = scene.clock.clone();
    let error = run(&scene, &page, None, move |_, _| {
        clock.advance(Duration::from_secs(300));
        Vec::new()
    })
    .await
    .expect_err("timed out");
    assert!(matches!(error, ConnectError::TimedOut), "{error}");
}

#[tokio::test]
async fn refused_calls_say_what_to_do() {
    let (scene, page) = (Scene::new().await, Page::default());
    scene.auth0.answer(|_, _| {
        Reply::json(
            403,
            r#"{"error":"invalid_grant","error_description":"gho_canaryToken"}"#,
        )
    });
    let error = run(&scene, &page, None, agree).await.expect_err("refused");
    let said = error.to_string();
    assert!(
        said.contains("403") && said.contains("callback addresses") && !said.contains("canary"),
        "{said}"
    );
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let scene = Scene::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let port = taken.local_addr().expect("address").port();
    let options = ConnectOptions {
        ports: vec![port],
        client_id: None,
        scopes: Vec::new(),
        open: &|_, _| {},
        pasted: None,
    };
    let error = vault::connect(&scene.vault, options)
        .await
        .expect_err("taken");
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}
