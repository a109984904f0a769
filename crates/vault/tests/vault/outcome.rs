//! Sent, not sent, or in doubt: whoever writes must be able to trust the difference.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use vault::WireError;

use crate::support::server::{Reply, Server};
use crate::support::{Scene, over};
use crate::wire::{ON_SEVEN, wire};

/// A server that reads a request and then breaks off, after having sent `words`.
async fn breaks_off(
    words: &'static [u8],
) -> (url::Url, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("bind");
    let url = format!("http://{}", listener.local_addr().expect("address"))
        .parse()
        .expect("url");
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            if read > 0 {
                seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
            stream.write_all(words).await.expect("write");
        }
    });
    (url, count)
}

#[tokio::test]
async fn a_broken_write_is_in_doubt_and_never_repeated() {
    let whole: &[u8] = b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"id\":";
    for words in [&b""[..], b"HTTP/1.1 2", whole] {
        let (url, count) = breaks_off(words).await;
        let scene = Scene::with(|settings, _| settings.github_api = url).await;
        for method in ["POST", "GET"] {
            let error = over(&wire(&scene), method, ON_SEVEN, "{}")
                .await
                .expect_err("broken");
            assert!(matches!(error, WireError::Unknown(_)), "{method}: {error}");
            assert!(
                !format!("{error} {error:?}").contains("canary"),
                "{error:?}"
            );
        }
        assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn what_cannot_have_arrived_is_called_not_sent() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("bind")
        .local_addr()
        .expect("address");
    for url in [
        format!("http://{free}"),
        "https://nowhere.invalid".to_owned(),
    ] {
        let scene =
            Scene::with(|settings, _| settings.github_api = url.parse().expect("url")).await;
        let error = over(&wire(&scene), "POST", ON_SEVEN, "{}")
            .await
            .expect_err("nobody there");
        assert!(matches!(error, WireError::NotSent(_)), "{error}");
        let (_, host) = url.split_once("://").expect("a scheme");
        let named = format!("GitHub at {host}: ");
        assert!(error.to_string().contains(&named), "{error}");
    }
    // TLS that does not come about: the other side speaks plain HTTP.
    let plain = Server::start().await;
    let url = plain.url("").to_string().replace("http://", "https://");
    let scene = Scene::with(|settings, _| settings.github_api = url.parse().expect("url")).await;
    let error = over(&wire(&scene), "POST", ON_SEVEN, "{}")
        .await
        .expect_err("no TLS");
    assert!(matches!(error, WireError::NotSent(_)), "{error}");
    assert_eq!(plain.count(), 0);
}

#[tokio::test]
async fn without_journal_or_token_nothing_goes_out() {
    let scene = Scene::new().await;
    scene.journal.refuses.lock().expect("lock").push("begin");
    let error = over(&wire(&scene), "POST", ON_SEVEN, "{}")
        .await
        .expect_err("disk full");
    assert!(matches!(error, WireError::NotSent(_)), "{error}");
    scene.journal.refuses.lock().expect("lock").clear();
    scene
        .auth0
        .answer(|_, _| crate::support::refusal(403, "access_denied"));
    let error = over(&wire(&scene), "POST", ON_SEVEN, "{}")
        .await
        .expect_err("refused");
    assert!(matches!(error, WireError::Exchange(_)), "{error}");
    assert_eq!(scene.github.count(), 0);
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let scene = Scene::new().await;
    scene
        .github
        .answer(|_, _| Reply::new(200, "application/json", vec![b' '; 32 * 1024 * 1024 + 1]));
    let error = over(&wire(&scene), "GET", "/user", "")
        .await
        .expect_err("long");
    assert!(matches!(error, WireError::TooLarge), "{error}");
}
