//! Keys that are exchanged while the vault is open.

use vault::{KeyError, OpenError, SecretSource, generate_key, public_key};

use crate::support::server::Heard;
use crate::support::{Scene, file, key_file, token};

/// Which key signed both proofs of a request.
fn kid(heard: &Heard) -> String {
    let form = heard.form();
    let [subject, client] = ["subject_token", "client_assertion"].map(|name| {
        let header = jsonwebtoken::decode_header(&form[name]).expect("a JWT");
        header.kid.expect("a kid")
    });
    assert_eq!(subject, client, "one request, one key");
    subject
}

fn second(dir: &tempfile::TempDir) -> (SecretSource, String) {
    let path = dir.path().join("second.pem");
    let public = generate_key(&path, 2048).expect("a key");
    (file(&path), public.kid)
}

#[tokio::test]
async fn the_next_exchange_is_signed_by_the_new_key_and_one_under_way_by_its_own() {
    let dir = tempfile::tempdir().expect("a directory");
    let (new, new_kid) = second(&dir);
    let old_kid = public_key(&file(key_file())).expect("a key").kid;
    let scene = Scene::with(|settings, _| settings.hold_cap = std::time::Duration::ZERO).await;
    // Nothing is kept: each call has its own exchange.
    for _ in 0..2 {
        scene.vault.probe("scan").await.expect("a token");
        assert_eq!(scene.vault.status().token, None);
    }
    // A spare key proves itself before it signs, and the other goes on signing.
    let both = vec![file(key_file()), new.clone()];
    let keys = scene.vault.new_keys(both, Some(&old_kid)).await;
    scene.vault.rekey(keys.expect("both load"));
    scene
        .vault
        .prove(&new_kid)
        .await
        .expect("the tenant takes it");
    scene.vault.probe("scan").await.expect("a token");
    // The switch, in the middle of an exchange.
    let hand = scene.vault.clone();
    let first = new.clone();
    let expected = new_kid.clone();
    let keys = hand
        .new_keys(vec![first], Some(&expected))
        .await
        .expect("it loads");
    let keys = std::sync::Mutex::new(Some(keys));
    scene.auth0.answer(move |_, n| {
        if let Some(keys) = keys.lock().expect("lock").take() {
            hand.rekey(keys);
        }
        token(&format!("gho_again{n}"), 3600)
    });
    scene.vault.probe("scan").await.expect("a token");
    scene.vault.probe("scan").await.expect("a token");
    let kids: Vec<String> = scene.auth0.heard().iter().map(kid).collect();
    let (o, n) = (old_kid.clone(), new_kid.clone());
    assert_eq!(kids, [o.clone(), o.clone(), n.clone(), o.clone(), o, n]);
    assert_eq!(scene.vault.status().kids, [new_kid]);
    let gone = scene
        .vault
        .prove(&old_kid)
        .await
        .expect_err("it is not loaded");
    assert_eq!(gone.code, "no_such_key");
    // What the old key gives away is looked for as before.
    let old = std::fs::read(key_file()).expect("the old key");
    assert_eq!(scene.vault.secret_in(&old), Some("private key"));
    let new = std::fs::read(new.file.expect("a file")).expect("the new key");
    assert_eq!(scene.vault.secret_in(&new), Some("private key"));
}

#[tokio::test]
async fn keys_that_do_not_fit_leave_the_old_ones_in_force() {
    let dir = tempfile::tempdir().expect("a directory");
    let (new, _) = second(&dir);
    let scene = Scene::new().await;
    let before = scene.vault.status().kids;
    let load = |keys, wanted| scene.vault.new_keys(keys, wanted);
    let gone = SecretSource {
        credential: String::new(),
        file: Some(dir.path().join("gone")),
    };
    assert!(matches!(
        load(vec![gone], None).await.err(),
        Some(OpenError::Key(KeyError::Secret(_)))
    ));
    assert!(matches!(
        load(vec![], None).await.err(),
        Some(OpenError::Key(KeyError::Count(0)))
    ));
    let twice = load(vec![new.clone(), new.clone()], None).await.err();
    assert!(matches!(twice, Some(OpenError::SameKeyTwice(_))));
    let other = load(vec![new], Some("another")).await.err();
    assert!(matches!(
        other,
        Some(OpenError::Key(KeyError::NoSuchKid { .. }))
    ));
    assert_eq!(scene.vault.status().kids, before);
}
