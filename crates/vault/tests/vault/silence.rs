//! Canaries in every secret: none may turn up in a text.

use std::time::Duration;

use crate::support::server::{Heard, Reply};
use crate::support::{CANARY_TOKEN, Scene, token};

const S: fn(u64) -> Duration = Duration::from_secs;

#[tokio::test]
async fn no_text_carries_a_secret() {
    let scene = Scene::with(|settings, dir| {
        settings.client_authentication = vault::ClientAuthentication::ClientSecret(
            crate::support::secret(dir, "secret", crate::support::CANARY_SECRET),
        );
    })
    .await;
    let replies: Vec<fn(&Heard) -> Reply> = vec![
        |h| {
            let form = h.form();
            let said = format!(
                "secret {} jwt {}",
                form["client_secret"], form["subject_token"]
            );
            Reply::json(
                401,
                &serde_json::json!({"error": "invalid_client", "error_description": said})
                    .to_string(),
            )
        },
        |h| {
            Reply::json(
                400,
                &serde_json::json!({"error": h.form()["client_secret"]}).to_string(),
            )
        },
        |_| Reply::json(200, &format!(r#"{{"access_token":"{CANARY_TOKEN}"#)),
        |_| Reply::json(200, &format!(r#"{{"access_token":["{CANARY_TOKEN}"]}}"#)),
        |_| Reply::new(200, "text/html", format!("<p>{CANARY_TOKEN}</p>")),
        |h| Reply::new(500, &format!("text/{}", h.form()["client_secret"]), ""),
        |_| Reply::redirect(302, &format!("/?x={CANARY_TOKEN}")),
        |_| Reply::new(200, "application/json", vec![b'x'; 70_000]),
    ];
    for (n, reply) in replies.into_iter().enumerate() {
        scene.auth0.answer(move |heard, _| reply(heard));
        scene.clock.advance(S(1000));
        let failure = scene.vault.probe("scan").await.expect_err("no token");
        let said = format!("{failure} {failure:?} {:?}", scene.vault.status());
        for canary in [crate::support::CANARY_SECRET, "canaryToken", "eyJ"] {
            assert!(!said.contains(canary), "{n}: {said}");
        }
    }
    scene.auth0.answer(|_, _| token(CANARY_TOKEN, 3600));
    scene.clock.advance(S(1000));
    scene.vault.probe("scan").await.expect("token");
    let said = format!(
        "{:?} {:?} {:?}",
        scene.vault,
        scene.vault.status(),
        scene.journal
    );
    assert!(!said.contains("canaryToken"), "{said}");
    assert!(
        !scene.auth0.heard()[0]
            .form()
            .contains_key("client_assertion")
    );
}
