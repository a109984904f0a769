//! What keeps the vault shut.

use std::sync::Arc;

use clock::SystemClock;
use vault::{ExchangeJournal, OpenError, Settings, Vault};

use crate::support::server::Server;
use crate::support::{self, CountingEntropy, Journal, Scene};

async fn refusal(change: impl FnOnce(&mut Settings)) -> String {
    let server = Server::start().await;
    let mut settings = support::settings(&server, &server, &server);
    change(&mut settings);
    let opened = Vault::open(
        settings,
        Arc::new(SystemClock),
        Arc::new(CountingEntropy::default()),
        Arc::new(Journal::default()) as Arc<dyn ExchangeJournal>,
    )
    .await;
    assert_eq!(server.count(), 0);
    match opened {
        Ok(_) => panic!("opened"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn every_address_must_be_https_or_this_machine() {
    let outside: url::Url = "http://example.com".parse().expect("url");
    type Change = fn(&mut Settings, url::Url);
    let changes: [(&str, Change); 4] = [
        ("auth0_base", |s, url| s.auth0_base = url),
        ("github_api", |s, url| s.github_api = url),
        ("github_graphql", |s, url| s.github_graphql = url),
        ("telegram_api", |s, url| s.telegram_api = url),
    ];
    for (name, change) in changes {
        let said = refusal(|settings| change(settings, outside.clone())).await;
        assert!(said.contains(name) && said.contains("https"), "{said}");
    }
    let said = refusal(|settings| settings.allow_insecure_loopback = false).await;
    assert!(said.contains("allow_insecure_loopback"), "{said}");
}

#[tokio::test]
async fn wrong_settings_are_named() {
    let said = refusal(|s| s.audience = s.audience.trim_end_matches('/').to_owned()).await;
    assert!(
        said.contains("audience") && said.contains("trailing slash"),
        "{said}"
    );
    let said = refusal(|s| s.client_id.clear()).await;
    assert!(said.contains("client_id"), "{said}");
    let said = refusal(|s| s.user_id = "auth0|x y".to_owned()).await;
    assert!(said.contains("user_id"), "{said}");
    let said = refusal(|s| s.keys.clear()).await;
    assert!(said.contains("0 keys"), "{said}");
    let said = refusal(|s| s.keys = vec![s.keys[0].clone(), s.keys[0].clone()]).await;
    assert!(said.contains("two different keys"), "{said}");
    let said = refusal(|s| s.signing_key = Some("other".to_owned())).await;
    assert!(said.contains("other"), "{said}");
    let dir = tempfile::tempdir().expect("dir");
    let telegrams: url::Url = "https://api.telegram.org".parse().expect("url");
    let said = refusal(|s| {
        s.telegram_token = Some(support::secret(&dir, "bot", "canaryNoToken"));
        s.telegram_api = telegrams.clone();
    })
    .await;
    assert!(
        said.contains("BotFather") && !said.contains("canary"),
        "{said}"
    );
    // Another service may give out what it likes, as long as it can stand in a URL.
    let odd = support::secret(&dir, "odd", "canary/../Token");
    let said = refusal(|s| s.telegram_token = Some(odd.clone())).await;
    assert!(
        said.contains("cannot stand in a URL") && !said.contains("canary"),
        "{said}"
    );
    let before = vault::check_bot_token(&odd, &telegrams).expect_err("refused");
    assert!(before.to_string().contains("BotFather"), "{before}");
    let plain = support::secret(&dir, "plain", "canary-Token");
    let elsewhere: url::Url = "https://bots.example.org/api".parse().expect("url");
    assert!(vault::check_bot_token(&plain, &elsewhere).is_ok());
    assert!(vault::check_bot_token(&plain, &telegrams).is_err());
}

#[tokio::test]
async fn during_a_rotation_the_named_key_signs() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("second.pem");
    let second = vault::generate_key(&path, 2048).expect("key");
    let kid = second.kid.clone();
    let scene = Scene::with(|settings, _| {
        settings.keys.push(support::file(&path));
        settings.signing_key = Some(kid);
    })
    .await;
    let status = scene.vault.status();
    assert_eq!(status.kid, second.kid);
    assert_eq!(status.kids.len(), 2);
    scene.vault.probe("scan").await.expect("token");
    let jwt = scene.auth0.heard()[0].form()["subject_token"].clone();
    let header = jsonwebtoken::decode_header(&jwt).expect("header");
    assert_eq!(header.kid, Some(second.kid));
}

#[test]
fn errors_are_plain_values() {
    fn is_error<T: std::error::Error + Send + Sync + 'static>() {}
    is_error::<OpenError>();
    is_error::<vault::WireError>();
    is_error::<vault::Failure>();
    is_error::<vault::ConnectError>();
}
