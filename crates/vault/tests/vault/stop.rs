//! The emergency stop: from that instant nothing is asked for and nothing leaves.

use vault::{EMERGENCY_STOP, WireError};

use crate::support::{Scene, file, key_file, over};
use crate::wire::{ON_SEVEN, wire};

fn stopped(answer: Result<http::Response<bytes::Bytes>, WireError>) -> bool {
    matches!(answer, Err(WireError::Exchange(failure)) if failure.code == EMERGENCY_STOP)
}

#[tokio::test]
async fn the_file_alone_stops_every_request_and_has_the_token_forgotten() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("estop");
    let scene = Scene::with(|settings, _| settings.emergency_stop = Some(file.clone())).await;
    let wire = wire(&scene);
    over(&wire, "GET", "/user", "").await.expect("it goes out");
    assert!(scene.vault.status().token.is_some());
    std::fs::write(&file, "").expect("a file");
    for (method, uri) in [("GET", "/user"), ("POST", ON_SEVEN)] {
        assert!(stopped(over(&wire, method, uri, "{}").await), "{uri}");
    }
    assert!(scene.vault.status().token.is_none());
    assert_eq!((scene.github.count(), scene.auth0.count()), (1, 1));
    // It is no failure of the tenant's: when it is lifted, the next call asks at once.
    std::fs::remove_file(&file).expect("it was there");
    over(&wire, "GET", "/user", "").await.expect("it goes out");
    assert_eq!((scene.github.count(), scene.auth0.count()), (2, 2));
}

#[tokio::test]
async fn a_write_that_is_under_way_is_broken_off_and_its_outcome_unknown() {
    let scene = Scene::new().await;
    let wire = wire(&scene);
    scene.github.hold();
    let write = tokio::spawn(async move { over(&wire, "POST", ON_SEVEN, "{}").await });
    scene.until("it has left", |s| s.github.count() == 1).await;
    scene.vault.brake().hold();
    let answer = write.await.expect("it ends, though GitHub does not answer");
    assert!(matches!(answer, Err(WireError::Unknown(_))), "{answer:?}");
    scene.github.let_go();
}

#[tokio::test]
async fn a_token_that_was_on_its_way_is_not_used() {
    let scene = Scene::new().await;
    let wire = wire(&scene);
    scene.auth0.hold();
    let write = tokio::spawn(async move { over(&wire, "POST", ON_SEVEN, "{}").await });
    scene
        .until("it is asked for", |s| s.auth0.count() == 1)
        .await;
    scene.vault.brake().hold();
    scene.vault.forget();
    scene.auth0.let_go();
    assert!(stopped(write.await.expect("it ends")));
    assert!(scene.vault.status().token.is_none());
    assert_eq!(scene.github.count(), 0);
}

#[tokio::test]
async fn no_key_is_proved_while_it_is_in_force() {
    let scene = Scene::new().await;
    let kid = vault::public_key(&file(key_file())).expect("a key").kid;
    scene.vault.brake().hold();
    let failure = scene.vault.prove(&kid).await.expect_err("it is stopped");
    assert_eq!(failure.code, EMERGENCY_STOP);
    assert_eq!(scene.auth0.count(), 0);
    scene.vault.brake().release();
    scene.vault.prove(&kid).await.expect("the tenant takes it");
    assert_eq!(scene.auth0.count(), 1);
}
