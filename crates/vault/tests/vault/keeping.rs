//! How long a token stays, and that it goes.

use std::time::Duration;

use crate::support::server::Reply;
use crate::support::{Scene, token};

const S: fn(u64) -> Duration = Duration::from_secs;

#[tokio::test]
async fn the_token_is_gone_when_its_time_is_over() {
    let scene = Scene::new().await;
    scene.vault.probe("scan").await.expect("token");
    scene.clock.advance(S(899));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(scene.vault.status().token.is_some());
    scene.vault.probe("scan").await.expect("reused");
    assert_eq!(scene.auth0.count(), 1);
    scene.clock.advance(S(1));
    // Nobody asks for a token: the clock alone must take it away.
    scene
        .until("the token is dropped", |s| s.vault.status().token.is_none())
        .await;
    scene.vault.probe("scan").await.expect("new");
    assert_eq!(scene.auth0.count(), 2);
    // A wall clock set back does not lengthen its stay.
    scene.clock.set_wall(clock::UnixMillis(1_600_000_000_000));
    scene.clock.advance(S(900));
    scene
        .until("the token is dropped", |s| s.vault.status().token.is_none())
        .await;
    // Nor does one set forward keep it.
    scene.vault.probe("scan").await.expect("new");
    scene.clock.set_wall(clock::UnixMillis(1_800_000_000_000));
    scene
        .until("the token is dropped", |s| s.vault.status().token.is_none())
        .await;
}

#[tokio::test]
async fn the_last_moments_of_a_life_serve_one_step() {
    for (life, held) in [(60, 5), (10, 5), (3, 3)] {
        let scene = Scene::new().await;
        scene.auth0.answer(move |_, _| token("ghu_x", life));
        for n in 1..=3 {
            for _ in 0..10 {
                scene.vault.probe("scan").await.expect("token");
            }
            assert_eq!(scene.auth0.count(), n, "{life}");
            scene.clock.advance(S(held));
        }
    }
}

#[tokio::test]
async fn a_token_that_is_over_serves_one_call() {
    for life in [0, -7] {
        let scene = Scene::new().await;
        scene.auth0.answer(move |_, _| token("gho_x", life));
        for n in 1..=3 {
            scene.vault.probe("scan").await.expect("token");
            assert_eq!(scene.auth0.count(), n);
            assert!(scene.vault.status().token.is_none());
        }
    }
}

#[tokio::test]
async fn an_unnamed_life_is_five_minutes_and_no_hour() {
    let scene = Scene::new().await;
    scene
        .auth0
        .answer(|_, _| Reply::json(200, r#"{"access_token":"gho_x"}"#));
    scene.vault.probe("scan").await.expect("token");
    scene.clock.advance(S(239));
    scene.vault.probe("scan").await.expect("token");
    assert_eq!(scene.auth0.count(), 1);
    scene.clock.advance(S(1));
    scene.vault.probe("scan").await.expect("token");
    assert_eq!(scene.auth0.count(), 2);
}

#[tokio::test]
async fn forget_also_covers_what_is_under_way() {
    let scene = Scene::new().await;
    scene.auth0.hold();
    let vault = scene.vault.clone();
    let caller = tokio::spawn(async move { vault.probe("scan").await });
    scene
        .until("the request arrives", |s| s.auth0.count() == 1)
        .await;
    scene.vault.forget();
    scene.auth0.let_go();
    caller.await.expect("task").expect("served");
    assert!(scene.vault.status().token.is_none());
}
