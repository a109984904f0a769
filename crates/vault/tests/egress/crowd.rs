//! Many at once.

use crate::support::Scene;
use crate::support::provider::counted;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_at_once_are_all_answered_and_all_counted() {
    let scene = Scene::with(|settings, grant| {
        settings.budgets.concurrent = 200;
        grant.budgets.concurrent = 200;
    })
    .await;
    scene.upstream.answer(|_| counted(20, 30));
    let answers = futures_util::future::join_all((0..200).map(|_| scene.chat())).await;
    assert!(answers.iter().all(|back| back.status == 200));
    assert_eq!(scene.upstream.count(), 200);
    let usage = scene.end().await;
    assert_eq!(
        (usage.requests, usage.refused, usage.estimated),
        (200, 0, 0)
    );
    assert_eq!((usage.tokens.input, usage.tokens.output), (4000, 6000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_does_not_get_more_than_the_budget() {
    let scene = Scene::with(|_, grant| {
        grant.budgets.output_tokens = 1000;
        grant.budgets.requests = 50;
    })
    .await;
    // It uses all that each request was allowed.
    scene
        .upstream
        .answer(|h| counted(1, h.json()["max_tokens"].as_u64().expect("a limit")));
    let answers = futures_util::future::join_all((0..200).map(|_| scene.chat())).await;
    let passed = answers.iter().filter(|back| back.status == 200).count();
    assert_eq!(passed, scene.upstream.count());
    assert!(
        answers
            .iter()
            .all(|back| back.status == 200 || back.status == 429)
    );
    let usage = scene.end().await;
    assert_eq!(usage.tokens.output, 1000);
    assert_eq!(usage.requests, passed as u64);
    assert_eq!(usage.refused, 200 - passed as u64);
}
