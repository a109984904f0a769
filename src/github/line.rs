//! One request, one answer: octocrab on the vault's wire, and what went wrong below HTTP.

use std::error::Error as StdError;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use serde::Serialize;
use tower::{BoxError, Service};
use vault::WireError;

use super::trouble::words;

/// An HTTP answer, read to its end. The vault's wire caps its size.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum LineError {
    /// It certainly never reached GitHub.
    NotSent(String),
    /// It may have been received and executed.
    Unknown(String),
    /// The answer is larger than the vault reads.
    TooLarge,
    /// No token could be had, or GitHub refused it.
    Exchange(vault::Failure),
}

/// octocrab on a service of ours. Must be called inside a tokio runtime (its buffer has a worker).
///
/// octocrab's own authentication, retries and redirects stay off: the wire below authenticates,
/// and a repeated POST would be a second comment.
pub(super) fn octocrab_on<S, B>(service: S) -> Octocrab
where
    S: Service<Request<octocrab::OctoBody>, Response = http::Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: http_body_util::BodyExt<Data = Bytes> + Send + Sync + 'static,
    B::Error: Into<BoxError>,
{
    let Ok(built) = OctocrabBuilder::new_empty()
        .with_service(service)
        .with_auth(AuthState::None)
        .build();
    built
}

/// Sends one request and reads the whole answer, whatever its status.
pub(super) async fn send<P: Serialize + ?Sized + Sync>(
    octocrab: &Octocrab,
    method: Method,
    path: &str,
    body: Option<&P>,
) -> Result<Answer, LineError> {
    let builder = Request::builder()
        .method(method)
        .uri(path)
        .header(header::ACCEPT, "application/vnd.github+json");
    let request = octocrab
        .build_request(builder, body)
        .map_err(|e| LineError::NotSent(words(&e.to_string())))?;
    let response = octocrab.execute(request).await.map_err(line_error)?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(line_error)?.to_bytes();
    Ok(Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    })
}

/// Finds the vault's own error in octocrab's chain: octocrab wraps what its service answers as a
/// boxed error, and its buffer may wrap that once more.
fn line_error(error: octocrab::Error) -> LineError {
    let mut link: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(e) = link {
        if let Some(wire) = e.downcast_ref::<WireError>() {
            return match wire {
                WireError::NotAllowed(why) => {
                    LineError::NotSent(format!("the vault refused it: {}", words(why)))
                }
                WireError::NotSent(why) => LineError::NotSent(words(why)),
                WireError::Unknown(why) => LineError::Unknown(words(why)),
                WireError::TooLarge => LineError::TooLarge,
                WireError::Exchange(failure) => LineError::Exchange(failure.clone()),
            };
        }
        link = e.source();
    }
    LineError::Unknown(words(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;
    use octocrab::OctoBody;

    use super::*;

    /// What comes out of octocrab when the vault's wire fails with `error`.
    async fn through_octocrab(error: fn() -> WireError) -> LineError {
        let service = tower::service_fn(move |_: Request<OctoBody>| async move {
            Err::<http::Response<Full<Bytes>>, _>(error())
        });
        let octocrab = octocrab_on(service);
        let body = serde_json::json!({ "body": "x" });
        send(&octocrab, Method::POST, "/x", Some(&body))
            .await
            .expect_err("the wire failed")
    }

    #[tokio::test]
    async fn the_vaults_own_error_survives_octocrab_and_its_buffer() {
        let error = through_octocrab(|| WireError::NotSent("refused".into())).await;
        assert!(matches!(error, LineError::NotSent(why) if why == "refused"));
        let error = through_octocrab(|| WireError::Unknown("reset".into())).await;
        assert!(matches!(error, LineError::Unknown(why) if why == "reset"));
        let error = through_octocrab(|| WireError::NotAllowed("/x".into())).await;
        assert!(matches!(error, LineError::NotSent(why) if why.contains("/x")));
        let error = through_octocrab(|| WireError::TooLarge).await;
        assert!(matches!(error, LineError::TooLarge));
    }

    #[tokio::test]
    async fn an_error_nobody_knows_may_have_been_executed() {
        let service = tower::service_fn(|_: Request<OctoBody>| async {
            Err::<http::Response<Full<Bytes>>, _>(std::io::Error::other("odd"))
        });
        let error = send(&octocrab_on(service), Method::GET, "/x", None::<&()>).await;
        assert!(matches!(error, Err(LineError::Unknown(_))));
    }
}
